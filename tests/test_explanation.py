"""Explanations: the figure is the one that everybody gets, and its parts add up to it, to the microsecond."""

from datetime import UTC, datetime
from math import fsum
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, note
from hypothesis import strategies as st
from hypothesis_profiles import core
from metrics_harness import SiteUnderTest, rules_of, site_under_test
from sqlalchemy import select
from strategies import cases

from data_layer import tables
from data_layer.explaining import added_up, listed, queries
from data_layer.explanation import Bound, ExplainQuery, Explanation, Part
from data_layer.registered import UnknownId
from metrics.derivations import DERIVATIONS
from metrics.kpis import hours, percentage, ratio
from metrics.units import to_datetime, to_micros

SHIFT = {"name": "day", "start": "08:00", "end": "17:00", "breaks": [{"start": "12:00", "end": "13:00"}]}
NOON = "2026-01-15T12:30:00Z"


def at(clock: str, kind: str, worker: str | None = "anna", station: str = "S1", **more: object) -> dict:
    fields = {"timestamp": f"2026-01-15T{clock}:00Z", "worker_id": worker, "workstation_id": station, "event_type": kind, **more}
    return {name: value for name, value in fields.items() if value is not None}


def explained(site: SiteUnderTest, query: dict, of: str, figure: str, id_: str | None = None) -> Explanation:
    return site.reader.explain(ExplainQuery(**site.asked(query), of=of, figure=figure, id=id_))


def subjects(figures: dict, pick: int) -> list[tuple[str, str | None, dict]]:
    """The factory, a worker and a station with their figures."""
    chosen = [
        (of, *list(figures[kind].items())[pick % len(figures[kind])]) for of, kind in (("worker", "workers"), ("workstation", "workstations")) if figures[kind]
    ]
    return [("factory", None, figures["factory"]), *chosen]


def every_figure(site: SiteUnderTest, query: dict, pick: int) -> list[tuple[Explanation, float | None]]:
    """Every figure of the subjects, explained, with its value as the metrics calls give it."""
    figures = site.read(query)
    return [(explained(site, query, of, figure, id_), row[figure]) for of, id_, row in subjects(figures, pick) for figure in DERIVATIONS[of] if figure in row]


def assert_adds_up(explanation: Explanation) -> None:
    """Each sum is that of its parts, numerator and denominator are those of the sums, and the value is that of the two."""
    made = explanation.derivation
    totals = {}
    for one in explanation.sums:
        amounts = [part.amount for part in one.parts]
        totals[one.key] = fsum(amounts) if one.unit == "percent" else sum(amounts)
        assert totals[one.key] == one.total, (explanation.query.figure, one.key)
        assert one.unit == "percent" or all(isinstance(amount, int) for amount in amounts)
    if not explanation.sums:
        assert explanation.value is None
        return
    assert explanation.numerator == made.numerator(totals)
    assert explanation.denominator == made.denominator(totals)
    assert explanation.value == quotient(explanation)


def quotient(explanation: Explanation) -> float | None:
    """The value from numerator and denominator, by the functions that divide everywhere."""
    above, below = (np.array([part], dtype=np.int64 if isinstance(part, int) else np.float64) for part in (explanation.numerator, explanation.denominator or 0))
    found = {
        "hours": lambda: hours(above),
        "count": lambda: above,
        "percentage": lambda: percentage(above, below),
        "rate": lambda: ratio(above, hours(below)),
        "mean": lambda: ratio(above, below),
    }[explanation.derivation.kind]()
    value = found.tolist()[0]
    return None if np.isnan(value) else value


def assert_tells_nulls(explanation: Explanation) -> None:
    assert (explanation.value is None) == (explanation.null_because is not None)


