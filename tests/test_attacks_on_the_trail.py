"""What somebody would rather not have in the audit trail, and what they would fill it with."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from admission import Admission, admission
from dash_calls import ROUTE, DashCalls
from http_api import event
from sqlalchemy import event as sql
from sqlalchemy import insert

from access import audit
from access.roles import Role
from components import ids
from data_layer.tables import workers

MANY = 250


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Admission]:
    with admission(tmp_path) as made:
        yield made


@pytest.fixture
def crowd(own: Admission) -> Admission:
    """An app with many workers."""
    rows = [{"site_id": "north", "worker_id": f"W{number:03}", "is_demo": False, "created_at": own.clock.now()} for number in range(MANY)]
    with own.services.database.write() as connection:
        connection.execute(insert(workers), rows)
    return own


def trail(made: Admission, action: str = "") -> list[audit.Entry]:
    with made.services.database.read() as connection:
        found = list(audit.entries(connection, action=action))
        assert audit.first_broken(audit.entries(connection)) is None
    return found


def looks(made: Admission, login: str) -> list[tuple[str, str]]:
    """Whom somebody has looked at: the subject, and how many more."""
    return [(entry.subject, entry.details) for entry in trail(made, "looked at") if entry.actor == f"user:{made.ids[login]}"]


# Looks


@pytest.mark.parametrize(("view", "seen"), [({"page": "workers", "id": "W001"}, "W001"), ({"page": "overview", "id": None}, "*")])
def test_what_a_push_has_worked_out_for_others_was_looked_at_too(crowd: Admission, view: dict[str, Any], seen: str) -> None:
    """Each callback in turn: of two who are told of the same push, the second one is given the first one's answer."""
    crowd.enter("second", {"north": Role.VIEWER})
    first, second = crowd.signed_in("viewer"), crowd.signed_in("second")
    calls = DashCalls(crowd.server, crowd.signed_in("chief"))
    (output,) = (one for one in calls.callbacks if ids.STAMP in one)
    body = calls.body(output, "north", view=view) | {"changedPropIds": [f"{ids.REVISION}.data"]}
    answers = [client.post(ROUTE, json=body) for client in (first, second)]
    assert answers[0].data == answers[1].data
    assert answers[0].status_code == 200
    assert looks(crowd, "viewer") == looks(crowd, "second") == [(seen, "{}")]


def test_one_look_names_a_hundred_and_says_how_many_more(crowd: Admission) -> None:
    client = crowd.signed_in("viewer")
    asked = {"site_id": "north", "worker_id": [f"W{number:03}" for number in range(MANY)]}
    assert client.get("/api/metrics/workers", query_string=asked).status_code == 200
    noted = looks(crowd, "viewer")
    assert noted == [*((f"W{number:03}", "{}") for number in range(100)), ("*", '{"more":150}')]
    # Nobody hides behind a crowd: who is looked at alone after it is named.
    client.get("/api/metrics/workers/W200?site_id=north")
    assert looks(crowd, "viewer")[len(noted) :] == [("W200", "{}")]


def test_no_number_of_looks_fills_the_trail(crowd: Admission) -> None:
    """However they are put: each worker once an hour, and once that there were more."""
    client = crowd.signed_in("viewer")
    for start in range(0, MANY, 7):
        for step in (1, -1):
            asked = [f"W{number:03}" for number in [*range(start, MANY), *range(start)][::step]]
            client.get("/api/events", query_string={"site_id": "north", "worker_id": [*asked, "nobody", "*"]})
    noted = looks(crowd, "viewer")
    assert len(noted) == len(set(noted))
    assert len([subject for subject, _ in noted if subject != "*"]) == MANY
    assert len(noted) <= MANY + 2


