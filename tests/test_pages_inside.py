"""The pages of people, keys and the audit trail: what they change holds at once, and nobody changes what is not theirs."""

import csv
import io
import re

import pytest
from admission import PASSWORD, Admission, admission
from http_api import event

from access import audit, keys, people, sessions
from access.roles import EVERYWHERE, Role

NEW = "another horse battery"


@pytest.fixture
def app(tmp_path):
    """An app of this test's own."""
    with admission(tmp_path) as made:
        yield made


def user(app: Admission, login: str) -> people.User:
    """Who signs in by a login."""
    with app.services.database.read() as connection:
        found = people.find_by_login(connection, login)
    assert found is not None
    return found[0]


def actions(app: Admission) -> list[str]:
    """What the audit trail has, the oldest first."""
    with app.services.database.read() as connection:
        return [entry.action for entry in audit.entries(connection)]


def shown_once(text: str) -> str:
    """The secret on a page."""
    found = re.search(r'inside__secret" value="([^"]+)"', text)
    assert found is not None
    return found[1]


def all_keys(app: Admission) -> list[keys.Key]:
    with app.services.database.read() as connection:
        return keys.list_keys(connection)


# Rights


@pytest.mark.parametrize(
    ("login", "statuses"),
    [("viewer", (200, 403, 403, 403)), ("supervisor", (200, 403, 403, 403)), ("local", (200, 403, 200, 403)), ("chief", (200, 200, 200, 200))],
)
def test_who_sees_which_page(app: Admission, login: str, statuses: tuple[int, ...]) -> None:
    client = app.client(login)
    assert tuple(client.get(path).status_code for path in ("/account", "/users", "/keys", "/audit")) == statuses
    linked = [path for path in ("/users", "/keys", "/audit") if f'href="{path}"' in client.get("/account").text]
    assert [client.get(path).status_code for path in linked] == [200] * len(linked)
    assert client.get("/audit.csv").status_code == statuses[3]


def test_changes_need_the_role_too(app: Admission) -> None:
    me = user(app, "viewer").user_id
    client = app.client("viewer")
    for path in ("/users", f"/users/{me}/roles", f"/users/{me}/enable", f"/users/{me}/password", "/keys", "/keys/x/revoke"):
        assert client.post(path, data={"role:": "administrator", "login": "x", "name": "x", "scope": "admin", "site": ""}).status_code == 403, path
    assert user(app, "viewer").roles == {"north": Role.VIEWER}
    assert all_keys(app) == []


def test_nobody_is_shown_the_way(app: Admission) -> None:
    assert app.client().get("/users").headers["Location"] == "/sign-in?next=/users"


def test_nothing_of_them_is_kept_by_a_cache(app: Admission) -> None:
    client = app.client("chief")
    assert {client.get(path).headers["Cache-Control"] for path in ("/account", "/users", "/keys", "/audit", "/sign-in")} == {"no-store"}


# Account


def test_a_password_is_changed(app: Admission) -> None:
    here, elsewhere = app.client("viewer"), app.client("viewer")
    answer = here.post("/account/password", data={"old": PASSWORD, "new": NEW, "again": NEW})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/account?done=own-password")
    assert "Your password was changed" in here.get("/account?done=own-password").text
    assert here.get("/api/sites").status_code == 200
    assert elsewhere.get("/api/sites").status_code == 401
    assert app.client().post("/sign-in", data={"login": "viewer", "password": PASSWORD}).status_code == 401
    assert app.client().post("/sign-in", data={"login": "viewer", "password": NEW}).status_code == 303
    assert "password changed" in actions(app)


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"old": "wrong horse battery", "new": NEW, "again": NEW}, "The old password is another one."),
        ({"old": PASSWORD, "new": NEW, "again": NEW + "!"}, "typed in two ways"),
        ({"old": PASSWORD, "new": "short", "again": "short"}, "at least 12 characters"),
        ({"old": PASSWORD, "new": PASSWORD, "again": PASSWORD}, "another one than before"),
        ({}, "at least 12 characters"),
    ],
)
def test_or_it_is_said_why_not(app: Admission, form: dict[str, str], words: str) -> None:
    client = app.client("viewer")
    answer = client.post("/account/password", data=form)
    assert answer.status_code == 422
    assert words in answer.text
    assert client.get("/api/sites").status_code == 200


