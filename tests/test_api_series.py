"""Series and timelines over HTTP."""

import gzip
import json
from datetime import UTC, datetime

import pytest
from http_api import DAY_SHIFT, WORKED_EXAMPLE, Api, assert_problem, event
from sqlalchemy import insert

from data_layer.catching_up import refreshing
from data_layer.tables import invalidations
from metrics.units import to_micros


@pytest.fixture
def example(api: Api) -> Api:
    api.take_in(WORKED_EXAMPLE)
    assert api.services.refresher.wait("main", 60)
    return api


def test_series_of_workers(example: Api) -> None:
    answer = example.get("/api/metrics/series", by="worker", metric=["utilization_percentage", "total_units_produced"])
    assert answer.json == {
        "bucket": "1h",
        "by": "worker",
        "sites": [
            {
                "site_id": "main",
                "timezone": "UTC",
                "starts": ["2026-01-15T08:00:00Z", "2026-01-15T09:00:00Z", "2026-01-15T10:00:00Z", "2026-01-15T11:00:00Z"],
                "ends": ["2026-01-15T09:00:00Z", "2026-01-15T10:00:00Z", "2026-01-15T11:00:00Z", "2026-01-15T12:00:00Z"],
                "rows": [
                    {
                        "site_id": "main",
                        "worker_id": "W1",
                        "name": None,
                        "values": {"utilization_percentage": [100.0, 100.0, 50.0, 100.0], "total_units_produced": [0, 5, 0, 0]},
                    }
                ],
            }
        ],
    }
    assert int(answer.headers["Data-Revision"]) > 0


def test_series_of_a_site_and_of_stations(example: Api) -> None:
    [site] = example.get("/api/metrics/series", bucket="1d").json["sites"]
    assert site["rows"][0]["values"]["total_productive_time_hours"] == [3.5]
    assert site["rows"][0]["values"]["coverage_percentage"] == [None]
    [site] = example.get("/api/metrics/series", bucket="1d", by="workstation", metric="throughput_rate").json["sites"]
    assert site["rows"] == [{"site_id": "main", "station_id": "S1", "name": None, "type": None, "values": {"throughput_rate": [1.25]}}]


def test_a_site_without_events_has_no_buckets(api: Api) -> None:
    [site] = api.get("/api/metrics/series").json["sites"]
    assert (site["starts"], site["ends"]) == ([], [])
    assert site["rows"][0]["values"]["total_events"] == []
    assert api.get("/api/timeline").json == {"by": "worker", "lanes": []}


@pytest.mark.parametrize(
    ("path", "query", "word"),
    [
        ("/api/metrics/series", {"bucket": "2h"}, "bucket"),
        ("/api/metrics/series", {"by": "camera"}, "by"),
        ("/api/metrics/series", {"metric": "profit"}, "metric"),
        ("/api/metrics/series", {"by": "worker", "metric": "throughput_rate"}, "metric"),
        ("/api/metrics/series", {"bucket": "5m", "from": "2020-01-01"}, "bucket"),
        ("/api/metrics/series", {"bucket": ["1h", "1d"]}, "bucket"),
        ("/api/timeline", {"by": "site"}, "by"),
        ("/api/timeline", {"from": "2026-01-16", "to": "2026-01-15"}, "to"),
        ("/api/timeline", {"bucket": "1h"}, "bucket"),
    ],
)
def test_unreadable_questions(example: Api, path: str, query: dict, word: str) -> None:
    assert_problem(example.get(path, **query), 422, f"{word}:")


def test_a_timeline(example: Api) -> None:
    answer = example.get("/api/timeline", as_of="2026-01-15T13:00:00Z")
    intervals = [(i["state"], i["station_id"], i["start"][11:16], i["end"][11:16]) for i in answer.json["lanes"][0]["intervals"]]
    assert intervals == [
        ("working", "S1", "08:00", "10:00"),
        ("idle", "S1", "10:00", "10:30"),
        ("working", "S1", "10:30", "12:00"),
        ("absent", "S1", "12:00", "13:00"),
    ]
    lanes = example.get("/api/timeline", by="workstation").json["lanes"]
    assert [(i["state"], i["worker_ids"]) for i in lanes[0]["intervals"]] == [("working", ["W1"]), ("idle", ["W1"]), ("working", ["W1"])]