@core(12)
@given(case=cases(max_runs=4), pick=st.integers(0, 5))
def test_parts_add_up_to_the_figure(case, pick):
    site, events, query = case
    note(str(query))
    with site_under_test(site) as under_test:
        under_test.post(events)
        for explanation, value in every_figure(under_test, query, pick):
            assert explanation.value == value
            assert type(explanation.value) is type(value)
            assert explanation.level == usual_level(explanation)
            assert_adds_up(explanation)
            assert_tells_nulls(explanation)
            assert_bounds(under_test, site, query, explanation)


def usual_level(explanation: Explanation) -> str:
    return {"average_utilization_percentage": "worker", "worker_count": "registered", "station_count": "registered"}.get(explanation.query.figure, "interval")


@core(8)
@given(case=cases(max_runs=4), pick=st.integers(0, 5), days=st.sampled_from([500, 0]))
def test_so_do_sums_by_worker_day_and_week(case, pick, days):
    site, events, query = case
    note(str(query))
    with site_under_test(site) as under_test, patch.object(listed, "MOST_ROWS", -1), patch.object(added_up, "MOST_DAYS", days):
        under_test.post(events)
        for explanation, value in every_figure(under_test, query, pick):
            assert explanation.value == value
            assert_adds_up(explanation)
            if explanation.sums and usual_level(explanation) == "interval":
                assert explanation.level in ({"worker"} if explanation.query.of == "factory" else {"day", "week"})


def assert_bounds(under_test: SiteUnderTest, site: dict, query: dict, explanation: Explanation) -> None:
    """Event ids are visible events of that worker at that instant; where none is named, none was there, and something else was."""
    events = visible_events(under_test, site)
    for one in explanation.sums:
        for part in one.parts:
            if part.event_id is not None:
                worker, moment, kind, amount = events[part.event_id]
                assert (worker, moment, kind) == (*(part.worker_ids or ("",)), to_micros(part.start), part.what)
                assert part.amount == (amount if one.key == "units" else 1)
            for bound, moment in ((part.begins, part.start), (part.ends, part.end)):
                if bound is not None:
                    assert_bound(bound, to_micros(moment), part, events, explanation)


def assert_bound(bound: Bound, moment: int, part: Part, events: dict, explanation: Explanation) -> None:
    if bound.reason == "event":
        worker, seen_at, *_ = events[bound.event_id]
        assert (worker, seen_at) == (bound.worker_id, moment)
        assert explanation.query.of == "workstation" or part.worker_ids == (worker,)
        return
    assert bound.event_id is None
    if part.what in ("working", "idle", "absent", "no_signal") and explanation.query.of != "workstation":
        assert not any((worker, seen_at) == (*part.worker_ids, moment) for worker, seen_at, *_ in events.values())
    as_of = explanation.query.as_of
    if bound.reason == "now":
        assert as_of is not None
        assert to_micros(as_of) == moment or moment == max(seen_at for _, seen_at, *_ in events.values())
    if bound.reason == "window" and explanation.query.shift is None:
        given = [to_micros(edge) for edge in (explanation.query.start, explanation.query.end) if edge is not None]
        assert moment in given or moment == min(seen_at for _, seen_at, *_ in events.values())
    if bound.reason == "last event":
        assert moment == max(seen_at for _, seen_at, *_ in events.values())


def visible_events(under_test: SiteUnderTest, site: dict) -> dict[int, tuple[str, int, str, int]]:
    """worker, µs, type and count by event_id."""
    table = tables.events
    columns = (table.c.event_id, table.c.worker_id, table.c.timestamp, table.c.event_type, table.c.count, table.c.confidence)
    with under_test.database.read() as connection:
        rows = [tuple(row) for row in connection.execute(select(*columns).where(table.c.site_id == under_test.site_id))]
    rules = rules_of(site)
    confidence = np.array([np.nan if row[5] is None else row[5] for row in rows], dtype=np.float64)
    seen = rules.visible(np.array([to_micros(row[2]) for row in rows], dtype=np.int64), confidence)
    return {id_: (worker, to_micros(moment), kind, amount) for (id_, worker, moment, kind, amount, _), visible in zip(rows, seen, strict=True) if visible}


