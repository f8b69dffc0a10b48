"""The ways in: signing in tells nothing to who guesses, and the first administrator comes by one address, once."""

import os
import stat
import threading
from datetime import UTC, datetime, timedelta

import pytest
from argon2 import PasswordHasher
from migrated import empty_database
from sqlalchemy import text

from access import audit, delays, people, sessions
from access.passwords import Passwords, Unfit
from access.refused import Refused
from access.roles import EVERYWHERE, Role
from access.set_up import VALID_FOR, NotNow, SetUp
from access.sign_in import SignIn, TooSoon, Wrong
from data_layer.engine import Database

PASSWORD, OTHER = "correct horse battery", "wrong horse battery"
EVERYTHING = {EVERYWHERE: Role.ADMINISTRATOR}


class Moving:
    """A clock that goes on when it is told to."""

    def __init__(self) -> None:
        self.at = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def now():
    return Moving()


@pytest.fixture
def database(tmp_path):
    opened = Database(empty_database(tmp_path / "factory.db"))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def passwords():
    return Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture
def door(database, passwords, now):
    with database.write() as connection:
        people.create_user(connection, "boss", EVERYTHING, now())
        people.create_user(connection, "Maria", {"main": Role.VIEWER}, now(), password_hash=passwords.hashed(PASSWORD))
    return SignIn.of(database, passwords, now)


def trail(database):
    with database.read() as connection:
        return [(entry.action, entry.actor.partition(":")[0], bool(entry.subject)) for entry in audit.entries(connection)]


def test_the_right_password_begins_a_session(door, now):
    token = door.sign_in(" maria", PASSWORD, "Firefox")
    with door.database.read() as connection:
        user, session = sessions.find_session(connection, token, now())
    assert (user.login, session.browser) == ("Maria", "Firefox")
    assert trail(door.database) == [("signed in", "user", False)]


@pytest.mark.parametrize(
    ("login", "password"), [("maria", OTHER), ("maria", ""), ("nobody", PASSWORD), ("boss", ""), ("m" * 201, PASSWORD), ("", ""), ("maria", "p" * 10_000)]
)
def test_whatever_else_is_wrong_in_one_way(door, login, password):
    with pytest.raises(Wrong) as refused:
        door.sign_in(login, password, "")
    assert str(refused.value) == ""


def test_who_is_disabled_is_told_what_everybody_is_told(door):
    with door.database.write() as connection:
        people.set_disabled(connection, people.find_by_login(connection, "maria")[0].user_id, disabled=True)
    with pytest.raises(Wrong):
        door.sign_in("maria", PASSWORD, "")


def test_who_does_not_exist_takes_as_many_hashes(door, monkeypatch):
    """Not by the clock: a test that measured time would fail on a busy machine."""
    compared = []
    match = Passwords.match
    monkeypatch.setattr(Passwords, "match", lambda self, stored, password: compared.append(stored is None) or match(self, stored, password))
    for login in ("maria", "nobody"):
        with pytest.raises(Wrong):
            door.sign_in(login, OTHER, "")
    assert compared == [False, True]


@pytest.mark.parametrize("login", ["maria", "nobody"])
def test_guessing_is_slowed_down_and_forgiven(door, now, login):
    for _ in range(3):
        with pytest.raises(Wrong):
            door.sign_in(login, OTHER, "")
    with pytest.raises(TooSoon) as refused:
        door.sign_in(login, PASSWORD, "")
    assert refused.value.seconds == 2
    now.at += timedelta(seconds=2)
    if login == "maria":
        door.sign_in(login, PASSWORD, "")
    with door.database.read() as connection:
        assert not delays.wait_for(connection, login, now())


def test_many_tries_at_once_are_no_way_around_the_delay(door):
    outcomes = []

    def guess() -> None:
        try:
            door.sign_in("maria", OTHER, "")
        except (Wrong, TooSoon) as refused:
            outcomes.append(type(refused))

    guesses = [threading.Thread(target=guess) for _ in range(12)]
    for one in guesses:
        one.start()
    for one in guesses:
        one.join(30)
    assert (len(outcomes), outcomes.count(Wrong)) == (12, 3)


