"""Sessions and keys that are stolen, old, made up, or brought in another way than theirs."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from admission import PASSWORD, Admission, admission
from flask.testing import FlaskClient
from http_api import event
from sqlalchemy import text

from access import sessions
from access.roles import EVERYWHERE
from access.tokens import digest

COOKIE, SECURE = "factory_session", "__Host-factory_session"


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Admission]:
    with admission(tmp_path) as made:
        yield made


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Admission]:
    """An app whose people and keys no test changes."""
    with admission(tmp_path_factory.mktemp("shared")) as made:
        yield made


def token_of(client: FlaskClient) -> str:
    cookie = client.get_cookie(COOKIE)
    assert cookie is not None
    return cookie.value


def status_with(made: Admission, token: str, name: str = COOKIE) -> int:
    """What a stolen cookie opens."""
    return made.server.test_client(use_cookies=False).get("/api/sites", headers={"Cookie": f"{name}={token}"}).status_code


# Old ones


@pytest.mark.parametrize("path", ["/sign-out", "/account/sessions/end"])
def test_who_has_gone_can_not_be_played_again(own: Admission, path: str) -> None:
    client = own.client("viewer")
    token = token_of(client)
    assert status_with(own, token) == 200
    assert client.post(path).status_code == 303
    assert status_with(own, token) == 401
    # Nor does it come alive when its owner comes again.
    own.client("viewer")
    assert status_with(own, token) == 401


def test_a_session_ends_after_a_week_though_it_be_used(own: Admission) -> None:
    client = own.client("viewer")
    end = own.clock.now() + sessions.ABSOLUTE
    while own.clock.now() <= end:
        assert client.get("/api/sites").status_code == 200
        own.clock.moment += timedelta(hours=11)
    own.services.entry.callers.forget()
    assert client.get("/api/sites").status_code == 401


def test_another_password_ends_the_stolen_session(own: Admission) -> None:
    thief, owner = own.client("viewer"), own.client("viewer")
    new = {"old": PASSWORD, "new": "another battery horse", "again": "another battery horse"}
    assert owner.post("/account/password", data=new).status_code == 303
    assert (thief.get("/api/sites").status_code, owner.get("/api/sites").status_code) == (401, 200)


def test_a_key_opens_nothing_from_the_moment_that_it_is_revoked(own: Admission) -> None:
    key, client, chief = own.key("read"), own.client(), own.client("chief")
    assert client.get("/api/sites", **own.with_key(key)).status_code == 200
    assert chief.post(f"/keys/{key.split('_')[1]}/revoke").status_code == 303
    assert client.get("/api/sites", **own.with_key(key)).status_code == 401


def test_a_role_that_was_taken_away_is_gone_for_sessions_too(own: Admission) -> None:
    supervisor, chief = own.client("supervisor"), own.client("chief")
    assert supervisor.get("/api/quarantine").status_code == 200
    assert chief.post(f"/users/{own.ids['supervisor']}/roles", data={"role:north": "viewer"}).status_code == 303
    assert supervisor.get("/api/quarantine").status_code == 403
    assert supervisor.get("/api/workers?site_id=north").status_code == 200


# Made up


@pytest.mark.parametrize("planted", ["A" * 43, "", "x", "viewer"])
def test_a_cookie_from_before_signing_in_stays_nothing(shared: Admission, planted: str) -> None:
    """Session fixation: who plants a cookie with somebody doesn't have their session afterwards."""
    client = shared.client()
    client.set_cookie(COOKIE, planted)
    assert client.post("/sign-in", data={"login": "viewer", "password": PASSWORD}).status_code == 303
    assert token_of(client) != planted
    assert status_with(shared, planted) == 401


def test_each_signing_in_has_a_session_of_its_own(shared: Admission) -> None:
    client = shared.client("viewer")
    first = token_of(client)
    client.post("/sign-in", data={"login": "viewer", "password": PASSWORD})
    assert token_of(client) != first


def test_what_is_stored_opens_nothing(own: Admission) -> None:
    """Whoever reads the database has no session and no key."""
    token, key = token_of(own.client("chief")), own.key("admin", EVERYWHERE)
    with own.services.database.read() as connection:
        stored = [str(value) for table in ("sessions", "api_keys", "users") for row in connection.execute(text(f"SELECT * FROM {table}")) for value in row]
    assert digest(token) in stored
    assert not [value for value in stored if token in value or key in value or key.split("_")[2] in value]
    for value in stored:
        assert status_with(own, value) == 401
        assert own.client().get("/api/sites", headers={"X-API-Key": value}).status_code == 401