@core(10)
@given(case=cases(max_runs=4))
def test_who_is_at_work_now(case):
    site, events, query = case
    with site_under_test(site) as under_test:
        under_test.post(events)
        events_seen = visible_events(under_test, site)
        if not events_seen:
            return
        now = to_datetime(max(seen_at for _, seen_at, *_ in events_seen.values()) + 60_000_000)
        query = {**query, "as_of": now.isoformat()}
        states = {state.worker_id: state for state in under_test.reader.current_states("main", now) if state.state in ("working", "idle")}
        everybody = explained(under_test, {"as_of": query["as_of"]}, "factory", "at_work_now")
        assert everybody.value == everybody.numerator == len(states)
        for part in everybody.sums[0].parts:
            state = states.pop(*part.worker_ids)
            assert (part.what, part.station_id, part.start) == (state.state, state.station_id, state.since)
            if part.begins:
                assert events_seen[part.begins.event_id][:2] == (*part.worker_ids, to_micros(part.start))
        assert not states
        filtered = explained(under_test, query, "factory", "at_work_now")
        assert filtered.value == len(filtered.sums[0].parts) == sum(part.amount for part in filtered.sums[0].parts)
        assert filtered.value + sum(one.amount for one in filtered.left_out) == len(query.get("worker_id") or under_test.read({})["workers"])


def test_who_is_at_work_under_filters():
    """Of the workers asked for, those at the stations asked for; the others are left out, each for a reason."""
    events = [at("08:00", "working"), at("08:00", "idle", "ben", "S2"), at("08:00", "absent", "carl"), at("07:00", "working", "dora")]
    with site_under_test({"signal_timeout_seconds": 3600}) as site:
        site.post([*events, at("08:40", "product_count", "anna")])
        query = {"as_of": "2026-01-15T08:50:00Z"}
        everybody = explained(site, query, "factory", "at_work_now")
        assert [(part.what, part.worker_ids, part.station_id) for part in everybody.sums[0].parts] == [("working", ("anna",), "S1"), ("idle", ("ben",), "S2")]
        assert left_out(everybody) == {"Absent": 1, "No signal": 1}
        there = explained(site, {**query, "station_id": ["S2"], "worker_id": ["anna", "ben", "dora"]}, "factory", "at_work_now")
        assert [part.worker_ids for part in there.sums[0].parts] == [("ben",)]
        assert left_out(there) == {"At other stations": 1, "No signal": 1}


def test_a_workers_utilization_event_by_event():
    """What the window, a break and the events themselves cut, and what is left out."""
    with site_under_test({"shifts": [SHIFT], "min_confidence": 0.5}) as site:
        site.post([at("07:50", "working"), at("08:45", "product_count", count=3), at("09:30", "idle", confidence=0.4), at("10:00", "idle")])
        site.post([at("10:20", "absent"), at("10:50", "working"), at("10:55", "product_count", worker=None, count=2)])
        first, _, _, idle, absent, again, _ = site.event_ids()
        found = explained(site, {"from": "2026-01-15T08:30:00Z", "as_of": NOON}, "worker", "utilization_percentage", "anna")
        assert found.derivation.formula({"active": "2.7 h", "idle": "0.3 h"}) == "2.7 h ÷ (2.7 h + 0.3 h) × 100"
        assert (found.numerator, found.denominator) == (160 * 60_000_000, 180 * 60_000_000)
        assert found.value == pytest.approx(88.888888889)
        assert [rows(one.parts) for one in found.sums] == [
            [
                ("working", ("anna",), "S1", "08:30", "10:00", Bound("window"), Bound("event", idle, "anna")),
                ("working", ("anna",), "S1", "10:50", "12:00", Bound("event", again, "anna"), Bound("break")),
            ],
            [("idle", ("anna",), "S1", "10:00", "10:20", Bound("event", idle, "anna"), Bound("event", absent, "anna"))],
        ]
        assert left_out(found) == {"Absent": 30 * 60_000_000, "Below the minimum confidence": 1, "Outside the window": 40 * 60_000_000}
        rate = explained(site, {"as_of": NOON}, "worker", "units_per_hour", "anna")
        assert left_out(rate)["Units without a worker"] == 2
        units, active = rate.sums
        assert [(part.amount, part.what, part.start, part.end) for part in units.parts] == [
            (3, "product_count", datetime(2026, 1, 15, 8, 45, tzinfo=UTC), None)
        ]
        assert rows(active.parts)[0][-2:] == (Bound("event", first, "anna"), Bound("event", idle, "anna"))
        assert left_out(explained(site, {}, "worker", "total_active_time_hours", "anna"))["Still going on"] == 1


