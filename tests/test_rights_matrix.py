"""Every route and every callback by everybody, at the own site and at another: who may is answered, who may not is refused and leaves no trace.

The table of who may what stands here a second time, written out, and not asked of the code that it checks.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from admission import Admission, admission
from flask.testing import FlaskClient
from http_api import event
from sqlalchemy import select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from access.roles import EVERYWHERE
from access.web.gate import CALLBACKS, DASH_NEEDS
from components import ids
from data_layer.tables import metadata

HERE, THERE = "north", "south"
CALLBACK = "/_dash-update-component"
#: What everything of the other site is called.
MARK = "Southern secret"

#: Who may what, by the role that is named: people, and keys by their scope.
MAY: Mapping[str, set[str]] = {
    "anyone": {"nobody", "viewer", "supervisor", "local", "chief", "ingest", "read", "admin", "read all"},
    "here": {"viewer", "supervisor", "local", "chief", "ingest", "read", "admin", "read all"},  # nobody asks from another machine
    "known": {"viewer", "supervisor", "local", "chief", "ingest", "read", "admin", "read all"},
    "viewer": {"viewer", "supervisor", "local", "chief", "read", "admin", "read all"},
    "supervisor": {"supervisor", "local", "chief", "admin"},
    "administrator": {"local", "chief", "admin"},
    "camera": {"local", "chief", "ingest", "admin"},
}
CALLERS = sorted(MAY["anyone"])
OF_ALL_SITES = {"chief", "read all"}
KEYS = {"ingest": ("ingest", HERE), "read": ("read", HERE), "admin": ("admin", HERE), "read all": ("read", EVERYWHERE)}
#: Changes to one's own account, which a key has none of; and pages that lead elsewhere by themselves.
OF_PEOPLE = ("/account/password", "/account/sessions/<token_hash>/end", "/account/sessions/end")
#: Nothing of any site that there isn't.
NOTHING = (b"[]", b"[]\n")
UNSAFE = ("POST", "PUT", "DELETE")
#: What notes that somebody was here, which everybody does.
NOTED = ("sessions", "api_keys", "audit", "sign_in_delays")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Admission]:
    """Two sites with something of everything; all at the other one is called by MARK."""
    with admission(tmp_path_factory.mktemp("matrix"), key_rate="none") as made:
        chief = made.signed_in("chief")
        chief.put(f"/api/sites/{THERE}", json={"name": MARK})
        for site, name in ((HERE, "Northern"), (THERE, MARK)):
            chief.put(f"/api/workers/anna?site_id={site}", json={"name": f"{name} Anna"})
            chief.put(f"/api/workstations/press?site_id={site}", json={"name": f"{name} press", "type": f"{name} type"})
            chief.put(f"/api/cameras/C1?site_id={site}", json={"name": f"{name} camera"})
            chief.put(f"/api/models/{name}?site_id={site}", json={"model_version": "1"})
            sent = [event(f"2026-11-20T0{hour}:00:00Z", site_id=site, worker="anna", station="press", camera_id="C1") for hour in range(8, 10)]
            chief.post("/api/events/batch", json=[*sent, {"site_id": site, "worker_id": name, "event_type": "dancing"}])
            made.services.refresher.wait(site, 20)
        yield made


@dataclass
class Caller:
    """Somebody, with a client that signs in for each request: one of them is to sign out."""

    app: Admission
    name: str

    def ask(self, method: str, path: str, **given: Any) -> TestResponse:
        client, headers = self._client()
        return client.open(path, method=method, headers=headers, environ_base={"REMOTE_ADDR": "10.0.0.7"}, **given)

    def _client(self) -> tuple[FlaskClient, dict[str, str]]:
        if self.name == "nobody":
            return self.app.client(), {}
        if self.name in KEYS:
            return self.app.client(), {"X-API-Key": self._key()}
        return self.app.signed_in(self.name), {}

    def _key(self) -> str:
        if self.name not in self.app.ids:
            self.app.ids[self.name] = self.app.key(*KEYS[self.name])
        return self.app.ids[self.name]


def needs(app: Admission, rule: Rule) -> Any:
    """What the route names."""
    return getattr(app.server.view_functions[rule.endpoint], "described", None) or DASH_NEEDS.get(rule.endpoint)


def routes(app: Admission) -> list[tuple[str, Rule, Any]]:
    """Method and rule of every route, with what it names; callbacks have a test of their own."""
    named = [(rule, needs(app, rule)) for rule in app.server.url_map.iter_rules()]
    asked = [(rule, need) for rule, need in named if need is not None and rule.rule != CALLBACK]
    return [(method, rule, need) for rule, need in asked for method in sorted(rule.methods - {"HEAD", "OPTIONS"})]


def call(rule: Rule, need: Any, site: str) -> tuple[str, dict[str, Any]]:
    """Address and arguments of a call that is right but for who asks."""
    places = {"site_id": site, "worker_id": "anna", "station_id": "press", "camera_id": "C1", "model_name": "m", "quarantine_id": "1"}
    path = rule.rule
    for name in rule.arguments:
        start, end = path.index("<"), path.index(">")
        path = path[:start] + places.get(name, "x") + path[end + 1 :]
    query = getattr(need, "query", None)
    given: dict[str, Any] = {"query_string": {}}
    if query is not None and "site_id" in query.__struct_fields__:
        given["query_string"] = {"site_id": site}
    if rule.rule.startswith("/export/"):
        given["query_string"] = {"site": site}
    if rule.rule == "/api/events":
        given["json"] = event(site_id=site, worker="anna", station="press")
    elif rule.rule == "/api/events/batch":
        given["json"] = [event(site_id=site, worker="anna", station="press")]
    elif getattr(need, "body", None) is not None:
        given["json"] = {}
    return path, given


def body_of(answer: TestResponse) -> bytes:
    """What is answered; of a stream, which doesn't end, nothing: it is numbers."""
    return b"" if answer.mimetype == "text/event-stream" else answer.data


