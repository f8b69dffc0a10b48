"""Floods at the door: neither the audit trail nor the database nor the server's threads are filled by who has no right to anything."""

import json
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from admission import PASSWORD, Admission, admission
from argon2 import PasswordHasher
from sqlalchemy import event as sql
from sqlalchemy import text

from access import audit, delays, failures, sign_in

WRONG = "wrong horse battery"
QUARTER = timedelta(minutes=15)


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Admission]:
    with admission(tmp_path) as made:
        yield made


def tried(made: Admission, login: str, password: str = WRONG, address: str = "10.0.0.7") -> int:
    return made.client().post("/sign-in", data={"login": login, "password": password}, environ_base={"REMOTE_ADDR": address}).status_code


def failed(made: Admission) -> list[tuple[str, dict[str, Any]]]:
    """Of each failure in the trail the subject and what is told of it."""
    with made.services.database.read() as connection:
        assert audit.first_broken(audit.entries(connection)) is None
        return [(entry.subject, json.loads(entry.details)) for entry in audit.entries(connection, action="sign-in failed")]


# The trail


def test_guesses_at_one_login_are_two_rows_a_quarter_of_an_hour(own: Admission) -> None:
    viewer, statuses = own.ids["viewer"], []
    began = own.clock.now()
    while own.clock.now() - began < QUARTER - timedelta(seconds=30):
        statuses.append(tried(own, "viewer"))
        own.clock.moment += timedelta(seconds=30)
    assert failed(own) == [(viewer, {})]
    own.clock.moment = began + QUARTER
    tried(own, "chief")
    assert failed(own) == [(viewer, {}), (viewer, {"count": statuses.count(401) - 1, "since": "2026-11-20T12:00:00+00:00"}), (own.ids["chief"], {})]
    assert statuses.count(401) > 6


def test_guessed_logins_are_two_rows_a_quarter_of_an_hour(own: Admission) -> None:
    assert {tried(own, f"nobody {number}") for number in range(60)} == {401}
    assert failed(own) == [("", {"from": "10.0.0.7"})]
    assert tried(own, "nobody", address="10.0.0.8") == 401
    own.clock.moment += QUARTER
    own.signed_in("chief").get("/audit")
    counted = {"from": "10.0.0.7", "count": 59, "since": "2026-11-20T12:00:00+00:00"}
    assert failed(own) == [("", {"from": "10.0.0.7"}), ("", {"from": "10.0.0.8"}), ("", counted)]
    # What was written is written once.
    own.clock.moment += QUARTER
    own.signed_in("chief").get("/audit.csv")
    assert len(failed(own)) == 3


def test_who_has_a_network_of_addresses_fills_it_no_faster(own: Admission, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failures, "_MOST_ADDRESSES", 5)
    for number in range(30):
        tried(own, f"nobody {number}", address=f"2001:db8::{number:x}")
    assert len(failed(own)) == 6
    own.clock.moment += QUARTER
    tried(own, "nobody", address="2001:db8::ff")
    assert [told.get("count") for _, told in failed(own)] == [None] * 6 + [24, None]


@pytest.mark.parametrize("name", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "X-Client-IP", "True-Client-IP"])
def test_nor_who_says_to_come_from_elsewhere(own: Admission, name: str) -> None:
    for number in range(5):
        own.client().post("/sign-in", data={"login": f"nobody {number}", "password": WRONG}, headers={name: f"10.1.0.{number}"})
    assert failed(own) == [("", {"from": "127.0.0.1"})]


def test_who_gets_in_after_many_guesses_is_told_of_with_them(own: Admission) -> None:
    assert [tried(own, "viewer") for _ in range(3)] == [401] * 3
    own.clock.moment += timedelta(seconds=2)
    assert tried(own, "viewer", PASSWORD) == 303
    assert [told.get("count") for _, told in failed(own)] == [None, 2]
    # The next one is the first again.
    assert tried(own, "viewer") == 401
    assert [told.get("count") for _, told in failed(own)] == [None, 2, None]


def test_the_old_password_is_guessed_into_the_same_rows(own: Admission) -> None:
    form = {"old": WRONG, "new": "another battery horse", "again": "another battery horse"}
    client = own.signed_in("viewer")
    assert [client.post("/account/password", data=form).status_code for _ in range(4)] == [422, 422, 422, 429]
    assert failed(own) == [(own.ids["viewer"], {})]


