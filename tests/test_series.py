"""Series: each bucket is the same metric over its own window, by the naive reference and by the plain question."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import reference.buckets
from golden_cases import assert_matches, load_cases
from hypothesis import given, note
from hypothesis import strategies as st
from hypothesis_profiles import core
from metrics_harness import SiteUnderTest, site_under_test
from reference.moments import parse
from strategies import cases

from data_layer.query import SeriesQuery, TooMuch
from data_layer.series import FIGURES
from metrics.local_time import local_clock
from metrics.series import BUCKETS, edges
from metrics.units import HOUR, to_datetime, to_micros

GOLDEN = {case.name: case for case in load_cases()}
KINDS = {"site": "factory", "worker": "workers", "workstation": "workstations"}


def series(site: SiteUnderTest, query: dict, bucket: str, by: str, *metrics: str) -> dict:
    ([block], _) = site.reader.series(SeriesQuery(**site.asked(query), bucket=bucket, by=by, metrics=metrics))
    return block


def bucketed(site: SiteUnderTest, query: dict, bucket: str) -> list[tuple[int, int, dict]]:
    """(start, end, figures in golden shape) of each bucket."""
    blocks = {kind: series(site, query, bucket, by) for by, kind in KINDS.items()}
    block = blocks["factory"]
    assert [(block["starts"], block["ends"])] * 3 == [(other["starts"], other["ends"]) for other in blocks.values()]
    found = []
    for number, (start, end) in enumerate(zip(block["starts"], block["ends"], strict=True)):
        rows = {kind: [_at(row, number) for row in blocks[kind]["rows"]] for kind in blocks}
        figures = {
            "factory": rows["factory"][0],
            "workers": {row["worker_id"]: row for row in rows["workers"]},
            "workstations": {row["station_id"]: row for row in rows["workstations"]},
        }
        found.append((to_micros(start), to_micros(end), figures))
    return found


def _at(row: dict, number: int) -> dict:
    who = {name: value for name, value in row.items() if name != "values"}
    return {**who, **{name: values[number] for name, values in row["values"].items()}}


def expected(site: dict, events: list[dict], query: dict, bucket: str) -> list[tuple[int, int, dict]]:
    found = reference.buckets.series(site, events, query, bucket)
    # How many are registered is no matter of time.
    return [
        (start, end, {**row, "factory": {n: v for n, v in row["factory"].items() if not n.endswith("_count") or n.startswith("total")}})
        for start, end, row in found
    ]


def assert_series(site: SiteUnderTest, case: tuple[dict, list[dict], dict], bucket: str) -> list[tuple[int, int, dict]]:
    got = bucketed(site, case[2], bucket)
    wanted = expected(*case, bucket)
    assert [row[:2] for row in got] == [row[:2] for row in wanted]
    for one, other in zip(wanted, got, strict=True):
        assert_matches(one[2], other[2], beside=True)
    return got


@pytest.mark.parametrize("bucket", ["1h", "1d", "1w"])
@pytest.mark.parametrize("name", [name for name in GOLDEN if name not in ("12_machining_log", "13_machining_week")])
def test_golden_cases_by_bucket(name, bucket):
    case = GOLDEN[name]
    with site_under_test(case.site) as site:
        site.post(case.events)
        assert_series(site, (case.site, case.events, case.query), bucket)


@core(40)
@given(case=cases(max_runs=3), bucket=st.sampled_from(["1h", "1d", "1d", "1w"]))
def test_agrees_with_the_reference(case, bucket):
    site, events, query = case
    with site_under_test(site) as under_test:
        under_test.post(events)
        got = assert_series(under_test, (site, events, query), bucket)
        # The same bits as a plain question about the same time.
        for start, end, figures in got[:-1][:3]:
            plain = under_test.read({**query, "from": to_datetime(start).isoformat(), "to": to_datetime(end).isoformat()})
            for kind in ("workers", "workstations"):
                assert figures[kind] == plain[kind]
            assert figures["factory"].items() <= plain["factory"].items()


@core(40)
@given(case=cases(max_runs=2), bucket=st.sampled_from(["5m", "15m"]), begin=st.integers(0, 30), length=st.integers(1, 5 * 60 * 60), shifted=st.booleans())
def test_minutes_agree_with_the_reference(case, bucket, begin, length, shifted):
    """Short windows, that begin around some event and mostly not at full minutes."""
    site, events, query = case
    if events:
        event = events[begin % len(events)]
        start = parse(event["timestamp"], ZoneInfo(site["timezone"])) - (begin * 60_000_000 if shifted else 0)
        query = {**query, "from": to_datetime(start).isoformat(), "to": (to_datetime(start) + timedelta(seconds=length)).isoformat()}
    note(str(query))
    with site_under_test(site) as under_test:
        under_test.post(events)
        assert_series(under_test, (site, events, query), bucket)


@core(30)
@given(case=cases(max_runs=3), by=st.sampled_from(list(FIGURES)), bucket=st.sampled_from(["1h", "1d"]))
def test_one_figure_alone_is_the_one_among_all(case, by, bucket):
    """Sums that a figure doesn't need are not read; those that it needs are."""
    site, events, query = case
    with site_under_test(site) as under_test:
        under_test.post(events)
        whole = series(under_test, query, bucket, by)
        for metric in FIGURES[by]:
            alone = series(under_test, query, bucket, by, metric)
            assert [row["values"] for row in alone["rows"]] == [{metric: row["values"][metric]} for row in whole["rows"]], metric


