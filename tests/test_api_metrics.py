"""GET /api/metrics: fields, windows, filters and headers, by docs/api.md and docs/metrics.md."""

import pytest
from golden_cases import assert_matches
from http_api import DAY_SHIFT, WORKED_EXAMPLE, Api, assert_problem, event, minutely

FACTORY = {
    "total_productive_time_hours",
    "total_production_count",
    "average_production_rate",
    "average_utilization_percentage",
    "worker_count",
    "station_count",
    "total_events",
    "site_id",
}
WORKER = {
    "site_id",
    "worker_id",
    "name",
    "total_active_time_hours",
    "total_idle_time_hours",
    "total_absent_time_hours",
    "utilization_percentage",
    "total_units_produced",
    "units_per_hour",
    "event_count",
    "tracked_time_hours",
    "no_signal_hours",
    "coverage_percentage",
}
STATION = {
    "site_id",
    "station_id",
    "name",
    "type",
    "occupancy_time_hours",
    "working_time_hours",
    "utilization_percentage",
    "working_percentage",
    "total_units_produced",
    "throughput_rate",
    "event_count",
}
PATHS = ["/api/metrics/factory", "/api/metrics/workers", "/api/metrics/workers/W1", "/api/metrics/workstations", "/api/metrics/workstations/S1"]


@pytest.fixture
def example(api: Api) -> Api:
    """The site of metrics.md rule 7, with another worker at another station."""
    api.take_in(WORKED_EXAMPLE)
    api.take_in([event("2026-01-15T08:00:00Z", worker="W2", station="S2"), event("2026-01-15T09:00:00Z", "absent", worker="W2", station="S2")])
    api.put("/api/workstations/S1", {"name": "Press", "type": "press"})
    api.put("/api/workers/W1", {"name": "Alice"})
    return api


def test_the_worked_example(example: Api) -> None:
    expected = {
        "worker_id": "W1",
        "name": "Alice",
        "total_active_time_hours": 3.5,
        "total_idle_time_hours": 0.5,
        "total_absent_time_hours": 0.0,
        "utilization_percentage": 87.5,
        "total_units_produced": 5,
        "units_per_hour": 5 / 3.5,
        "event_count": 5,
        "tracked_time_hours": None,
    }
    worker = example.metrics("workers/W1").json
    assert_matches(expected, worker, beside=True)
    assert set(worker) >= WORKER
    station = example.metrics("workstations/S1").json
    assert set(station) >= STATION
    assert_matches(
        {
            "name": "Press",
            "type": "press",
            "occupancy_time_hours": 4.0,
            "throughput_rate": 1.25,
            "utilization_percentage": 100.0,
            "working_percentage": 87.5,
            "event_count": 5,
        },
        station,
        beside=True,
    )


def test_lists_are_those_of_the_single_calls(example: Api) -> None:
    workers, stations = example.metrics("workers").json, example.metrics("workstations").json
    assert workers == [example.metrics(f"workers/{id_}").json for id_ in ("W1", "W2")]
    assert stations == [example.metrics(f"workstations/{id_}").json for id_ in ("S1", "S2")]


def test_factory_totals(example: Api) -> None:
    factory = example.metrics("factory").json
    assert set(factory) >= FACTORY
    expected = {
        "total_productive_time_hours": 4.5,
        "total_production_count": 5,
        "average_production_rate": 5 / 4.5,
        "average_utilization_percentage": (87.5 + 100) / 2,
        "worker_count": 2,
        "station_count": 2,
        "total_events": 7,
        "site_id": "main",
    }
    assert_matches(expected, factory, beside=True)


def test_an_empty_site(api: Api) -> None:
    factory = api.metrics("factory").json
    assert (factory["total_events"], factory["total_productive_time_hours"], factory["worker_count"]) == (0, 0, 0)
    assert factory["average_utilization_percentage"] is None
    assert factory["average_production_rate"] is None
    assert api.metrics("workers").json == api.metrics("workstations").json == []


