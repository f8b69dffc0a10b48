"""The naive reference against the golden cases, the tables of metrics.md, and properties that hold for any events."""

from collections import Counter
from datetime import date
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
import reference
from golden_cases import assert_matches, differences, load_cases
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reference.history import recount
from reference.moments import HOUR, local, parse
from reference.schedule import shifts_of_days, span_of
from reference.segments import common, length, union
from reference.settings import versions
from reference.window import bounds, filters, up_to_clock, window
from strategies import cases

some = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
DAY_SHIFT = {"name": "day", "days": list(range(7)), "start": "08:00", "end": "17:00", "breaks": [{"start": "12:00", "end": "13:00"}]}
STATES = {"W": "working", "I": "idle", "A": "absent"}
ADDITIVE = {
    "factory": ["total_productive_time_hours", "total_production_count", "total_events"],
    "workers": [
        *("total_active_time_hours", "total_idle_time_hours", "total_absent_time_hours", "total_units_produced"),
        *("event_count", "tracked_time_hours", "no_signal_hours"),
    ],
    "workstations": ["occupancy_time_hours", "working_time_hours", "total_units_produced", "event_count"],
}


def site(*shifts: dict, timezone: str = "UTC", **more: object) -> dict:
    return {"timezone": timezone, "shifts": list(shifts), "exceptions": []} | more


def seen(text: str) -> list[dict]:
    """ "08:00 W  09:10 I" as events of worker W1 at S1 on a Thursday."""
    words = text.split()
    times = [clock if clock.count(":") == 2 else f"{clock}:00" for clock in words[::2]]
    who = {"worker_id": "W1", "workstation_id": "S1"}
    return [{"timestamp": f"2026-01-15T{time}Z", "event_type": STATES[kind]} | who for time, kind in zip(times, words[1::2], strict=True)]


def told(rows: list[dict]) -> list[str]:
    """Intervals as "working 08:00-09:10"."""
    return [f"{row['state']} {local(row['start'], ZoneInfo('UTC')):%H:%M}-{local(row['end'], ZoneInfo('UTC')):%H:%M}" for row in rows]


def spans(plan: dict, day: str, timezone: str = "UTC") -> list[str]:
    zone = ZoneInfo("UTC")
    the_day = date.fromisoformat(day)
    found = shifts_of_days(versions(site(plan)), the_day, the_day, ZoneInfo(timezone))
    return [f"{local(start, zone):%d %H:%M}-{local(end, zone):%d %H:%M}" for shift in found for start, end in shift.spans]


@pytest.mark.parametrize("case", load_cases(), ids=lambda case: case.name)
def test_golden_case(case):
    assert_matches(case.expected, reference.metrics(case.site, case.events, case.query))


def test_there_are_27_golden_cases():
    assert len(load_cases()) == 27


def test_a_difference_names_its_path():
    expected = {"workers": {"W1": {"a": 1.0, "b": None, "c": 2}}}
    assert differences(expected, {"workers": {"W1": {"a": 1.0 + 1e-12, "b": None, "c": 2.0}}}) == []
    assert differences(expected, {"workers": {"W1": {"a": 1.1, "b": 0}}}) == [
        "workers.W1.c: missing, expected 2",
        "workers.W1.a: expected 1.0, got 1.1",
        "workers.W1.b: expected None, got 0",
    ]
    assert differences({"a": 1}, {"a": 1, "name": "x"}) == ["name: not expected, got 'x'"]
    assert differences({"a": 1}, {"a": 1, "name": "x"}, beside=True) == []


AN_HOUR_EARLIER = "08:00 W 09:00 W "  # so that the worker attends the shift; more than a timeout before what follows


