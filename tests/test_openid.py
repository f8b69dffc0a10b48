"""Signing in at the company's provider: who it says somebody is, and that nothing else is believed."""

import logging
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from admission import PASSWORD, Admission, admission
from flask.testing import FlaskClient
from provider import CLIENT, SECRET, Provider, provider, unsigned, with_another_key, with_the_public_key_as_secret
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from access import openid, people, ways
from access.roles import EVERYWHERE, Role
from data_layer.access_tables import audit, sign_in_ways

HERE = "https://factory.example"
ROLES = "leads=supervisor@north, leads=viewer@south, it=administrator"


@pytest.fixture
def at() -> Iterator[Provider]:
    with provider() as made:
        yield made


@pytest.fixture
def app(tmp_path: Path, at: Provider) -> Iterator[Admission]:
    """An app whose people may come by the provider."""
    given = {"oidc_issuer": at.address, "oidc_client_id": CLIENT, "oidc_client_secret": SECRET, "oidc_roles": ROLES}
    with admission(tmp_path, public_url=HERE, **given) as made:
        yield made


def under_way(app: Admission) -> int:
    with app.services.database.read() as connection:
        return connection.scalar(select(func.count()).select_from(sign_in_ways)) or 0


def begin(browser: FlaskClient, wanted: str = "") -> str:
    """Where a browser is sent."""
    answer = browser.get(f"/sign-in/company{wanted}", base_url=HERE)
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def come_back(browser: FlaskClient, query: str) -> TestResponse:
    return browser.get(f"/sign-in/company/return?{query}", base_url=HERE)


def sign_in(app: Admission, at: Provider, wanted: str = "") -> tuple[FlaskClient, TestResponse]:
    browser = app.client()
    return browser, come_back(browser, at.approve(begin(browser, wanted)))


def users(app: Admission) -> dict[str, people.User]:
    with app.services.database.read() as connection:
        return {user.login: user for user in people.list_users(connection)}


def is_in(browser: FlaskClient) -> bool:
    return browser.get("/api/sites", base_url=HERE).status_code == 200


def test_who_is_known_gets_in_with_the_roles_of_the_claim(app: Admission, at: Provider) -> None:
    browser, answer = sign_in(app, at, "?next=/workers")
    assert (answer.status_code, answer.location) == (303, "/workers")
    assert is_in(browser)
    mara = users(app)["company:mara"]
    assert (mara.name, mara.roles, mara.has_password, mara.is_provided) == ("Mara Vogt", {"north": Role.SUPERVISOR, "south": Role.VIEWER}, False, True)
    cookie = answer.headers.getlist("Set-Cookie")
    assert any(one.startswith("__Host-factory_session=") and "HttpOnly" in one and "Secure" in one for one in cookie)
    assert any(one.startswith("__Host-factory_way=;") for one in cookie)


def test_roles_are_those_of_the_last_time(app: Admission, at: Provider) -> None:
    first, _ = sign_in(app, at)
    at.person["roles"] = ["it", "unheard of"]
    _, answer = sign_in(app, at)
    assert answer.status_code == 303
    assert users(app)["company:mara"].roles == {EVERYWHERE: Role.ADMINISTRATOR}
    assert first.get("/users", base_url=HERE).status_code == 200
    at.person["roles"] = []
    _, answer = sign_in(app, at)
    assert (answer.status_code, "nothing here is for you" in answer.text) == (403, True)
    # Nothing is left of what they might, nor on the browser that was in.
    assert users(app)["company:mara"].roles == {}
    assert not is_in(first)


def test_somebody_is_left_who_administers(app: Admission, at: Provider) -> None:
    at.person["roles"] = ["it"]
    sign_in(app, at)
    app.services.entry.administration.grant("test", users(app)["chief"].user_id, {"north": Role.VIEWER})
    at.person["roles"] = ["leads"]
    _, answer = sign_in(app, at)
    assert answer.status_code == 403
    # All of it or nothing: neither the old roles nor the trail say anything else.
    assert users(app)["company:mara"].roles == {EVERYWHERE: Role.ADMINISTRATOR}
    with app.services.database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM audit WHERE action = 'roles changed' AND actor = 'provider'").scalar() == 0
        assert connection.exec_driver_sql("SELECT count(*) FROM audit WHERE action = 'sign-in refused'").scalar() == 1