@pytest.fixture
def two_sites(example: Api) -> Api:
    """Beside the worked example's site one in Tokyo, with a shift."""
    example.put("/api/sites/tokyo", {"timezone": "Asia/Tokyo", "shifts": [DAY_SHIFT]})
    example.take_in(
        [
            event(f"2026-01-15T{at}:00", kind, site_id="tokyo", worker=who)
            for at, kind, who in [
                ("08:00", "working", "W1"),
                ("11:00", "idle", "W1"),
                ("12:00", "idle", "W1"),
                ("09:00", "working", "T2"),
                ("10:00", "product_count", "T2"),
            ]
        ]
    )
    assert example.services.refresher.wait("tokyo", 60)
    return example


BOTH = ["main", "tokyo"]


def test_two_sites_together(two_sites: Api) -> None:
    together = two_sites.get("/api/metrics/factory", site_id=BOTH).json
    main, tokyo = (two_sites.get("/api/metrics/factory", site_id=site).json for site in BOTH)
    assert together["sites"] == [main, tokyo]
    assert together["site_id"] is None
    for name in ("total_productive_time_hours", "total_production_count", "worker_count", "station_count", "total_events", "total_idle_time_hours"):
        assert together[name] == main[name] + tokyo[name]
    assert together["average_production_rate"] == 6 / 7.5
    # The mean over all workers, not over the sites: 87.5, 75 and 100.
    assert together["average_utilization_percentage"] == 87.5
    # The site without a schedule has no part in coverage.
    assert (together["tracked_time_hours"], together["coverage_percentage"]) == (tokyo["tracked_time_hours"], tokyo["coverage_percentage"])
    rows = two_sites.get("/api/metrics/workers", site_id=BOTH).json
    assert [(row["site_id"], row["worker_id"]) for row in rows] == [("main", "W1"), ("tokyo", "T2"), ("tokyo", "W1")]
    assert rows == [*two_sites.get("/api/metrics/workers").json, *two_sites.get("/api/metrics/workers", site_id="tokyo").json]
    assert [row["site_id"] for row in two_sites.get("/api/metrics/workstations", site_id=BOTH).json] == BOTH
    blocks = two_sites.get("/api/metrics/series", site_id=BOTH, bucket="1d").json["sites"]
    assert [block["starts"] for block in blocks] == [["2026-01-15T08:00:00Z"], ["2026-01-14T23:00:00Z"]]
    assert [lane["site_id"] for lane in two_sites.get("/api/timeline", site_id=BOTH).json["lanes"]] == ["main", "tokyo", "tokyo"]
    assert {row["site_id"] for row in two_sites.get("/api/events", site_id=BOTH).json["events"]} == set(BOTH)


def test_a_day_is_each_sites_own(two_sites: Api) -> None:
    day = {"from": "2026-01-15", "to": "2026-01-16", "bucket": "1d"}
    blocks = two_sites.get("/api/metrics/series", site_id=BOTH, **day).json["sites"]
    assert [block["starts"] for block in blocks] == [["2026-01-15T00:00:00Z"], ["2026-01-14T15:00:00Z"]]


def test_filters_of_two_sites(two_sites: Api) -> None:
    """Who is known at one of the sites is known; at the other nothing counts."""
    rows = two_sites.get("/api/metrics/workers", site_id=BOTH, worker_id="T2").json
    assert [(row["site_id"], row["worker_id"]) for row in rows] == [("tokyo", "T2")]
    figures = two_sites.get("/api/metrics/factory", site_id=BOTH, worker_id="T2").json
    assert [site["total_events"] for site in figures["sites"]] == [0, 2]
    assert two_sites.get("/api/metrics/factory", site_id=BOTH, shift="day").json["total_productive_time_hours"] == 4.0
    assert_problem(two_sites.get("/api/metrics/workers", site_id=BOTH, worker_id=["T2", "X"]), 404, "worker X", "main, tokyo")
    assert_problem(two_sites.get("/api/metrics/workers", site_id=["main", "mars"]), 404, "mars")
    assert_problem(two_sites.get("/api/metrics/workers/W1", site_id=BOTH), 422, "site_id:")
    assert_problem(two_sites.get("/api/metrics/workers", site_id=[f"s{n}" for n in range(101)]), 422, "site_id:")


TAGGED = ["/api/metrics/factory", "/api/metrics/workers", "/api/metrics/workstations", "/api/metrics/workers/W1", "/api/metrics/series", "/api/timeline"]


