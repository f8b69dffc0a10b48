"""Pages of others, in the browser of somebody who is signed in: none of them changes anything, whatever the browser says or leaves out.

Decided here: a request that names neither an origin nor a site is let through. Browsers name one or the other with each POST to another
origin, so that it is none; and the cookie, which is SameSite=Lax, isn't sent along by those that forget.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from admission import PASSWORD, Admission, admission
from http_api import event
from sqlalchemy import text

OURS, FLOOR = "http://localhost", "https://floor.example.com"
FOREIGN: dict[str, dict[str, str]] = {
    "cross-site": {"Sec-Fetch-Site": "cross-site"},
    "same-site, as another port of the same machine is": {"Sec-Fetch-Site": "same-site"},
    "said twice": {"Sec-Fetch-Site": "same-origin, cross-site"},
    "said in capitals": {"Sec-Fetch-Site": "SAME-ORIGIN"},
    "said empty": {"Sec-Fetch-Site": ""},
    "cross-site, and our origin": {"Sec-Fetch-Site": "cross-site", "Origin": OURS},
    "another origin": {"Origin": "https://evil.example"},
    "no origin that it would name": {"Origin": "null"},
    "an empty origin": {"Origin": ""},
    "our name at another port": {"Origin": f"{OURS}:8080"},
    "our name under TLS": {"Origin": "https://localhost"},
    "our name as the beginning of another": {"Origin": f"{OURS}.evil.example"},
    "our name as the user of another": {"Origin": f"{OURS}@evil.example"},
    "ours and another": {"Origin": f"{OURS} https://evil.example"},
    "ours with a path": {"Origin": f"{OURS}/"},
}
OWN: dict[str, dict[str, str]] = {
    "a page of ours": {"Sec-Fetch-Site": "same-origin", "Origin": OURS},
    "typed or a bookmark": {"Sec-Fetch-Site": "none"},
    "a page of ours, by a browser that only names origins": {"Origin": OURS},
    "no browser, or one that sends no cookie to others": {},
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Admission]:
    with admission(tmp_path_factory.mktemp("made")) as found:
        yield found


@pytest.fixture(scope="module")
def behind_a_proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Admission]:
    with admission(tmp_path_factory.mktemp("proxied"), public_url="https://factory.example.com", cors_origins=(FLOOR,)) as found:
        yield found


def unsafe(made: Admission) -> list[tuple[str, str]]:
    """Every route that changes anything: method and address."""
    found = [
        (method, re.sub(r"<[^>]*quarantine_id>", "1", rule.rule))
        for rule in made.server.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"GET", "HEAD", "OPTIONS"})
    ]
    assert len(found) > 20
    return [(method, re.sub(r"<[^>]*>", "north", rule)) for method, rule in found]


def kept(made: Admission) -> list[Any]:
    """All that a button changes."""
    with made.services.database.read() as connection:
        return [row for table in ("users", "grants", "api_keys", "sites", "workers", "events") for row in connection.execute(text(f"SELECT * FROM {table}"))]


@pytest.mark.parametrize("headers", FOREIGN.values(), ids=FOREIGN)
def test_no_page_of_others_changes_anything(made: Admission, headers: dict[str, str]) -> None:
    for login in ("chief", None):
        client = made.client(login)
        for method, path in unsafe(made):
            answer = client.open(path, method=method, json={}, headers=headers)
            assert answer.status_code == 403, (method, path)
            assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("headers", OWN.values(), ids=OWN)
def test_pages_of_ours_and_programs_do(made: Admission, headers: dict[str, str]) -> None:
    answer = made.client("chief").put("/api/workers/W1?site_id=north", json={"name": "Anna"}, headers=headers)
    assert answer.status_code in (200, 201)


@pytest.mark.parametrize("headers", FOREIGN.values(), ids=FOREIGN)
def test_nobody_is_signed_in_by_others_as_somebody_else(made: Admission, headers: dict[str, str]) -> None:
    """Else what the victim enters from then on is seen by whoever has that login."""
    client = made.client()
    for given in ({"data": {"login": "viewer", "password": PASSWORD}}, {"query_string": {"login": "viewer", "password": PASSWORD}}):
        answer = client.post("/sign-in", headers=headers, **given)
        assert (answer.status_code, client.get_cookie("factory_session")) == (403, None)


def test_a_session_is_not_sent_along_by_pages_of_others(made: Admission, behind_a_proxy: Admission) -> None:
    form = {"login": "viewer", "password": PASSWORD}
    plain, secure = (at.client().post("/sign-in", data=form).headers["Set-Cookie"] for at in (made, behind_a_proxy))
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(plain.split("; "))
    assert {"HttpOnly", "SameSite=Lax", "Path=/", "Secure"} <= set(secure.split("; "))
    assert secure.startswith("__Host-")
    assert "domain" not in (plain + secure).lower()


def test_no_safe_method_changes_anything_of_note(made: Admission) -> None:
    """Images and links of others are fetched with the cookie: what they can name must do nothing."""
    client, before = made.client("chief"), kept(made)
    for path in sorted({path for _, path in unsafe(made)}):
        for safe in ("GET", "HEAD", "OPTIONS"):
            client.open(path, method=safe, headers={"Sec-Fetch-Site": "cross-site"}, buffered=False).close()
    assert client.get("/api/sites").status_code == 200
    assert kept(made) == before


def test_a_key_needs_no_origin(made: Admission) -> None:
    """No page of others has it; and a browser sends none by itself."""
    given = {"Authorization": f"Bearer {made.key('ingest')}", **FOREIGN["cross-site"]}
    assert made.client().post("/api/events", json=event(site_id="north"), headers=given).status_code in (200, 201)


@pytest.mark.parametrize("key", ["", "x", "fpk_"])
def test_a_key_that_is_none_is_no_way_around_it(made: Admission, key: str) -> None:
    for headers in ({"X-API-Key": key}, {"Authorization": f"Bearer {key}"}):
        answer = made.client("chief").put("/api/workers/W2?site_id=north", json={}, headers=headers | FOREIGN["cross-site"])
        assert answer.status_code == 401


@pytest.mark.parametrize("headers", FOREIGN.values(), ids=FOREIGN)
def test_on_an_open_server_neither(tmp_path: Path, headers: dict[str, str]) -> None:
    with admission(tmp_path, everybody=False) as empty:
        token = empty.services.entry.set_up.token()
        form = {"login": "evil", "password": PASSWORD, "again": PASSWORD, "level": "station"}
        answers = [
            empty.client().post("/api/seed", headers=headers),
            empty.client().put("/api/sites/evil", json={}, headers=headers),
            empty.client().post(f"/set-up/{token}", data=form, headers=headers),
        ]
        assert [answer.status_code for answer in answers] == [403, 403, 403]
        assert sorted(empty.services.sites.known) == ["main", "north", "south"]
        assert not empty.services.entry.callers.anybody


def test_a_name_that_was_made_to_point_here_is_not_ours(tmp_path: Path) -> None:
    """DNS rebinding: to the browser page and server are of one origin, and only the name of the host is wrong."""
    rebound: dict[str, Any] = {"headers": {"Host": "evil.example:5000", "Origin": "http://evil.example:5000", "Sec-Fetch-Site": "same-origin"}}
    with admission(tmp_path, everybody=False) as empty:
        answers = [empty.client().open(path, method=method, **rebound) for method, path in [("GET", "/api/sites"), ("POST", "/api/seed"), ("GET", "/users")]]
        assert [answer.status_code for answer in answers] == [503, 503, 503]


# Pages that may call the API


def test_who_may_call_the_api_may_call_nothing_else(behind_a_proxy: Admission) -> None:
    """CORS_ORIGINS are of pages that call the API: they let nobody in, sign nobody in, and press no button of ours."""
    client = behind_a_proxy.client("chief")
    given = {"Origin": FLOOR, "Sec-Fetch-Site": "same-site"}
    for method, path in unsafe(behind_a_proxy):
        status = client.open(path, method=method, json={}, headers=given, base_url="https://factory.example.com").status_code
        if path.startswith("/api/"):
            assert status != 403, (method, path)
        else:
            assert status == 403, (method, path)


@pytest.mark.parametrize("origin", [f"{FLOOR}.evil.example", f"{FLOOR}:8443", "http://floor.example.com", "null"])
def test_only_the_very_origin_may(behind_a_proxy: Admission, origin: str) -> None:
    client = behind_a_proxy.client("chief")
    answer = client.put("/api/workers/W1?site_id=north", json={}, headers={"Origin": origin}, base_url="https://factory.example.com")
    assert (answer.status_code, answer.headers.get("Access-Control-Allow-Origin")) == (403, None)


def test_asking_whether_one_may_ask_tells_nothing(behind_a_proxy: Admission) -> None:
    """A browser asks before it sends a key along, without saying for whom."""
    for path in ("/api/workers", "/api/sites/south", "/live/south", "/users", "/metrics", "/_dash-update-component"):
        for origin in (FLOOR, "https://evil.example"):
            answer = behind_a_proxy.client().options(path, headers={"Origin": origin, "Access-Control-Request-Method": "GET"})
            assert answer.data == b""
            assert (answer.headers.get("Access-Control-Allow-Origin") == FLOOR) is (origin == FLOOR and path.startswith("/api/"))
            assert "Access-Control-Allow-Credentials" not in answer.headers
