"""Timelines: lanes whose lengths are the figures, to the microsecond."""

import itertools
from datetime import datetime

import pytest
from hypothesis import given, note
from hypothesis_profiles import core
from metrics_harness import SiteUnderTest, site_under_test
from strategies import cases

from data_layer import timeline
from data_layer.query import TimelineQuery, TooMuch
from metrics.columns import columns
from metrics.segments import without
from metrics.units import HOUR, to_micros

SHIFT = {"name": "day", "start": "08:00", "end": "17:00", "breaks": [{"start": "12:00", "end": "13:00"}]}


def lanes(site: SiteUnderTest, query: dict, by: str) -> dict[str, list[tuple]]:
    """Intervals by lane: state, station or workers, start, end (µs)."""
    found, _ = site.reader.timeline(TimelineQuery(**site.asked(query), by=by))
    key, what = ("worker_id", "station_id") if by == "worker" else ("station_id", "worker_ids")
    return {lane[key]: [(i["state"], i[what], micros_of(i["start"]), micros_of(i["end"])) for i in lane["intervals"]] for lane in found}


def shown(site: SiteUnderTest, query: dict, by: str) -> dict[str, list[tuple]]:
    """As `lanes`, with times of day."""
    found, _ = site.reader.timeline(TimelineQuery(**site.asked(query), by=by))
    key, what = ("worker_id", "station_id") if by == "worker" else ("station_id", "worker_ids")
    return {lane[key]: [(i["state"], i[what], i["start"][11:16], i["end"][11:16]) for i in lane["intervals"]] for lane in found}


def at(clock: str, kind: str, worker: str = "anna", station: str = "S1") -> dict:
    return {"timestamp": f"2026-01-15T{clock}:00Z", "worker_id": worker, "workstation_id": station, "event_type": kind}


def micros_of(text: str) -> int:
    return to_micros(datetime.fromisoformat(text))


def in_state(lane: list[tuple], *states: str) -> int:
    return sum(end - start for state, _, start, end in lane if state in states)


def assert_disjoint(lane: list[tuple]) -> None:
    for before, after in itertools.pairwise(lane):
        assert before[3] <= after[2]
    assert all(start < end for _, _, start, end in lane)


@core(80)
@given(case=cases())
def test_lengths_are_the_figures(case):
    site, events, query = case
    note(str(query))
    with site_under_test(site) as under_test:
        under_test.post(events)
        figures = under_test.read(query)
        workers = lanes(under_test, query, "worker")
        assert workers.keys() == figures["workers"].keys()
        for worker, lane in workers.items():
            row = figures["workers"][worker]
            assert_disjoint(lane)
            assert in_state(lane, "working") / HOUR == row["total_active_time_hours"]
            assert in_state(lane, "idle") / HOUR == row["total_idle_time_hours"]
            assert in_state(lane, "absent") / HOUR == row["total_absent_time_hours"]
            if row["no_signal_hours"] is not None:
                assert in_state(lane, "no_signal") / HOUR == row["no_signal_hours"]
        stations = lanes(under_test, query, "workstation")
        assert stations.keys() == figures["workstations"].keys()
        for station, lane in stations.items():
            row = figures["workstations"][station]
            assert_disjoint(lane)
            assert in_state(lane, "working", "idle") / HOUR == row["occupancy_time_hours"]
            assert in_state(lane, "working") / HOUR == row["working_time_hours"]
            assert all(bool(people) == (state != "no_signal") for state, people, *_ in lane)


@core(40)
@given(case=cases())
def test_what_is_expected_is_seen_or_no_signal(case):
    """At a site without a schedule lanes are full: every moment of the window up to the clock is in a state or without a signal."""
    site, events, query = case
    plain = {name: value for name, value in query.items() if name not in ("station_id", "station_type", "shift", "worker_id")}
    bare = {"timezone": site["timezone"]}
    with site_under_test(bare) as under_test:
        under_test.post(events)
        for lane in [*lanes(under_test, plain, "worker").values(), *lanes(under_test, plain, "workstation").values()]:
            assert all(before[3] == after[2] for before, after in itertools.pairwise(lane))