def test_nobody_gets_in_without_a_role(app: Admission, at: Provider) -> None:
    for roles in ([], ["visitors"], None, {"leads": True}, 7, [7, None], "lead"):
        at.person["roles"] = roles
        browser, answer = sign_in(app, at)
        assert (answer.status_code, is_in(browser)) == (403, False), roles
    assert "company:mara" not in users(app)


def test_a_local_user_is_never_taken_over(app: Admission, at: Provider) -> None:
    at.person |= {"preferred_username": "Chief", "email": "chief", "roles": ["leads"]}
    browser, answer = sign_in(app, at)
    assert answer.status_code == 303
    assert users(app)["chief"].roles == {EVERYWHERE: Role.ADMINISTRATOR}
    assert browser.get("/users", base_url=HERE).status_code == 403
    [other] = [login for login in users(app) if login.startswith("company:Chief")]
    # Nobody signs in by that login with a password, not even an empty one.
    for password in ("", PASSWORD):
        assert app.client().post("/sign-in", data={"login": other, "password": password}, base_url=HERE).status_code == 401


def test_who_is_disabled_stays_out(app: Admission, at: Provider) -> None:
    browser, _ = sign_in(app, at)
    app.services.entry.administration.disable("test", users(app)["company:mara"].user_id, disabled=True)
    assert not is_in(browser)
    browser, answer = sign_in(app, at)
    assert (answer.status_code, is_in(browser)) == (403, False)


def test_who_comes_by_the_provider_is_looked_after_there(app: Admission, at: Provider) -> None:
    browser, _ = sign_in(app, at)
    assert 'name="old"' not in browser.get("/account", base_url=HERE).text
    mara, chief = users(app)["company:mara"].user_id, app.client()
    chief.post("/sign-in", data={"login": "chief", "password": PASSWORD}, base_url=HERE)
    assert "by the company’s sign-in" in chief.get("/users", base_url=HERE).text
    for path, form in ((f"/users/{mara}/roles", {"role:": "administrator"}), (f"/users/{mara}/password", {})):
        assert chief.post(path, data=form, base_url=HERE).status_code == 422, path
    assert users(app)["company:mara"].roles == {"north": Role.SUPERVISOR, "south": Role.VIEWER}


# What is not believed


