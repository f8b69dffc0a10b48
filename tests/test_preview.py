"""What a change would do to last week: the same figures as the tables give before it, and after it has been made."""

import operator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis_profiles import core
from metrics_harness import SiteUnderTest, site_under_test
from reference.moments import parse
from strategies import CHANGES, event_sets, settings_versions, sites

from data_layer import preview as previewing
from data_layer import surroundings
from data_layer.preview import Preview, preview
from data_layer.query import MetricsQuery, TooMuch
from data_layer.sites import load_site
from metrics.units import DAY, HOUR, MINUTE, to_datetime, to_micros

THURSDAY = datetime(2026, 1, 15, 13, 52, tzinfo=UTC)
LAST_MIDNIGHT = datetime(2026, 1, 15, tzinfo=UTC)
NIGHT_SHIFT = {"name": "night", "start": "22:00", "end": "06:00"}


def utc(text: str) -> datetime:
    """An instant in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def previewed(site: SiteUnderTest, change: dict, now: datetime) -> Preview:
    """A preview of a change in golden shape."""
    if change.get("valid_from"):
        change = change | {"valid_from": date.fromisoformat(change["valid_from"])}
    with site.database.read() as connection:
        return preview(connection, site.site_id, change, now)


def stored(site: SiteUnderTest, window: Preview, now: datetime) -> dict:
    """The figures of the same window from the tables."""
    row = site.reader.read(MetricsQuery(site_id=site.site_id, start=window.start, end=window.end, as_of=now)).factory
    return {name: value for name, value in row.items() if name != "site_id"}


@dataclass(frozen=True)
class Trial:
    """A site, its events, a change of its settings, a window (µs) with edges amid or beside events, and a moment after it."""

    site: dict
    events: list[dict]
    change: dict
    window: tuple[int, int]
    now: datetime


@st.composite
def _changes(draw, timezone):
    change = draw(settings_versions(timezone, whole=False))
    if draw(st.sampled_from([False, False, True])):
        change["timezone"] = draw(st.sampled_from(list(CHANGES)))
    if draw(st.booleans()):
        near = date.fromisoformat(draw(st.sampled_from(CHANGES[timezone])))
        change["valid_from"] = (near + timedelta(days=draw(st.integers(-2, 3)))).isoformat()
    return change


@st.composite
def trials(draw):
    site = draw(sites())
    zone = ZoneInfo(site["timezone"])
    events = draw(event_sets(site))
    instants = [parse(event["timestamp"], zone) for event in events] or [to_micros(THURSDAY)]
    beside = st.sampled_from([0, 1, -1, 5 * MINUTE, -5 * MINUTE, 25 * MINUTE, -25 * MINUTE, 2 * HOUR, -2 * HOUR, DAY, -DAY])
    edges = st.lists(st.builds(operator.add, st.sampled_from(instants), beside), min_size=2, max_size=2)
    window = sorted(draw(edges))
    now = window[1] + draw(st.sampled_from([0, 1, 5 * MINUTE, HOUR, 12 * HOUR, 3 * DAY]))
    return Trial(site, events, draw(_changes(site["timezone"])), tuple(window), to_datetime(now))


@core(25)
@given(trials(), st.sampled_from([5_000, 5_000, 60]))
def test_it_is_what_the_tables_say_before_and_after(trial, nearest):
    with pytest.MonkeyPatch.context() as patched, site_under_test(trial.site) as site:
        patched.setattr(previewing._Week, "window", lambda week, days: trial.window)
        patched.setattr(surroundings, "_NEAREST", nearest)
        site.post(trial.events)
        found = previewed(site, trial.change, trial.now)
        assert found.before == stored(site, found, trial.now)
        site.put(trial.change)
        assert found.after == stored(site, found, trial.now)


@pytest.mark.parametrize(
    ("timezone", "now", "start", "end"),
    [
        ("UTC", "2026-01-15T00:00", "2026-01-08T00:00", "2026-01-15T00:00"),
        ("UTC", "2026-01-14T23:59", "2026-01-07T00:00", "2026-01-14T00:00"),
        ("Asia/Tokyo", "2026-01-14T23:59", "2026-01-07T15:00", "2026-01-14T15:00"),
        ("Europe/Berlin", "2026-04-01T12:00", "2026-03-24T23:00", "2026-03-31T22:00"),
    ],
)
def test_the_week_is_the_last_seven_whole_local_days(timezone, now, start, end):
    with site_under_test({"timezone": timezone}) as site:
        # Another time zone would be another week; the same one is looked at under both.
        found = previewed(site, {"timezone": "America/New_York"}, utc(now))
    assert (found.start, found.end, found.days) == (utc(start), utc(end), 7)


def at(day: int, clock: str, event_type: str = "working", worker: str = "W1", **more: object) -> dict:
    """An event of January 2026."""
    return {"timestamp": f"2026-01-{day:02}T{clock}:00Z", "worker_id": worker, "workstation_id": "S1", "event_type": event_type, **more}


def compared(described: dict, events: list[dict], change: dict, now: datetime = THURSDAY) -> tuple[Preview, dict]:
    """A preview, and what the tables say of the same window when the change has been made. Before it they must agree."""
    with site_under_test(described) as site:
        site.post(events)
        found = previewed(site, change, now)
        assert found.before == stored(site, found, now)
        site.put(change)
        return found, stored(site, found, now)


@pytest.mark.parametrize(
    ("why", "events", "hours"),
    [
        ("a state set before the week reaches into it", [at(7, "23:30"), at(8, "00:30", "idle")], (0.5, 0.5)),
        ("units since then renew it", [at(7, "21:00"), at(7, "22:30", "product_count"), at(7, "23:50", "product_count"), at(8, "00:30", "idle")], (0.5, 0.5)),
        ("a unit ended an absence", [at(7, "21:00", "absent"), at(7, "23:50", "product_count"), at(8, "00:30"), at(8, "01:00", "idle")], (0.5, 0.5)),
        ("a state of the week ends after it", [at(14, "23:30"), at(15, "00:30", "idle")], (0.5, 0.5)),
        ("two hours apart: only without the change", [at(14, "22:30"), at(15, "00:30", "idle")], (1.5, 0.0)),
        ("still open: it runs to now without the change", [at(14, "22:00")], (2.0, 0.0)),
        ("nothing in the week", [at(2, "08:00"), at(2, "09:00")], (0.0, 0.0)),
    ],
)
def test_what_reaches_into_the_week(why, events, hours):
    found, after = compared({"timezone": "UTC", "signal_timeout_seconds": 57_600}, events, {"signal_timeout_seconds": 3_600})
    assert (found.before["total_productive_time_hours"], found.after["total_productive_time_hours"]) == hours, why
    assert found.after == after
    assert (found.start, found.end, found.days) == (LAST_MIDNIGHT - timedelta(days=7), LAST_MIDNIGHT, 7)


def test_whoever_attends_a_shift_over_the_weeks_edge_does_so_by_all_of_it():
    # Alone, what lies on either side of midnight would be no attendance.
    seen = [at(7, "22:10"), at(7, "22:50", "absent"), at(8, "00:30"), at(8, "00:55", "absent")]
    found, after = compared({"timezone": "UTC"}, seen, {"shifts": [NIGHT_SHIFT]})
    assert found.before["tracked_time_hours"] is None
    assert found.after["tracked_time_hours"] == 6.0
    assert found.after == after


def test_a_threshold_hides_events():
    seen = [at(12, "08:00", confidence=0.4), at(12, "09:00", "product_count", count=5, confidence=0.9), at(12, "10:00", "idle", confidence=0.9)]
    found, after = compared({"timezone": "UTC"}, seen, {"min_confidence": 0.5})
    assert (found.before["total_productive_time_hours"], found.after["total_productive_time_hours"]) == (2.0, 0.0)
    assert (found.before["total_events"], found.after["total_events"], found.after["total_production_count"]) == (3, 2, 5)
    assert found.after == after


def test_a_change_from_a_day_of_the_week_on_leaves_the_days_before_alone():
    seen = [event for day in (12, 13, 14) for event in (at(day, "08:00"), at(day, "10:00", "idle"))]
    found, after = compared({"timezone": "UTC"}, seen, {"signal_timeout_seconds": 3_600, "valid_from": "2026-01-14"})
    assert (found.before["total_productive_time_hours"], found.after["total_productive_time_hours"]) == (6.0, 4.0)
    assert found.after == after


def test_nothing_is_stored():
    with site_under_test({"timezone": "UTC"}) as site:
        site.post([at(12, "08:00"), at(12, "09:00")])
        before = site.derived()
        previewed(site, {"signal_timeout_seconds": 60, "timezone": "Asia/Tokyo"}, THURSDAY)
        with site.database.read() as connection:
            assert load_site(connection, "main").settings()["signal_timeout_seconds"] == 43_200
        assert site.derived() == before


def test_too_many_events_make_it_fewer_days_and_far_too_many_none(monkeypatch):
    seen = [at(day, f"{hour:02}:00") for day in range(8, 15) for hour in range(8, 12)]
    with site_under_test({"timezone": "UTC"}) as site:
        site.post(seen)
        for most, days in ((28, 7), (27, 6), (11, 2), (4, 1)):
            monkeypatch.setattr(previewing, "MOST_EVENTS", most)
            found = previewed(site, {}, THURSDAY)
            assert (found.days, found.start, found.before["total_events"]) == (days, LAST_MIDNIGHT - timedelta(days=days), 4 * days)
        monkeypatch.setattr(previewing, "MOST_EVENTS", 3)
        with pytest.raises(TooMuch, match="Yesterday alone had more than 3 events"):
            previewed(site, {}, THURSDAY)