def test_what_was_typed_is_kept_nowhere(door):
    for login, password in (("a secret typed into the wrong field", OTHER), ("maria", "another secret")):
        with pytest.raises(Wrong):
            door.sign_in(login, password, "")
    with door.database.read() as connection:
        everything = [str(row) for table in ("audit", "sign_in_delays", "sessions") for row in connection.execute(text(f"SELECT * FROM {table}"))]
    assert len(everything) == 4
    assert not any("secret" in row for row in everything)
    assert trail(door.database) == [("sign-in failed", "nobody", False), ("sign-in failed", "nobody", True)]


def test_a_password_is_hashed_at_todays_cost_when_it_is_known(database, door, now):
    dearer = SignIn.of(database, Passwords(PasswordHasher(time_cost=2, memory_cost=8, parallelism=1)), now)
    token = dearer.sign_in("maria", PASSWORD, "")
    with database.read() as connection:
        _, stored = people.find_by_login(connection, "maria")
        assert sessions.find_session(connection, token, now()) is not None
    assert "t=2" in stored
    dearer.sign_in("maria", PASSWORD, "")


# The first administrator.


@pytest.fixture
def set_up(database, passwords, now):
    return SetUp.of(database, passwords, now)


def test_the_address_is_for_the_servers_own_user_and_stays_over_a_restart(set_up):
    token = set_up.token()
    assert stat.S_IMODE(set_up.path.stat().st_mode) == 0o600
    assert set_up.path.read_text(encoding="ascii").strip() == token
    assert set_up.token() == token


def test_it_makes_the_administrator_once(set_up, database):
    token = set_up.token()
    user_id = set_up.complete(token, "boss", PASSWORD)
    with database.read() as connection:
        assert people.find(connection, user_id).roles == EVERYTHING
    assert not set_up.path.exists()
    with pytest.raises(NotNow):
        set_up.complete(token, "second", PASSWORD)
    assert set_up.token() is None
    assert trail(database) == [("set up", "user", True)]


@pytest.mark.parametrize("token", ["", "x", "é" * 43])
def test_another_token_makes_nobody(set_up, token):
    set_up.token()
    with pytest.raises(NotNow):
        set_up.complete(token, "boss", PASSWORD)
    assert set_up.path.exists()


def test_an_empty_file_is_no_token(set_up):
    set_up.path.write_text("", encoding="ascii")
    with pytest.raises(NotNow):
        set_up.complete("", "boss", PASSWORD)
    assert set_up.token()


def test_it_holds_for_a_day(set_up, now):
    token = set_up.token()
    now.at += VALID_FOR + timedelta(seconds=1)
    with pytest.raises(NotNow, match="day"):
        set_up.complete(token, "boss", PASSWORD)
    now.at -= VALID_FOR + timedelta(seconds=1)
    os.utime(set_up.path, (0, 0))
    assert set_up.token() != token


def test_a_password_that_is_none_leaves_the_address(set_up):
    token = set_up.token()
    with pytest.raises(Unfit):
        set_up.complete(token, "boss", "boss")
    with pytest.raises(Refused):
        set_up.complete(token, "", PASSWORD)
    set_up.complete(token, "boss", PASSWORD)


def test_of_two_at_once_one_becomes_the_administrator(set_up, database, monkeypatch):
    token = set_up.token()
    hashed, done = Passwords.hashed, []

    def overtaken(self: Passwords, password: str) -> str:
        if not done:
            done.append(True)
            set_up.complete(token, "first", PASSWORD)
        return hashed(self, password)

    monkeypatch.setattr(Passwords, "hashed", overtaken)
    with pytest.raises(NotNow, match="already"):
        set_up.complete(token, "second", PASSWORD)
    with database.read() as connection:
        assert [user.login for user in people.list_users(connection)] == ["first"]


@pytest.mark.one_file
def test_what_lies_there_already_is_not_written_into(set_up, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("", encoding="ascii")
    set_up.path.symlink_to(elsewhere)
    token = set_up.token()
    assert elsewhere.read_text(encoding="ascii") == ""
    assert not set_up.path.is_symlink()
    assert set_up.path.read_text(encoding="ascii").strip() == token
