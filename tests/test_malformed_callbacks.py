"""Calls by who may make them, that no page makes: each is answered 400 or as if it were one, and none leaves a stack in the log."""

import copy
import json
import logging
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from admission import Admission, admission
from dash_calls import ROUTE, VIEWS, DashCalls
from flask.testing import FlaskClient

from access.web.gate import CALLBACKS
from callbacks.sent_values import shape_of
from callbacks.settings.draft import base_of
from components import ids

#: In place of any value: of other types, too large, too deep, and halves of letters.
VALUES: list[Any] = [None, -1, float("nan"), "\ud800", [None], {"page": "workers", "id": ["W1"]}]
#: In place of a call's parts.
PARTS: list[Any] = [None, "x", [], [7], [{}], [{"id": "x", "property": "y"}]]
FORM_PARTS = [("day", "9999-99-99"), ("unit", "years"), ("shifts", [{}]), ("shifts", 7), ("exceptions", [7]), ("timeout", "x"), ("name", None), ("since", [])]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Admission]:
    with admission(tmp_path_factory.mktemp("made")) as found:
        yield found


@pytest.fixture(scope="module")
def chief(made: Admission) -> FlaskClient:
    return made.signed_in("chief")


@pytest.fixture(scope="module")
def bodies(made: Admission, chief: FlaskClient) -> list[dict[str, Any]]:
    """A call of each callback, under a view in which it has an answer."""
    calls, base, found = DashCalls(made.server, chief), base_of(made.services.sites.get("north")), []
    for output, one in calls.callbacks.items():
        views = VIEWS if any(given["id"] == ids.VIEW for given in one["inputs"]) else VIEWS[:1]
        tries = [calls.body(output, "north", 1, view=view, base=base) for view in views]
        reads = made.server.extensions[CALLBACKS][output].role == "viewer" and "." in output
        found.append(next((body for body in tries if chief.post(ROUTE, json=body).status_code == 200), tries[0]) if reads else tries[0])
    return found


@pytest.fixture
def asked(chief: FlaskClient, caplog: pytest.LogCaptureFixture) -> Iterator[Callable[[Any], int]]:
    """Makes calls; afterwards none may have failed."""
    statuses, failed = Counter[int](), []

    def ask(body: Any) -> int:
        answer = chief.post(ROUTE, data=json.dumps(body), content_type="application/json")
        statuses[answer.status_code] += 1
        if answer.status_code >= 400 and answer.content_type != "application/problem+json":
            failed.append(f"{answer.content_type}: {json.dumps(body)[:300]}")
        if answer.status_code not in (200, 204, 400, 403, 404):
            failed.append(f"{answer.status_code}: {json.dumps(body)[:300]}")
        return answer.status_code

    with caplog.at_level(logging.WARNING):
        yield ask
    print(statuses)
    assert failed == []
    assert [record.getMessage() for record in caplog.records if record.exc_info or record.levelno >= logging.ERROR] == []


def test_every_value_that_a_page_sends_has_a_shape(made: Admission) -> None:
    callbacks = made.dash.callback_map
    for output in made.server.extensions[CALLBACKS]:
        for one in callbacks[output]["inputs"] + callbacks[output]["state"]:
            shape_of(json.loads(one["id"]) if one["id"].startswith("{") else one["id"], one["property"])


def test_what_the_pages_send_is_taken(bodies: list[dict[str, Any]], asked: Callable[[Any], int]) -> None:
    """Else all below would be refused for nothing."""
    harmless = [body for body in bodies if "." in body["output"]]
    assert Counter(asked(body) for body in harmless).keys() <= {200, 204}


def test_no_value_makes_a_callback_fail(bodies: list[dict[str, Any]], asked: Callable[[Any], int]) -> None:
    for body in bodies:
        for kind in ("inputs", "state"):
            for place, one in enumerate(body[kind]):
                for value in VALUES:
                    if isinstance(one, dict):
                        asked({**body, kind: [*body[kind][:place], {**one, "value": value}, *body[kind][place + 1 :]]})