def test_workers_of_a_shift():
    with site_under_test({"shifts": [SHIFT]}) as site:
        site.post(
            [
                at("08:10", "working"),
                at("09:00", "idle"),
                at("09:20", "working", station="S2"),
                at("10:30", "absent"),
                at("11:00", "working"),
                at("11:40", "product_count"),
            ]
        )
        site.post([at("16:00", "working", "ben"), at("16:30", "idle", "ben")])
        assert shown(site, {}, "worker") == {
            "anna": [
                ("working", "S1", "08:10", "09:00"),
                ("idle", "S1", "09:00", "09:20"),
                ("working", "S2", "09:20", "10:30"),
                ("absent", "S1", "10:30", "11:00"),
                ("working", "S1", "11:00", "11:40"),
                ("no_signal", None, "11:40", "12:00"),
                ("no_signal", None, "13:00", "16:30"),
            ],
            "ben": [("working", "S1", "16:00", "16:30")],  # half an hour attends no shift: nobody expects him
        }
        # Under a clock the open state makes ben attend the shift: now he is missed from its beginning.
        assert shown(site, {"as_of": "2026-01-15T17:30:00Z"}, "worker")["ben"] == [
            ("no_signal", None, "08:10", "12:00"),
            ("no_signal", None, "13:00", "16:00"),
            ("working", "S1", "16:00", "16:30"),
            ("idle", "S1", "16:30", "17:00"),
        ]
        # Who is filtered by station is seen there or not at all.
        assert shown(site, {"station_id": ["S2"]}, "worker") == {"anna": [("working", "S2", "09:20", "10:30")], "ben": []}


def test_people_at_a_station():
    with site_under_test() as site:
        site.post([at("08:00", "working"), at("09:00", "idle"), at("10:00", "absent")])
        site.post([at("08:30", "working", "ben"), at("09:30", "absent", "ben"), at("10:15", "working", "ben"), at("10:20", "working", "ben", "S2")])
        assert shown(site, {}, "workstation") == {
            "S1": [
                ("working", ["anna"], "08:00", "08:30"),
                ("working", ["anna", "ben"], "08:30", "09:30"),
                ("idle", ["anna"], "09:30", "10:00"),
                ("no_signal", [], "10:00", "10:15"),
                ("working", ["ben"], "10:15", "10:20"),
            ],
            "S2": [("no_signal", [], "08:00", "10:20")],
        }
        # Who is filtered out may have been there: that nobody was seen can't be said then.
        assert shown(site, {"worker_id": ["ben"]}, "workstation")["S1"] == [("working", ["ben"], "08:30", "09:30"), ("working", ["ben"], "10:15", "10:20")]


def test_a_site_without_events_has_lanes_without_intervals():
    with site_under_test({"shifts": [SHIFT], "stations": {"S1": "assembly"}}) as site:
        assert lanes(site, {"from": "2026-01-15", "to": "2026-01-16"}, "workstation") == {"S1": []}
        assert lanes(site, {}, "worker") == {}


def test_more_than_anybody_can_look_at_is_refused(monkeypatch):
    monkeypatch.setattr(timeline, "MOST_INTERVALS", 3)
    with site_under_test() as site:
        site.post([at(f"{hour:02}:00", kind) for hour, kind in zip(range(8, 13), ["working", "idle"] * 3, strict=False)])
        with pytest.raises(TooMuch, match="4 intervals"):
            lanes(site, {}, "worker")


@pytest.mark.parametrize(
    ("why", "frame", "holes", "left"),
    [
        ("before and after", [(0, 10)], [(3, 5)], [(0, 3), (5, 10)]),
        ("all of it", [(2, 4)], [(0, 9)], []),
        ("nothing", [(2, 4)], [(4, 9)], [(2, 4)]),
        ("touching holes", [(0, 10)], [(2, 4), (4, 6)], [(0, 2), (6, 10)]),
        ("a hole over two", [(0, 4), (6, 10)], [(3, 7)], [(0, 3), (7, 10)]),
        ("touching segments become one", [(0, 4), (4, 10)], [], [(0, 10)]),
        ("no segments", [], [(1, 2)], []),
    ],
)
def test_without(why, frame, holes, left):
    def segments(pairs: list[tuple[int, int]], key: int):
        return columns(key=[key] * len(pairs), start=[low for low, _ in pairs], end=[high for _, high in pairs])

    found = without(segments(frame, 1), segments(holes, 1), "key")
    assert list(zip(found["start"].tolist(), found["end"].tolist(), strict=True)) == left, why
    untouched = without(segments(frame, 1), segments(holes, 2), "key")
    assert int((untouched["end"] - untouched["start"]).sum()) == sum(high - low for low, high in frame)


@pytest.mark.parametrize(("second", "text"), [("30", "30Z"), ("30.5", "30.500000Z"), ("00.000001", "00.000001Z")])
def test_times_are_those_of_the_other_answers(second, text):
    with site_under_test() as site:
        site.post([at("08:00", "working") | {"timestamp": f"2026-01-15T08:00:{second}Z"}, at("09:00", "idle")])
        [lane], revision = site.reader.timeline(TimelineQuery())
        assert lane["intervals"] == [{"state": "working", "station_id": "S1", "start": f"2026-01-15T08:00:{text}", "end": "2026-01-15T09:00:00Z"}]
        assert revision.number > 0
