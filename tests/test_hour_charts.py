"""Charts by hour, day or week: how windows are split, and what the bars say."""

import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import plotly.graph_objects as go
import pytest
from hypothesis import given
from hypothesis import strategies as st

from callbacks.buckets import FEWEST, MOST, bucket_for, slots, worth_showing
from callbacks.charts import best
from callbacks.context import Context
from callbacks.filters import Filters
from callbacks.window import Window
from components.hour_charts import Slots, bars_figure, hours_figure, units_figure
from components.state_patterns import PATTERNS
from data_layer.sites import Site

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 1, 15, 13, 30, tzinfo=UTC)  # a Thursday, 14:30 in Berlin
LENGTHS = {"15m": timedelta(minutes=15), "1h": timedelta(hours=1), "1d": timedelta(days=1), "1w": timedelta(weeks=1)}


@pytest.mark.parametrize(
    ("length", "bucket", "bars"),
    [
        (timedelta(minutes=20), "15m", "1h"),
        (timedelta(hours=7), "15m", "1h"),
        (timedelta(hours=8), "1h", "1h"),
        (timedelta(hours=24), "1h", "1h"),
        (timedelta(days=4), "1h", "1h"),
        (timedelta(days=7), "1d", "1d"),
        (timedelta(days=30), "1d", "1d"),
        (timedelta(days=90), "1w", "1w"),
        (timedelta(days=366), "1w", "1w"),
        (timedelta(days=9_000), "1w", "1w"),
    ],
)
def test_buckets(length, bucket, bars):
    window = Window(NOW - length, NOW, live=True)
    assert (bucket_for(window, NOW), bucket_for(window, NOW, least="1h")) == (bucket, bars)
    assert bucket_for(Window(None, None, live=True), NOW, NOW - length) == bucket


@given(st.timedeltas(min_value=timedelta(hours=2), max_value=timedelta(days=400)))
def test_a_window_is_some_ten_points_or_some_dozens(length):
    points = length / LENGTHS[bucket_for(Window(NOW - length, NOW, live=True), NOW)]
    # Between four and seven days, neither hours nor days make a good number.
    assert FEWEST / 2 <= points <= MOST * 2


def test_a_window_that_has_only_begun_has_a_bucket_too():
    assert bucket_for(Window(NOW, NOW, live=True), NOW) in LENGTHS


def context(search, shifts=(), now=NOW):
    """A look at a site without a database."""
    site = Site("main", "", "Europe/Berlin", True, False, 0, ((None, json.dumps({"shifts": shifts})),))
    return Context(None, site, Filters.from_query(search), now)


@pytest.mark.parametrize(
    ("search", "bucket", "first", "last", "count"),
    [
        ("", "1h", "2026-01-15T00:00", "2026-01-16T00:00", 24),
        ("?range=yesterday", "1h", "2026-01-14T00:00", "2026-01-15T00:00", 24),
        ("?range=7d", "1d", "2026-01-09T00:00", "2026-01-16T00:00", 7),
        ("?range=custom&from=2025-11-01&to=2026-01-15", "1w", "2025-12-03T08:00", "2026-01-16T00:00", 7),
        ("?range=all", "1d", "2025-12-10T08:00", "2026-01-16T00:00", 37),
        ("?range=custom&from=2001-01-01&to=2002-12-31", "1w", None, None, 0),
    ],
)
def test_slots_reach_to_the_end_of_the_day_that_runs(search, bucket, first, last, count):
    found = slots(context(search), datetime(2025, 12, 10, 7, tzinfo=UTC))
    assert (found.bucket, len(found.starts)) == (bucket, count)
    if count:
        ends = found.starts[0], found.ends[-1]
        assert [moment.astimezone(BERLIN).replace(tzinfo=None).isoformat(timespec="minutes") for moment in ends] == [first, last]
        assert list(found.starts[1:]) == list(found.ends[:-1])