@core(30)
@given(case=cases(max_runs=3), bucket=st.sampled_from(["1h", "1d", "1w"]))
def test_buckets_add_up_to_the_window(case, bucket):
    site, events, query = case
    with site_under_test(site) as under_test:
        under_test.post(events)
        [row] = series(under_test, query, bucket, "site")["rows"]
        whole, values = under_test.read(query)["factory"], row["values"]
        for name in ("total_production_count", "total_events"):
            assert sum(values[name]) == whole[name]
        for name in ("total_productive_time_hours", "total_idle_time_hours", "total_absent_time_hours"):
            assert sum(round(hours * HOUR) for hours in values[name]) == round(whole[name] * HOUR)


@pytest.mark.parametrize(
    ("why", "zone", "start", "end", "bucket", "lengths"),
    [
        ("ragged at both ends", "UTC", "2026-01-15T08:20", "2026-01-15T10:10", "1h", [40, 60, 10]),
        ("within one", "UTC", "2026-01-15T08:20", "2026-01-15T08:40", "1h", [20]),
        ("an hour that is skipped", "Europe/Berlin", "2026-03-29T00:00", "2026-03-29T03:00", "1h", [60, 60, 60]),
        ("a day of 23 hours", "Europe/Berlin", "2026-03-27T23:00", "2026-03-30T22:00", "1d", [24 * 60, 23 * 60, 24 * 60]),
        ("an hour that is repeated is two", "Europe/Berlin", "2026-10-25T00:00", "2026-10-25T02:00", "1h", [60, 60]),
        ("a day of 25 hours", "Europe/Berlin", "2026-10-24T22:00", "2026-10-25T23:00", "1d", [25 * 60]),
        ("half an hour back", "Australia/Lord_Howe", "2026-04-04T14:00", "2026-04-04T16:30", "1h", [60, 30, 60]),
        ("quarters from the local hour", "Asia/Kathmandu", "2026-04-05T00:00", "2026-04-05T00:40", "15m", [15, 15, 10]),
        ("hours three quarters past", "Asia/Kathmandu", "2026-04-05T00:00", "2026-04-05T01:30", "1h", [15, 60, 15]),
        ("weeks from Monday", "UTC", "2026-01-15T00:00", "2026-01-27T00:00", "1w", [4 * 1440, 7 * 1440, 1440]),
        ("nothing between", "UTC", "2026-01-15T00:00", "2026-01-15T00:00", "1d", []),
    ],
)
def test_edges(why, zone, start, end, bucket, lengths):
    low, high = (to_micros(datetime.fromisoformat(at + "+00:00")) for at in (start, end))
    found = edges(local_clock(zone), low, high, BUCKETS[bucket])
    assert [(b - a) // 60_000_000 for a, b in zip(found[:-1].tolist(), found[1:].tolist(), strict=True)] == lengths, why
    assert (found[0], found[-1]) == (low, high)


def test_an_open_window_ends_at_the_clock_and_takes_the_last_event_in():
    events = [
        {"timestamp": "2026-01-15T08:00:00Z", "worker_id": "W", "workstation_id": "S", "event_type": "working"},
        {"timestamp": "2026-01-15T10:00:00Z", "worker_id": "W", "workstation_id": "S", "event_type": "product_count", "count": 3},
    ]
    with site_under_test() as site:
        site.post(events)
        block = series(site, {}, "1h", "worker")
        assert [at.hour for at in block["starts"]] == [8, 9]
        assert [at.hour for at in block["ends"]] == [9, 10]
        assert block["rows"][0]["values"]["total_units_produced"] == [0, 3]
        [alone] = series(site, {"from": "2026-01-15T10:00:00Z"}, "1h", "worker")["rows"]
        assert alone["values"]["total_units_produced"] == [3]
        assert series(site, {"from": "2026-01-15T10:00:01Z"}, "1h", "worker")["starts"] == []
        ahead = series(site, {"from": "2026-01-15T09:00:00Z", "to": "2026-01-15T12:00:00Z"}, "1h", "worker")["rows"][0]["values"]
        assert ahead["total_active_time_hours"] == [1.0, 0.0, 0.0]
        assert ahead["utilization_percentage"] == [100.0, None, None]


def test_what_would_be_too_much_is_refused():
    with site_under_test() as site:
        with pytest.raises(TooMuch, match="more than 10,000 buckets of 5m"):
            series(site, {"from": "2026-01-01T00:00:00Z", "to": "2026-03-01T00:00:00Z"}, "5m", "site")
        assert len(series(site, {"from": "2026-01-01T00:00:00Z", "to": "2026-02-01T00:00:00Z"}, "5m", "site")["starts"]) == 31 * 288
        site.post([{"timestamp": "2026-01-15T08:00:00Z", "worker_id": f"W{n}", "workstation_id": "S", "event_type": "working"} for n in range(20)])
        query = {"from": "2026-01-01T00:00:00Z", "to": "2026-02-01T00:00:00Z"}
        with pytest.raises(TooMuch, match="1,785,600 values"):
            series(site, query, "5m", "worker")
        assert len(series(site, query, "5m", "worker", "event_count")["rows"]) == 20
