"""Fields that nobody asked for: no form and no body gives more than it is for, whatever else it holds."""

from collections.abc import Iterator
from typing import Any

import pytest
from admission import PASSWORD, Admission, admission
from sqlalchemy import text

from access import keys, people
from access.roles import EVERYWHERE, Role

#: What would make more of somebody, if a form were taken whole.
MORE = {
    "role": "administrator",
    "role:": "administrator",
    "role:south": "administrator",
    "roles": '{"": "administrator"}',
    "user_id": "0",
    "login": "chief",
    "disabled": "0",
    "grants": "administrator",
    "is_admin": "true",
    "site": "",
    "scope": "admin",
    "actor": "user:chief",
    "subject": "chief",
    "password_hash": "x",
    "created_at": "2020-01-01",
    "expires_at": "",
    "key_id": "AAAAAAAA",
    "everywhere": "true",
    "__proto__": "x",
    "__class__": "x",
}
NEW = "another battery horse"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Admission]:
    with admission(tmp_path_factory.mktemp("made")) as found:
        # What is made of the sites' figures counts up their revisions.
        assert all(found.services.refresher.wait(site, 60) for site in ("main", "north", "south"))
        yield found


def rights(made: Admission) -> list[tuple[Any, ...]]:
    """Who is who, and may what where; and the keys."""
    with made.services.database.read() as connection:
        users = [(user.user_id, user.login, user.disabled, *sorted(user.roles.items())) for user in people.list_users(connection)]
        return users + [(key.key_id, key.scope, key.site_id, key.cameras, key.expires_at, key.revoked_at) for key in keys.list_keys(connection)]


@pytest.mark.parametrize("login", ["viewer", "supervisor", "local"])
def test_changing_ones_password_changes_nothing_else(made: Admission, login: str) -> None:
    before, client = rights(made), made.signed_in(login)
    old, new = PASSWORD, NEW
    for _ in range(2):
        assert client.post("/account/password", data={**MORE, "old": old, "new": new, "again": new}).status_code == 303
        old, new = new, old
    assert rights(made) == before


def test_signing_in_gives_nothing_else(made: Admission) -> None:
    before, client = rights(made), made.client()
    form = {**MORE, "login": "viewer", "password": PASSWORD}
    assert client.post("/sign-in", data=form, query_string=MORE, headers={"X-Role": "administrator"}).status_code == 303
    assert rights(made) == before
    assert client.get("/users").status_code == 403
    with made.services.database.read() as connection:
        assert connection.scalar(text("SELECT user_id FROM sessions ORDER BY created_at DESC, rowid DESC LIMIT 1")) == made.ids["viewer"]


@pytest.mark.parametrize("change", ["roles", "disable", "enable", "password"])
@pytest.mark.parametrize("login", ["viewer", "supervisor", "local"])
def test_nobody_gives_rights_to_himself(made: Admission, login: str, change: str) -> None:
    before = rights(made)
    assert made.signed_in(login).post(f"/users/{made.ids[login]}/{change}", data=MORE).status_code == 403
    assert rights(made) == before


def test_roles_are_those_that_the_form_names_and_nothing_else(made: Admission) -> None:
    user_id = made.enter("somebody", {"north": Role.VIEWER})
    form = {name: value for name, value in MORE.items() if not name.startswith("role:")} | {"role:north": "supervisor"}
    assert made.signed_in("chief").post(f"/users/{user_id}/roles", data=form).status_code == 303
    with made.services.database.read() as connection:
        user = people.find(connection, user_id)
    assert user is not None
    assert (user.login, user.roles, user.disabled) == ("somebody", {"north": Role.SUPERVISOR}, False)


@pytest.mark.parametrize("role", ["camera", "known", "anyone", "here", "everywhere", "Administrator", "administrator ", "root", "*"])
def test_nobody_is_given_a_role_that_is_none_of_peoples(made: Admission, role: str) -> None:
    before = rights(made)
    assert made.signed_in("chief").post(f"/users/{made.ids['viewer']}/roles", data={"role:north": role}).status_code == 422
    assert rights(made) == before


def test_a_key_is_the_one_that_the_form_asks_for(made: Admission) -> None:
    before = len(rights(made))
    form = {**MORE, "name": "gate", "scope": "read", "site": "north", "last_day": "2026-12-31"}
    assert made.signed_in("local").post("/keys", data=form, query_string={"site": "", "scope": "admin"}).status_code == 200
    with made.services.database.read() as connection:
        (key,) = (key for key in keys.list_keys(connection) if key.name == "gate")
    assert (key.scope, key.site_id, key.cameras, str(key.expires_at), key.revoked_at) == ("read", "north", None, "2027-01-01 00:00:00+00:00", None)
    assert key.key_id != "AAAAAAAA"
    assert len(rights(made)) == before + 1
    # Of two sites in one form it is the first that is taken, and that is looked at.
    client, form_type = made.signed_in("local"), "application/x-www-form-urlencoded"
    assert client.post("/keys", data="name=gate&scope=read&site=&site=north", content_type=form_type).status_code == 422


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/workers/W1", {"name": "x", "is_demo": True}),
        ("/api/workers/W1", {"name": "x", "created_at": "2020-01-01T00:00:00Z"}),
        ("/api/workers/W1", {"worker_id": "W2", "name": "x"}),
        ("/api/workers/W1", {"site_id": "south", "name": "x"}),
        ("/api/workstations/S1", {"site_id": "south", "name": "x"}),
        ("/api/cameras/C1", {"site_id": "south", "name": "x"}),
        ("/api/models/M1", {"site_id": "south"}),
        ("/api/cameras/C1", {"name": "x", "last_seen": "2020-01-01T00:00:00Z"}),
        ("/api/sites/north", {"site_id": "south", "name": "x"}),
        ("/api/sites/north", {"revision": 7}),
        ("/api/sites/north", {"horizons": {"sealed_before": 0}}),
        ("/api/sites/north", {"versions": []}),
        ("/api/sites/south", {"name": "x"}),
        ("/api/sites/new", {"name": "x"}),
    ],
)
def test_no_body_reaches_beyond_its_fields_and_its_site(made: Admission, path: str, body: dict[str, Any]) -> None:
    tables = ("workers", "workstations", "cameras", "cv_models", "site_settings")

    def contents() -> list[Any]:
        with made.services.database.read() as connection:
            named = connection.execute(text("SELECT site_id, name, timezone, register_unknown FROM sites")).fetchall()
            return [named, *(connection.execute(text(f"SELECT * FROM {table}")).fetchall() for table in tables)]

    before = contents()
    query = {} if "/sites/" in path else {"site_id": "north"}
    answer = made.signed_in("local").put(path, query_string=query, json=body)
    assert answer.status_code in (404, 422), answer.text
    assert contents() == before


def test_a_key_of_all_is_made_by_who_may_everything_alone(made: Admission) -> None:
    form = {"name": "all", "scope": "admin", "site": EVERYWHERE}
    assert [made.signed_in(login).post("/keys", data=form).status_code for login in ("viewer", "supervisor", "local", "chief")] == [403, 403, 422, 200]
