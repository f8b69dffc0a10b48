"""The database: what a connection promises, who may write, and what a migrated file looks like."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import func, insert, inspect, select, text
from sqlalchemy.exc import OperationalError

from data_layer import access_tables, tables  # noqa: F401 - the metadata has the tables of whatever was imported
from data_layer.engine import Database
from data_layer.lock import AlreadyOpen
from data_layer.migrate import migrate
from data_layer.sqlite import wal_is_safe

NOW = datetime(2026, 1, 15, 10, 15, 0, 123_456, tzinfo=UTC)
CAMERA = {"site_id": "main", "camera_id": "C1", "created_at": NOW}
FULL, OFF, ON = 2, 0, 1
PROGRAM = """
from data_layer.engine import Database
from data_layer.lock import AlreadyOpen
try:
    Database("sqlite:///{}")
except AlreadyOpen as error:
    print("refused:", error)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "factory.db"


@pytest.fixture
def database(path: Path) -> Iterator[Database]:
    opened = Database(f"sqlite:///{path}")
    migrate(opened)
    yield opened
    opened.close()


def cameras(database: Database) -> int | None:
    with database.read() as connection:
        return connection.scalar(select(func.count()).select_from(tables.cameras))


@pytest.mark.parametrize(("pragma", "writer", "reader"), [("synchronous", FULL, FULL), ("query_only", OFF, ON), ("busy_timeout", 5_000, 5_000)])
def test_pragmas(database, pragma, writer, reader):
    with database.write() as connection:
        assert connection.scalar(text(f"PRAGMA {pragma}")) == writer
    with database.read() as connection:
        assert connection.scalar(text(f"PRAGMA {pragma}")) == reader


def test_journal_mode_follows_the_version(database):
    expected = "wal" if wal_is_safe(database.product.driver.sqlite_version_info) else "delete"
    with database.write() as writer:
        assert writer.scalar(text("PRAGMA journal_mode")) == expected
    with database.read() as reader:
        assert reader.scalar(text("PRAGMA journal_mode")) == expected


def test_an_unsafe_version_falls_back_with_a_warning(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr("data_layer.sqlite.wal_is_safe", lambda version: False)
    with caplog.at_level("WARNING"):
        database = Database(f"sqlite:///{tmp_path / 'old.db'}")
    with database.write() as connection:
        assert connection.scalar(text("PRAGMA journal_mode")) == "delete"
    database.close()
    assert "WAL" in caplog.text


@pytest.mark.parametrize(
    ("version", "safe"),
    [
        ((3, 7, 0), False),
        ((3, 40, 1), False),
        ((3, 44, 5), False),
        ((3, 44, 6), True),
        ((3, 44, 7), True),
        ((3, 45, 0), False),
        ((3, 46, 99), False),
        ((3, 50, 6), False),
        ((3, 50, 7), True),
        ((3, 51, 0), False),
        ((3, 51, 2), False),
        ((3, 51, 3), True),
        ((3, 52, 0), True),
        ((3, 53, 4), True),
        ((4, 0, 0), True),
    ],
)
def test_wal_is_safe(version, safe):
    assert wal_is_safe(version) is safe


def test_readers_cannot_write(database):
    with database.read() as connection, pytest.raises(OperationalError, match="readonly"):
        connection.execute(insert(tables.cameras), [CAMERA])


def test_a_second_opener_is_refused(database, path):
    with pytest.raises(AlreadyOpen, match=r"Another process is writing to .*factory\.db"):
        Database(f"sqlite:///{path}")


def test_another_process_is_refused(database, path):
    program = PROGRAM.format(path)
    told = subprocess.run([sys.executable, "-c", program], cwd=Path(__file__).parent.parent, capture_output=True, text=True, timeout=60, check=True)
    assert told.stdout.startswith("refused: Another process is writing to")


def test_closing_gives_the_lock_back(database, path):
    database.close()
    again = Database(f"sqlite:///{path}")
    assert cameras(again) == 0
    again.close()


def test_a_refused_opener_leaves_the_lock_with_its_holder(database, path):
    for _ in range(2):
        with pytest.raises(AlreadyOpen):
            Database(f"sqlite:///{path}")


def test_migrations_make_exactly_the_tables(database):
    with database.write() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, tables.metadata) == []
        names = set(inspect(connection).get_table_names())
    assert names == {*tables.metadata.tables, "alembic_version"}


def test_migrated_tables_are_those_that_the_metadata_would_create(database, tmp_path):
    """What compare_metadata doesn't look at: partial indexes, WITHOUT ROWID, AUTOINCREMENT, order of keys."""
    direct = Database(f"sqlite:///{tmp_path / 'direct.db'}")
    with direct.write() as connection:
        tables.metadata.create_all(connection)
    assert shape(database) == shape(direct)
    direct.close()


def shape(database: Database) -> dict[str, object]:
    """Of each table: columns with type, nullability, default and place in the key; indexes with their columns; its options."""
    with database.read() as connection:
        found = {}
        for name in sorted(tables.metadata.tables):
            columns = [tuple(row)[1:] for row in connection.execute(text(f'PRAGMA table_info("{name}")'))]
            indexes = [tuple(row)[1:] for row in connection.execute(text(f'PRAGMA index_list("{name}")'))]
            inside = {index[0]: [tuple(row)[2:] for row in connection.execute(text(f'PRAGMA index_info("{index[0]}")'))] for index in indexes}
            options = connection.execute(text("SELECT wr, strict FROM pragma_table_list WHERE name = :name"), {"name": name}).one()
            sql = connection.scalar(text("SELECT sql FROM sqlite_master WHERE name = :name"), {"name": name})
            found[name] = (columns, sorted(indexes), inside, tuple(options), "AUTOINCREMENT" in sql)
        return found


def test_migrating_again_changes_nothing(database):
    before = shape(database)
    migrate(database)
    assert shape(database) == before


def test_a_failed_write_leaves_nothing(database):
    with pytest.raises(ZeroDivisionError), database.write() as connection:
        connection.execute(insert(tables.cameras), [CAMERA])
        raise ZeroDivisionError
    assert cameras(database) == 0
    with database.write() as connection:
        connection.execute(insert(tables.cameras), [CAMERA])
    assert cameras(database) == 1


def test_writing_holds_the_write_lock_from_the_first_statement(database, path):
    """BEGIN IMMEDIATE: no transaction can fail half way because another connection wrote in between."""
    other = database.product.driver.connect(str(path), timeout=0)
    with database.write(), pytest.raises(database.product.driver.OperationalError, match="locked"):
        other.execute("BEGIN IMMEDIATE")
    other.close()


def test_readers_see_a_snapshot(database):
    if not wal_is_safe(database.product.driver.sqlite_version_info):
        pytest.skip("Without WAL a writer waits for the readers.")
    with database.read() as connection:
        count = select(func.count()).select_from(tables.cameras)
        assert connection.scalar(count) == 0
        with database.write() as writer:
            writer.execute(insert(tables.cameras), [CAMERA])
        assert connection.scalar(count) == 0
    assert cameras(database) == 1


def test_times_are_microseconds_in_the_file_and_aware_in_python(database):
    with database.write() as connection:
        connection.execute(insert(tables.cameras), [CAMERA])
    with database.read() as connection:
        assert connection.scalar(select(tables.cameras.c.created_at)) == NOW
        assert connection.scalar(text("SELECT created_at FROM cameras")) == 1_768_472_100_123_456
