"""Figures over several sites: rule 4's "Over several sites", ranks, and what sites keep back."""

import numpy as np
import pytest
from admission import Admission, admission
from crowds import choose, fill
from http_api import DAY_SHIFT, Api, event
from hypothesis import given
from hypothesis import strategies as st

from data_layer.query import MetricsQuery
from metrics.columns import Columns, empty
from metrics.comparison import OF_SCHEDULES, best, ranks, together
from metrics.kpis import FACTORY_FIGURES
from metrics.totals import STATION_TOTALS, WORKER_TOTALS, Totals
from metrics.units import HOUR

ALL = frozenset(FACTORY_FIGURES)


def totals(workers: list[dict], *, has_schedule: bool = True) -> Totals:
    """The sums of a site's workers over a window of one bucket; sums that are left out are 0."""
    numbers = np.arange(1, len(workers) + 1, dtype=np.int64)
    sums = {name: np.array([worker.get(name, 0) for worker in workers], dtype=np.int64) for name in WORKER_TOTALS}
    made = Columns({"bucket": np.zeros(len(workers), dtype=np.int64), "worker": numbers, **sums})
    none = np.zeros(1, dtype=np.int64)
    return Totals(made, empty("bucket", "station", *STATION_TOTALS), none, none, has_schedule, by_station=False)


def hours(active: float, idle: float = 0, units: int = 0, **more: int) -> dict:
    return {"active": int(active * HOUR), "idle": int(idle * HOUR), "units": units, "events": 1, **more}


@pytest.mark.parametrize(
    ("why", "values", "most_first", "expected"),
    [
        ("nobody", [], True, []),
        ("the most is first", [1.0, 3.0, 2.0], True, [3, 1, 2]),
        ("the least is first", [1.0, 3.0, 2.0], False, [1, 3, 2]),
        ("ties share a place and take up two", [87.5, 90.0, 87.5, 60.0], True, [2, 1, 2, 4]),
        ("all alike", [5.0, 5.0], True, [1, 1]),
        ("what doesn't exist has none", [None, 0.0, None, 1.0], True, [None, 2, None, 1]),
        ("zero is a value", [0.0, None], False, [1, None]),
    ],
)
def test_ranks(why, values, most_first, expected):
    assert ranks(values, most_first=most_first) == expected, why


def test_the_best_is_the_first_of_those_that_exist():
    assert (best([None, 2.0, 5.0]), best([None, 2.0, 5.0], most_first=False), best([None]), best([])) == (5.0, 2.0, None, None)


def test_ratios_are_those_of_the_sums_and_utilization_is_the_mean_over_all_workers():
    busy, idle = totals([hours(9, 1, units=90)]), totals([hours(1, 1, units=1), hours(1, 3), hours(2, 2)])
    found, counted = together([busy, idle], [ALL, ALL])
    assert found["total_productive_time_hours"] == 13.0
    assert found["average_production_rate"] == 91 / 13
    # No mean of the sites' means, which would be 65.8.
    assert found["average_utilization_percentage"] == (90 + 50 + 25 + 50) / 4
    assert set(counted.values()) == {2}


def test_sites_without_a_schedule_have_no_part_in_coverage():
    tracked, free = totals([hours(4, tracked=8 * HOUR, signal=6 * HOUR)]), totals([hours(4)], has_schedule=False)
    found, counted = together([tracked, free], [ALL, ALL])
    assert (found["coverage_percentage"], found["tracked_time_hours"], found["total_productive_time_hours"]) == (75.0, 8.0, 8.0)
    assert {name: many for name, many in counted.items() if many != 2} == dict.fromkeys(OF_SCHEDULES, 1)
    assert together([free], [ALL])[0]["coverage_percentage"] is None


def test_what_a_site_does_not_tell_is_in_no_sum():
    found, counted = together([totals([hours(4, units=7)]), totals([hours(2, units=5)])], [ALL, {"total_production_count"}])
    assert (found["total_production_count"], found["total_productive_time_hours"]) == (12, 4.0)
    assert (counted["total_production_count"], counted["total_productive_time_hours"]) == (2, 1)
    none, nowhere = together([totals([hours(4)])], [set()])
    assert set(none.values()) == {None}
    assert set(nowhere.values()) == {0}


_MICROS = st.integers(0, 40 * HOUR)
_WORKER = st.fixed_dictionaries(
    dict.fromkeys(("active", "idle", "absent", "signal", "tracked"), _MICROS) | {name: st.integers(0, 999) for name in ("units", "events")}
)


@given(st.lists(st.lists(_WORKER, max_size=4), min_size=1, max_size=5))
def test_sites_come_to_what_one_site_with_all_their_workers_does(sites):
    one = totals([worker for workers in sites for worker in workers])
    assert together([totals(workers) for workers in sites], [ALL] * len(sites))[0] == together([one], [ALL])[0]


