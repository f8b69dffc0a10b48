"""Names and ids that would be more than text: formulas in files, scripts in pages, lines in the log."""

import csv
import io
import json
import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
from admission import PASSWORD, Admission, admission
from dash_calls import ROUTE, VIEWS, DashCalls
from http_api import event
from sqlalchemy.exc import OperationalError

from access.roles import Role
from callbacks.settings import registered
from components.csv_text import cell
from watching.logs import JsonLines, TextLines

FORMULAS = ["=1+1", "+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "＋1", "－1", "＠x", "=cmd|'/C calc'!A0", '=HYPERLINK("http://evil.example")']
SCRIPT = "<script>alert('7x')</script>"
IMAGE = '"><img src=x onerror=alert(1)>'
_BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Admission]:
    """An app with everybody and everything called by formulas and scripts."""
    with admission(tmp_path_factory.mktemp("made")) as found:
        client, asked = found.signed_in("chief"), {"site_id": "north"}
        client.put("/api/sites/north", json={"name": SCRIPT})
        for number, name in enumerate([*FORMULAS, SCRIPT, IMAGE]):
            login = name.strip() if name.strip().isprintable() else f"={number}"
            found.enter(f"{login} {number}", {"north": Role.VIEWER})
            client.put(f"/api/workers/w{number}", query_string=asked, json={"name": name})
            client.put(f"/api/workstations/s{number}", query_string=asked, json={"name": name, "type": name})
            client.put(f"/api/cameras/c{number}", query_string=asked, json={"name": name})
            sent = {"worker": f"{name}{number}", "station": f"{name} s", "camera_id": name, "event_id": name, "model_name": name, "sequence": name}
            answer = client.post("/api/events", json=event("2026-11-20T10:00:00Z", site_id="north", **sent))
            assert answer.status_code == 201, answer.text
        assert found.services.refresher.wait("north", 60)
        yield found


# Formulas


@pytest.mark.parametrize("path", ["/export/workers.csv", "/export/workstations.csv", "/export/events.csv", "/audit.csv"])
def test_no_cell_of_any_file_is_a_formula(made: Admission, path: str) -> None:
    text = made.signed_in("chief").get(path, query_string={"site": "north", "range": "7d"}).text.removeprefix("\ufeff")
    header, *rows = csv.reader(io.StringIO(text, newline=""))
    assert len(rows) >= len(FORMULAS)
    assert len({len(row) for row in rows} | {len(header)}) == 1
    dangerous = [value for row in rows for value in row if value.startswith(_BEGINS_A_FORMULA) and not re.fullmatch(r"-?\d+(\.\d+)?(e-?\d+)?", value)]
    assert dangerous == []
    if path.startswith("/export"):
        assert {f"'{name}" for name in FORMULAS if name == name.strip()} <= {value for row in rows for value in row}


@pytest.mark.parametrize("name", FORMULAS)
def test_a_text_is_a_text(name: str) -> None:
    assert cell(name) == f"'{name}"


# Scripts


def test_what_programs_are_answered_is_nothing_that_a_browser_runs(made: Admission) -> None:
    client = made.signed_in("chief")
    for path in ("workers", "workstations", "cameras", "models", "events", "sites", "metrics/workers", "metrics/workstations", "timeline", "quarantine"):
        answer = client.get(f"/api/{path}", query_string={} if path in ("sites", "quarantine") else {"site_id": "north"})
        assert (answer.status_code, answer.mimetype) == (200, "application/json"), path
    for path in (f"/api/sites/{SCRIPT}", f"/api/workers?site_id={SCRIPT}", f"/api/{SCRIPT}", f"/api/metrics/workers/{SCRIPT}?site_id=north", f"/live/{SCRIPT}"):
        assert client.get(path).mimetype == "application/problem+json", path
    assert client.get("/export/workers.csv?site=north").headers["Content-Disposition"].startswith("attachment")


_PAGES = (
    "/",
    "/workers",
    "/users",
    "/keys",
    "/audit",
    "/account",
    f"/{SCRIPT}",
    f"/users?done={SCRIPT}",
    f"/audit?action={SCRIPT}",
    f"/sign-in?next=/{SCRIPT}",
)


@pytest.mark.parametrize("path", _PAGES)
def test_no_page_holds_a_name_as_markup(made: Admission, path: str) -> None:
    for client in (made.signed_in("chief"), made.client()):
        text = client.get(path).text
        assert SCRIPT not in text
        assert IMAGE not in text


def _components(value: Any) -> Iterator[dict[str, Any]]:
    """All Dash components in an answer."""
    if isinstance(value, dict):
        if {"type", "namespace", "props"} <= value.keys():
            yield value
        for part in value.values():
            yield from _components(part)
    elif isinstance(value, list):
        for part in value:
            yield from _components(part)