def is_about_a_site(rule: Rule, need: Any) -> bool:
    query = getattr(need, "query", None)
    return "site_id" in rule.arguments or (query is not None and "site_id" in query.__struct_fields__) or rule.rule.startswith("/export/")


def stored(app: Admission) -> dict[str, list[tuple[Any, ...]]]:
    """All that is stored, but for what notes who was here."""
    for site in (HERE, THERE, "main"):
        app.services.refresher.wait(site, 20)
    with app.services.database.read() as connection:
        return {table.name: [tuple(row) for row in connection.execute(select(table))] for table in metadata.sorted_tables if table.name not in NOTED}


@pytest.mark.parametrize("who", CALLERS)
def test_routes(app: Admission, who: str, record_property: Any) -> None:
    caller, cells = Caller(app, who), 0
    for method, rule, need in routes(app):
        for site in (HERE, THERE):
            path, given = call(rule, need, site)
            may = who in MAY[str(need.role)] and (not need.everywhere or who in OF_ALL_SITES)
            before = stored(app) if method in UNSAFE and not may else {}
            answer = caller.ask(method, path, **({"json": given["json"]} if method in UNSAFE and "json" in given else {}), query_string=given["query_string"])
            where = f"{who}: {method} {path} at {site} → {answer.status_code}"
            if not may:
                shown_the_way = answer.status_code == 303 and answer.headers["Location"].startswith("/sign-in")
                assert answer.status_code == (401 if who == "nobody" else 403) or (who == "nobody" and shown_the_way), where
                assert not before or before == stored(app), where
            elif rule.rule in OF_PEOPLE and who in KEYS:
                assert answer.status_code == 403, where
            else:
                # An empty form is no login.
                assert answer.status_code not in (401, 403) or rule.rule == "/sign-in", where
                assert answer.status_code < 500, where
                if site == THERE and who not in OF_ALL_SITES and is_about_a_site(rule, need):
                    assert answer.status_code == 404 or body_of(answer) in NOTHING, where
            if who not in OF_ALL_SITES and not rule.rule.startswith(("/_dash-component", "/assets")):
                assert MARK.encode() not in body_of(answer), where
            cells += 1
    record_property("cells", cells)
    assert cells > 100