def test_a_bound_is_no_invisible_event():
    """What nobody sees at the very instant of a bound is not what bounds it."""
    with site_under_test({"shifts": [SHIFT], "min_confidence": 0.5}) as site:
        site.post([at("11:00", "working"), at("11:30", "idle"), at("11:30", "working", station="S2", confidence=0.2), at("12:00", "absent", confidence=0.2)])
        working, idle, _, _ = site.event_ids()
        found = explained(site, {"as_of": NOON}, "worker", "utilization_percentage", "anna")
        assert [rows(one.parts)[0][3:] for one in found.sums] == [
            ("11:00", "11:30", Bound("event", working, "anna"), Bound("event", idle, "anna")),
            ("11:30", "12:00", Bound("event", idle, "anna"), Bound("break")),
        ]


def test_what_ends_where_the_window_begins_is_not_cut_off():
    with site_under_test() as site:
        site.post([at("08:00", "working"), at("10:00", "idle"), at("10:30", "working"), at("11:00", "idle"), at("12:00", "working")])
        query = {"from": "2026-01-15T10:00:00Z", "to": "2026-01-15T11:30:00Z"}
        assert left_out(explained(site, query, "worker", "total_active_time_hours", "anna")) == {}
        assert left_out(explained(site, query, "worker", "total_idle_time_hours", "anna")) == {"Outside the window": 30 * 60_000_000}
        assert left_out(explained(site, query, "workstation", "occupancy_time_hours", "S1")) == {"Outside the window": 30 * 60_000_000}


def test_what_a_station_is_made_of():
    """Two people for one hour are one hour; who came or went is named at the bounds; lunch is outside the schedule."""
    with site_under_test({"shifts": [SHIFT]}) as site:
        site.post([at("11:00", "working"), at("11:20", "idle", "ben"), at("11:40", "idle"), at("12:10", "absent"), at("12:15", "absent", "ben")])
        anna, ben, waits, leaves, last = site.event_ids()
        occupancy = explained(site, {}, "workstation", "occupancy_time_hours", "S1")
        assert [rows(one.parts) for one in occupancy.sums] == [
            [
                ("working", ("anna",), "S1", "11:00", "11:20", Bound("event", anna, "anna"), Bound("event", ben, "ben")),
                ("working", ("anna", "ben"), "S1", "11:20", "11:40", Bound("event", ben, "ben"), Bound("event", waits, "anna")),
            ],
            [
                ("idle", ("anna", "ben"), "S1", "11:40", "12:10", Bound("event", waits, "anna"), Bound("event", leaves, "anna")),
                ("idle", ("ben",), "S1", "12:10", "12:15", Bound("event", leaves, "anna"), Bound("event", last, "ben")),
            ],
        ]
        assert occupancy.value == 1.25
        share = explained(site, {}, "workstation", "utilization_percentage", "S1")
        occupied, scheduled = share.sums
        assert [row[3:] for row in rows(scheduled.parts)] == [("11:00", "12:00", Bound("window"), Bound("break"))]
        assert rows(occupied.parts)[-1][3:] == ("11:40", "12:00", Bound("event", waits, "anna"), Bound("break"))
        assert left_out(share) == {"Outside the schedule": 15 * 60_000_000}