def test_guessing_the_old_one_takes_longer_and_longer(app: Admission) -> None:
    client = app.client("viewer")
    form = {"old": "wrong horse battery", "new": NEW, "again": NEW}
    assert [client.post("/account/password", data=form).status_code for _ in range(4)] == [422, 422, 422, 429]
    assert client.post("/account/password", data=form | {"old": PASSWORD}).status_code == 429


def test_browsers_are_signed_out(app: Admission) -> None:
    here, there, third = (app.client("viewer") for _ in range(3))
    with app.services.database.read() as connection:
        held = sessions.sessions_of(connection, user(app, "viewer").user_id, app.clock.now())
    assert len(held) == 3
    this = app.services.entry.callers.of_session(there.get_cookie("factory_session").value).session.token_hash
    assert here.post(f"/account/sessions/{this}/end").status_code == 303
    assert [client.get("/api/sites").status_code for client in (here, there, third)] == [200, 401, 200]
    answer = here.post("/account/sessions/end")
    assert answer.headers["Location"] == "/sign-in"
    assert [client.get("/api/sites").status_code for client in (here, third)] == [401, 401]


def test_nobody_signs_another_out(app: Admission) -> None:
    victim = app.client("chief")
    theirs = app.services.entry.callers.of_session(victim.get_cookie("factory_session").value).session.token_hash
    app.client("viewer").post(f"/account/sessions/{theirs}/end")
    assert victim.get("/api/sites").status_code == 200


def test_browsers_have_short_names() -> None:
    from access.web.account import browser

    assert browser("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0") == "Firefox on Linux"
    assert browser("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0") == "Edge on Windows"
    assert browser("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1") == "Safari on iPhone"
    assert browser("<script>") == "Unknown program"


def test_a_key_has_no_account_and_the_open_server_neither(app: Admission, tmp_path) -> None:
    assert "This is a key" in app.client().get("/account", **app.with_key(app.key("read"))).text
    assert app.client().post("/account/password", data={}, **app.with_key(app.key("read"))).status_code == 403
    folder = tmp_path / "open"
    folder.mkdir()
    with admission(folder, everybody=False) as empty:
        assert "Nobody has to sign in yet" in empty.client().get("/account").text


# Users


def test_somebody_is_let_in(app: Admission) -> None:
    client = app.client("chief")
    answer = client.post("/users", data={"login": " ida ", "name": "Ida", "role:north": "supervisor", "role:": "", "disabled": "1", "user_id": "1"})
    assert answer.status_code == 200
    password = shown_once(answer.text)
    ida = user(app, "ida")
    assert (ida.roles, ida.name, ida.disabled, ida.user_id != "1") == ({"north": Role.SUPERVISOR}, "Ida", False, True)
    assert app.client().post("/sign-in", data={"login": "ida", "password": password}).status_code == 303
    assert "ida" in client.get("/users").text
    assert password not in client.get("/users").text + client.get("/audit").text


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"login": "viewer"}, "viewer is taken"),
        ({"login": ""}, "must have 1 to 200"),
        ({"login": "x", "role:atlantis": "viewer"}, "there is no site atlantis"),
        ({"login": "x", "role:north": "camera"}, "must be one of viewer, supervisor, administrator"),
        ({"login": "x", "role:north": "root"}, "must be one of"),
    ],
)
def test_or_is_not(app: Admission, form: dict[str, str], words: str) -> None:
    answer = app.client("chief").post("/users", data={"name": "What was typed", **form})
    assert answer.status_code == 422
    assert words in answer.text
    assert "What was typed" in answer.text


def test_roles_hold_at_once(app: Admission) -> None:
    theirs, client = app.client("viewer"), app.client("chief")
    assert theirs.get("/api/quarantine").status_code == 403
    assert client.post(f"/users/{app.ids['viewer']}/roles", data={"role:north": "supervisor"}).status_code == 303
    assert theirs.get("/api/quarantine").status_code == 200
    assert client.post(f"/users/{app.ids['viewer']}/roles", data={}).status_code == 303
    assert theirs.get("/api/sites").status_code == 403