def test_registered_by_hand_and_never_seen(api: Api) -> None:
    api.put("/api/workers/W7", {"name": "Grace"})
    api.put("/api/workstations/S7", {})
    assert api.metrics("factory").json["worker_count"] == 1
    row = api.metrics("workers/W7").json
    assert (row["name"], row["event_count"], row["total_active_time_hours"], row["utilization_percentage"]) == ("Grace", 0, 0.0, None)
    assert api.metrics("workstations/S7").json["throughput_rate"] is None


def test_windows_clip(example: Api) -> None:
    row = example.metrics("workers/W1", **{"from": "2026-01-15T09:00:00Z", "to": "2026-01-15T10:15:00Z"}).json
    assert (row["total_active_time_hours"], row["total_idle_time_hours"], row["total_units_produced"], row["event_count"]) == (1.0, 0.25, 5, 2)
    nothing = example.metrics("workers/W1", **{"from": "2026-01-15T09:00:00Z", "to": "2026-01-15T09:00:00Z"}).json
    assert (nothing["total_active_time_hours"], nothing["event_count"], nothing["utilization_percentage"]) == (0, 0, None)


def test_days_and_naive_times_are_the_sites(api: Api) -> None:
    api.put("/api/sites/tokyo", {"timezone": "Asia/Tokyo"})
    # 23:30 and 00:30 in Tokyo.
    api.take_in([event("2026-01-14T14:30:00Z", site_id="tokyo"), event("2026-01-14T15:30:00Z", "idle", site_id="tokyo")])

    def active(**window: str) -> float:
        return api.metrics("factory", site_id="tokyo", **window).json["total_productive_time_hours"]

    assert active() == 1.0
    assert active(**{"from": "2026-01-15"}) == active(to="2026-01-15") == 0.5
    assert active(**{"from": "2026-01-15T00:15:00"}) == 0.25
    assert active(**{"from": "2026-01-15T00:15:00+09:00"}) == active(**{"from": "2026-01-14T15:15:00Z"}) == 0.25


def test_an_unescaped_plus(example: Api) -> None:
    assert example.services.refresher.wait("main", 60)
    raw = example.client.get("/api/metrics/factory?from=2026-01-15T10:00:00+01:00")
    assert raw.json == example.client.get("/api/metrics/factory?from=2026-01-15T10:00:00%2B01:00").json
    assert raw.status_code == 200


def test_as_of_counts_open_states(api: Api) -> None:
    api.post(event("2026-01-15T08:00:00Z"))
    assert api.metrics("factory").json["total_productive_time_hours"] == 0
    assert api.metrics("factory", as_of="2026-01-15T09:30:00Z").json["total_productive_time_hours"] == 1.5


def test_filters(example: Api) -> None:
    assert [row["worker_id"] for row in example.metrics("workers", worker_id="W2").json] == ["W2"]
    assert example.metrics("factory", worker_id="W2").json["total_productive_time_hours"] == 1.0
    assert example.metrics("factory", station_id="S1").json["total_productive_time_hours"] == 3.5
    assert [row["station_id"] for row in example.metrics("workstations", station_type="press").json] == ["S1"]
    assert example.metrics("factory", station_type="press", worker_id="W2").json["total_productive_time_hours"] == 0
    both = example.client.get("/api/metrics/workers?worker_id=W1&worker_id=W2&worker_id=W2")
    assert [row["worker_id"] for row in both.json] == ["W1", "W2"]
    assert example.client.get("/api/metrics/factory?station_id=S1&station_id=S2").json["total_productive_time_hours"] == 4.5


def test_a_filter_never_forms_intervals(api: Api) -> None:
    moved = [event("2026-01-15T08:00:00Z"), event("2026-01-15T09:00:00Z", station="S2"), event("2026-01-15T10:00:00Z", "idle", station="S2")]
    api.take_in(moved)
    assert api.metrics("workers/W1", station_id="S1").json["total_active_time_hours"] == 1.0
    assert api.metrics("workers/W1", station_id="S1").json["tracked_time_hours"] is None