def test_a_station_without_a_schedule_is_measured_by_the_window():
    with site_under_test() as site:
        site.post([at("08:00", "working"), at("09:00", "absent")])
        found = explained(site, {"as_of": "2026-01-15T10:00:00Z"}, "workstation", "utilization_percentage", "S1")
        assert [one.key for one in found.sums] == ["occupancy", "elapsed"]
        assert rows(found.sums[1].parts) == [("window", (), None, "08:00", "10:00", Bound("window"), Bound("now"))]
        assert found.value == 50.0


def test_what_a_mean_is_made_of():
    with site_under_test() as site:
        site.post([at("08:00", "working"), at("09:00", "idle"), at("12:00", "absent"), at("08:00", "working", "ben"), at("09:00", "absent", "ben")])
        site.post([at("08:00", "absent", "carl")])
        found = explained(site, {}, "factory", "average_utilization_percentage")
        shown = {one.key: [(*part.worker_ids, part.amount) for part in one.parts] for one in found.sums}
        assert shown == {
            "utilizations": [("anna", 25.0), ("ben", 100.0)],
            "counted": [("anna", 1), ("ben", 1)],
            "active": [("anna", 3_600_000_000), ("ben", 3_600_000_000)],
            "idle": [("anna", 3 * 3_600_000_000), ("ben", 0)],
        }
        assert (found.numerator, found.denominator, found.value) == (125.0, 2, 62.5)
        assert left_out(found)["Without a utilization"] == 1


def test_gaps_begin_where_the_signal_was_lost():
    with site_under_test({"shifts": [SHIFT], "signal_timeout_seconds": 1800}) as site:
        site.post([at("08:10", "working"), at("08:40", "working"), at("09:10", "working"), at("09:40", "working"), at("11:00", "working"), at("11:30", "idle")])
        last_seen, again, last = site.event_ids()[3:]
        gaps = explained(site, {"as_of": NOON}, "worker", "no_signal_hours", "anna")
        assert rows(gaps.sums[0].parts) == [
            ("no_signal", ("anna",), None, "09:40", "11:00", Bound("event", last_seen, "anna"), Bound("event", again, "anna")),
            ("no_signal", ("anna",), None, "11:30", "12:00", Bound("event", last, "anna"), Bound("break")),
        ]
        coverage = explained(site, {"as_of": NOON}, "factory", "coverage_percentage")
        assert coverage.derivation.formula({one.key: one.name for one in coverage.sums}) == "(tracked time − time without a signal) ÷ tracked time × 100"
        assert rows(coverage.sums[0].parts) == [("tracked", ("anna",), None, "08:10", "12:00", Bound("window"), Bound("break"))]


@pytest.mark.parametrize(
    ("why", "site", "query", "of", "figure", "words"),
    [
        ("never seen at work", {}, {}, "worker", "utilization_percentage", "Nobody was seen working or idle"),
        ("never seen at work", {}, {}, "worker", "units_per_hour", "Nobody was seen working,"),
        ("nobody has a utilization", {}, {}, "factory", "average_utilization_percentage", "nothing to take a mean of"),
        ("nobody there", {}, {}, "workstation", "throughput_rate", "Nobody was seen at the station"),
        ("no schedule", {}, {}, "worker", "no_signal_hours", "The site has no shifts"),
        ("by station", {"shifts": [SHIFT]}, {"station_id": ["S1"]}, "factory", "tracked_time_hours", "Under a filter by station"),
        ("no shift attended", {"shifts": [SHIFT]}, {}, "factory", "coverage_percentage", "No shift was attended"),
        (
            "before work",
            {"shifts": [SHIFT]},
            {"from": "2026-01-15T01:00:00Z", "to": "2026-01-15T02:00:00Z"},
            "workstation",
            "utilization_percentage",
            "No scheduled",
        ),
        ("no length", {}, {"from": "2026-01-15T09:00:00Z"}, "workstation", "utilization_percentage", "The window has no length"),
    ],
)
def test_why_there_is_no_value(why, site, query, of, figure, words):
    with site_under_test(site) as under_test:
        under_test.post([at("09:00", "absent")])
        found = explained(under_test, query, of, figure, {"factory": None, "worker": "anna", "workstation": "S1"}[of])
        assert found.value is None, why
        assert words in found.null_because