def test_what_the_pages_are_told_is_text_and_never_markup(made: Admission) -> None:
    """Names reach the browser as texts of components; none of those takes texts for HTML, and no link leads into a script."""
    client = made.signed_in("chief")
    calls, named = DashCalls(made.server, client), 0
    for output in (one for one in calls.callbacks if "." in one):
        for view in VIEWS:
            answer = client.post(ROUTE, json=calls.body(output, "north", 1, view=view))
            if answer.status_code != 200 or SCRIPT not in json.dumps(answer.json):
                continue
            named += 1
            for component in _components(answer.json):
                assert component["type"] not in ("Markdown", "DangerouslySetInnerHTML", "Iframe"), output
                assert not {"dangerously_allow_html", "dangerouslySetInnerHTML", "srcDoc"} & component["props"].keys(), output
                assert not str(component["props"].get("href", "")).lower().startswith(("javascript:", "data:")), output
    assert named > 5
    layout = client.get("/_dash-layout").text
    assert '"dangerously_allow_code":true' not in layout.replace(" ", "")
    assert "dangerously_allow_html" not in layout


def test_a_component_in_place_of_a_name_is_no_name(made: Admission) -> None:
    component = {"type": "Markdown", "namespace": "dash_core_components", "props": {"children": SCRIPT, "dangerously_allow_html": True}}
    client = made.signed_in("chief")
    for path in ("workers/w0", "workstations/s0", "cameras/c0"):
        assert client.put(f"/api/{path}?site_id=north", json={"name": component}).status_code == 422


# Lines


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """All that is logged, as the server writes it."""
    text = io.StringIO()
    handler = logging.StreamHandler(text)
    handler.setFormatter(TextLines())
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield text
    root.removeHandler(handler)
    root.setLevel(before)


LINE = "x\r\n2026-11-20T12:00:00.000Z ERROR app forged\x1b[31m\x1b]0;title\x07\u2028\x85forged"


def test_nothing_that_is_sent_begins_a_line_in_the_log(made: Admission, log: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    client, nobody = made.signed_in("supervisor"), made.client()
    nobody.post("/sign-in", data={"login": LINE, "password": LINE})
    client.get("/api/workers", query_string={"site_id": LINE})
    client.put(f"/api/workers/{LINE}", json={"name": LINE})
    # As a server hands them on, whatever a client may have put there.
    raw = LINE.encode().decode("latin-1")
    for name in ("PATH_INFO", "HTTP_X_REQUEST_ID", "HTTP_REFERER", "HTTP_USER_AGENT", "REQUEST_METHOD", "HTTP_ORIGIN"):
        client.get("/", environ_overrides={name: f"/{raw}" if name == "PATH_INFO" else raw})
        nobody.post("/sign-in", data={"login": "viewer", "password": PASSWORD}, environ_overrides={name: f"/{raw}" if name == "PATH_INFO" else raw})

    def fail(*_given: Any, **_more: Any) -> None:
        raise OperationalError(LINE, {}, ValueError(LINE))

    # What fails on the server names what it was about.
    monkeypatch.setattr(type(made.services.sites), "register", fail)
    registered.named(made.services, LINE, "worker", {"data": {"id": LINE[:100]}, "colId": "name", "value": LINE})
    assert client.put(f"/api/workers/{LINE[:60]}?site_id=north", json={"name": "x"}).status_code == 503
    lines = [line for line in log.getvalue().split("\n") if line]
    assert len(lines) > 3
    assert [line for line in lines if not (re.match(r"\d{4}-\d\d-\d\dT[\d:.]+Z (DEBUG|INFO|WARNING|ERROR) ", line) or line.startswith("    "))] == []
    assert not any(line.startswith("2026-11-20T12:00:00.000Z ERROR app forged") for line in lines)
    assert [line for line in lines if not line.isprintable()] == []


def test_nor_in_the_log_of_objects() -> None:
    record = logging.LogRecord("app", logging.ERROR, "", 0, "cannot name %s", (LINE,), None)
    written = JsonLines().format(record)
    assert "\n" not in written
    assert json.loads(written)["message"].startswith("cannot name x")


@pytest.mark.parametrize("name", ["X-Request-ID", "Origin", "Accept-Language"])
def test_nothing_that_is_sent_becomes_a_header_of_the_answer(made: Admission, name: str) -> None:
    answer = made.client().get("/health", environ_overrides={f"HTTP_{name.upper().replace('-', '_')}": "x\r\nSet-Cookie: a=b"})
    assert "a=b" not in str(answer.headers)