def test_shift(api: Api) -> None:
    late = {"name": "late", "days": [3], "start": "17:00", "end": "22:00"}
    api.put("/api/sites/main", {"shifts": [DAY_SHIFT, late]})
    # A Thursday.
    api.take_in([event(f"2026-01-15T{hour:02}:00:00Z") for hour in range(8, 21) if hour != 12])
    whole, day, evening = (api.metrics("factory", **({"shift": name} if name else {})).json["total_productive_time_hours"] for name in (None, "day", "late"))
    # Seen again within the timeout across lunch: the break between two spans does not count.
    assert (whole, day, evening) == (11.0, 8.0, 3.0)
    assert_problem(api.get("/api/metrics/factory", shift="night"), 404, "shift", "night")


@pytest.mark.parametrize("path", PATHS)
def test_headers(example: Api, path: str) -> None:
    first = example.metrics(path.removeprefix("/api/metrics/"))
    assert int(first.headers["Data-Revision"]) > 0
    example.take_in(minutely(1, worker="W3"))
    later = example.metrics(path.removeprefix("/api/metrics/"))
    assert int(later.headers["Data-Revision"]) > int(first.headers["Data-Revision"])


def test_stale_figures_say_so(example: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(example.services.refresher), "wait", lambda self, site_id, timeout: False)
    assert example.get("/api/metrics/workers").headers["Data-Stale"] == "true"


@pytest.mark.parametrize(
    ("path", "query", "words"),
    [
        ("workers/W9", {}, ["worker", "W9", "main"]),
        ("workstations/S9", {}, ["workstation", "S9"]),
        ("workers", {"worker_id": "W9"}, ["worker", "W9"]),
        ("factory", {"worker_id": ["W1", "W9"]}, ["W9"]),
        ("workstations", {"station_id": "S9"}, ["S9"]),
        ("factory", {"station_type": "forge"}, ["station type", "forge"]),
        ("factory", {"site_id": "atlantis"}, ["site", "atlantis"]),
        ("workers/W1", {"site_id": "atlantis"}, ["site", "atlantis"]),
        ("factory", {"shift": "night"}, ["shift", "night"]),
        ("factory", {"worker_id": "W1\0"}, ["worker"]),
    ],
)
def test_unknown_ids(example: Api, path: str, query: dict, words: list[str]) -> None:
    assert_problem(example.get(f"/api/metrics/{path}", **query), 404, *words)


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ({"from": "yesterday"}, "from"),
        ({"to": "2026-02-30"}, "to"),
        ({"to": "2026-01-15T25:00:00Z"}, "to"),
        ({"as_of": "1768472100"}, "as_of"),
        ({"from": "0001-01-01T00:00:00+14:00"}, "from"),
        ({"to": "9999-12-31T23:59:59-14:00"}, "to"),
        ({"from": "1970-01-01"}, "from"),
        ({"from": "\0"}, "from"),
        ({"from": "２０２６-01-15"}, "from"),
        ({"from": "2026-01-16", "to": "2026-01-15"}, "to"),
        ({"form": "2026-01-16"}, "form"),
        ({"from": ["2026-01-15", "2026-01-16"]}, "from"),
        ({"as_of": ["2026-01-15", "2026-01-16"]}, "as_of"),
    ],
)
def test_unreadable_questions(example: Api, query: dict, word: str) -> None:
    for path in PATHS:
        assert_problem(example.get(path, **query), 422, f"{word}:")


def test_rows_of_two_sites_stay_apart(example: Api) -> None:
    example.put("/api/sites/north", {})
    example.post(event("2026-01-15T08:00:00Z", site_id="north"))
    assert example.metrics("workers/W1", site_id="north").json["event_count"] == 1
    assert example.metrics("workers/W1").json["event_count"] == 5
    assert {row["site_id"] for row in example.metrics("workstations", site_id="north").json} == {"north"}


def test_confidence_hides_events(api: Api) -> None:
    api.put("/api/sites/main", {"min_confidence": 0.5})
    api.take_in([event("2026-01-15T08:00:00Z"), event("2026-01-15T09:00:00Z", "idle", confidence=0.4), event("2026-01-15T10:00:00Z", "idle", confidence=0.5)])
    row = api.metrics("workers/W1").json
    assert (row["total_active_time_hours"], row["event_count"]) == (2.0, 2)