@pytest.mark.parametrize("path", TAGGED)
def test_an_answer_that_still_stands_is_not_sent_again(example: Api, path: str) -> None:
    first = example.get(path)
    tag = first.headers["ETag"]
    again = example.client.get(path, headers={"If-None-Match": tag})
    assert (again.status_code, again.get_data()) == (304, b"")
    assert again.headers["ETag"] == tag
    # Another question is another answer, and so is the same one later.
    assert example.client.get(path, query_string={"from": "2026-01-15"}, headers={"If-None-Match": tag}).status_code == 200
    example.post(event("2026-01-15T12:30:00Z", "idle"))
    assert example.services.refresher.wait("main", 60)
    changed = example.client.get(path, headers={"If-None-Match": tag})
    assert (changed.status_code, changed.headers["ETag"] != tag) == (200, True)


@pytest.mark.parametrize(
    ("why", "path", "body"),
    [
        ("a worker is renamed", "/api/workers/W1", {"name": "Anna"}),
        ("somebody is registered", "/api/workers/W7", {"name": "New"}),
        ("a station gets a type", "/api/workstations/S1", {"type": "press"}),
        ("settings change", "/api/sites/main", {"signal_timeout_seconds": 60}),
    ],
)
def test_whatever_changes_an_answer_changes_its_tag(example: Api, why: str, path: str, body: dict) -> None:
    tags = {of: example.get(of).headers["ETag"] for of in TAGGED}
    assert example.put(path, body).status_code in (200, 201)
    assert example.services.refresher.wait("main", 60)
    assert {of: example.client.get(of, headers={"If-None-Match": tag}).status_code for of, tag in tags.items()} == dict.fromkeys(TAGGED, 200), why


def test_an_event_that_no_metric_sees_still_registers_its_worker(example: Api) -> None:
    example.put("/api/sites/main", {"min_confidence": 0.9})
    assert example.services.refresher.wait("main", 60)
    tag = example.get("/api/metrics/factory").headers["ETag"]
    example.post(event("2026-01-15T12:30:00Z", worker="W9", confidence=0.1))
    assert example.services.refresher.wait("main", 60)
    answer = example.client.get("/api/metrics/factory", headers={"If-None-Match": tag})
    assert (answer.status_code, answer.json["worker_count"]) == (200, 2)


def test_stale_answers_are_not_to_be_kept(example: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    tag = example.get("/api/metrics/workers").headers["ETag"]
    monkeypatch.setattr(type(example.services.refresher), "wait", lambda self, site_id, timeout: False)
    stale = example.client.get("/api/metrics/workers", headers={"If-None-Match": tag})
    assert (stale.status_code, stale.headers["Data-Stale"], "ETag" in stale.headers) == (200, "true", False)


def test_answers_that_may_hold_some_of_the_next_revision_are_not_to_be_kept(example: Api) -> None:
    """The ragged ends of a window are counted from the events themselves, which may be ahead of the intervals."""
    at = to_micros(datetime(2026, 1, 15, 12, tzinfo=UTC))
    with example.services.database.only_one(refreshing("main")):
        with example.services.database.write() as connection:
            connection.execute(insert(invalidations).values(site_id="main", worker_id="W1", from_time=at, to_time=at))
        on_its_way = example.get("/api/metrics/workers")
    # Among several processes it is asked of the database whether all is there, and not of who was told.
    assert ("ETag" in on_its_way.headers, "Data-Stale" in on_its_way.headers) == (False, example.services.database.product.is_shared)
    example.services.refresher.notify({"main"})
    assert example.services.refresher.wait("main", 60)
    assert "ETag" in example.get("/api/metrics/workers").headers


def test_answers_are_compressed_where_that_is_wanted(example: Api) -> None:
    plain = example.get("/api/openapi.json")
    packed = example.client.get("/api/openapi.json", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert json.loads(gzip.decompress(packed.get_data())) == plain.json
    tag = example.client.get("/api/timeline", headers={"Accept-Encoding": "gzip"}).headers["ETag"]
    assert example.client.get("/api/timeline", headers={"Accept-Encoding": "gzip", "If-None-Match": tag}).status_code == 304
    assert example.client.get("/api/timeline", headers={"If-None-Match": tag}).status_code == 304
