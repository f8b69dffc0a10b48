"""Forged calls of Dash's one route: what the gate reads is what Dash reads, and what is no callback of ours is nothing."""

import gzip
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from admission import Admission, admission
from dash_calls import ROUTE, DashCalls
from werkzeug.test import TestResponse

from access.roles import Role
from access.web.gate import CALLBACKS
from callbacks.settings.draft import base_of
from components import ids

JSON = "application/json"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Admission]:
    with admission(tmp_path_factory.mktemp("made")) as found:
        yield found


@pytest.fixture(scope="module")
def calls(made: Admission) -> DashCalls:
    return DashCalls(made.server, made.client("chief"))


@pytest.fixture
def saving(made: Admission, calls: DashCalls) -> dict[str, Any]:
    """A call that renames the site north, for who administers it."""
    (output,) = (output for output in calls.callbacks if f"{ids.SETTINGS_SAVED}.data" in output)
    return calls.body(output, "north", base=base_of(made.services.sites.get("north")), **{f"{ids.setting('name')}.value": "Stolen"})


@pytest.fixture(autouse=True)
def not_renamed(made: Admission) -> Iterator[None]:
    yield
    assert made.services.sites.get("north").name == "North"


def by_viewer(made: Admission, body: Any = None, **given: Any) -> TestResponse:
    """The call of somebody who only reads."""
    return made.client("viewer").post(ROUTE, **({"json": body} if given == {} else given))


def test_the_call_itself_works_for_who_may(made: Admission, saving: dict[str, Any]) -> None:
    """Else all below would be refused for nothing."""
    assert by_viewer(made, saving).status_code == 403
    assert made.client("local").post(ROUTE, json=saving).status_code == 200
    assert made.services.sites.get("north").name == "Stolen"
    made.services.sites.put("north", {"name": "North"}, made.clock.now())


@pytest.mark.parametrize("wrapped", [list, lambda output: [output], lambda output: {"id": output}, lambda output: None, lambda output: 7, lambda output: True])
def test_an_output_that_is_no_text_is_nothing(made: Admission, saving: dict[str, Any], wrapped: Callable[[str], Any]) -> None:
    for login in ("viewer", "chief"):
        assert made.client(login).post(ROUTE, json=saving | {"output": wrapped(saving["output"])}).status_code == 403


@pytest.mark.parametrize(
    "other",
    [
        *("{}.", "{} ", " {}", "..{}", "{}\x00", "{}\n", "{}.._", "{}@", "\ufeff{}", '{{"leaves":["ALL"]}}.data', '{{"nav":["ALL"]}}.href', ""),
        *("site-picker.options...{}", "site-picker.options", "..site-picker.options..", "__proto__", "../{}"),
    ],
)
def test_no_other_spelling_is_the_same_callback(made: Admission, saving: dict[str, Any], other: str) -> None:
    spelt = other.format(saving["output"])
    answers = [made.client(login).post(ROUTE, json=saving | {"output": spelt}).status_code for login in ("viewer", "local")]
    # One of them is a callback of its own, whose inputs these are not.
    assert answers == [403, 403] or spelt == "site-picker.options"


def test_a_part_of_many_outputs_is_no_callback(made: Admission, saving: dict[str, Any]) -> None:
    parts = saving["output"].strip(".").split("...")
    assert len(parts) > 1
    for part in (*parts, *(part.partition("@")[0] for part in parts), "...".join(parts), "..".join(["", *reversed(parts), ""])):
        assert made.client("chief").post(ROUTE, json=saving | {"output": part}).status_code == 403


def test_what_runs_in_the_browser_alone_is_not_run_by_the_server(made: Admission, calls: DashCalls) -> None:
    client = made.client("chief")
    others = [one["output"] for one in client.get("/_dash-dependencies").json if one["output"] not in made.server.extensions[CALLBACKS]]
    assert len(others) > 30
    assert {client.post(ROUTE, json={"output": output, "inputs": [], "state": [], "outputs": []}).status_code for output in others} == {403}


def test_of_two_outputs_under_one_key_the_gate_looks_at_the_one_that_runs(made: Admission, saving: dict[str, Any]) -> None:
    first, second = json.dumps(saving["output"]), json.dumps("site-picker.options")
    rest = json.dumps(saving).removeprefix("{").replace(f'"output": {first}, ', "", 1)
    assert by_viewer(made, data=f'{{"output": {second}, "output": {first}, {rest}', content_type=JSON).status_code == 403
    # The other way round it is the harmless one that runs, and doesn't know these inputs.
    assert by_viewer(made, data=f'{{"output": {first}, "output": {second}, {rest}', content_type=JSON).status_code >= 400
    assert by_viewer(made, data=f'{{"outp\\u0075t": {first}, {rest}', content_type=JSON).status_code == 403


