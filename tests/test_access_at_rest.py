"""Who may do what, as it is stored: people, sessions, keys, delays; no secret is in the database, and time ends what it should."""

from datetime import UTC, datetime, timedelta

import pytest
from argon2 import PasswordHasher
from hypothesis import given
from hypothesis import strategies as st
from migrated import empty_database
from sqlalchemy import text

from access import delays, keys, people, sessions
from access.passwords import LEAST_CHARACTERS, MOST_CHARACTERS, Passwords, Unfit, check_fit
from access.refused import Refused
from access.roles import EVERYWHERE, OPEN, Principal, Role
from data_layer.engine import Database
from data_layer.scope import UnknownSite

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
EVERYTHING = {EVERYWHERE: Role.ADMINISTRATOR}


#: What the gate asks of nobody's roles: it knows by itself who is here, or known.
FOR_ALL = {Role.ANYONE, Role.HERE, Role.KNOWN}


@pytest.fixture
def database(tmp_path):
    opened = Database(empty_database(tmp_path / "factory.db"))
    yield opened
    opened.close()


@pytest.fixture
def connection(database):
    with database.write() as writing:
        yield writing


@pytest.fixture(scope="module")
def passwords():
    return Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


# What roles include.


@pytest.mark.parametrize(
    ("held", "may"),
    [
        (Role.VIEWER, {Role.VIEWER}),
        (Role.CAMERA, {Role.CAMERA}),
        (Role.SUPERVISOR, {Role.VIEWER, Role.SUPERVISOR}),
        (Role.ADMINISTRATOR, {Role.VIEWER, Role.CAMERA, Role.SUPERVISOR, Role.ADMINISTRATOR}),
    ],
)
def test_what_a_role_includes(held, may):
    holder = Principal("user:1", {"north": held})
    assert {role for role in Role if holder.may(role, "north")} == may | FOR_ALL
    assert {role for role in Role if holder.may(role)} == may | FOR_ALL
    assert {role for role in Role if holder.may(role, "south")} == FOR_ALL


def test_a_role_everywhere_and_another_at_one_site_add_up():
    holder = Principal("user:1", {EVERYWHERE: Role.VIEWER, "north": Role.SUPERVISOR})
    assert (holder.may(Role.VIEWER, "south"), holder.may(Role.SUPERVISOR, "south"), holder.may(Role.SUPERVISOR, "north")) == (True, False, True)
    assert holder.scope(Role.VIEWER).sites is None
    assert holder.scope(Role.SUPERVISOR).sites == {"north"}
    with pytest.raises(UnknownSite):
        holder.scope(Role.SUPERVISOR).check("south")


def test_all_sites_are_more_than_each_of_them():
    assert Principal("user:1", {EVERYWHERE: Role.ADMINISTRATOR}).may(Role.VIEWER, EVERYWHERE)
    assert not Principal("user:1", {"main": Role.ADMINISTRATOR}).may(Role.VIEWER, EVERYWHERE)


def test_nobody_may_nothing_and_the_open_server_all():
    nobody = Principal("nobody")
    assert {role for role in Role if nobody.may(role)} == FOR_ALL
    assert nobody.scope(Role.VIEWER).sites == frozenset()
    assert all(OPEN.may(role, "main") for role in Role)


# Passwords.


def test_a_password_matches_itself_alone(passwords):
    stored = passwords.hashed("a horse, a battery")
    assert stored.startswith("$argon2id$")
    assert passwords.match(stored, "a horse, a battery")
    assert not passwords.match(stored, "a horse, a batter")
    assert not passwords.match(None, "nobody has this password")
    assert not passwords.match("", "nobody has this password")
    assert not passwords.match("no hash at all", "a horse, a battery")


def test_the_same_password_is_stored_in_another_way_each_time(passwords):
    assert passwords.hashed("a horse, a battery") != passwords.hashed("a horse, a battery")