@pytest.mark.parametrize(
    ("events", "timeout", "expected"),
    [
        ("08:00 W 08:40 W 09:10 I", 3600, ["working 08:00-09:10"]),
        (AN_HOUR_EARLIER + "11:50 W 12:40 W 13:10 W 13:40 A", 3600, ["working 08:00-09:00", "working 11:50-13:40", "absent 13:40-17:00"]),
        ("11:55 W 13:05 W", 3600, []),
        ("11:55 W 13:05 W", 7200, ["working 11:55-12:00", "working 13:00-13:05"]),
        ("16:30 W 17:20 W 18:00 A", 3600, ["working 16:30-18:00"]),
        ("08:00 W 08:45 W 10:00 W 10:30 A", 3600, ["working 08:00-08:45", "working 10:00-10:30", "absent 10:30-12:00", "absent 13:00-17:00"]),
        # As they stand in the table, without an hour of work, these two would not attend the shift (rule 3).
        ("11:50 W 12:40 W 13:10 W 13:40 A", 3600, ["working 11:50-13:40"]),
        ("10:00 W 10:30 A", 3600, ["working 10:00-10:30"]),
        # Around the edges of the rule.
        ("08:00 W 09:00:00.000001 W", 3600, []),
        ("17:10 W 18:10 W 19:10:00.000001 W", None, ["working 17:10-18:10"]),
        ("17:10 W 17:40 W", 600, []),
        ("08:00 W 16:00 W", None, ["working 08:00-12:00", "working 13:00-16:00"]),
        ("11:30 A 13:30 A", None, ["absent 11:30-12:00", "absent 13:00-13:30"]),
    ],
)
def test_rule_2(events, timeout, expected):
    next_day = [{"timestamp": "2026-01-16T20:00:00Z", "worker_id": "W1", "workstation_id": "S1", "event_type": "idle"}]
    rows = reference.intervals(site(DAY_SHIFT, signal_timeout_seconds=timeout), seen(events) + next_day, {"to": "2026-01-16T00:00:00Z"})
    assert told(rows) == expected


def test_rule_6():
    events = [*seen("08:00 W 10:00 I 10:30 W 12:00 A"), seen("09:00 W")[0] | {"event_type": "product_count", "count": 5}]
    got = reference.metrics(site(), events, {})
    assert got["workers"]["W1"]["total_active_time_hours"] == 3.5
    assert got["workers"]["W1"]["utilization_percentage"] == 87.5
    assert got["workers"]["W1"]["units_per_hour"] == 5 / 3.5
    assert got["workers"]["W1"]["tracked_time_hours"] is None
    assert got["workstations"]["S1"] | {"total_units_produced": 5, "event_count": 5} == {
        "occupancy_time_hours": 4.0,
        "working_time_hours": 3.5,
        "utilization_percentage": 100.0,
        "working_percentage": 87.5,
        "total_units_produced": 5,
        "throughput_rate": 1.25,
        "event_count": 5,
    }


def test_between_two_shifts_only_their_two_spans_count():
    monday, wednesday = (seen(text)[0] | {"timestamp": f"2026-01-{day}T{text[:5]}:00Z"} for text, day in (("16:00 W", 12), ("13:30 W", 14)))
    rows = reference.intervals(site(DAY_SHIFT, signal_timeout_seconds=None), [monday, wednesday], {})
    assert told(rows) == ["working 16:00-17:00", "working 13:00-13:30"]


ABSENT = "08:00 W 09:00 W 10:00 A"


@pytest.mark.parametrize(
    ("why", "events", "as_of", "expected"),
    [
        ("held up to the clock", ABSENT, "11:00", ["working 08:00-10:00", "absent 10:00-11:00"]),
        ("held past any timeout, though not through lunch", ABSENT, "16:00", ["working 08:00-10:00", "absent 10:00-12:00", "absent 13:00-16:00"]),
        ("not past the shift", ABSENT, "20:00", ["working 08:00-10:00", "absent 10:00-12:00", "absent 13:00-17:00"]),
        ("the shift isn't over", ABSENT, None, ["working 08:00-10:00"]),
        ("in a shift that isn't attended it is a state like any other", "10:00 A", "11:00", ["absent 10:00-11:00"]),
        ("and ends with the timeout", "10:00 A", "11:01", []),
        ("working runs to the end of the shift", "16:30 W", "17:20", ["working 16:30-17:00"]),
        ("overtime runs for an hour", "17:10 W", "18:10", ["working 17:10-18:10"]),
        ("not longer", "17:10 W", "18:11", []),
        ("as_of hides no event and the clock stays", "08:00 W 09:00 I", "08:30", ["working 08:00-09:00"]),
    ],
)
def test_rule_5(why, events, as_of, expected):
    query = {"as_of": f"2026-01-15T{as_of}:00Z"} if as_of else {}
    assert told(reference.intervals(site(DAY_SHIFT, signal_timeout_seconds=3600), seen(events), query)) == expected