@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-7", "latin-1"])
@pytest.mark.parametrize("named", [JSON, f"{JSON}; charset=utf-16", f"{JSON}; charset=utf-7", "application/vnd.api+json"])
def test_no_charset_hides_an_output(made: Admission, saving: dict[str, Any], charset: str, named: str) -> None:
    assert by_viewer(made, data=json.dumps(saving).encode(charset), content_type=named).status_code == 403


def test_gate_and_dash_read_one_body_once(made: Admission, calls: DashCalls, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the bytes are taken for, both take them for the same."""
    read, loads = [], type(made.server.json).loads
    monkeypatch.setattr(type(made.server.json), "loads", lambda self, text, **given: read.append(text) or loads(self, text, **given))
    for charset in ("utf-8", "utf-16"):
        body = json.dumps(calls.body("site-picker.options", "north")).encode(charset)
        answer = by_viewer(made, data=body, content_type=JSON)
        assert (answer.status_code, "North" in answer.text) == (200, True)
    assert len(read) == 2


@pytest.mark.parametrize("content_type", ["text/plain", "", None, "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/json"])
def test_a_body_that_is_not_called_json_is_none(made: Admission, saving: dict[str, Any], content_type: str | None) -> None:
    for login in ("viewer", "local"):
        assert made.client(login).post(ROUTE, data=json.dumps(saving), content_type=content_type).status_code == 403


def test_a_packed_body_is_none(made: Admission, saving: dict[str, Any]) -> None:
    assert by_viewer(made, data=gzip.compress(json.dumps(saving).encode()), content_type=JSON, headers={"Content-Encoding": "gzip"}).status_code == 403


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "FOO"])
def test_another_method_runs_nothing(made: Admission, saving: dict[str, Any], method: str) -> None:
    for login in ("viewer", "local"):
        assert made.client(login).open(ROUTE, method=method, json=saving).status_code in (403, 405)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_asked_for_as_a_page_it_is_one(made: Admission, saving: dict[str, Any], method: str) -> None:
    answer = made.client("local").open(ROUTE, method=method, json=saving, query_string={"output": saving["output"]})
    assert (answer.status_code, answer.mimetype) == (200, "text/html")


@pytest.mark.parametrize("path", [f"{ROUTE}/", f"/{ROUTE}", f"{ROUTE}/x", ROUTE.upper(), f"{ROUTE};x", "/_dash-update%2dcomponent"])
def test_no_other_address_leads_there(made: Admission, saving: dict[str, Any], path: str) -> None:
    answer = made.client("viewer").post(path, json=saving, follow_redirects=True)
    assert answer.status_code in (403, 404, 405)


@pytest.mark.parametrize("body", ["[" * 100_000, '{"output":' * 100_000, f'{{"output": {"1" * 10_000}}}', '{"output": "\\ud800"}', "NaN", "{", ""])
def test_no_body_makes_the_gate_itself_fail(made: Admission, body: str) -> None:
    assert by_viewer(made, data=body, content_type=JSON).status_code == 403


def test_nobody_makes_the_server_read_anything(made: Admission, saving: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[Any] = []
    monkeypatch.setattr(type(made.server.json), "loads", lambda self, text, **given: read.append(text))
    assert made.client().post(ROUTE, json=saving).status_code == 401
    assert made.client().post(ROUTE, json=saving, headers={"X-API-Key": "x"}).status_code == 401
    assert read == []


def test_roles_of_callbacks_are_those_of_their_doing(made: Admission) -> None:
    """A few written out by hand, so that a role that is lowered by mistake is noticed."""
    needs = made.server.extensions[CALLBACKS]

    def needed(part: str) -> set[tuple[Role, bool]]:
        return {(need.role, need.everywhere) for output, need in needs.items() if part in output}

    assert needed(f"{ids.SETTINGS_SAVED}.data") == {(Role.ADMINISTRATOR, False)}
    assert needed(f"{ids.SITE_NEW_ERROR}.children") == {(Role.ADMINISTRATOR, True)}
    assert needed("quarantine-result.children") == {(Role.SUPERVISOR, False)}
    assert needed("quarantine-entry-payload") == {(Role.SUPERVISOR, False)}
    assert needed("register-worker-result.children") == needed("register-station-result.children") == {(Role.SUPERVISOR, False)}
    # Those without an output do something: nobody who only reads does.
    assert {need.role for output, need in needs.items() if "." not in output} == {Role.VIEWER, Role.ADMINISTRATOR}
