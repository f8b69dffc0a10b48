"""Rasters: a cell is the state that holds most of its bin, whichever way it was found."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st
from hypothesis_profiles import core
from metrics_harness import SiteUnderTest, site_under_test
from strategies import cases

from data_layer import raster as reading
from data_layer import tables
from data_layer.raster import DrawnLanes, LanesQuery
from metrics.columns import columns
from metrics.intervals import WORKING
from metrics.local_time import local_clock
from metrics.raster import NOTHING, STATES, STEPS, aligned, binned, raster, step_for
from metrics.units import DAY, HOUR, MINUTE, SECOND, to_datetime, to_micros

View = tuple[datetime, datetime] | None

many = settings(max_examples=200, deadline=None)
SHIFT = {"name": "day", "start": "08:00", "end": "17:00", "breaks": [{"start": "12:00", "end": "13:00"}]}
ZONES = ["UTC", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu"]


def drawn(site: SiteUnderTest, query: dict, by: str = "worker", *, most_intervals: int = 2_000, most_bins: int = 720, view: View = None) -> DrawnLanes:
    asked = LanesQuery(**site.asked(query), by=by, most_intervals=most_intervals, most_bins=most_bins, view=view)
    return site.reader.drawn_lanes(asked)


def shown(found: DrawnLanes) -> dict[str, list[tuple[str, str, str]]]:
    """Intervals by lane: state, and times of day."""
    return {
        lane.lane_id: [
            (STATES[state], f"{to_datetime(start):%H:%M}", f"{to_datetime(end):%H:%M}")
            for state, start, end in zip(*(lane.intervals[name].tolist() for name in ("state", "start", "end")), strict=True)
        ]
        for lane in found.lanes
    }


def moment(clock: str) -> datetime:
    return datetime.fromisoformat(f"2026-01-15T{clock}:00Z")


def at(clock: str, kind: str, worker: str = "anna", station: str = "S1") -> dict:
    return {"timestamp": f"2026-01-15T{clock}:00Z", "worker_id": worker, "workstation_id": station, "event_type": kind}


def words(found: DrawnLanes) -> dict[str, str]:
    """The raster as a letter a cell, a line a lane."""
    letters = "naiw"
    return {lane.lane_id: "".join(letters[state] if state >= 0 else "." for state in row) for lane, row in zip(found.lanes, found.raster.states, strict=True)}


@st.composite
def lanes_of_intervals(draw: st.DrawFn) -> list[tuple[int, int, int, int]]:
    """lane, state, start, end; disjoint within a lane."""
    found = []
    for lane in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, 20))
        for gap, length, state in draw(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 30), st.integers(0, 3)), max_size=6)):
            found.append((lane, state, at + gap, at + gap + length))
            at += gap + length
    return found


@many
@given(intervals=lanes_of_intervals(), bounds=st.lists(st.integers(0, 120), min_size=2, max_size=8, unique=True).map(sorted))
def test_a_cell_is_the_state_that_holds_most_of_its_bin(intervals, bounds):
    frame = columns(**{name: [row[place] for row in intervals] for place, name in enumerate(("lane", "state", "start", "end"))})
    bins = np.array(bounds, dtype=np.int64)
    found = raster(bins, binned(frame, "lane", [2, 0, 1], bins))
    assert found.lanes == 3
    for row, lane in enumerate([2, 0, 1]):
        for cell, (low, high) in enumerate(pairwise(bounds)):
            spent = [sum(max(0, min(end, high) - max(start, low)) for on, s, start, end in intervals if (on, s) == (lane, state)) for state in range(4)]
            if not any(spent):
                assert (found.states[row, cell], found.shares[row, cell]) == (NOTHING, 0)
                continue
            # Of equal ones the busiest.
            assert found.states[row, cell] == max(range(4), key=lambda state: (spent[state], state))
            assert found.shares[row, cell] == 100 * max(spent) // sum(spent)


def test_only_what_is_all_of_one_state_is_said_to_be():
    sums = np.array([0, 0, 1, 999], dtype=np.int64).reshape(4, 1, 1)
    found = raster(np.array([0, 1000]), sums)
    assert (found.states[0, 0], found.shares[0, 0]) == (WORKING, 99)


def multiples(zone: ZoneInfo, low: int, high: int, step: int) -> list[int]:
    """By zoneinfo: instants in `[low, high]` at which the local clock shows a multiple of `step`, from a Monday on."""
    monday = datetime(1970, 1, 5)
    first = (to_datetime(low).astimezone(zone).replace(tzinfo=None) - timedelta(hours=3) - monday) // timedelta(microseconds=step)
    walls = [monday + (first + number) * timedelta(microseconds=step) for number in range((high - low + 6 * HOUR) // step + 3)]
    shown = {(wall, wall.replace(tzinfo=zone, fold=fold).astimezone(UTC)) for wall in walls for fold in (0, 1)}
    # What daylight saving skips is never shown.
    instants = {to_micros(instant) for wall, instant in shown if instant.astimezone(zone).replace(tzinfo=None) == wall}
    return sorted(instant for instant in instants if low <= instant <= high)


@many
@given(zone=st.sampled_from(ZONES), start=st.integers(1_700_000_000, 1_800_000_000), step=st.sampled_from(STEPS), count=st.integers(0, 40))
def test_multiples_are_those_that_the_local_clock_shows(zone, start, step, count):
    low, high = start * SECOND, start * SECOND + step * count + SECOND
    assert aligned(local_clock(zone), low, high, step).tolist() == multiples(ZoneInfo(zone), low, high, step)


@pytest.mark.parametrize(("zone", "change"), [("Europe/Berlin", 1_774_746_000), ("Europe/Berlin", 1_792_890_000), ("Australia/Lord_Howe", 1_775_314_800)])
@pytest.mark.parametrize("step", STEPS)
def test_multiples_around_daylight_saving(zone, change, step):
    low, high = change * SECOND - 9 * step, change * SECOND + 9 * step
    assert aligned(local_clock(zone), low, high, step).tolist() == multiples(ZoneInfo(zone), low, high, step)


@pytest.mark.parametrize(
    ("length", "most", "step"),
    [(10 * SECOND, 10, SECOND), (8 * HOUR, 7, 2 * HOUR), (24 * HOUR, 7, 4 * HOUR), (24 * HOUR, 720, 2 * MINUTE), (2_000 * DAY, 7, 28 * DAY)],
)
def test_the_shortest_step_that_suffices(length, most, step):
    assert step_for(length, most) == step


def test_a_day_is_drawn_as_intervals_with_where_they_were():
    with site_under_test({"shifts": [SHIFT]}) as site:
        site.post([at("08:00", "working"), at("09:00", "idle", station="S2"), at("10:00", "absent"), at("11:00", "working"), at("11:30", "product_count")])
        found = drawn(site, {"from": "2026-01-15", "to": "2026-01-16"})
        [lane] = found.lanes
        assert found.raster is None
        assert (lane.lane_id, lane.name) == ("anna", "anna")
        assert [STATES[state] for state in lane.intervals["state"]] == ["working", "idle", "absent", "working"]
        assert list(lane.beside) == ["S1", "S2", "S1", "S1"]
        assert found.totals == {"working": 90 * MINUTE, "idle": HOUR, "absent": HOUR, "no_signal": 0}
        # The window ends at the clock: what comes after is not yet lost.
        assert (found.start.hour, found.end.hour, found.end.minute) == (0, 11, 30)


def test_people_stand_beside_a_stations_intervals():
    with site_under_test() as site:
        site.post([at("08:00", "working"), at("09:00", "absent"), at("08:30", "working", "ben"), at("09:00", "absent", "ben"), at("10:00", "working")])
        [lane] = drawn(site, {}, "workstation").lanes
        assert list(lane.beside) == ["anna", "anna, ben", ""]
        assert [STATES[state] for state in lane.intervals["state"]] == ["working", "working", "no_signal"]


def test_more_intervals_than_can_be_drawn_become_a_raster_on_the_local_clock():
    with site_under_test({"timezone": "Asia/Kathmandu"}) as site:
        site.post([at("08:00", "working"), at("08:20", "idle"), at("08:40", "working"), at("10:15", "absent")])
        found = drawn(site, {}, most_intervals=2, most_bins=3)
        # Kathmandu is 5:45 ahead: its full hours are at a quarter past.
        assert [to_datetime(edge).strftime("%H:%M") for edge in found.raster.edges] == ["08:00", "08:15", "09:15", "10:15"]
        assert words(found) == {"anna": "www"}
        assert found.raster.shares.tolist() == [[100, 66, 100]]
        assert all(len(lane.intervals) == 0 for lane in found.lanes)
        assert found.totals == {"working": 115 * MINUTE, "idle": 20 * MINUTE, "absent": 0, "no_signal": 0}


def test_bins_in_which_nothing_is_expected_are_empty():
    with site_under_test({"shifts": [SHIFT]}) as site:
        site.post([at("08:00", "working"), at("10:00", "idle"), at("10:30", "product_count")])
        query = {"from": "2026-01-15T07:00:00Z", "to": "2026-01-15T19:00:00Z", "as_of": "2026-01-16T00:00:00Z"}
        # Before and after the shift, and in its break, nobody is missed.
        assert words(drawn(site, query, most_intervals=1, most_bins=12)) == {"anna": ".wwin.nnnn.."}
        assert words(drawn(site, query, "workstation", most_intervals=1, most_bins=12)) == {"S1": ".wwin.nnnn.."}


def test_a_view_shows_its_part_and_tells_states_from_beginning_to_end():
    with site_under_test({"shifts": [SHIFT]}) as site:
        site.post([at("08:00", "working"), at("09:00", "idle"), at("10:00", "working"), at("11:00", "product_count"), at("11:00", "idle")])
        window = {"from": "2026-01-15T08:15:00Z", "to": "2026-01-15T10:30:00Z"}
        found = drawn(site, window, view=(moment("08:30"), moment("09:30")))
        # Not beyond the window: what was before it is no part of its figures.
        assert shown(found) == {"anna": [("working", "08:15", "09:00"), ("idle", "09:00", "10:00")]}
        assert found.totals == {"working": 30 * MINUTE, "idle": 30 * MINUTE, "absent": 0, "no_signal": 0}
        assert (found.start, found.end) == found.known == (moment("08:30"), moment("09:30"))
        # A view beyond the window is cut to it.
        cut = drawn(site, window, view=(moment("07:00"), moment("23:00")))
        assert (cut.start, cut.end) == (moment("08:15"), moment("10:30"))


def test_what_is_known_of_a_window():
    with site_under_test({"shifts": [SHIFT]}) as site:
        site.post([at("08:10", "working"), at("08:30", "absent"), at("13:20", "working"), at("17:30", "product_count")])
        day = {"from": "2026-01-15", "to": "2026-01-16"}
        # Four hours later and outside the shift, the last event says nothing about the time since 13:20.
        assert drawn(site, day).known == (moment("08:10"), moment("13:20"))
        assert drawn(site, day, most_intervals=0, most_bins=24).known == (moment("08:00"), moment("14:00"))
        assert drawn(site, {"from": "2026-01-14", "to": "2026-01-15"}).known is None


@core(25)
@given(case=cases(), by=st.sampled_from(["worker", "workstation"]), part=st.tuples(st.integers(0, 100), st.integers(0, 100)).map(sorted))
def test_a_view_is_the_window_of_that_part(case, by, part):
    site, events, query = case
    with site_under_test(site) as under_test:
        under_test.post(events)
        whole = drawn(under_test, query, by)
        view = tuple(whole.start + (whole.end - whole.start) * percent / 100 for percent in part)
        seen = drawn(under_test, query, by, view=view)
        asked = replace(LanesQuery(**under_test.asked(query), by=by, most_intervals=2_000, most_bins=720), start=view[0], end=view[1])
        window = under_test.reader.drawn_lanes(asked)
    assert (seen.totals, seen.known) == (window.totals, window.known)
    assert [len(lane.intervals) for lane in seen.lanes] == [len(lane.intervals) for lane in window.lanes]
    assert [list(lane.beside) for lane in seen.lanes] == [list(lane.beside) for lane in window.lanes]


def test_lanes_are_in_the_order_of_their_names():
    with site_under_test({"stations": {"a": "press", "b": "press", "c": "press"}}) as site:
        site.post([at("08:00", "working"), at("08:20", "idle"), at("08:40", "working", station="b"), at("09:00", "absent")])
        with site.database.write() as connection:
            for station, name in (("a", "Press 10"), ("b", "press 9")):
                connection.execute(tables.workstations.update().where(tables.workstations.c.station_id == station).values(name=name))
        found = drawn(site, {}, "workstation", most_intervals=0, most_bins=60)
        assert [lane.name for lane in found.lanes] == ["c", "press 9", "Press 10", "S1"]
        assert words(found) == {"c": "n" * 60, "b": "n" * 40 + "w" * 20, "a": "n" * 60, "S1": "w" * 20 + "i" * 20 + "n" * 20}


def test_a_window_of_which_nothing_has_passed_has_lanes_without_anything():
    with site_under_test() as site:
        site.post([at("08:00", "working"), at("09:00", "absent")])
        found = drawn(site, {"from": "2026-02-01", "to": "2026-02-02"}, most_intervals=0)
        assert (found.raster, [len(lane.intervals) for lane in found.lanes], sum(found.totals.values())) == (None, [0], 0)


@core(40)
@given(case=cases(), by=st.sampled_from(["worker", "workstation"]), bucket=st.sampled_from([HOUR, DAY]))
def test_rollups_show_what_the_intervals_show(case, by, bucket):
    site, events, query = case
    note(str(query))
    with site_under_test(site) as under_test, pytest.MonkeyPatch.context() as patch:
        under_test.post(events)
        # So many bins that hours, or days, are just long enough.
        whole = drawn(under_test, query, by)
        passed = to_micros(whole.end) - to_micros(whole.start)
        most = max(1, -(-passed // bucket))
        patch.setattr(reading, "BINS", (HOUR, DAY, 7 * DAY))
        counted = drawn(under_test, query, by, most_intervals=-1, most_bins=most)
        patch.setattr(reading, "MOST_READ", -1)
        summed = drawn(under_test, query, by, most_intervals=-1, most_bins=most)
    assert counted.totals == summed.totals == whole.totals
    assert counted.raster.edges.tolist() == summed.raster.edges.tolist()
    assert counted.raster.states.tolist() == summed.raster.states.tolist()
    assert counted.raster.shares.tolist() == summed.raster.shares.tolist()
    assert [(lane.lane_id, lane.name) for lane in counted.lanes] == [(lane.lane_id, lane.name) for lane in summed.lanes]
