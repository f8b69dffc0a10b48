"""The local clock of a site against zoneinfo, in zones that change it in odd ways."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.local_time import day_number, local_clock
from metrics.units import DAY, HOUR, MINUTE, to_datetime, to_micros

many = settings(max_examples=300, deadline=None)
ZONES = [
    *("UTC", "Europe/Berlin", "Europe/London", "America/St_Johns", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Africa/Cairo"),
    *("America/Sao_Paulo", "Pacific/Apia", "Africa/Casablanca", "Antarctica/Troll", "Asia/Gaza", "America/Santiago", "Pacific/Kiritimati", "Asia/Pyongyang"),
]
zones = st.sampled_from(ZONES)
INSTANTS = st.datetimes(datetime(2000, 1, 2), datetime(2100, 12, 30)).map(lambda moment: to_micros(moment.replace(tzinfo=UTC)))


@st.composite
def near_changes(draw: st.DrawFn, zone: str) -> int:
    """An instant on, beside or some hours from a change of a zone's clock, or anywhere."""
    starts = local_clock(zone).starts[1:].tolist()
    if not starts or draw(st.integers(0, 3)) == 0:
        return draw(INSTANTS)
    return draw(st.sampled_from(starts)) + draw(
        st.sampled_from([-1, 0, 1]) | st.integers(-3 * DAY, 3 * DAY) | st.integers(-8, 8).map(lambda n: n * 15 * MINUTE)
    )


zones_and_instants = zones.flatmap(lambda zone: st.tuples(st.just(zone), near_changes(zone)))


def array(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int64)


def wall_micros(moment: datetime) -> int:
    """A naive wall clock as microseconds since 1970-01-01 local."""
    return to_micros(moment.replace(tzinfo=UTC))


@many
@given(zones_and_instants)
def test_wall_and_day_are_those_of_zoneinfo(case):
    zone, instant = case
    shown = to_datetime(instant).astimezone(ZoneInfo(zone))
    clock = local_clock(zone)
    assert clock.wall(array(instant)).tolist() == [wall_micros(shown.replace(tzinfo=None))]
    assert clock.local_day(array(instant)).tolist() == [day_number(shown.date())]


@many
@given(zones_and_instants)
def test_instants_are_those_of_zoneinfo_with_fold_0(case):
    zone, near = case
    wall = (datetime(1970, 1, 1) + timedelta(microseconds=near)).replace(fold=0)
    # Around a change in UTC the local clock is hours away: look there too.
    for shown in (wall, to_datetime(near).astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0), wall - timedelta(minutes=30)):
        expected = to_micros(shown.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC))
        assert local_clock(zone).instant(array(wall_micros(shown))).tolist() == [expected]


@pytest.mark.parametrize(
    ("why", "zone", "shown", "instant"),
    [
        ("skipped: read with the offset before", "Europe/Berlin", "2026-03-29T02:30", "2026-03-29T01:30"),
        ("repeated: the first time", "Europe/Berlin", "2026-10-25T02:30", "2026-10-25T00:30"),
        ("half an hour repeated", "Australia/Lord_Howe", "2026-04-05T01:45", "2026-04-04T14:45"),
        ("midnight skipped", "Africa/Cairo", "2026-04-24T00:00", "2026-04-23T22:00"),
        ("a day skipped", "Pacific/Apia", "2011-12-30T12:00", "2011-12-30T22:00"),
    ],
)
def test_skipped_and_repeated_wall_clocks(why, zone, shown, instant):
    expected = to_micros(datetime.fromisoformat(instant).replace(tzinfo=UTC))
    assert local_clock(zone).instant(array(wall_micros(datetime.fromisoformat(shown)))).tolist() == [expected], why


@many
@given(zones, st.dates(date(2000, 1, 2), date(2100, 12, 30)))
def test_days_start_at_local_midnight(zone, day):
    midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    assert local_clock(zone).day_start(day_number(day)) == to_micros(midnight)
    assert day_number(day) == (day - date(1970, 1, 1)).days


def hour_shown(zone: str, instant: int, step: int) -> tuple:
    """What tells local buckets apart: the wall clock cut to the step, and the offset."""
    shown = to_datetime(instant).astimezone(ZoneInfo(zone))
    return (wall_micros(shown.replace(tzinfo=None)) // step, shown.utcoffset())


@many
@given(zones_and_instants, st.integers(0, 2 * DAY), st.sampled_from([HOUR, 15 * MINUTE, 5 * MINUTE]))
def test_bounds_stand_where_the_local_bucket_changes(case, span, step):
    zone, start = case
    end = start + span
    bounds = local_clock(zone).bounds(start, end, step).tolist()
    assert bounds == sorted(set(bounds))
    assert bounds[0] <= start
    assert bounds[-1] >= end
    for low, high in pairwise(bounds):
        assert high - low <= step
        assert hour_shown(zone, low, step) == hour_shown(zone, high - 1, step)
    for bound in bounds:
        assert hour_shown(zone, bound, step) != hour_shown(zone, bound - 1, step)
    if span:
        assert bounds[1] > start
        assert bounds[-2] < end


@pytest.mark.parametrize(
    ("zone", "start", "end", "expected"),
    [
        ("Europe/Berlin", "2026-10-25T00:30", "2026-10-25T02:00", ["00:00", "01:00", "02:00"]),
        ("Australia/Lord_Howe", "2026-04-04T14:10", "2026-04-04T16:00", ["14:00", "15:00", "15:30", "16:30"]),
        ("Australia/Lord_Howe", "2026-10-03T15:00", "2026-10-03T16:30", ["14:30", "15:30", "16:00", "17:00"]),
        ("America/St_Johns", "2026-03-08T05:00", "2026-03-08T06:00", ["04:30", "05:30", "06:30"]),
        ("Asia/Kathmandu", "2026-04-05T00:00", "2026-04-05T00:15", ["23:15", "00:15"]),
    ],
)
def test_bounds_of_hours(zone, start, end, expected):
    low, high = (to_micros(datetime.fromisoformat(at).replace(tzinfo=UTC)) for at in (start, end))
    assert [f"{to_datetime(at):%H:%M}" for at in local_clock(zone).bounds(low, high, HOUR)] == expected


@many
@given(zones_and_instants, st.integers(0, 5 * DAY))
def test_day_bounds_are_midnights_around(case, span):
    zone, start = case
    clock = local_clock(zone)
    bounds = clock.day_bounds(start, start + span).tolist()
    assert bounds[0] <= start
    assert bounds[-1] >= start + span
    assert len(bounds) >= 2
    assert all(clock.day_start(int(clock.local_day(array(at + HOUR * 2))[0])) == at for at in bounds)
    if span:
        assert bounds[1] > start
        assert bounds[-2] < start + span


@many
@given(zones_and_instants, st.integers(1, 400 * DAY))
def test_stretches_have_one_offset(case, span):
    zone, start = case
    clock = local_clock(zone)
    found = clock.stretches(start, start + span)
    assert (found[0][0], found[-1][1]) == (start, start + span)
    assert all(one[1] == following[0] and one[2] != following[2] for one, following in pairwise(found))
    assert all(clock.offset(array(low, high - 1)).tolist() == [offset] * 2 for low, high, offset in found)