@pytest.mark.parametrize(
    ("why", "breaks", "expected"),
    [
        ("none", [], ["15 08:00-15 17:00"]),
        ("overlapping", [("12:00", "13:00"), ("12:30", "14:00")], ["15 08:00-15 12:00", "15 14:00-15 17:00"]),
        ("sticks out at the end", [("16:00", "18:00")], ["15 08:00-15 16:00"]),
        ("inverted", [("13:00", "12:00")], ["15 08:00-15 17:00"]),
        ("starts on the next day, for it is before the shift, and ends before that", [("07:00", "09:00")], ["15 08:00-15 17:00"]),
        ("the whole shift", [("08:00", "17:00")], []),
    ],
)
def test_breaks(why, breaks, expected):
    plan = DAY_SHIFT | {"breaks": [{"start": start, "end": end} for start, end in breaks]}
    assert spans(plan, "2026-01-15") == expected


@pytest.mark.parametrize(
    ("why", "start", "end", "timezone", "day", "expected"),
    [
        ("a night over the lost hour", "22:00", "06:00", "Europe/Berlin", "2026-03-28", ["28 21:00-29 04:00"]),
        ("a night over the repeated hour", "22:00", "06:00", "Europe/Berlin", "2026-10-24", ["24 20:00-25 05:00"]),
        ("24 h", "08:00", "08:00", "UTC", "2026-01-15", ["15 08:00-16 08:00"]),
        ("nothing between two skipped times", "02:30", "03:30", "Europe/Berlin", "2026-03-29", []),
        ("half an hour that comes twice", "01:30", "02:00", "Australia/Lord_Howe", "2026-04-05", ["04 14:30-04 15:30"]),
    ],
)
def test_shifts_over_a_change_of_the_clock(why, start, end, timezone, day, expected):
    assert spans({"days": list(range(7)), "start": start, "end": end}, day, timezone) == expected


def test_an_event_in_two_spans_belongs_to_the_one_that_ends_first_then_starts_first():
    late, early, short = (
        {"name": name, "days": [3], "start": start, "end": end}
        for name, start, end in (("late", "08:00", "16:00"), ("early", "06:00", "14:00"), ("short", "07:00", "14:00"))
    )
    found = shifts_of_days(versions(site(late, short, early)), date(2026, 1, 15), date(2026, 1, 15), ZoneInfo("UTC"))
    assert span_of(parse("2026-01-15T10:00:00Z", ZoneInfo("UTC")), found).shift.name == "early"


def test_a_change_of_settings_drops_later_versions_and_resets_what_it_leaves_out():
    changes = [{"valid_from": "2026-03-01", "min_confidence": 1}, {"valid_from": "2026-02-01", "shifts": [DAY_SHIFT]}]
    base, now = versions(site(later=changes, signal_timeout_seconds=60, min_confidence=0.5))
    assert (base.min_confidence, now.valid_from, now.signal_timeout, now.min_confidence) == (0.5, date(2026, 2, 1), 12 * HOUR, 0)


@pytest.mark.parametrize(
    ("timezone", "first", "last", "bucket", "minutes"),
    [
        ("Europe/Berlin", "2026-10-24T23:30:00Z", "2026-10-25T02:10:00Z", "1h", [30, 60, 60, 10]),
        ("Europe/Berlin", "2026-03-28T22:00:00Z", "2026-03-30T22:00:00Z", "1d", [60, 23 * 60, 24 * 60]),
        ("Africa/Cairo", "2026-10-28T21:00:00Z", "2026-10-29T23:00:00Z", "1d", [25 * 60, 60]),
        ("Australia/Lord_Howe", "2026-04-04T14:00:00Z", "2026-04-04T16:30:00Z", "1h", [60, 30, 60]),
        ("America/St_Johns", "2026-03-05T03:00:00Z", "2026-03-12T03:00:00Z", "1w", [4 * 1440 - 30, 3 * 1440 + 30]),
        ("Asia/Kathmandu", "2026-04-05T08:00:00Z", "2026-04-05T09:00:00Z", "1h", [15, 45]),
        ("UTC", "2026-04-05T08:07:00Z", "2026-04-05T08:31:00Z", "15m", [8, 15, 1]),
        ("UTC", "2026-04-05T08:07:00Z", "2026-04-05T08:16:00Z", "5m", [3, 5, 1]),
    ],
)
def test_buckets(timezone, first, last, bucket, minutes):
    event = {"timestamp": "2026-10-30T08:00:00Z", "worker_id": "W1", "workstation_id": "S1", "event_type": "idle"}
    rows = reference.series(site(timezone=timezone), [event], {"from": first, "to": last}, bucket)
    assert [(end - start) / 60_000_000 for start, end, _ in rows] == minutes