def test_what_was_counted_is_written_when_the_server_ends(tmp_path: Path) -> None:
    with admission(tmp_path) as made:
        for number in range(4):
            tried(made, f"nobody {number}")
        assert len(failed(made)) == 1
        made.services.entry.note_failures(everything=True)
        assert [told.get("count") for _, told in failed(made)] == [None, 3]
        tried(made, "nobody 5")


def test_what_can_not_be_written_stays_counted(own: Admission, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(4):
        tried(own, f"nobody {number}")
    own.clock.moment += QUARTER

    def fail(*_given: Any, **_more: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(audit, "note", fail)
    with pytest.raises(ZeroDivisionError):
        own.services.entry.sign_in.failures.settle()
    monkeypatch.undo()
    own.services.entry.sign_in.failures.settle()
    assert [told.get("count") for _, told in failed(own)] == [None, 3]


def test_each_failure_is_written_though_it_is_only_counted(own: Admission) -> None:
    """Else who waits for the disk knows a login that somebody has from one that nobody has."""
    for login in ("viewer", "nobody"):
        tried(own, login)
    written: list[str] = []
    sql.listen(own.services.database.product.writer, "before_cursor_execute", lambda *given: written.append(given[2]))
    told = []
    for login in ("viewer", "nobody"):
        assert tried(own, login) == 401
        told.append([statement.split()[0] for statement in written if "sign_in_delays" in statement and not statement.startswith("SELECT")])
        written.clear()
    assert told == [["DELETE", "INSERT", "UPDATE"]] * 2


# The database


def test_guessed_logins_are_not_remembered_without_end(own: Admission, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delays, "_MOST_REMEMBERED", 10)
    assert [tried(own, "viewer") for _ in range(4)] == [401, 401, 401, 429]
    for number in range(40):
        tried(own, f"nobody {number}")
    with own.services.database.read() as connection:
        assert (connection.scalar(text("SELECT count(*) FROM sign_in_delays")) or 0) <= 11
    # Who has to wait waits all the same.
    assert tried(own, "viewer", PASSWORD) == 429


# The threads


class Held(PasswordHasher):
    """A hasher that comes to no end before it is let go."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.go = Event()
        self.verified = 0

    def verify(self, hash: Any, password: Any) -> Any:
        self.verified += 1
        assert self.go.wait(60)
        return super().verify(hash, password)


def test_a_crowd_at_the_door_leaves_threads_to_the_others(own: Admission) -> None:
    inside = own.client("viewer")
    own.services.entry.passwords.hasher, statuses = (held := Held()), []
    threads = [Thread(target=lambda login=login: statuses.append(tried(own, login))) for login in [f"nobody {number}" for number in range(sign_in._AT_ONCE)]]
    try:
        for thread in threads:
            thread.start()
        places = own.services.entry.sign_in._places
        while places._value:
            time.sleep(0.01)  # looks again until all places are taken; the semaphore tells nobody when
        for login in ("one too many", "viewer"):
            answer = own.client().post("/sign-in", data={"login": login, "password": PASSWORD})
            assert (answer.status_code, answer.headers["Retry-After"]) == (429, "2")
            assert "Many are signing in" in answer.text
        form = {"old": PASSWORD, "new": "another battery horse", "again": "another battery horse"}
        assert inside.post("/account/password", data=form).status_code == 429
        assert [inside.get(path).status_code for path in ("/api/sites", "/health", "/ready", "/")] == [200] * 4
    finally:
        held.go.set()
        for thread in threads:
            thread.join(60)
    assert statuses == [401] * sign_in._AT_ONCE
    # Those who were sent away were not counted, and the places are free again.
    assert own.client("viewer").get("/api/sites").status_code == 200
    assert held.verified == sign_in._AT_ONCE + 1


def test_a_place_is_given_back_whatever_becomes_of_the_try(own: Admission, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_given: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(delays, "wait_for", fail)
    assert {tried(own, "viewer") for _ in range(sign_in._AT_ONCE + 2)} == {500}
    monkeypatch.undo()
    assert tried(own, "viewer", PASSWORD) == 303
