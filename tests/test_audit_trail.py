"""The audit trail: each row in the transaction of what it tells of, and no row changed, taken out or put in unseen."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from migrated import empty_database
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from access import audit
from data_layer.engine import Database

NOW = datetime(2026, 1, 15, 12, 30, 15, 123_456, tzinfo=UTC)


@pytest.fixture
def database(tmp_path):
    opened = Database(empty_database(tmp_path / "factory.db"))
    yield opened
    opened.close()


def three_rows(database):
    with database.write() as connection:
        audit.note(connection, NOW, "user:1", "signed in")
        audit.note(connection, NOW, "user:1", "changed settings", site_id="main", subject="shifts", details={"valid_from": "2026-01-15", "b": None})
        audit.note(connection, NOW, "key:2", "read", site_id="Müller & Söhne", subject="W1")
    with database.read() as connection:
        return list(audit.entries(connection))


def test_what_is_noted_is_whole_and_in_order(database):
    trail = three_rows(database)
    assert [(entry.number, entry.actor, entry.action, entry.site_id, entry.subject) for entry in trail] == [
        (1, "user:1", "signed in", "", ""),
        (2, "user:1", "changed settings", "main", "shifts"),
        (3, "key:2", "read", "Müller & Söhne", "W1"),
    ]
    assert trail[1].details == '{"b":null,"valid_from":"2026-01-15"}'
    assert {entry.at for entry in trail} == {int(NOW.timestamp()) * 1_000_000 + 123_456}
    assert audit.first_broken(trail) is None
    with database.read() as connection:
        assert [entry.number for entry in audit.entries(connection, after=2)] == [3]


def test_what_is_rolled_back_was_not_done(database):
    with pytest.raises(ZeroDivisionError), database.write() as connection:
        audit.note(connection, NOW, "user:1", "deleted everything")
        raise ZeroDivisionError
    assert [entry.number for entry in three_rows(database)] == [1, 2, 3]


@pytest.mark.parametrize("statement", ["UPDATE audit SET actor = 'user:2' WHERE number = 1", "DELETE FROM audit WHERE number = 3", "DELETE FROM audit"])
def test_rows_are_neither_changed_nor_deleted(database, statement):
    three_rows(database)
    with pytest.raises(DatabaseError, match="only added to"), database.write() as connection:
        connection.execute(text(statement))


@pytest.mark.parametrize("field", ["at", "actor", "action", "site_id", "subject", "details", "hash_before", "hash", "number"])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_changed_field_is_found(database, field, place):
    trail = three_rows(database)
    value = getattr(trail[place], field)
    trail[place] = replace(trail[place], **{field: value + 1 if isinstance(value, int) else f"{value}x"})
    assert audit.first_broken(trail) == place + 1


def test_a_row_made_anew_with_its_hash_breaks_the_next_one(database):
    trail = three_rows(database)
    forged = replace(trail[1], actor="user:9")
    trail[1] = replace(forged, hash=forged.computed)
    assert audit.first_broken(trail) == 3


@given(data=st.data())
def test_rows_taken_out_or_put_in_elsewhere_are_found(data):
    trail, before = [], audit.NOTHING_BEFORE
    for number in range(1, 7):
        entry = audit.Entry(number, number, "user:1", "did", "", "", "{}", before, "")
        trail.append(replace(entry, hash=entry.computed))
        before = trail[-1].hash
    assert audit.first_broken(trail) is None
    order = data.draw(st.lists(st.sampled_from(range(6)), max_size=6, unique=True))
    kept = [trail[place] for place in order]
    assert (audit.first_broken(kept) is None) == (order == list(range(len(order))))


@pytest.mark.one_file
def test_the_command_looks_beside_a_running_server(database, monkeypatch, capsys):
    trail = three_rows(database)
    monkeypatch.setenv("DATABASE_URL", str(database.url))
    assert audit.main() == 0
    assert capsys.readouterr().out == f"The audit trail is whole: 3 rows. The latest hash is {trail[-1].hash}.\n"
    with database.write() as connection:
        connection.execute(text("DROP TRIGGER audit_no_update"))
        connection.execute(text("UPDATE audit SET subject = 'W2' WHERE number = 3"))
    assert audit.main() == 1
    assert "Row 3" in capsys.readouterr().out


def test_the_command_says_that_there_is_no_database(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'none.db'}")
    assert audit.main() == 2
    assert "no database" in capsys.readouterr().err
