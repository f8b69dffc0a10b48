"""Every page at every privacy level: each part is filled, nobody is named, and what is kept back is said."""

import json
import re
from collections.abc import Iterator

import pytest
from admission import Admission, admission
from crowds import choose, fill
from dash_calls import ROUTE, VIEWS, DashCalls

from callbacks.cards import KEPT_BACK

RANGE = "?site=north&range=custom&from=2026-01-15&to=2026-01-15"

LEVELS = ("team", "station")
#: Pages that show nothing but what a level keeps back.
KEPT_BACK_WHOLE = {("team", "workers"), ("station", "workers"), ("team", "timeline")}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Admission]:
    """An app with a morning of many people."""
    with admission(tmp_path_factory.mktemp("pages")) as made:
        fill(made)
        yield made


@pytest.fixture(scope="module")
def calls(app: Admission) -> DashCalls:
    return DashCalls(app.server, app.signed_in("chief"))


def answers(app: Admission, calls: DashCalls, view: dict, login: str = "supervisor") -> dict[str, str]:
    """What each callback that shows something answers on a page, by its output; nothing where it shows something else."""
    client, found = app.signed_in(login), {}
    for output in calls.callbacks:
        if "failure" not in output:
            continue
        answer = client.post(ROUTE, json=calls.body(output, "north", view=view, **{"filters.data": RANGE}))
        assert answer.status_code in (200, 204), answer.text
        if answer.status_code == 200:
            found[output] = answer.text
    return found


def failures(found: dict[str, str]) -> set[str]:
    """The sentences of parts that could not be filled."""
    return {sentence for text in found.values() for sentence in re.findall(r'"failure-[^"]*":\{"data":"([^"]*)"', text)} | {
        told["data"]
        for text in found.values()
        for id_, told in json.loads(text)["response"].items()
        if "failure" in id_ and isinstance(told, dict) and told.get("data")
    }


@pytest.mark.parametrize(("level", "view"), [(level, view) for level in LEVELS for view in VIEWS if (level, view["page"]) not in KEPT_BACK_WHOLE])
def test_every_part_is_filled_and_names_nobody(app: Admission, calls: DashCalls, level: str, view: dict) -> None:
    choose(app, level)
    found = answers(app, calls, view)
    assert found
    assert failures(found) == set()
    named = {output: re.findall(r"\bW\d+\b|Person Number \d+", text) for output, text in found.items()}
    assert {output: names for output, names in named.items() if names} == {}


@pytest.mark.parametrize(("level", "view"), [(level, view) for level in LEVELS for view in VIEWS if (level, view["page"]) in KEPT_BACK_WHOLE])
def test_what_is_not_shown_is_said(app: Admission, calls: DashCalls, level: str, view: dict) -> None:
    choose(app, level)
    found = answers(app, calls, view)
    [sentence] = failures(found)
    assert sentence.startswith("Site north shows ")
    assert not re.search(r"\bW\d+\b|Person", sentence)


@pytest.mark.parametrize("level", LEVELS)
def test_the_page_says_what_it_keeps_back(app: Admission, calls: DashCalls, level: str) -> None:
    choose(app, level)
    text = "".join(answers(app, calls, {"page": "overview", "id": None}).values())
    assert KEPT_BACK in text
    assert "This site shows " in text
    assert f'"shows":"{level}"' in text


def test_individuals_are_all_there(app: Admission, calls: DashCalls) -> None:
    choose(app, "individual", purpose="training")
    for view in VIEWS:
        found = answers(app, calls, view)
        assert failures(found) == set()
        if view["page"] in ("overview", "workers", "timeline"):
            assert "Person Number" in "".join(found.values())