def test_an_endless_password_is_not_hashed(passwords, monkeypatch):
    monkeypatch.setattr(passwords, "hasher", None)
    assert not passwords.match("$argon2id$", "a" * (MOST_CHARACTERS + 1))


def test_a_password_hashed_at_less_cost_is_outdated(passwords):
    assert Passwords().outdated(passwords.hashed("a horse, a battery"))
    assert not passwords.outdated(passwords.hashed("a horse, a battery"))


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("a" * (LEAST_CHARACTERS - 1), "at least 12 characters"),
        ("ab" * MOST_CHARACTERS, "at most 128 characters"),
        ("maria.schmidt", "the name you sign in with"),
        ("Maria.Schmidt1", "the name you sign in with"),
        ("aaaaaaaaaaaaaaaa", "different characters"),
    ],
)
def test_what_is_no_password(password, why):
    with pytest.raises(Unfit, match=why):
        check_fit(password, "maria.schmidt")


@pytest.mark.parametrize("password", ["correct horse battery", "maria.schmidt has a long one", "пароль-длинный"])
def test_what_is_a_password(password):
    check_fit(password, "maria.schmidt")


# People.


def test_a_login_is_found_however_it_is_typed_and_taken_once(connection):
    made = people.create_user(connection, " Zoë.Müller ", EVERYTHING, NOW, name="Zoë", password_hash="$…")
    for typed in ("Zoë.Müller", "ZOË.MÜLLER", "Zoe\u0308.Mu\u0308ller", "  zoë.müller"):
        user, stored = people.find_by_login(connection, typed)
        assert (user.user_id, user.login, stored) == (made, "Zoë.Müller", "$…")
        with pytest.raises(Refused, match="taken"):
            people.create_user(connection, typed, {}, NOW)
    assert people.find_by_login(connection, "zoe.muller") is None


@pytest.mark.parametrize("login", ["", "   ", "a\nb", "a\x00", "a" * 201, "\u202eevil"])
def test_what_is_no_login(connection, login):
    with pytest.raises(Refused, match="login"):
        people.create_user(connection, login, {}, NOW)


def test_people_hold_no_role_of_keys(connection):
    with pytest.raises(Refused, match="role"):
        people.create_user(connection, "camera", {"main": Role.CAMERA}, NOW)


def test_roles_are_those_that_were_given_last(connection):
    people.create_user(connection, "first", EVERYTHING, NOW)
    other = people.create_user(connection, "second", {"north": Role.VIEWER, "south": Role.SUPERVISOR}, NOW)
    assert people.find(connection, other).roles == {"north": Role.VIEWER, "south": Role.SUPERVISOR}
    people.set_roles(connection, other, {"north": Role.SUPERVISOR})
    assert people.find(connection, other).roles == {"north": Role.SUPERVISOR}
    assert [user.login for user in people.list_users(connection)] == ["first", "second"]


def test_somebody_is_left_who_administers(database):
    with database.write() as connection:
        only = people.create_user(connection, "only", EVERYTHING, NOW)
    for change in (
        lambda writing: people.set_roles(writing, only, {"main": Role.ADMINISTRATOR}),
        lambda writing: people.set_disabled(writing, only, disabled=True),
    ):
        with pytest.raises(Refused, match="administers"), database.write() as connection:
            change(connection)
        with database.read() as connection:
            assert people.find(connection, only).roles == EVERYTHING
            assert not people.find(connection, only).disabled


# Sessions.


@pytest.fixture
def somebody(connection):
    people.create_user(connection, "boss", EVERYTHING, NOW)
    return people.create_user(connection, "somebody", {"main": Role.VIEWER}, NOW, password_hash="$…")


def test_a_session_is_its_token_and_nothing_that_is_stored(connection, somebody):
    token = sessions.begin(connection, somebody, "Firefox", NOW)
    user, session = sessions.find_session(connection, token, NOW)
    assert (user.user_id, session.browser, session.created_at) == (somebody, "Firefox", NOW)
    for row in connection.execute(text("SELECT * FROM sessions")):
        assert token not in map(str, row)
        assert all(sessions.find_session(connection, str(value), NOW) is None for value in row)


