"""The gate: who is let in where, and that nothing is outside of it."""

from datetime import timedelta

import pytest
from admission import PASSWORD, Admission, admission
from http_api import event

from access import keys, people, sessions
from access.roles import Role
from access.web.gate import CALLBACKS, DASH_NEEDS
from data_layer import scope

CALLBACK = "/_dash-update-component"


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """An app whose people and sites no test changes."""
    with admission(tmp_path_factory.mktemp("shared")) as made:
        yield made


@pytest.fixture
def own(tmp_path):
    """An app of this test's own."""
    with admission(tmp_path) as made:
        yield made


@pytest.fixture
def empty(tmp_path):
    """An app without anybody, that only its own machine reaches."""
    with admission(tmp_path, everybody=False) as made:
        yield made


# Nothing is outside of it


def test_every_route_names_what_it_needs(shared: Admission) -> None:
    rules = list(shared.server.url_map.iter_rules())
    without = {rule.rule for rule in rules if not hasattr(shared.server.view_functions[rule.endpoint], "described") and rule.endpoint not in DASH_NEEDS}
    # For development alone, and answered by nobody.
    assert without == {"/_reload-hash"}
    assert len(rules) > 40


def test_every_callback_names_what_it_needs(shared: Admission) -> None:
    needs = shared.server.extensions[CALLBACKS]
    assert len(needs) > 40
    assert {need.role for need in needs.values()} == {Role.VIEWER, Role.SUPERVISOR, Role.ADMINISTRATOR}


def test_a_route_that_names_nothing_is_not_there(own: Admission) -> None:
    own.server.add_url_rule("/forgotten", "forgotten", lambda: "secret")
    assert own.client("chief").get("/forgotten").status_code == 404


def test_only_these_are_for_everybody(shared: Admission) -> None:
    views = shared.server.view_functions
    needed = {rule.rule: getattr(views[rule.endpoint], "described", DASH_NEEDS.get(rule.endpoint)) for rule in shared.server.url_map.iter_rules()}
    for_all = {rule for rule, need in needed.items() if need is not None and need.role is Role.ANYONE}
    assert for_all == {"/health", "/sign-in", "/sign-in/company", "/sign-in/company/return", "/set-up/<token>", "/assets/<path:filename>", "/_favicon.ico"}


# Who is let in


def test_nobody_is_shown_the_way(shared: Admission) -> None:
    answer = shared.client().get("/workers?site=north&range=7d")
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/sign-in?next=/workers%3Fsite%3Dnorth%26range%3D7d"
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/api/sites", "/api/nothing", "/metrics", "/live/north", "/export/workers.csv", "/_dash-layout", "/api/docs", "/ready"])
def test_programs_are_told_that_nobody_is_known(shared: Admission, path: str) -> None:
    answer = shared.client().get(path, environ_base={"REMOTE_ADDR": "10.0.0.7"})
    assert (answer.status_code, answer.content_type) == (401, "application/problem+json")
    assert answer.headers["WWW-Authenticate"] == "Bearer realm=factory"


def test_health_is_for_everybody_and_readiness_for_this_machine(shared: Admission) -> None:
    assert shared.client().get("/health").json == {"status": "healthy"}
    assert shared.client().get("/ready").status_code == 200
    for header in ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"):
        assert shared.client().get("/ready", headers={header: "127.0.0.1"}).status_code == 401
    assert shared.client().get("/ready", headers={"Host": "factory.example"}).status_code == 401


@pytest.mark.parametrize(
    ("login", "statuses"),
    [("viewer", (200, 403, 403, 403)), ("supervisor", (200, 200, 403, 403)), ("local", (200, 200, 200, 403)), ("chief", (200, 200, 200, 200))],
)
def test_what_each_role_may(shared: Admission, login: str, statuses: tuple[int, ...]) -> None:
    client = shared.client(login)
    asked = (
        client.get("/api/workers?site_id=north"),
        client.get("/api/quarantine?site_id=north"),
        client.delete("/api/seed?site_id=north"),
        client.get("/metrics"),
    )
    assert tuple(answer.status_code for answer in asked) == statuses


def test_another_site_is_one_that_does_not_exist(shared: Admission) -> None:
    client = shared.client("local")
    assert [site["site_id"] for site in client.get("/api/sites").json] == ["north"]
    for path in ("/api/sites/south", "/api/workers?site_id=south", "/api/metrics/factory?site_id=south", "/api/events?site_id=south", "/live/south"):
        there, nowhere = client.get(path), client.get(path.replace("south", "atlantis"))
        assert there.status_code == nowhere.status_code == 404, path
        assert there.json["detail"] == nowhere.json["detail"].replace("atlantis", "south")
    assert client.get("/export/workers.csv?site=south").status_code == 404
    assert client.put("/api/sites/south", json={"name": "Ours"}).status_code == 404
    assert client.put("/api/sites/new", json={"name": "New"}).status_code == 404
    assert client.post("/api/seed?site_id=south").status_code == 404
    assert shared.services.sites.get("south").name == "South"