def test_a_worker_or_station_is_explained_whatever_filter_there_is_on_its_kind():
    with site_under_test({"stations": {"S2": "assembly"}}) as site:
        site.post([at("08:00", "working"), at("09:00", "idle"), at("08:00", "working", "ben", "S2"), at("08:30", "idle", "ben", "S2")])
        assert explained(site, {"worker_id": ["ben"]}, "worker", "total_active_time_hours", "anna").value == 1.0
        assert explained(site, {"station_type": ["assembly"]}, "workstation", "working_time_hours", "S1").value == 1.0
        assert explained(site, {"worker_id": ["ben"]}, "workstation", "working_time_hours", "S1").value == 0.0
        with pytest.raises(UnknownId, match="No worker nobody"):
            explained(site, {}, "worker", "event_count", "nobody")


def test_long_windows_are_told_by_day_and_by_worker():
    """600 counted units over three days: too many to list; each day's sum leads on, and a shorter window lists them."""
    counts = [at("08:00", "product_count", count=2) | {"timestamp": f"2026-01-{15 + n // 200}T08:{n // 4 % 50:02}:{n % 4:02}Z"} for n in range(600)]
    with site_under_test() as site:
        site.post([at("07:00", "working"), *counts])
        rate = explained(site, {}, "worker", "units_per_hour", "anna")
        assert rate.level == "day"
        units, active = rate.sums
        assert [(part.amount, part.start.day, part.end.day) for part in units.parts] == [(400, 15, 16), (400, 16, 17), (400, 17, 17)]
        assert sum(part.amount for part in active.parts) == rate.denominator
        assert_adds_up(rate)
        [by_worker] = explained(site, {}, "factory", "total_production_count").sums
        assert [(part.amount, part.worker_ids) for part in by_worker.parts] == [(1200, ("anna",))]
        one_day = {"from": "2026-01-16T00:00:00Z", "to": "2026-01-17T00:00:00Z"}
        assert explained(site, one_day, "worker", "units_per_hour", "anna").level == "interval"
        with patch.object(queries, "LOOKED_AT", 100):
            crowded = explained(site, one_day, "worker", "event_count", "anna")
        assert crowded.level == "day"
        assert_adds_up(crowded)


def test_nobody_counts_invisible_events_in_a_crowd():
    """Below the minimum confidence there may be any number of events: past a limit it is only said that there may be some."""
    with site_under_test({"min_confidence": 0.5}) as site:
        site.post([at("08:00", "working", confidence=0.4), at("08:10", "idle", confidence=0.4), at("09:00", "working")])
        assert left_out(explained(site, {}, "factory", "total_events")) == {}
        query = {"from": "2026-01-15T00:00:00Z"}
        assert left_out(explained(site, query, "factory", "total_events")) == {"Below the minimum confidence": 2}
        with patch.object(queries, "LOOKED_AT", 1):
            assert left_out(explained(site, query, "factory", "total_events")) == {"Below the minimum confidence": None}


def rows(parts: tuple[Part, ...]) -> list[tuple]:
    """Parts with times of day."""
    return [
        (part.what, part.worker_ids, part.station_id, f"{part.start:%H:%M}", f"{part.end:%H:%M}" if part.end else None, part.begins, part.ends)
        for part in parts
    ]


def left_out(explanation: Explanation) -> dict[str, float | None]:
    return {one.name: one.amount for one in explanation.left_out}