@some
@given(cases())
def test_no_moment_counts_twice_and_none_is_lost(case):
    a_site, events, query = case
    history = recount(a_site, events, query)
    time = window(history, query, bounds(history, query))
    figures = reference.metrics(a_site, events, query)
    for worker, row in figures["workers"].items():
        times = [(i.start, i.end) for i in history.intervals[worker]]
        assert length(union(times)) == sum(end - start for start, end in times)
        if row["tracked_time_hours"] is None:
            continue
        tracked = up_to_clock(common(union([span for shift in history.attended[worker] for span in shift.spans]), time), history)
        inside = sum(length(common(tracked, [segment])) for segment in times)
        assert round(row["tracked_time_hours"] * HOUR) == length(tracked)
        assert round(row["no_signal_hours"] * HOUR) + inside == length(tracked)


@some
@given(cases())
def test_figures_are_the_lengths_of_the_intervals(case):
    figures = reference.metrics(*case)
    time = Counter()
    for row in reference.intervals(*case):
        assert row["start"] < row["end"]
        time[row["worker"], row["state"]] += row["end"] - row["start"]
    for worker, row in figures["workers"].items():
        for state, field in (("working", "active"), ("idle", "idle"), ("absent", "absent")):
            assert row[f"total_{field}_time_hours"] == time[worker, state] / HOUR


@some
@given(cases(), st.randoms(use_true_random=False))
def test_neither_order_nor_repetition_matters(case, random):
    a_site, events, query = case
    again = events + [event for event in events if random.random() < 0.3]
    random.shuffle(again)
    assert reference.metrics(a_site, again, query) == reference.metrics(a_site, events, query)


@some
@given(cases(max_runs=3), st.sampled_from(["1h", "1d", "1w", "15m"]))
def test_buckets_add_up_exactly(case, bucket):
    a_site, events, query = case
    whole = reference.metrics(a_site, events, query)
    rows = reference.series(a_site, events, query, bucket)
    assert all(before[1] == after[0] for before, after in pairwise(rows))
    for part, fields in ADDITIVE.items():
        for row_id in whole[part] if part != "factory" else [None]:
            for field in fields:
                values = [(table[part][row_id] if row_id else table[part])[field] for table in (whole, *(row[2] for row in rows))]
                expected, *parts = [None if value is None else round(value * HOUR) if field.endswith("_hours") else value for value in values]
                assert parts.count(None) == len(parts) if expected is None else sum(parts) == expected, (part, row_id, field)


@some
@given(cases())
def test_filters_choose_rows_and_leave_them_as_they_are(case):
    a_site, events, query = case
    query = {field: value for field, value in query.items() if field not in ("worker_id", "station_id", "station_type")}
    whole = reference.metrics(a_site, events, query)
    for worker, row in whole["workers"].items():
        assert reference.metrics(a_site, events, query | {"worker_id": [worker]})["workers"] == {worker: row}
    for station, row in whole["workstations"].items():
        got = reference.metrics(a_site, events, query | {"station_id": [station]})
        assert got["workstations"] == {station: row}
        assert all(worker["tracked_time_hours"] is None for worker in got["workers"].values())


@some
@given(cases(conflicts=True))
def test_figures_keep_their_bounds(case):
    a_site, events, query = case
    figures = reference.metrics(a_site, events, query)
    chosen = filters(a_site, recount(a_site, events, query), query)
    assert all(chosen.keep_worker(worker) for worker in figures["workers"])
    for row in [figures["factory"], *figures["workers"].values(), *figures["workstations"].values()]:
        assert all(value is None or value >= 0 for value in row.values())
        assert all(value is None or value <= 100 for field, value in row.items() if field.endswith("_percentage"))
    occupied = sum(row["occupancy_time_hours"] for row in figures["workstations"].values())
    busy = sum(row["total_active_time_hours"] + row["total_idle_time_hours"] for row in figures["workers"].values())
    assert occupied <= busy + 1e-9