def test_several_sites_at_once_are_all_ones_own(shared: Admission) -> None:
    assert shared.client("viewer").get("/api/metrics/workers?site_id=north&site_id=south").status_code == 404
    assert shared.client("chief").get("/api/metrics/workers?site_id=north&site_id=south").status_code == 200


def test_the_scope_ends_with_the_request(shared: Admission) -> None:
    shared.client("viewer").get("/api/sites")
    assert scope.in_force() == scope.ALL_SITES


# Keys


@pytest.mark.parametrize("headers", [{"Authorization": "Bearer {}"}, {"Authorization": "bearer {}"}, {"X-API-Key": "{}"}])
def test_a_key_brings_events_and_reads_nothing(shared: Admission, headers: dict[str, str]) -> None:
    text = shared.key("ingest")
    given = {name: value.format(text) for name, value in headers.items()}
    client = shared.client()
    assert client.post("/api/events", json=event(site_id="north"), headers=given).status_code in (200, 201)
    assert client.get("/api/workers?site_id=north", headers=given).status_code == 403
    assert client.get("/api/openapi.json", headers=given).status_code == 200
    assert client.get("/", headers=given).status_code == 403


def test_a_key_brings_events_of_its_site_alone(own: Admission) -> None:
    text, client = own.key("ingest", "north"), own.client()
    answer = client.post("/api/events/batch", json=[event(site_id="north"), event(site_id="south"), event()], **own.with_key(text))
    assert answer.status_code == 207
    assert [error["detail"] for error in answer.json["errors"]] == ["site_id: there is no site 'south'.", "site_id: there is no site 'main'."]
    # Nobody there sees it, or might take it up.
    assert own.client("chief").get("/api/quarantine?site_id=south").json == []
    assert len(own.client("chief").get("/api/quarantine").json) == 2
    assert own.client("supervisor").get("/api/quarantine").json == []


def test_a_key_for_some_cameras_brings_only_their_events(own: Admission) -> None:
    text, client = own.key("ingest", "north", cameras=["C1"]), own.client()
    batch = [event(site_id="north", camera_id=camera) for camera in ("C1", "C2", None)]
    answer = client.post("/api/events/batch", json=batch, **own.with_key(text))
    assert answer.json["success_count"] == 1
    assert [(error["index"], error["detail"].partition(":")[0]) for error in answer.json["errors"]] == [(1, "camera_id"), (2, "camera_id")]


def test_a_revoked_key_opens_nothing_at_once(own: Admission) -> None:
    text, client = own.key("read"), own.client()
    assert client.get("/api/workers?site_id=north", **own.with_key(text)).status_code == 200
    with own.services.database.write() as connection:
        keys.revoke(connection, text.split("_")[1], own.clock.now())
    own.services.entry.callers.forget()
    answer = client.get("/api/workers?site_id=north", **own.with_key(text))
    assert (answer.status_code, answer.json["detail"]) == (401, "This key opens nothing.")


def test_a_key_expires(own: Admission) -> None:
    text, client = own.key("read", expires_at=own.clock.now() + timedelta(minutes=1)), own.client()
    assert client.get("/api/workers?site_id=north", **own.with_key(text)).status_code == 200
    own.clock.moment += timedelta(minutes=1)
    own.services.entry.callers.forget()
    assert client.get("/api/workers?site_id=north", **own.with_key(text)).status_code == 401


@pytest.mark.parametrize("path", ["/api/workers?site_id=north&key={}", "/api/workers?api_key={}", "/workers?{}", "/api/nothing?a={}"])
def test_a_key_in_the_address_is_refused(shared: Admission, path: str) -> None:
    text = shared.key("read")
    for given in ({}, shared.with_key(text)):
        answer = shared.client().get(path.format(text), **given)
        assert answer.status_code == 400
        assert "revoke" in answer.text


def test_its_use_is_noted_once_a_minute(own: Admission) -> None:
    text, client = own.key("read"), own.client()

    def used():
        with own.services.database.read() as connection:
            return [key.last_used_at for key in keys.list_keys(connection)]

    assert used() == [None]
    client.get("/api/sites", **own.with_key(text))
    first = own.clock.now()
    own.clock.moment += timedelta(seconds=30)
    own.services.entry.callers.forget()
    client.get("/api/sites", **own.with_key(text))
    assert used() == [first]
    own.clock.moment += timedelta(seconds=30)
    own.services.entry.callers.forget()
    client.get("/api/sites", **own.with_key(text))
    assert used() == [own.clock.now()]


def test_a_key_may_ask_so_often_and_no_more(tmp_path) -> None:
    with admission(tmp_path, key_rate="3 per hour") as made:
        first, second, client = made.key("read"), made.key("read"), made.client()
        assert [client.get("/api/sites", **made.with_key(first)).status_code for _ in range(4)] == [200, 200, 200, 429]
        answer = client.get("/api/sites", **made.with_key(first))
        assert answer.content_type == "application/problem+json"
        assert 0 < int(answer.headers["Retry-After"]) <= 3_600
        # Nobody else waits for it.
        assert client.get("/api/sites", **made.with_key(second)).status_code == 200
        assert made.client("viewer").get("/api/sites").status_code == 200