def test_slots_of_a_shift_reach_to_its_end_after_midnight():
    night = {"name": "night", "start": "22:00", "end": "06:00"}
    found = slots(context("?range=shift", [night], NOW.replace(hour=22, minute=30)), datetime(2025, 12, 10, tzinfo=UTC))
    assert [moment.astimezone(BERLIN).hour for moment in found.starts] == [22, 23, 0, 1, 2, 3, 4, 5]
    assert found.running == 1


def test_a_day_on_which_the_clock_is_put_back_has_twenty_five_hours():
    found = slots(context("?range=yesterday", now=datetime(2026, 10, 26, 12, tzinfo=UTC)), datetime(2025, 12, 10, tzinfo=UTC))
    drawn = hours_figure(found, {"working": [1.0] * 25}, theme="light", height=200)
    assert len(found.starts) == 25
    assert [text.partition("</b>")[0].removeprefix("<b>") for text in drawn.data[0].customdata[1:5]] == [
        f"Sun 25 Oct, {hours}" for hours in ("01:00–02:00", "02:00–02:00", "02:00–03:00", "03:00–04:00")
    ]


def hourly(first, count, now=NOW):
    starts = [datetime(2026, 1, 15, tzinfo=BERLIN).astimezone(UTC) + timedelta(hours=first + number) for number in range(count)]
    return Slots(starts, [start + timedelta(hours=1) for start in starts], "1h", BERLIN, now)


@pytest.mark.parametrize(
    ("why", "found", "busy", "scheduled", "shown"),
    [
        ("a shift, and what is in it", hourly(0, 24), [9, 10], [8, 9, 10, 11, 12, 13, 14, 15, 16], (8, 16)),
        ("overtime", hourly(0, 24), [6, 18], [8, 9], (6, 18)),
        ("the hour that runs", hourly(0, 24), [], [8, 9], (8, 14)),
        ("no schedule: to the end of the day", hourly(0, 24), [9, 10], [], (9, 23)),
        ("a past day", hourly(0, 24, NOW + timedelta(days=3)), [9, 10], [8, 9], (8, 10)),
        ("nothing at all", hourly(0, 24), [], [], (0, 23)),
        ("more than a day", hourly(0, 48), [9], [8], (0, 47)),
    ],
)
def test_only_the_part_of_a_day_that_is_worth_it_is_shown(why, found, busy, scheduled, shown):
    assert worth_showing(found, busy, scheduled) == shown, why


def test_hours_are_stacked_by_state_in_one_order():
    drawn = hours_figure(hourly(8, 9), {"no_signal": [0.5, None], "working": [5.5, 4.25], "idle": [0, 1]}, theme="dark", height=200)
    assert drawn.layout.barmode == "stack"
    assert [(trace.name, list(trace.y)) for trace in drawn.data] == [("Working", [5.5, 4.25]), ("Idle", [0, 1]), ("No signal", [0.5, 0])]
    assert list(drawn.data[0].customdata) == ["<b>08:00–09:00</b><br>Working 5.5 h<br>No signal 0.5 h", "<b>09:00–10:00</b><br>Working 4.2 h<br>Idle 1.0 h"]


def test_states_differ_by_more_than_their_colour():
    drawn = hours_figure(hourly(8, 9), {state: [1.0] for state in ("working", "idle", "absent", "no_signal")}, theme="light", height=200)
    assert len({trace.marker.pattern.shape for trace in drawn.data}) == 4


def test_axes_start_at_zero_cannot_be_zoomed_and_hold_the_future():
    drawn = hours_figure(hourly(8, 9), {"working": [1.0] * 7}, theme="light", height=200)
    assert drawn.layout.yaxis.rangemode == "tozero"
    assert drawn.layout.xaxis.fixedrange
    assert drawn.layout.yaxis.fixedrange
    assert drawn.layout.xaxis.range == (-0.6, 8.6)