@pytest.mark.parametrize(
    "cookie",
    [
        *("{0}x", "x{0}", "{0}%00", "{1}", "{2}", "x; {3}={0}", "x; Path=/; {4}", " ", '"{0}', "\xff", "=", ""),
        *("a" * 100_000, "; ".join(f"c{number}=1" for number in range(5_000))),
    ],
)
def test_only_the_very_token_is_one(shared: Admission, cookie: str) -> None:
    token = token_of(shared.client("viewer"))
    assert status_with(shared, token) == 200
    assert status_with(shared, cookie.format(token, token.upper(), token[:-1], SECURE, COOKIE)) == 401


def test_of_two_cookies_one_counts(shared: Admission) -> None:
    viewer, chief = token_of(shared.client("viewer")), token_of(shared.client("chief"))
    both = shared.server.test_client(use_cookies=False).get("/api/sites", headers={"Cookie": f"{COOKIE}={viewer}; {COOKIE}={chief}"})
    assert [site["site_id"] for site in both.json] == ["north"]


def test_under_tls_only_the_name_counts_that_no_other_host_can_set(tmp_path: Path) -> None:
    with admission(tmp_path, public_url="https://factory.example.com") as made:
        answer = made.client().post("/sign-in", data={"login": "viewer", "password": PASSWORD}, base_url="https://factory.example.com")
        token = answer.headers["Set-Cookie"].partition(";")[0].removeprefix(f"{SECURE}=")
        assert status_with(made, token, SECURE) == 200
        assert status_with(made, token, COOKIE) == 401
        # Nor does a proxy's word make the one into the other.
        plain = made.server.test_client(use_cookies=False)
        assert plain.get("/api/sites", headers={"Cookie": f"{COOKIE}={token}", "X-Forwarded-Proto": "http"}).status_code == 401


# In another way


def test_a_session_is_no_key_and_a_key_no_session(shared: Admission) -> None:
    token, key = token_of(shared.client("chief")), shared.key("admin", EVERYWHERE)
    for headers in ({"Authorization": f"Bearer {token}"}, {"X-API-Key": token}):
        assert shared.client().get("/api/sites", headers=headers).status_code == 401
    assert status_with(shared, key) == 401


@pytest.mark.parametrize(
    "headers",
    [
        *({"Authorization": form} for form in ("Basic {}", "{}", "Bearer", "Bearer x {}", "Bearer {}x", "Bearer {},{}", "Token {}", "Digest {}")),
        *({"X-API-Key": form} for form in ("Bearer {}", "{}x", "{},{}", "{}_", "F{}")),
        *({name: "{}"} for name in ("Api-Key", "X-Auth-Token", "Proxy-Authorization", "X-Forwarded-Authorization", "Cookie")),
    ],
)
def test_a_key_opens_by_its_own_headers_alone(shared: Admission, headers: dict[str, str]) -> None:
    key = shared.key("read")
    given = {name: form.format(key, key) for name, form in headers.items()}
    assert shared.client().get("/api/sites", headers=given).status_code == 401


@pytest.mark.parametrize(
    "path", ["/api/sites?key={}", "/api/sites?{}", "/api/sites?X-API-Key={}", "/api/sites?api_key=%66pk_{1}", "/api/{}", "/{}", "/live/{}"]
)
def test_a_key_in_an_address_opens_nothing(shared: Admission, path: str) -> None:
    key = shared.key("admin", EVERYWHERE)
    assert shared.client().get(path.format(key, key.removeprefix("fpk_"))).status_code in (303, 400, 401)


def test_a_key_in_a_body_opens_nothing(shared: Admission) -> None:
    key = shared.key("admin", EVERYWHERE)
    bodies: list[dict[str, Any]] = [{"json": event(site_id="north", key=key)}, {"data": {"key": key, "access_token": key}}]
    assert [shared.client().post("/api/events", **body).status_code for body in bodies] == [401, 401]


def test_the_refused_key_counts_and_not_the_session_beside_it(shared: Admission) -> None:
    """Else a key that was revoked would seem to work on for who tries it in a browser."""
    client, own_key = shared.client("chief"), shared.key("ingest")
    assert client.get("/api/sites", headers={"X-API-Key": "fpk_wrong"}).status_code == 401
    assert client.get("/api/sites", headers={"X-API-Key": own_key}).status_code == 403
    assert client.get("/api/sites", headers={"X-API-Key": "fpk_wrong", "Authorization": f"Bearer {own_key}"}).status_code == 401


@pytest.mark.parametrize("place", range(0, 54, 6))
def test_a_key_with_another_letter_is_none(shared: Admission, place: int) -> None:
    key = shared.key("read")
    other = "A" if key[place] != "A" else "B"
    assert shared.client().get("/api/sites", headers={"X-API-Key": f"{key[:place]}{other}{key[place + 1 :]}"}).status_code == 401