# Sessions


def test_signing_out_ends_the_session(own: Admission) -> None:
    client = own.client("viewer")
    cookie = client.get_cookie("factory_session")
    assert (cookie.http_only, cookie.same_site, cookie.path) == (True, "Lax", "/")
    assert client.get("/api/sites").status_code == 200
    answer = client.post("/sign-out")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in")
    client.set_cookie("factory_session", cookie.value)
    assert client.get("/api/sites").status_code == 401


def test_who_is_disabled_is_out_at_once(own: Admission) -> None:
    client = own.client("viewer")
    assert client.get("/api/sites").status_code == 200
    with own.services.database.write() as connection:
        people.set_disabled(connection, own.ids["viewer"], disabled=True)
    own.services.entry.callers.forget()
    assert client.get("/api/sites").status_code == 401


@pytest.mark.parametrize(("wait", "status"), [(sessions.IDLE, 200), (sessions.IDLE + timedelta(seconds=1), 401)])
def test_an_idle_session_ends(own: Admission, wait: timedelta, status: int) -> None:
    client = own.client("viewer")
    own.clock.moment += wait
    assert client.get("/api/sites").status_code == status


def test_a_stream_ends_with_the_session(own: Admission) -> None:
    client = own.client("viewer")
    messages = client.get("/live/north").response
    assert next(messages).decode().startswith("retry")
    assert next(messages).decode().startswith("data")
    client.post("/sign-out")
    with pytest.raises(StopIteration):
        next(messages)


# Open, while there is nobody


def test_an_app_without_anybody_is_open_to_its_own_machine(empty: Admission) -> None:
    assert empty.client().get("/api/sites").status_code == 200
    assert empty.client().get("/sign-in").headers["Location"] == "/"


@pytest.mark.parametrize(
    "given",
    [
        {"environ_base": {"REMOTE_ADDR": "192.168.1.7"}},
        {"headers": {"Host": "rebound.example"}},
        {"headers": {"Host": "127.0.0.1.rebound.example:5000"}},
        {"headers": {"X-Forwarded-For": "127.0.0.1"}},
        {"headers": {"Forwarded": "for=127.0.0.1"}},
    ],
)
def test_and_to_no_other(empty: Admission, given: dict) -> None:
    assert empty.client().get("/api/sites", **given).status_code == 503
    assert empty.client().get("/", **given).status_code == 503


def test_a_wrong_key_is_wrong_on_an_open_server_too(empty: Admission) -> None:
    assert empty.client().get("/api/sites", headers={"X-API-Key": "secret"}).status_code == 401


@pytest.mark.parametrize("settings", [{"host": "0.0.0.0"}, {"host": "10.0.0.5"}, {"public_url": "https://factory.example"}])
def test_who_listens_to_a_network_serves_nothing_before_it_is_set_up(tmp_path, settings: dict[str, str]) -> None:
    with admission(tmp_path, everybody=False, **settings) as made:
        client = made.client()
        for path in ("/", "/api/sites", "/metrics", "/sign-in", "/api/docs", "/live/main"):
            assert client.get(path).status_code == 503, path
        assert client.post("/api/events", json=event()).status_code == 503
        assert client.get("/health").status_code == 200


def test_the_first_administrator_closes_the_door(empty: Admission) -> None:
    stranger = empty.client()
    assert stranger.get("/api/sites").status_code == 200
    token = empty.services.entry.set_up.token()
    first = empty.client()
    form = {"login": "chief", "password": PASSWORD, "again": PASSWORD, "level": "station"}
    assert first.get(f"/set-up/{token}").status_code == 200
    assert first.post(f"/set-up/{token}", data=form | {"again": "another"}).status_code == 422
    assert first.post(f"/set-up/{token}", data=form).status_code == 303
    assert first.get("/metrics").status_code == 200
    assert stranger.get("/api/sites").status_code == 401
    assert stranger.get(f"/set-up/{token}").status_code == 404
    assert stranger.post(f"/set-up/{token}", data=form).status_code == 404


# Callbacks


def forged(output: str, **more: object) -> dict:
    """A call of Dash's, made by hand."""
    return {"output": output, "outputs": [], "inputs": [], "state": [], "changedPropIds": [], **more}


def test_a_callback_asks_for_its_role(shared: Admission) -> None:
    needs = shared.server.extensions[CALLBACKS]
    (saving,) = [key for key, need in needs.items() if need.role is Role.ADMINISTRATOR and key.startswith("..settings-question")][:1]
    assert shared.client("viewer").post(CALLBACK, json=forged(saving)).status_code == 403
    assert shared.client("supervisor").post(CALLBACK, json=forged(saving)).status_code == 403
    assert shared.client().post(CALLBACK, json=forged(saving)).status_code == 401


@pytest.mark.parametrize("body", [{}, {"output": "nothing.children"}, {"output": ["a"]}, [], None, {"output": "site-picker.options", "inputs": 7}])
def test_what_is_no_callback_is_refused(shared: Admission, body: object) -> None:
    assert shared.client("viewer").post(CALLBACK, json=body).status_code in (400, 403)