@pytest.mark.parametrize("part", ["inputs", "state", "outputs", "changedPropIds"])
def test_no_part_makes_a_callback_fail(bodies: list[dict[str, Any]], asked: Callable[[Any], int], part: str) -> None:
    for body in bodies:
        for value in PARTS:
            asked({**body, part: value})
        asked({name: value for name, value in body.items() if name != part})
        asked({**body, part: [*body[part], *body[part]] if isinstance(body[part], list) else [body[part]] * 2})
        asked({**body, part: body[part][::-1] if isinstance(body[part], list) else body[part]})


def _settings(bodies: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [body for body in bodies if any(isinstance(one, list) for one in body["inputs"] + body["state"])]


@pytest.mark.parametrize("row", ["w0", "x5-0", "w0-0-0", "x-1", "", "w٣", None, {"row": "w0"}, "w99999999999999999999"])
def test_no_row_makes_the_form_fail(bodies: list[dict[str, Any]], asked: Callable[[Any], int], row: Any) -> None:
    """Rows that there aren't, rows without the others of theirs, and buttons beside them."""
    for body in _settings(bodies)[::2]:
        for kind in ("inputs", "state"):
            for place, one in enumerate(body[kind]):
                if not isinstance(one, list):
                    continue
                for id_ in ({"shift": "start", "row": row}, {"break": "end", "row": row}, {"exception": "date", "row": row}, {"shift": "days", "row": row}):
                    for prop, value in (("value", "08:00"), ("value", [9]), ("id", id_)):
                        asked({**body, kind: [*body[kind][:place], [{"id": id_, "property": prop, "value": value}], *body[kind][place + 1 :]]})
                for edit in ("add-shift", "add-break", "remove-shift", "remove-exception", "nothing", ""):
                    pressed = {"id": {"edit": edit, "row": row}, "property": "n_clicks", "value": 1}
                    changed = [f"{json.dumps(pressed['id'], sort_keys=True, separators=(',', ':'))}.n_clicks"]
                    asked({**body, kind: [*body[kind][:place], [pressed], *body[kind][place + 1 :]], "changedPropIds": changed})


@pytest.mark.parametrize(("field", "value"), FORM_PARTS)
def test_no_stored_form_makes_it_fail(bodies: list[dict[str, Any]], asked: Callable[[Any], int], field: str, value: Any) -> None:
    for body in _settings(bodies):
        spoilt = copy.deepcopy(body)
        for one in spoilt["inputs"] + spoilt["state"]:
            if isinstance(one, dict) and one["id"] == ids.SETTINGS_BASE:
                one["value"]["form"][field] = value
        assert asked(spoilt) == 400 or spoilt == body


@pytest.mark.parametrize("search", ["?worker=\ud800", "?site=%ED%A0%80", "?range=custom&from=0001-01-01&to=9999-12-31", "\0", f"?site={'x' * 99_000}"])
def test_no_address_makes_a_callback_fail(bodies: list[dict[str, Any]], asked: Callable[[Any], int], search: str) -> None:
    for body in bodies:
        spoilt = copy.deepcopy(body)
        for one in spoilt["inputs"] + spoilt["state"]:
            if isinstance(one, dict) and one["id"] == ids.FILTERS:
                one["value"] = search
        if "." in body["output"]:
            asked(spoilt)


@pytest.mark.parametrize("site", ["south", "atlantis"])
def test_another_site_leaves_no_stack_in_the_log(made: Admission, caplog: pytest.LogCaptureFixture, site: str) -> None:
    """Who administers one site asks about another: the log is no place to fill either."""
    calls, local = DashCalls(made.server, made.signed_in("chief")), made.signed_in("local")
    base = base_of(made.services.sites.get("south")) | {"site": site}
    for output in calls.callbacks:
        local.post(ROUTE, json=calls.body(output, site, 1, base=base))
    assert [record.getMessage() for record in caplog.records if record.exc_info] == []