def test_a_session_that_is_not_used_ends(connection, somebody):
    token = sessions.begin(connection, somebody, "", NOW)
    assert sessions.find_session(connection, token, NOW + sessions.IDLE) is not None
    assert sessions.find_session(connection, token, NOW + sessions.IDLE + SECOND) is None


def test_a_session_that_is_used_goes_on_but_not_for_ever(connection, somebody):
    token, now = sessions.begin(connection, somebody, "", NOW), NOW
    while (found := sessions.find_session(connection, token, now)) is not None:
        sessions.note_use(connection, found[1], now)
        now += sessions.IDLE
    assert NOW + sessions.ABSOLUTE < now <= NOW + sessions.ABSOLUTE + sessions.IDLE


def test_use_is_noted_once_a_minute(connection, somebody):
    _, session = sessions.find_session(connection, sessions.begin(connection, somebody, "", NOW), NOW)
    assert [sessions.worth_noting(session, NOW + SECOND * seconds) for seconds in (0, 59, 60, 90)] == [False, False, True, True]


def test_who_is_disabled_is_out_at_once_and_stays_out(connection, somebody):
    token = sessions.begin(connection, somebody, "", NOW)
    people.set_disabled(connection, somebody, disabled=True)
    assert sessions.find_session(connection, token, NOW) is None
    people.set_disabled(connection, somebody, disabled=False)
    assert sessions.find_session(connection, token, NOW) is None


def test_another_password_ends_all_other_sessions(connection, somebody):
    here, there = (sessions.begin(connection, somebody, name, NOW) for name in ("here", "there"))
    _, own = sessions.find_session(connection, here, NOW)
    people.set_password(connection, somebody, "$other", but=own.token_hash)
    assert sessions.find_session(connection, here, NOW) is not None
    assert sessions.find_session(connection, there, NOW) is None
    people.set_password(connection, somebody, "$third")
    assert sessions.find_session(connection, here, NOW) is None


def test_nobody_ends_the_session_of_another(connection, somebody):
    token = sessions.begin(connection, somebody, "", NOW)
    _, session = sessions.find_session(connection, token, NOW)
    sessions.end(connection, "somebody else", session.token_hash)
    assert [one.token_hash for one in sessions.sessions_of(connection, somebody, NOW)] == [session.token_hash]
    sessions.end(connection, somebody, session.token_hash)
    assert sessions.sessions_of(connection, somebody, NOW) == []


def test_what_is_over_is_forgotten(connection, somebody):
    sessions.begin(connection, somebody, "old", NOW - sessions.ABSOLUTE)
    sessions.begin(connection, somebody, "new", NOW)
    sessions.sweep(connection, NOW + SECOND)
    assert [row.browser for row in connection.execute(text("SELECT browser FROM sessions"))] == ["new"]


# Keys.


def test_a_key_is_known_by_its_text_and_nothing_that_is_stored(connection):
    key = keys.issue(connection, "line 1", "ingest", "main", NOW, cameras=["C2", "C1"])
    found = keys.find_key(connection, key, NOW)
    assert (found.name, found.scope, found.site_id, found.cameras) == ("line 1", "ingest", "main", {"C1", "C2"})
    assert found.principal.may(Role.CAMERA, "main")
    assert not found.principal.may(Role.VIEWER, "main")
    secret = key.split("_")[2]
    (row,) = connection.execute(text("SELECT * FROM api_keys"))
    assert not any(secret in str(value) for value in row)


@given(at=st.integers(0, 52), put=st.sampled_from("aZ0_é"))
def test_a_mistyped_key_is_none_without_a_look_into_the_database(at, put):
    key = f"fpk_{'a' * 8}_{'b' * 32}_"
    key += keys._with_check(key[:-1])[-8:]
    assert len(key) == 54
    wrong = key[:at] + put + key[at + 1 :]
    if wrong != key:
        assert keys.find_key(None, wrong, NOW) is None


