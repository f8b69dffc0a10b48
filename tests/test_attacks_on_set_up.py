"""The first administrator's address: nobody guesses it, uses it twice, or uses it for anybody else."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from admission import PASSWORD, Admission, admission

from access import people
from access.roles import EVERYWHERE, Role

FORM = {"login": "evil", "password": PASSWORD, "again": PASSWORD, "level": "station"}


@pytest.fixture
def closed(tmp_path: Path) -> Iterator[Admission]:
    """A server that a network reaches, with nobody in it."""
    with admission(tmp_path, everybody=False, host="0.0.0.0") as made:
        yield made


def logins(made: Admission) -> list[str]:
    with made.services.database.read() as connection:
        return [user.login for user in people.list_users(connection)]


def test_no_guess_makes_anybody(closed: Admission) -> None:
    token = closed.services.entry.set_up.token()
    guesses = ["", "x", token[:-1], f"{token}x", token.swapcase(), f"{token}%00", f"{token}/", f"{token}%0a", f" {token}", "..", "%2e%2e", f"../set-up/{token}"]
    for guess in guesses:
        client = closed.client()
        statuses = {client.get(f"/set-up/{guess}").status_code, client.post(f"/set-up/{guess}", data=FORM).status_code}
        assert statuses <= {303, 401, 404, 405, 503}, guess
    assert logins(closed) == []
    assert closed.services.entry.set_up.holds(token)


def test_it_works_once(closed: Admission) -> None:
    token = closed.services.entry.set_up.token()
    first = closed.client()
    assert first.post(f"/set-up/{token}", data=FORM | {"login": "first"}).status_code == 303
    for client in (first, closed.client()):
        assert client.get(f"/set-up/{token}").status_code == 404
        assert client.post(f"/set-up/{token}", data=FORM).status_code == 404
    assert logins(closed) == ["first"]


def test_a_file_that_was_put_back_makes_no_second_one(closed: Admission) -> None:
    """From a backup, or by who can write beside the database but not into it."""
    set_up = closed.services.entry.set_up
    token = set_up.token()
    kept = set_up.path.read_bytes()
    closed.client().post(f"/set-up/{token}", data=FORM | {"login": "first"})
    set_up.path.write_bytes(kept)
    assert closed.client().post(f"/set-up/{token}", data=FORM).status_code == 404
    assert logins(closed) == ["first"]


def test_once_somebody_is_there_it_makes_nobody(closed: Admission) -> None:
    token = closed.services.entry.set_up.token()
    closed.enter("first", {EVERYWHERE: Role.ADMINISTRATOR})
    assert closed.client().post(f"/set-up/{token}", data=FORM).status_code == 404
    assert logins(closed) == ["first"]


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}, {"Origin": "null"}])
def test_no_page_of_others_uses_it(closed: Admission, headers: dict[str, str]) -> None:
    token = closed.services.entry.set_up.token()
    assert closed.client().post(f"/set-up/{token}", data=FORM, headers=headers).status_code == 403
    assert logins(closed) == []


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"role": "viewer", "roles": "", "site_id": "north", "user_id": "admin", "disabled": "1", "is_admin": "0", "subject": "x"}, 303),
        ({"login": ["first", "second"]}, 303),
        ({"password": [PASSWORD, "x"], "again": [PASSWORD, "y"]}, 303),
        ({"again": ""}, 422),
        ({"level": ""}, 422),
        ({"level": "nothing"}, 422),
        ({"level": "individual"}, 422),
        ({"level": "individual", "purpose": "training"}, 303),
        ({"login": "a\x00b"}, 422),
        ({"login": "a\u202eb"}, 422),
        ({"login": ""}, 422),
        ({"password": "x", "again": "x"}, 422),
        ({"password": PASSWORD * 10, "again": PASSWORD * 10}, 422),
        ({"password": "x" * 100_000}, 413),
    ],
)
def test_no_field_makes_more_or_less_of_it(closed: Admission, more: dict[str, Any], status: int) -> None:
    token = closed.services.entry.set_up.token()
    form = FORM | {"login": "first"} | more
    assert closed.client().post(f"/set-up/{token}", data=form).status_code == status
    with closed.services.database.read() as connection:
        found = [(user.login, user.roles, user.disabled) for user in people.list_users(connection)]
    assert found == ([("first", {EVERYWHERE: Role.ADMINISTRATOR}, False)] if status == 303 else [])


def test_nothing_that_is_served_tells_it(closed: Admission) -> None:
    token = closed.services.entry.set_up.token()
    for path in ("/", "/health", "/ready", "/sign-in", "/users", "/set-up", "/set-up/", "/api/openapi.json", "/nothing", "/assets/nothing"):
        answer = closed.client().get(path, environ_base={"REMOTE_ADDR": "10.0.0.7"})
        assert token not in answer.text + str(answer.headers), path


@pytest.mark.parametrize(
    "given",
    [
        {"headers": {"Host": "localhost"}},
        {"headers": {"Host": "127.0.0.1", "X-Forwarded-For": "127.0.0.1"}},
        {"headers": {"Forwarded": "for=127.0.0.1;host=localhost"}},
        {"headers": {"X-Forwarded-Host": "localhost", "X-Real-IP": "127.0.0.1"}},
        {"environ_base": {"REMOTE_ADDR": "127.0.0.1"}, "headers": {"Host": "localhost"}},
    ],
)
def test_nobody_pretends_to_sit_at_a_closed_server(closed: Admission, given: dict[str, Any]) -> None:
    """What listens to a network lets nobody in for where they come from, though it be true."""
    token = closed.services.entry.set_up.token()
    for path in ("/", "/api/sites", "/users", "/account", "/metrics"):
        answer = closed.client().get(path, **{"environ_base": {"REMOTE_ADDR": "10.0.0.7"}, **given})
        assert answer.status_code == 503
        assert token not in answer.text + str(answer.headers)
    assert closed.client().post("/api/seed", **{"environ_base": {"REMOTE_ADDR": "10.0.0.7"}, **given}).status_code == 503


# An open one


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Admission]:
    """A server that only its own machine reaches, with nobody in it."""
    with admission(tmp_path_factory.mktemp("empty"), everybody=False) as made:
        yield made


FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Via")


@pytest.mark.parametrize("name", FORWARDED)
@pytest.mark.parametrize("value", ["127.0.0.1", "localhost", "", "for=127.0.0.1", "1.1 proxy", "::1"])
def test_who_asks_for_somebody_else_is_not_here(empty: Admission, name: str, value: str) -> None:
    assert empty.client().get("/api/sites", headers={name: value}).status_code == 503


@pytest.mark.parametrize("address", ["10.0.0.7", "192.168.1.7", "169.254.1.1", "0.0.0.0", "::", "fe80::1", "2001:db8::1", "127.0.0.1.evil", "", "x"])
def test_who_is_elsewhere_is_not_here(empty: Admission, address: str) -> None:
    assert empty.client().get("/api/sites", environ_base={"REMOTE_ADDR": address}).status_code == 503


@pytest.mark.parametrize(
    "host",
    [
        *("evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "evil.example:5000", "localhost@evil.example", "evil.example#localhost"),
        *("[::1].evil.example", "127.0.0.1:5000@evil.example", "localhost, evil.example", "localhost\tevil", "", "[", "[::1", "\xff", "0", "10.0.0.5"),
    ],
)
def test_by_no_other_name_is_it_ours(empty: Admission, host: str) -> None:
    assert empty.client().get("/api/sites", headers={"Host": host}).status_code == 503


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:5000", "127.0.0.1", "127.0.0.1:5000", "[::1]", "[::1]:5000", "127.0.0.2"])
def test_by_its_own_names_it_is(empty: Admission, host: str) -> None:
    assert empty.client().get("/api/sites", headers={"Host": host}).status_code == 200


def test_two_names_are_none(empty: Admission) -> None:
    """A server that would take the one and a proxy the other."""
    answer = empty.client().get("/api/sites", headers=[("Host", "localhost"), ("X-Forwarded-Host", "evil.example")])
    assert answer.status_code == 503