def test_who_is_disabled_is_out_until_let_in_again(app: Admission) -> None:
    theirs, client = app.client("viewer"), app.client("chief")
    client.post(f"/users/{app.ids['viewer']}/disable")
    assert theirs.get("/api/sites").status_code == 401
    assert app.client().post("/sign-in", data={"login": "viewer", "password": PASSWORD}).status_code == 401
    client.post(f"/users/{app.ids['viewer']}/enable")
    assert app.client("viewer").get("/api/sites").status_code == 200


def test_a_new_password_ends_all_sessions(app: Admission) -> None:
    theirs, client = app.client("viewer"), app.client("chief")
    password = shown_once(client.post(f"/users/{app.ids['viewer']}/password").text)
    assert theirs.get("/api/sites").status_code == 401
    assert app.client().post("/sign-in", data={"login": "viewer", "password": password}).status_code == 303


def test_somebody_is_left_who_administers(app: Admission) -> None:
    client, me = app.client("chief"), app.ids["chief"]
    for answer in (client.post(f"/users/{me}/roles", data={"role:north": "viewer"}), client.post(f"/users/{me}/disable")):
        assert answer.status_code == 422
        assert "somebody must be left who administers all sites" in answer.text
    assert client.get("/users").status_code == 200
    assert user(app, "chief").roles == {EVERYWHERE: Role.ADMINISTRATOR}


@pytest.mark.parametrize("change", ["roles", "disable", "enable", "password"])
def test_nobody_is_not_there(app: Admission, change: str) -> None:
    assert app.client("chief").post(f"/users/nobody/{change}", data={}).status_code == 404


def test_what_is_typed_is_no_script(app: Admission) -> None:
    client, script = app.client("chief"), "<script>alert(1)</script>"
    client.post("/users", data={"login": script, "name": script})
    app.services.sites.put("north", {"name": script}, app.clock.now())
    client.post("/keys", data={"name": script, "scope": "ingest", "site": "north", "cameras": script})
    for path in ("/users", "/keys", "/audit", "/account"):
        text = client.get(path).text
        assert script not in text, path
    assert "&lt;script&gt;" in client.get("/keys").text


# Keys


def test_a_key_is_made_and_shown_once(app: Admission) -> None:
    client = app.client("local")
    answer = client.post("/keys", data={"name": "hall 1", "scope": "ingest", "site": "north", "cameras": "C1, C2\nC3", "last_day": "2027-01-31"})
    text = shown_once(answer.text)
    (key,) = all_keys(app)
    assert (key.name, key.scope, key.site_id, key.cameras) == ("hall 1", "ingest", "north", {"C1", "C2", "C3"})
    assert key.expires_at.isoformat() == "2027-02-01T00:00:00+00:00"
    assert app.client().post("/api/events", json=event(site_id="north", camera_id="C1"), **app.with_key(text)).status_code == 201
    assert text not in client.get("/keys").text
    client.post(f"/keys/{key.key_id}/revoke")
    assert app.client().post("/api/events", json=event(site_id="north", camera_id="C1"), **app.with_key(text)).status_code == 401
    assert [action for action in actions(app) if action.startswith("key")] == ["key made", "key revoked"]


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"site": "south"}, "choose one that you administer"),
        ({"site": ""}, "choose one that you administer"),
        ({"site": "atlantis"}, "choose one that you administer"),
        ({"scope": "root"}, "must be one of ingest, read, admin"),
        ({"name": " "}, "must have 1 to 200 characters"),
        ({"last_day": "tomorrow"}, "must be a date"),
        ({"last_day": "2020-01-01"}, "must lie in the future"),
        ({"last_day": "9999-12-31"}, "must be a date"),
        ({"cameras": "x" * 200}, "cameras"),
        ({"cameras": "C1", "scope": "read"}, "only a key of the scope ingest"),
        ({"cameras": "C1", "scope": "admin"}, "only a key of the scope ingest"),
    ],
)
def test_or_it_is_said_what_is_wrong(app: Admission, form: dict[str, str], words: str) -> None:
    answer = app.client("local").post("/keys", data={"name": "hall 1", "scope": "ingest", "site": "north", **form})
    assert answer.status_code == 422
    assert words in answer.text
    assert all_keys(app) == []