MORNING = [
    *[event(f"2026-01-15T{hour:02}:00:00Z", worker="W1", station="S1") for hour in (8, 9, 10)],
    event("2026-01-15T09:30:00Z", "product_count", worker="W1", station="S1", count=30),
    event("2026-01-15T10:30:00Z", "idle", worker="W1", station="S1"),
    event("2026-01-15T11:30:00Z", "absent", worker="W1", station="S1"),
]
AFTERNOON = [
    event("2026-01-15T13:00:00Z", worker="W2", station="S2"),
    event("2026-01-15T13:20:00Z", "idle", worker="W2", station="S2"),
    event("2026-01-15T15:00:00Z", worker="W3", station="S2"),
    event("2026-01-15T15:30:00Z", "product_count", worker="W3", station="S2", count=3),
    event("2026-01-15T16:00:00Z", "absent", worker="W2", station="S2"),
    event("2026-01-15T16:00:00Z", "absent", worker="W3", station="S2"),
]


def test_two_stored_sites_are_one_site_with_the_workers_of_both(api: Api) -> None:
    rules = {"timezone": "UTC", "shifts": [DAY_SHIFT], "signal_timeout_seconds": 7200}
    for site, events in {"east": MORNING, "west": AFTERNOON, "both": MORNING + AFTERNOON}.items():
        api.put(f"/api/sites/{site}", rules)
        api.post_batch([{**one, "site_id": site} for one in events])
        assert api.services.refresher.wait(site, 60)
    day = {"from": "2026-01-15", "to": "2026-01-16", "as_of": "2026-01-16T00:00:00Z"}
    parts = api.get("/api/metrics/factory", site_id=["east", "west"], **day).json
    whole = api.get("/api/metrics/factory", site_id="both", **day).json
    assert whole["total_productive_time_hours"] > 0
    assert {name: parts[name] for name in FACTORY_FIGURES} == {name: whole[name] for name in FACTORY_FIGURES}
    queries = [MetricsQuery(site_id=site) for site in ("east", "west")]
    found = api.services.metrics.compare(*queries)
    assert found.together == {name: api.services.metrics.read(*queries, stations=False).factory[name] for name in found.together}
    assert [row["site_id"] for row in found.rows] == ["east", "west"]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory):
    with admission(tmp_path_factory.mktemp("levels")) as made:
        fill(made)
        made.signed_in("chief").post("/api/events/batch", json=[{**one, "site_id": "south"} for one in MORNING])
        assert made.services.refresher.wait("south", 30)
        yield made


@pytest.mark.parametrize(
    ("level", "shown", "kept_back"),
    [
        ("individual", {"total_production_count": 2, "total_productive_time_hours": 2, "average_utilization_percentage": 2}, frozenset()),
        ("team", {"total_production_count": 2, "total_productive_time_hours": 2, "average_utilization_percentage": 1}, {"average_utilization_percentage"}),
        (
            "station",
            {"total_production_count": 2, "total_productive_time_hours": 1, "average_utilization_percentage": 1},
            {"total_idle_time_hours", "coverage_percentage"},
        ),
    ],
)
def test_totals_say_of_how_many_sites_they_are(app: Admission, level: str, shown: dict, kept_back: set) -> None:
    choose(app, level)
    found = app.services.metrics.compare(*(MetricsQuery(site_id=site) for site in ("north", "south")))
    assert {name: found.counted[name] for name in shown} == shown
    assert kept_back <= found.untold[0]
    assert found.untold[1] == frozenset()
    for name, many in shown.items():
        # Nothing is in a sum that the site's own row doesn't show.
        assert (found.rows[0][name] is None) == (many == 1)
    if level == "station":
        assert found.together["total_productive_time_hours"] == found.rows[1]["total_productive_time_hours"]


def test_a_file_of_the_comparison_is_noted_at_each_site_and_holds_ones_own_alone(app: Admission) -> None:
    choose(app, "individual")
    assert "South" in app.signed_in("chief").get("/export/sites.csv?range=all").text
    trail = [line for line in app.signed_in("chief").get("/audit.csv").text.splitlines() if ",exported," in line]
    assert [sum(f",exported,{site}," in line for line in trail) for site in ("main", "north", "south")] == [1, 1, 1]
    own = app.signed_in("viewer").get("/export/sites.csv")
    assert (own.status_code, "South" in own.text, "North" in own.text) == (200, False, True)
    assert app.signed_in("viewer").get("/export/sites.csv?site=south").status_code == 404


def test_a_group_too_small_is_in_no_sum(app: Admission) -> None:
    choose(app, "team", smallest_group=50)
    found = app.services.metrics.compare(*(MetricsQuery(site_id=site) for site in ("north", "south")))
    assert found.untold[0] == ALL
    assert set(found.counted.values()) <= {0, 1}
    assert found.together["total_production_count"] == 30