def test_nor_does_a_look_ask_the_database_once_for_each(crowd: Admission) -> None:
    statements: list[str] = []
    asking = threading.get_ident()

    def noted(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        # The test client answers on the asking thread; what the refresher reads meanwhile isn't part of the look.
        if threading.get_ident() == asking:
            statements.append(statement)

    client = crowd.signed_in("viewer")
    client.get("/api/metrics/workers/W001?site_id=north")
    sql.listen(crowd.services.database.readers, "before_cursor_execute", noted)
    client.get("/api/events", query_string={"site_id": "north", "worker_id": [f"nobody-{number}" for number in range(900)]})
    assert len([statement for statement in statements if "FROM workers" in statement]) < 5


# Changes


def changes(made: Admission) -> list[tuple[str, str, str]]:
    return [(entry.action, entry.site_id, entry.subject) for entry in trail(made) if entry.action not in ("signed in", "looked at")]


def test_cameras_models_demo_and_what_people_bring_are_noted(own: Admission) -> None:
    client, asked = own.signed_in("local"), {"site_id": "north"}
    made = [
        client.put("/api/cameras/C1", query_string=asked, json={"name": "Hall", "station_ids": ["S1"]}),
        client.put("/api/cameras/C1", query_string=asked, json={"name": None}),
        client.put("/api/models/posture", query_string=asked, json={"model_version": "2"}),
        client.post("/api/seed", query_string=asked),
        client.post("/api/events/batch", json=[event(site_id="north"), event(site_id="south"), event(site_id="north", worker="W9")]),
        client.post("/api/events?dry_run=true", json=event(site_id="north", worker="W8")),
        own.client().post("/api/events", json=event(site_id="north", worker="W7"), **own.with_key(own.key())),
    ]
    assert [answer.status_code for answer in made] == [201, 200, 201, 200, 207, 200, 201]
    assert changes(own) == [
        ("camera changed", "north", "C1"),
        ("camera changed", "north", "C1"),
        ("model registered", "north", "posture"),
        ("demo loaded", "north", ""),
        ("events brought", "north", "*"),
    ]
    assert trail(own)[-1].details == '{"events":2}'
    assert {entry.actor for entry in trail(own)} == {f"user:{own.ids['local']}"}


def _buttons(one: dict[str, Any]) -> list[str]:
    return [given["id"] for given in one["inputs"] if isinstance(given, dict)]


def test_what_is_done_by_callbacks_is_noted(own: Admission) -> None:
    client = own.signed_in("local")
    calls = DashCalls(own.server, own.signed_in("chief"))

    def press(button: str) -> None:
        bodies = [calls.body(one["output"], "north") for one in calls.callbacks.values() if button in _buttons(one)]
        (body,) = (one for one in bodies if "." not in one["output"])
        for given in body["inputs"]:
            given["value"] = 1 if given["id"] == button else None
        assert client.post(ROUTE, json=body | {"changedPropIds": [f"{button}.n_clicks"]}).status_code in (200, 204)

    for button in (ids.DEMO_LOAD, ids.DEMO_REMOVE, ids.SIMULATION_START, ids.SIMULATION_STOP, ids.SIMULATION_REMOVE, ids.WELCOME_LOAD):
        press(button)
    actions = [action for action, *_ in changes(own)]
    assert actions == ["demo loaded", "demo removed", "simulation started", "simulation stopped", "simulated data removed", "demo loaded"]


@pytest.mark.parametrize(
    ("method", "path", "body"), [("PUT", "/api/cameras/C1", {"name": "Hall"}), ("PUT", "/api/models/m", {"model_version": "1"}), ("POST", "/api/seed", None)]
)
def test_what_can_not_be_noted_is_not_done(own: Admission, method: str, path: str, body: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    client = own.signed_in("local")

    def fail(*_given: Any, **_more: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(audit, "note", fail)
    assert client.open(path, method=method, json=body, query_string={"site_id": "north"}).status_code == 500
    monkeypatch.undo()
    assert (own.services.sites.cameras("north"), own.services.sites.models("north"), own.services.sites.registered(workers, "north")) == ([], [], [])
