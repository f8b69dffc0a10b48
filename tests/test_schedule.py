"""Shifts, breaks, exceptions and versions, resolved to spans of UTC time: rule 3 by table."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest

from metrics.columns import Columns
from metrics.local_time import day_number
from metrics.schedule import SHIFTS_A_DAY, Break, Schedule, SettingsVersion, Shift, SiteRules, build
from metrics.segments import length
from metrics.units import DAY, HOUR, to_datetime, to_micros


def array(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int64)


def rows(frame: Columns, *names: str) -> list[tuple[int, ...]]:
    return list(zip(*(frame[name].tolist() for name in names or frame.names), strict=True))


def shift(text: str, *breaks: str, **more: object) -> Shift:
    """A shift from "08:00-17:00" and breaks in the same form."""
    pauses = tuple(Break(*minutes(pause)) for pause in breaks)
    return Shift(*minutes(text), breaks=pauses, **more)


def minutes(text: str) -> tuple[int, int]:
    start, end = (int(clock[:2]) * 60 + int(clock[3:]) for clock in text.split("-"))
    return start, end


def schedule_on(day: str, *shifts: Shift, zone: str = "UTC", **more: object) -> tuple[Schedule, list[str]]:
    """The schedule around a day, and the spans of the shifts that start on it as "08:00-12:00", with +1 for the next day in UTC."""
    rules = SiteRules(zone, (SettingsVersion(shifts=shifts, **more),))
    return spans_on(day, rules)


def spans_on(day: str, rules: SiteRules) -> tuple[Schedule, list[str]]:
    the_day = date.fromisoformat(day)
    start = rules.clock.day_start(day_number(the_day))
    found = build(rules, start, start + DAY)
    own = found.spans.rows(found.spans["shift"] // SHIFTS_A_DAY == day_number(the_day))
    return found, [f"{told(start, the_day)}-{told(end, the_day)}" for start, end in rows(own, "start", "end")]


def told(instant: int, day: date) -> str:
    at = to_datetime(instant)
    later = (at.date() - day).days
    return f"{at:%H:%M}{later:+d}" if later else f"{at:%H:%M}"


@pytest.mark.parametrize(
    ("why", "plan", "expected"),
    [
        ("no break", shift("08:00-17:00"), ["08:00-17:00"]),
        ("a break", shift("08:00-17:00", "12:00-13:00"), ["08:00-12:00", "13:00-17:00"]),
        ("two breaks, not in order", shift("08:00-17:00", "15:00-15:15", "10:00-10:15"), ["08:00-10:00", "10:15-15:00", "15:15-17:00"]),
        ("overlapping breaks", shift("08:00-17:00", "12:00-13:00", "12:30-14:00"), ["08:00-12:00", "14:00-17:00"]),
        ("touching breaks", shift("08:00-17:00", "12:00-13:00", "13:00-14:00"), ["08:00-12:00", "14:00-17:00"]),
        ("a break at the start", shift("08:00-17:00", "08:00-09:00"), ["09:00-17:00"]),
        ("a break to the end", shift("08:00-17:00", "16:00-17:00"), ["08:00-16:00"]),
        ("a break that sticks out", shift("08:00-17:00", "16:00-18:00"), ["08:00-16:00"]),
        ("a break that is all", shift("08:00-17:00", "08:00-17:00"), []),
        ("a break outside", shift("08:00-17:00", "18:00-19:00"), ["08:00-17:00"]),
        ("an empty break", shift("08:00-17:00", "12:00-12:00"), ["08:00-17:00"]),
        ("an inverted break", shift("08:00-17:00", "13:00-12:00"), ["08:00-17:00"]),
        ("a break before the start is tomorrow's", shift("08:00-17:00", "06:00-07:00"), ["08:00-17:00"]),
        ("overnight", shift("22:00-06:00"), ["22:00-06:00+1"]),
        ("overnight, a break before midnight", shift("22:00-06:00", "23:00-23:30"), ["22:00-23:00", "23:30-06:00+1"]),
        ("overnight, a break after midnight", shift("22:00-06:00", "02:00-02:30"), ["22:00-02:00+1", "02:30+1-06:00+1"]),
        ("overnight, a break over midnight", shift("22:00-06:00", "23:30-00:30"), ["22:00-23:30", "00:30+1-06:00+1"]),
        ("24 hours", shift("07:00-07:00"), ["07:00-07:00+1"]),
        ("to midnight", shift("16:00-00:00"), ["16:00-00:00+1"]),
        ("another weekday", shift("08:00-17:00", days=frozenset({0, 1, 2, 4, 5, 6})), []),
        ("this weekday", shift("08:00-17:00", days=frozenset({3})), ["08:00-17:00"]),
    ],
)
def test_spans(why, plan, expected):
    assert schedule_on("2026-01-15", plan)[1] == expected, why  # a Thursday


@pytest.mark.parametrize(
    ("why", "zone", "day", "plan", "expected"),
    [
        ("a night of 7 h", "Europe/Berlin", "2026-03-28", shift("22:00-06:00"), ["21:00-04:00+1"]),
        ("a night of 9 h", "Europe/Berlin", "2026-10-24", shift("22:00-06:00"), ["20:00-05:00+1"]),
        ("a start that is skipped", "Europe/Berlin", "2026-03-29", shift("02:30-04:00"), ["01:30-02:00"]),
        ("empty after the change", "Europe/Berlin", "2026-03-29", shift("02:30-03:30"), []),
        ("negative after the change", "Europe/Berlin", "2026-03-29", shift("02:30-03:15"), []),
        ("a break in the skipped hour", "Europe/Berlin", "2026-03-29", shift("00:00-06:00", "02:00-03:00"), ["23:00-1-04:00"]),
        ("a break in the repeated hour lasts an hour", "Europe/Berlin", "2026-10-25", shift("00:00-06:00", "02:00-03:00"), ["22:00-1-00:00", "02:00-05:00"]),
        ("half an hour more", "Australia/Lord_Howe", "2026-04-05", shift("01:00-03:00"), ["14:00-1-16:30-1"]),
        ("a quarter past", "Asia/Kathmandu", "2026-04-05", shift("08:00-17:00"), ["02:15-11:15"]),
        ("midnight skipped", "Africa/Cairo", "2026-04-24", shift("00:00-08:00"), ["22:00-1-05:00"]),
    ],
)
def test_spans_when_the_clock_changes(why, zone, day, plan, expected):
    assert schedule_on(day, plan, zone=zone)[1] == expected, why


def test_exceptions_replace_a_day_and_ignore_weekdays():
    holiday, short = date(2026, 12, 24), date(2026, 12, 26)
    more = {"exceptions": ((holiday, ()), (short, (shift("10:00-12:00", days=frozenset({0})),)))}
    assert [schedule_on(f"2026-12-{day}", shift("08:00-17:00"), **more)[1] for day in (23, 24, 25, 26)] == [
        ["08:00-17:00"],
        [],
        ["08:00-17:00"],
        ["10:00-12:00"],
    ]


def test_versions_rule_from_their_local_day():
    versions = (
        SettingsVersion(shifts=(shift("08:00-12:00"),), signal_timeout=timedelta(hours=1)),
        SettingsVersion(date(2026, 7, 1), (shift("09:00-12:00"),), signal_timeout=None, min_confidence=0.5),
        SettingsVersion(date(2026, 7, 3)),
    )
    rules = SiteRules("Asia/Kathmandu", versions)
    assert [spans_on(day, rules)[1] for day in ("2026-06-30", "2026-07-01", "2026-07-02", "2026-07-03")] == [
        ["02:15-06:15"],
        ["03:15-06:15"],
        ["03:15-06:15"],
        [],
    ]
    midnight = to_micros(datetime(2026, 6, 30, 18, 15, tzinfo=UTC))
    instants = array(midnight - 1, midnight, midnight + 2 * DAY)
    assert rules.version_of(instants).tolist() == [0, 1, 2]
    assert rules.signal_timeout(instants).tolist() == [HOUR, np.iinfo(np.int64).max, 12 * HOUR]
    assert rules.visible(instants, np.array([0.4, 0.4, 0.4])).tolist() == [True, False, True]
    assert rules.visible(instants, np.array([np.nan] * 3)).tolist() == [True] * 3
    assert rules.visible(instants, np.array([0.5] * 3)).tolist() == [True] * 3


@pytest.mark.parametrize(
    ("why", "plans", "at", "owner"),
    [
        ("the one that ends first", ["08:00-17:00", "10:00-12:00"], "11:00", 1),
        ("listed order aside", ["10:00-12:00", "08:00-17:00"], "11:00", 0),
        ("of equal ends the one that starts first", ["10:00-17:00", "08:00-17:00"], "11:00", 1),
        ("of the same span the one that is listed first", ["08:00-17:00", "08:00-17:00"], "11:00", 0),
        ("before the handover", ["06:00-14:30", "14:00-22:30"], "14:29", 0),
        ("at the end: half-open", ["06:00-14:00", "14:00-22:00"], "14:00", 1),
        ("after the inner one", ["08:00-17:00", "10:00-12:00"], "12:00", 0),
        ("none", ["08:00-12:00", "13:00-17:00"], "12:30", None),
        ("not yet", ["08:00-12:00"], "07:59", None),
        ("over at its end", ["08:00-12:00"], "12:00", None),
    ],
)
def test_the_span_that_an_event_belongs_to(why, plans, at, owner):
    found, _ = schedule_on("2026-01-15", *map(shift, plans))
    shifts = found.shift_of_span(found.span_of(array(to_micros(datetime.fromisoformat(f"2026-01-15T{at}:00+00:00")))))
    day = day_number(date(2026, 1, 15))
    assert shifts.tolist() == [-1 if owner is None else day * SHIFTS_A_DAY + owner], why


def test_layers_hold_every_span_once_and_never_two_at_a_time():
    found, _ = schedule_on("2026-01-15", shift("06:00-14:30"), shift("14:00-22:30"), shift("22:00-06:30"), shift("00:00-00:00", "14:00-15:00"))
    dealt = [rows(layer) for layer in found.layers]
    assert sorted(row for layer in dealt for row in layer) == sorted(rows(found.spans))
    assert all(one[1] <= following[0] for layer in dealt for one, following in pairwise(layer))


def test_scheduled_time_and_named_spans():
    found, _ = schedule_on("2026-01-15", shift("06:00-14:30", name="early"), shift("14:00-22:30", name="late"), shift("23:00-23:30"))
    assert length(found.scheduled) == len(np.unique(found.spans["shift"] // SHIFTS_A_DAY)) * 17 * HOUR
    assert {end - start for start, end in rows(found.named("late"))} == {17 * HOUR // 2}
    assert len(found.named("nobody's")) == 0


@pytest.mark.parametrize(
    ("versions", "expected"),
    [
        ((SettingsVersion(),), False),
        ((SettingsVersion(exceptions=((date(2026, 1, 1), ()),)),), False),
        ((SettingsVersion(exceptions=((date(2026, 1, 1), (shift("08:00-09:00"),)),)),), True),
        ((SettingsVersion(), SettingsVersion(date(2030, 1, 1), (shift("08:00-09:00"),))), True),
    ],
)
def test_whether_a_site_has_a_schedule(versions, expected):
    assert SiteRules("UTC", versions).has_schedule is expected
