"""Answers that are kept: by the server for a push, by browsers with a tag, by caches on the way. None reaches whom it was not made for."""

from collections.abc import Iterator
from typing import Any

import pytest
from dash_calls import ROUTE, VIEWS, DashCalls
from rights import GRID, MARK, Ground, ground, reads, shown_without_right

from access.web.gate import CALLBACKS
from components import ids

#: Questions that are answered with a tag.
_METRICS = ("factory", "workers", "workers/W1", "workstations", "workstations/S1")
TAGGED = (*(f"/api/metrics/{one}" for one in _METRICS), "/api/timeline")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    with ground(tmp_path_factory.mktemp("ground")) as found:
        yield found


@pytest.mark.parametrize("path", TAGGED)
def test_a_tag_opens_nothing(made: Ground, path: str) -> None:
    """Who has seen another's tag is told neither what it is of nor that it still holds."""
    for site in MARK:
        tag = made.ask("chief", "GET", path, query_string={"site_id": site}).headers["ETag"]
        for caller in GRID:
            for given in (tag, tag.removeprefix("W/"), f'"x", {tag}', "*"):
                answer = made.ask(caller, "GET", path, query_string={"site_id": site}, headers={"If-None-Match": given})
                if reads(caller, "viewer", site):
                    # A tag is of the answer to who may as much: another is told another one.
                    assert answer.status_code == (304 if given != "*" and answer.headers["ETag"] == tag else 200), (caller, given)
                else:
                    assert answer.status_code in (401, 403, 404), (caller, given)
                    assert "ETag" not in answer.headers
                assert shown_without_right(caller, answer.text) == []


def test_several_sites_have_no_tag_in_common_with_one(made: Ground) -> None:
    both = made.ask("chief", "GET", TAGGED[1], query_string={"site_id": ["north", "south"]}).headers["ETag"]
    assert made.ask("viewer", "GET", TAGGED[1], query_string={"site_id": ["north", "south"]}, headers={"If-None-Match": both}).status_code == 404
    assert made.ask("viewer", "GET", TAGGED[1], query_string={"site_id": "north"}, headers={"If-None-Match": both}).status_code == 200


def test_no_answer_about_a_site_may_be_kept_for_others(made: Ground) -> None:
    """By caches on the way: what may be kept at all is private, and has to be asked about each time."""
    for path in (*TAGGED, "/api/workers", "/api/sites", "/api/events", "/api/quarantine", "/export/workers.csv", "/export/events.csv", "/", "/workers"):
        answer = made.ask("chief", "GET", path, query_string={"site": "north"} if path.startswith("/export") else {})
        kept = answer.headers.get("Cache-Control", "")
        assert "public" not in kept, path
        assert "max-age" not in kept, path
        assert "Last-Modified" not in answer.headers, path
        assert "Expires" not in answer.headers, path
        if "ETag" in answer.headers:
            assert "private" in kept, path


@pytest.mark.parametrize("caller", ["nobody", "viewer", "mixed", "admin key", "ingest key of all"])
def test_what_a_push_has_worked_out_for_others_reaches_only_who_may_see_the_same(made: Ground, caller: str) -> None:
    """Of each callback that a push starts: the chief is answered first, and the answer is there to be given again."""
    calls = DashCalls(made.app.server, made.app.client("chief"))
    pushed = [one for one in calls.callbacks if any(given["id"] == ids.REVISION for given in calls.callbacks[one]["inputs"] if isinstance(given, dict))]
    assert len(pushed) > 20
    for output in pushed:
        for site in MARK:
            for view in VIEWS:
                body: dict[str, Any] = calls.body(output, site, view=view) | {"changedPropIds": [f"{ids.REVISION}.data"]}
                first, second = made.ask("chief", "POST", ROUTE, json=body), made.ask(caller, "POST", ROUTE, json=body)
                assert shown_without_right(caller, second.text) == [], (output[:80], site)
                if first.status_code == 200 and not reads(caller, "viewer", site):
                    assert second.data != first.data, (output[:80], site)
    assert {need.role for output, need in made.app.server.extensions[CALLBACKS].items() if output in pushed} == {"viewer"}


def test_who_may_less_is_offered_less_on_the_same_push(made: Ground) -> None:
    calls = DashCalls(made.app.server, made.app.client("chief"))
    (output,) = (one for one in calls.callbacks if ids.STAMP in one)
    body = calls.body(output, "north") | {"changedPropIds": [f"{ids.REVISION}.data"]}
    answers = {caller: made.ask(caller, "POST", ROUTE, json=body).json["response"] for caller in ("chief", "local", "supervisor", "viewer")}
    assert {caller: answer[ids.STAMP]["data"]["may"] for caller, answer in answers.items()} == {
        "chief": ["viewer", "supervisor", "administrator", "everywhere"],
        "local": ["viewer", "supervisor", "administrator"],
        "supervisor": ["viewer", "supervisor"],
        "viewer": ["viewer"],
    }