@pytest.mark.parametrize("text_", ["", "fpk_", "fpk___", "Bearer", "fpk_" + "a" * 10_000, "ｆｐｋ_aaaaaaaa_b_c"])
def test_what_is_no_key_is_none(text_):
    assert keys.find_key(None, text_, NOW) is None


def test_the_right_id_with_another_secret_opens_nothing(connection):
    one, other = (keys.issue(connection, name, "admin", "", NOW).split("_") for name in ("one", "other"))
    mixed = keys._with_check("_".join([one[0], one[1], other[2]]))
    assert keys.find_key(connection, mixed, NOW) is None


def test_a_key_expires_and_is_revoked(connection):
    short = keys.issue(connection, "short", "read", "main", NOW, expires_at=NOW + SECOND)
    assert keys.find_key(connection, short, NOW) is not None
    assert keys.find_key(connection, short, NOW + SECOND) is None
    long = keys.issue(connection, "long", "read", "main", NOW)
    key_id = keys.find_key(connection, long, NOW).key_id
    assert [keys.revoke(connection, key_id, NOW), keys.revoke(connection, key_id, NOW)] == [True, False]
    assert keys.find_key(connection, long, NOW) is None


def test_two_keys_of_a_name_live_at_once_and_no_third(connection):
    first, _ = (keys.issue(connection, "line 1", "ingest", "main", NOW) for _ in range(2))
    with pytest.raises(Refused, match="2 keys"):
        keys.issue(connection, "line 1", "ingest", "main", NOW)
    keys.issue(connection, "line 1", "ingest", "north", NOW)
    keys.revoke(connection, keys.find_key(connection, first, NOW).key_id, NOW)
    keys.issue(connection, "line 1", "ingest", "main", NOW)


@pytest.mark.parametrize(("change", "why"), [({"name": " "}, "name"), ({"scope": "root"}, "scope"), ({"expires_at": NOW}, "future")])
def test_what_is_no_key_to_issue(connection, change, why):
    with pytest.raises(Refused, match=why):
        keys.issue(connection, **{"name": "n", "scope": "read", "site_id": "", "now": NOW, **change})


def test_when_a_key_was_used_is_noted(connection):
    key_id = keys.find_key(connection, keys.issue(connection, "line 1", "ingest", "main", NOW), NOW).key_id
    keys.note_use(connection, key_id, NOW + SECOND)
    assert [(key.key_id, key.last_used_at) for key in keys.list_keys(connection)] == [(key_id, NOW + SECOND)]


# Delays.


def test_guessing_takes_longer_and_longer_whoever_is_meant(connection):
    waits, now = [], NOW
    for _ in range(14):
        delays.note_failure(connection, "Maria", now)
        waits.append(delays.wait_for(connection, " maria ", now).total_seconds())
        now += timedelta(seconds=waits[-1])
    assert waits == [0, 0, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]
    assert delays.wait_for(connection, "maria", now) == timedelta()
    assert delays.wait_for(connection, "somebody", NOW) == timedelta()


def test_who_gets_in_begins_anew(connection):
    for _ in range(5):
        delays.note_failure(connection, "maria", NOW)
    delays.forget(connection, "Maria")
    assert delays.wait_for(connection, "maria", NOW) == timedelta()
    delays.note_failure(connection, "maria", NOW)
    assert delays.wait_for(connection, "maria", NOW) == timedelta()


def test_guessed_logins_do_not_fill_the_table(connection):
    for day in range(3):
        for number in range(10):
            delays.note_failure(connection, f"guess {day} {number}", NOW + timedelta(days=day, hours=day))
    assert connection.scalar(text("SELECT count(*) FROM sign_in_delays")) <= 20