def spoilt(**claims: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Claims with others in their place; None: left out."""
    return lambda usual: {name: value for name, value in {**usual, **claims}.items() if value is not None}


NOW = int(time.time())


WRONG_CLAIMS: list[dict[str, Any]] = [
    {"iss": "https://evil.example"},
    {"iss": None},
    {"aud": "another"},
    {"aud": None},
    {"aud": ["another", "third"]},
    {"aud": [CLIENT, "another"]},
    {"aud": [CLIENT, "another"], "azp": "another"},
    {"azp": "another"},
    {"nonce": "another"},
    {"nonce": None},
    {"exp": NOW - 3600},
    {"exp": None},
    {"exp": "soon"},
    {"iat": NOW + 3600},
    {"iat": None},
    {"nbf": NOW + 3600},
    {"sub": None},
    {"sub": ""},
    {"sub": 7},
]


def test_no_claim_may_be_wrong(app: Admission, at: Provider) -> None:
    for claims in WRONG_CLAIMS:
        at.spoil = spoilt(**claims)
        browser, answer = sign_in(app, at)
        assert (answer.status_code, is_in(browser), "company:mara" in users(app)) == (403, False, False), claims


def test_several_audiences_name_who_asked(app: Admission, at: Provider) -> None:
    at.spoil = spoilt(aud=[CLIENT, "another"], azp=CLIENT)
    assert sign_in(app, at)[1].status_code == 303


def test_no_other_signature_is_believed(app: Admission, at: Provider) -> None:
    for sign in (unsigned, with_the_public_key_as_secret, with_another_key, lambda *_: "x.y.z", lambda *_: ""):
        at.sign = sign
        browser, answer = sign_in(app, at)
        assert (answer.status_code, is_in(browser)) == (403, False), sign


def test_new_keys_are_fetched_but_not_for_every_forgery(app: Admission, at: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    assert sign_in(app, at)[1].status_code == 303
    monkeypatch.setattr(openid, "_KEYS_AGAIN_SECONDS", -1.0)
    at.key = type(at.key).generate_key(2048, {"kid": "second"}, private=True)
    assert sign_in(app, at)[1].status_code == 303
    monkeypatch.undo()
    asked = at.asked["/keys"]
    at.sign = with_another_key
    assert [sign_in(app, at)[1].status_code for _ in range(3)] == [403] * 3
    assert at.asked["/keys"] == asked


# The way there and back


def test_only_the_browser_that_went_comes_back(app: Admission, at: Provider) -> None:
    mine, yours = app.client(), app.client()
    query = at.approve(begin(mine))
    begin(yours)
    assert come_back(yours, query).status_code == 403
    # It was used up by that.
    assert come_back(mine, query).status_code == 403
    assert not is_in(mine)


def test_no_cookie_is_no_way_back(app: Admission, at: Provider) -> None:
    for cookie in ("", "x"):
        query = at.approve(begin(app.client()))
        stranger = app.client()
        stranger.set_cookie("__Host-factory_way", cookie, domain="factory.example", secure=True)
        assert come_back(stranger, query).status_code == 403


def test_a_way_is_gone_once_and_for_a_while(app: Admission, at: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = app.client()
    query = at.approve(begin(browser))
    assert come_back(browser, query).status_code == 303
    assert come_back(browser, query).status_code == 403
    monkeypatch.setattr("access.ways.VALID_SECONDS", -1)
    late = app.client()
    assert come_back(late, at.approve(begin(late))).status_code == 403


def test_who_was_not_sent_does_not_come_back(app: Admission) -> None:
    for query in ("", "code=x", "state=x&code=x", "error=access_denied&state=x", "state=&code=", "code=x&state=%00"):
        assert come_back(app.client(), query).status_code == 403, query


def test_what_the_provider_refuses_is_refused(app: Admission, at: Provider) -> None:
    browser = app.client()
    state = at.approve(begin(browser)).partition("state=")[2].partition("&")[0]
    assert come_back(browser, f"error=access_denied&state={state}").status_code == 403
    browser = app.client()
    query = at.approve(begin(browser))
    at.codes.clear()
    assert come_back(browser, query).status_code == 403


def test_another_provider_can_not_answer_for_this_one(app: Admission, at: Provider) -> None:
    browser = app.client()
    query = at.approve(begin(browser)).partition("&iss=")[0]
    assert come_back(browser, f"{query}&iss=https%3A%2F%2Fevil.example").status_code == 403
    assert "/token" not in at.asked


def test_the_way_on_leads_nowhere_else(app: Admission, at: Provider) -> None:
    for wanted in ("https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "//["):
        _, answer = sign_in(app, at, f"?next={wanted}")
        assert (answer.status_code, answer.location) == (303, "/"), wanted


def test_the_way_back_is_ours_whatever_a_request_calls_the_host(app: Admission, at: Provider) -> None:
    answer = app.client().get("/sign-in/company", base_url="https://evil.example")
    assert f"redirect_uri={HERE.replace(':', '%3A').replace('/', '%2F')}%2Fsign-in%2Fcompany%2Freturn" in str(answer.location)


def test_ways_that_nobody_comes_back_from_take_no_room(app: Admission, at: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ways, "_MOST_UNDER_WAY", 5)
    first = app.client()
    query = at.approve(begin(first))
    for _ in range(7):
        app.clock.moment += timedelta(seconds=1)
        begin(app.client())
    assert under_way(app) == 5
    assert come_back(first, query).status_code == 403


def test_who_always_says_who_it_is_must_say_it(app: Admission, at: Provider) -> None:
    at.configuration = {"authorization_response_iss_parameter_supported": True}
    browser = app.client()
    query = at.approve(begin(browser))
    assert come_back(browser, query.partition("&iss=")[0]).status_code == 403
    assert sign_in(app, at)[1].status_code == 303


def test_code_and_secret_go_nowhere_else(app: Admission, at: Provider) -> None:
    browser = app.client()
    query = at.approve(begin(browser))
    at.elsewhere = f"{at.address}/elsewhere"
    assert come_back(browser, query).status_code in (403, 503)
    assert "/elsewhere" not in at.asked


def test_pictures_begin_nothing(app: Admission, at: Provider) -> None:
    assert app.client().get("/sign-in/company", base_url=HERE, headers={"Sec-Fetch-Dest": "image", "Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert under_way(app) == 0


def test_a_foreign_page_does_not_end_what_is_under_way(app: Admission, at: Provider) -> None:
    browser = app.client()
    query = at.approve(begin(browser))
    assert come_back(browser, "state=x&code=y").status_code == 403
    assert come_back(browser, query).status_code == 303


def test_tries_in_vain_are_on_record(app: Admission, at: Provider) -> None:
    at.spoil = spoilt(nonce="another")
    sign_in(app, at)
    with app.services.database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(audit).where(audit.c.action.contains("fail"))) == 1


def test_a_key_that_nobody_knows_is_no_obstacle(app: Admission, at: Provider) -> None:
    at.more_keys = [{"kty": "quantum", "kid": "x"}, {"kty": "RSA", "n": "?"}, 7]
    assert sign_in(app, at)[1].status_code == 303


# A provider that is away, or is not what it was


def test_a_configuration_of_another_is_not_used(app: Admission, at: Provider) -> None:
    wrong = [
        ("issuer", "https://evil.example"),
        ("token_endpoint", "http://evil.example/token"),
        ("jwks_uri", None),
        ("authorization_endpoint", "javascript:x"),
    ]
    for name, value in wrong:
        at.configuration = {name: value}
        answer = app.client().get("/sign-in/company", base_url=HERE)
        assert (answer.status_code, "does not answer just now" in answer.text) == (503, True), name


def test_without_the_provider_the_door_stays_open_for_others(app: Admission, at: Provider) -> None:
    browser = app.client()
    query = at.approve(begin(browser))
    at.down = True
    app.services.entry.openid._metadata = None
    assert app.client().get("/sign-in/company", base_url=HERE).status_code == 503
    assert come_back(browser, query).status_code == 503
    local = app.client()
    assert local.post("/sign-in", data={"login": "viewer", "password": PASSWORD}, base_url=HERE).status_code == 303
    assert is_in(local)


def test_no_secret_is_in_the_log_or_the_trail(app: Admission, at: Provider, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        sign_in(app, at)
        at.sign = with_another_key
        sign_in(app, at)
        at.sign, at.person["roles"] = None, []
        sign_in(app, at)
    with app.services.database.read() as connection:
        rows = connection.exec_driver_sql("SELECT actor, action, subject, details FROM audit").fetchall()
    assert [row.action for row in rows if "provider" in f"{row.actor}{row.details}"] == ["user entered", "signed in", "roles changed", "sign-in refused"]
    said = "\n".join([*map(str, rows), *(record.getMessage() for record in caplog.records if record.name.startswith("access"))])
    for secret in ("code-", SECRET, "eyJ", "Mara", "0815", "mara"):
        assert secret not in said


def test_the_button_is_there_where_there_is_a_provider(app: Admission) -> None:
    assert "Sign in with your company account" in app.client().get("/sign-in?next=/workers", base_url=HERE).text


def test_without_a_provider_there_is_no_such_way(tmp_path: Path) -> None:
    with admission(tmp_path) as app:
        assert "company" not in app.client().get("/sign-in").text
        assert [app.client().get(path).status_code for path in ("/sign-in/company", "/sign-in/company/return?state=x&code=y")] == [404, 404]