def test_keys_of_other_sites_are_not_there(app: Admission) -> None:
    app.key("ingest", "south")
    app.key("admin", EVERYWHERE)
    local, chief = app.client("local"), app.client("chief")
    for key in all_keys(app):
        assert key.key_id not in local.get("/keys").text
        assert key.key_id in chief.get("/keys").text
        assert local.post(f"/keys/{key.key_id}/revoke").status_code == 404
    assert all(key.revoked_at is None for key in all_keys(app))


def test_two_keys_of_a_name_are_live(app: Admission) -> None:
    client, form = app.client("local"), {"name": "hall 1", "scope": "ingest", "site": "north"}
    assert [client.post("/keys", data=form).status_code for _ in range(3)] == [200, 200, 422]
    client.post(f"/keys/{all_keys(app)[0].key_id}/revoke")
    assert client.post("/keys", data=form).status_code == 200


# The audit trail


def test_the_trail_page_by_page(app: Admission) -> None:
    client = app.client("chief")
    with app.services.database.write() as connection:
        for number in range(150):
            audit.note(connection, app.clock.now(), "command", "counted", subject=str(number))
    first = client.get("/audit?action=counted").text
    assert first.count("<td>counted</td>") == 100
    older = re.search(r'href="(/audit\?before=[^"]+)"', first)
    assert older is not None
    assert client.get(older[1].replace("&amp;", "&")).text.count("<td>counted</td>") == 50
    assert "The chain is whole" in client.get("/audit?check=1").text


@pytest.mark.one_file
def test_a_break_is_told(app: Admission) -> None:
    client = app.client("chief")
    with app.services.database.write() as connection:
        connection.exec_driver_sql("DROP TRIGGER audit_no_update")
        connection.exec_driver_sql("UPDATE audit SET actor = 'somebody' WHERE number = 1")
    assert "Row 1 was changed" in client.get("/audit?check=1").text


def test_the_trail_as_a_file(app: Admission) -> None:
    client = app.client("chief")
    with app.services.database.write() as connection:
        audit.note(connection, app.clock.now(), "=1+1", "@formula", subject="+x")
    rows = list(csv.DictReader(io.StringIO(client.get("/audit.csv").text.removeprefix("\ufeff"))))
    assert [row["action"] for row in rows] == ["signed in", "'@formula", "exported"]
    assert (rows[1]["actor"], rows[1]["subject"]) == ("'=1+1", "'+x")
    assert rows[0]["at"] == "2026-11-20T12:00:00Z"
    assert len(list(csv.DictReader(io.StringIO(client.get("/audit.csv?action=exported").text)))) == 2


def test_looks_at_people_are_noted_once_an_hour(app: Admission) -> None:
    app.client("chief").put("/api/workers/anna", json={}, query_string={"site_id": "north"})
    client = app.client("viewer")
    for _ in range(3):
        client.get("/api/metrics/workers/anna?site_id=north")
        client.get("/api/metrics/factory?site_id=north")
        client.get("/api/metrics/workers?site_id=north")
        client.get("/api/metrics/workers/nobody?site_id=north")
        client.get("/api/events?site_id=north&worker_id=%0Anobody")
    with app.services.database.read() as connection:
        looks = [(entry.actor, entry.site_id, entry.subject) for entry in audit.entries(connection, action="looked at")]
    assert looks == [(f"user:{app.ids['viewer']}", "north", "anna"), (f"user:{app.ids['viewer']}", "north", "*")]


def test_changes_and_removals_are_noted(app: Admission) -> None:
    client = app.client("local")
    client.put("/api/sites/north", json={"name": "North", "min_confidence": 0.5})
    client.put("/api/workers/anna?site_id=north", json={"name": "Anna"})
    client.post("/api/seed?site_id=north")
    client.delete("/api/seed?site_id=north")
    client.get("/export/workers.csv?site=north")
    found = [action for action in actions(app) if action not in ("signed in", "looked at")]
    assert found == ["settings", "named", "demo loaded", "demo removed", "exported"]
    with app.services.database.read() as connection:
        assert "Anna" not in "".join(entry.details + entry.subject for entry in audit.entries(connection))