def test_who_sees_all_sites_sees_the_mark(app: Admission) -> None:
    """Else its absence would prove nothing."""
    seen = [
        path
        for method, rule, need in routes(app)
        if method == "GET"
        for path, given in [call(rule, need, THERE)]
        if MARK.encode() in body_of(Caller(app, "chief").ask("GET", path, query_string=given["query_string"]))
    ]
    assert len(seen) >= 8, seen


# Callbacks


VIEWS = [(page, None) for page in ("overview", "workers", "stations", "timeline", "quality", "settings", "wall")] + [("workers", "anna"), ("stations", "press")]
#: What each row of the callbacks' table needs to be filled at all.
PLAIN: dict[str, Any] = {f"{ids.THEME}.data": "light", f"{ids.REVISION}.data": None, f"{ids.NUDGE}.data": None}


def bodies(app: Admission, key: str, site: str) -> Iterator[dict[str, Any]]:
    """What a browser would post for a callback, on each page, and what somebody might who makes it by hand."""
    described = next(one for one in app.dash._callback_list if one["output"] == key)
    for page, id_ in VIEWS:
        values = {**PLAIN, f"{ids.FILTERS}.data": f"?site={site}", f"{ids.VIEW}.data": {"page": page, "id": id_}}
        values[f"{ids.EXPLAIN_ASKED}.data"] = {
            "figure": "total_active_time_hours",
            "of": "worker",
            "id": "anna",
            "search": f"?site={site}",
            "as_of": None,
            "at": 1,
        }
        values[f"{ids.SETTINGS_BASE}.data"] = {"site": site, "edition": "", "form": {}}
        filled = [[_filled(one, values) for one in described[kind]] for kind in ("inputs", "state")]
        yield {"output": key, "outputs": _outputs(key), "inputs": filled[0], "state": filled[1], "changedPropIds": [f"{ids.FILTERS}.data"]}


def _filled(one: Mapping[str, Any], values: Mapping[str, Any]) -> Any:
    if one["id"].startswith("{") and '"ALL"' in one["id"]:
        return []
    id_ = json.loads(one["id"]) if one["id"].startswith("{") else one["id"]
    clicked = 1 if one["property"] in ("n_clicks", "n_submit") else None
    return {"id": id_, "property": one["property"], "value": values.get(f"{one['id']}.{one['property']}", clicked)}


def _outputs(key: str) -> Any:
    parts = key[2:-2].split("...") if key.startswith("..") else [key]
    made = []
    for part in parts:
        id_, _, prop = part.rpartition(".")
        made.append({"id": json.loads(id_) if id_.startswith("{") else id_, "property": prop.partition("@")[0]})
    return made if key.startswith("..") else made[0]


@pytest.mark.parametrize("who", ["nobody", "viewer", "supervisor", "local", "ingest", "read"])
def test_callbacks(app: Admission, who: str, record_property: Any) -> None:
    caller, cells = Caller(app, who), 0
    for key, need in app.server.extensions[CALLBACKS].items():
        may = who in MAY[str(need.role)] and not need.everywhere
        for body in list(bodies(app, key, THERE))[: None if may else 1]:
            answer = caller.ask("POST", CALLBACK, json=body)
            where = f"{who}: {key[:80]} → {answer.status_code}"
            expected = answer.status_code not in (401, 403) if may else answer.status_code == (401 if who == "nobody" else 403)
            assert expected, where
            assert MARK not in answer.text, where
            cells += 1
    record_property("cells", cells)


def test_callbacks_of_who_sees_all_sites(app: Admission) -> None:
    """The same calls, made with right, are answered with what the others must not see."""
    caller, seen = Caller(app, "chief"), set()
    for key, need in app.server.extensions[CALLBACKS].items():
        if str(need.role) != "viewer":
            continue
        for body in bodies(app, key, THERE):
            if MARK in caller.ask("POST", CALLBACK, json=body).text:
                seen.add(key)
    assert len(seen) >= 12, len(seen)
