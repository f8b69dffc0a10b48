"""How a figure came about at a site that shows nobody: the same value, by time alone, and what was left out."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime

import pytest
from admission import Admission, admission
from crowds import choose, fill
from dash_calls import ROUTE, DashCalls

from data_layer.explanation import ExplainQuery, Explanation
from data_layer.privacy import NotShown
from metrics.derivations import derivation
from metrics.kpis import FACTORY_FIGURES, STATION_FIGURES

START, END = datetime(2026, 1, 15, 8, tzinfo=UTC), datetime(2026, 1, 15, 12, tzinfo=UTC)
FIGURES = [
    *(("factory", name, None) for name in (*FACTORY_FIGURES, "worker_count", "station_count")),
    *(("workstation", name, station) for name in STATION_FIGURES for station in ("S1", "S3")),
]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Admission]:
    """An app with a morning of many people."""
    with admission(tmp_path_factory.mktemp("explained")) as made:
        fill(made)
        yield made


def explained(app: Admission, of: str, figure: str, id_: str | None = None, **more: object) -> Explanation:
    return app.services.metrics.explain(ExplainQuery(site_id="north", start=START, end=END, of=of, figure=figure, id=id_, **more))


def shown(app: Admission, of: str, figure: str, id_: str | None) -> float | None:
    """The figure as the API tells it."""
    path = "factory" if id_ is None else f"workstations/{id_}"
    answer = app.signed_in("viewer").get(f"/api/metrics/{path}?site_id=north&from={START:%Y-%m-%dT%H:%M:%SZ}&to={END:%Y-%m-%dT%H:%M:%SZ}")
    found: float | None = answer.json[figure]
    return found


@pytest.mark.parametrize("level", ["team", "station"])
def test_every_figure_is_explained_without_anybody(app: Admission, level: str) -> None:
    choose(app, level)
    told = 0
    for of, figure, id_ in FIGURES:
        found = explained(app, of, figure, id_)
        assert found.value == shown(app, of, figure, id_), (of, figure, id_)
        for one in found.sums:
            told += 1
            assert sum(part.amount for part in one.parts) == pytest.approx(one.total), (of, figure, id_)
            assert {(part.worker_ids, part.begins, part.ends, part.event_id) for part in one.parts} <= {((), None, None, None)}
        assert (found.value is None) == (found.null_because is not None), (of, figure, id_)
        assert "W1" not in json.dumps(asdict(found), default=str)
    assert told > 10


def test_hours_of_too_few_are_told_as_left_out(app: Admission) -> None:
    choose(app, "team")
    [left_out] = explained(app, "factory", "total_productive_time_hours").left_out
    assert (left_out.amount, "fewer than 5 people" in left_out.sentence) == (2 * 3_600_000_000, True)
    because = explained(app, "workstation", "occupancy_time_hours", "S3").null_because
    assert because is not None
    assert "no such group in this window" in because
    assert "sums over groups" in str(explained(app, "factory", "average_utilization_percentage").null_because)


@pytest.mark.parametrize("level", ["team", "station"])
@pytest.mark.parametrize(
    ("of", "figure", "id_"), [("worker", "utilization_percentage", "W1"), ("worker", "units_per_hour", "nobody"), ("factory", "at_work_now", None)]
)
def test_nobody_is_explained(app: Admission, level: str, of: str, figure: str, id_: str | None) -> None:
    choose(app, level)
    with pytest.raises(NotShown, match="Site north shows"):
        explained(app, of, figure, id_)
    with pytest.raises(NotShown):
        explained(app, "factory", "total_events", worker_ids=("W1",))


def test_there_is_no_other_figure(app: Admission) -> None:
    choose(app, "station")
    with pytest.raises(KeyError):
        derivation("factory", "beauty", has_schedule=False)
    with pytest.raises(KeyError):
        explained(app, "factory", "beauty")


@pytest.mark.parametrize("level", ["team", "station"])
def test_the_panel_says_it(app: Admission, level: str) -> None:
    choose(app, level)
    calls, client = DashCalls(app.server, app.signed_in("chief")), app.signed_in("viewer")
    [output] = (one for one in calls.callbacks if "explain-title" in one)
    for of, figure, id_ in [("factory", "total_production_count", None), ("workstation", "occupancy_time_hours", "S1"), ("worker", "units_per_hour", "W1")]:
        asked = {"of": of, "figure": figure, "id": id_, "as_of": None, "at": 1, "search": "?site=north&range=custom&from=2026-01-15&to=2026-01-15"}
        answer = client.post(ROUTE, json=calls.body(output, "north", **{"explain-asked.data": asked}))
        assert answer.status_code == 200, answer.text
        assert ("Site north shows" in answer.text) == (of == "worker")
        assert "Person Number" not in answer.text
        assert "can't be explained at the moment" not in answer.text