def test_the_bar_that_runs_says_until_now_and_now_is_marked():
    drawn = units_figure(hourly(8, 9), [10, 20, 0, 40, None, 60, 7], theme="light", height=200)
    assert drawn.data[0].customdata[6] == "<b>14:00–14:30</b><br>7 units"
    assert drawn.data[0].customdata[2] == "<b>10:00–11:00</b><br>0 units"
    assert list(drawn.data[0].text) == ["10", "20", "", "40", "", "60", "7"]
    assert list(drawn.data[0].marker.opacity) == [1.0] * 6 + [0.5]
    assert [(shape.x0, shape.x1) for shape in drawn.layout.shapes] == [(6.0, 6.0)]
    # Not where it isn't in sight, nor in the bar of a whole day, which is the last one.
    for found in (hourly(8, 3), daily(3)):
        assert hours_figure(found, {"working": [1.0]}, theme="light", height=200).layout.shapes == ()


def test_many_bars_bear_no_numbers():
    assert set(units_figure(hourly(0, 24), [5] * 24, theme="light", height=200).data[0].text) == {""}


def names(found):
    return list(bars_figure(found, [], theme="light", height=200).layout.xaxis.ticktext)


def daily(count, bucket="1d"):
    starts = [datetime(2026, 1, 15, tzinfo=BERLIN).astimezone(UTC) - LENGTHS[bucket] * number for number in reversed(range(count))]
    return Slots(starts, [start + LENGTHS[bucket] for start in starts], bucket, BERLIN, NOW)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (hourly(8, 9), ["08", "09", "10", "11", "12", "13", "14", "15", "16"]),
        (hourly(0, 24), ["00", "02", "04", "06", "08", "10", "12", "14", "16", "18", "20", "22"]),
        (hourly(-24, 48), ["Wed<br>14 Jan", "08", "16", "Thu<br>15 Jan", "08", "16"]),
        (daily(3), ["Tue<br>13 Jan", "Wed<br>14 Jan", "Thu<br>15 Jan"]),
        (daily(7), ["Fri<br>9 Jan", "Sun<br>11 Jan", "Tue<br>13 Jan", "Thu<br>15 Jan"]),
        (daily(10, "1w"), ["Thu<br>13 Nov", "Thu<br>27 Nov", "Thu<br>11 Dec", "Thu<br>25 Dec", "Thu<br>8 Jan"]),
        (Slots([], [], "1h", BERLIN, NOW), []),
    ],
)
def test_as_many_places_are_named_as_fit(found, expected):
    assert names(found) == expected


@pytest.mark.parametrize(("found", "text"), [(daily(3), "<b>Tue 13 Jan</b><br>1 unit"), (daily(3, "1w"), "<b>Thu 1 Jan – Wed 7 Jan</b><br>1 unit")])
def test_days_and_weeks_say_which_they_are(found, text):
    assert units_figure(found, [1, 1, 1], theme="light", height=200).data[0].customdata[0] == text


def test_weeks_that_are_not_over_end_today():
    assert units_figure(daily(2, "1w"), [1, 1], theme="light", height=200).data[0].customdata[1].startswith("<b>Thu 15 Jan – Thu 15 Jan</b>")


@pytest.mark.parametrize(
    ("found", "units", "words"),
    [
        (hourly(8, 9), [3, 71, 5], "most at 09:00: 71 units"),
        (daily(3), [1_000, 0, 5], "most on Tue 13 Jan: 1,000 units"),
        (daily(3, "1w"), [1, 2, None], "most in the week of Thu 8 Jan: 2 units"),
        (hourly(8, 9), [3, 0, 0], ""),
        (hourly(8, 9), [], ""),
    ],
)
def test_the_best_bar_is_named(found, units, words):
    assert best(found, units) == words


def test_a_figure_of_nothing_is_a_figure():
    assert isinstance(hours_figure(Slots([], [], "1h", BERLIN, NOW), {}, theme="light", height=200), go.Figure)


def test_patterns_lie_over_the_colour():
    """Without saying so they take its place: idle bars were there, and nobody saw them."""
    assert all(pattern["fillmode"] == "overlay" for pattern in PATTERNS.values())
