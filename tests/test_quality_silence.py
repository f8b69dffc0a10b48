"""Who is silent, and what nobody has seen since: two shifts, 08:00–12:00 and 13:00–17:00, minutes of the day in place of instants."""

import pytest

from data_layer.silence import Expected, Heard, Silence, silences, silent
from metrics.columns import columns
from metrics.schedule import SiteRules
from metrics.units import FOREVER, HOUR, MINUTE

SCHEDULED = columns(start=[8 * HOUR, 13 * HOUR], end=[12 * HOUR, 17 * HOUR])


def at(clock: str | None) -> int | None:
    return None if clock is None else int(clock[:2]) * HOUR + int(clock[3:]) * MINUTE


def expected(end: str = "17:00", start: str = "08:00", timeout: int = 12 * HOUR) -> Expected:
    return Expected(SCHEDULED, 0, at(start), at(end), timeout)


def heard(camera_id: str, last: str | None, *station_ids: str, pace: int | None = MINUTE, known_since: str = "00:00") -> Heard:
    return Heard(camera_id, station_ids, at(known_since), at(last), pace)


@pytest.mark.parametrize(
    ("why", "last", "now", "pace", "timeout", "is_silent"),
    [
        ("ten times its pace", "10:00", "10:20", 2 * MINUTE, HOUR, False),
        ("more than that", "10:00", "10:21", 2 * MINUTE, HOUR, True),
        ("a quick camera, within ten minutes", "10:00", "10:10", 1, HOUR, False),
        ("a quick camera, longer", "10:00", "10:11", 1, HOUR, True),
        ("a slow camera", "09:00", "10:30", 10 * MINUTE, 12 * HOUR, False),
        ("slow, but beyond the signal timeout", "09:00", "10:30", 10 * MINUTE, HOUR, True),
        ("nobody knows its pace", "09:00", "10:00", None, 12 * HOUR, False),
        ("nobody knows its pace, longer", "09:00", "10:01", None, 12 * HOUR, True),
        ("lunch is no silence", "11:55", "13:05", MINUTE, HOUR, False),
        ("lunch, and more", "11:55", "13:06", MINUTE, HOUR, True),
        ("the evening is no silence", "17:00", "23:00", MINUTE, HOUR, False),
        ("never heard, an hour into the shift", None, "09:00", None, 12 * HOUR, False),
        ("never heard, longer", None, "09:01", None, 12 * HOUR, True),
    ],
)
def test_silent(why, last, now, pace, timeout, is_silent):
    assert silent([heard("C1", last, pace=pace)], expected(now, timeout=timeout)) == ({"C1"} if is_silent else set())


def test_a_camera_that_is_new_has_time_to_speak():
    assert silent([heard("C1", None, pace=None, known_since="09:30")], expected("10:00")) == set()


LOST = [
    ("one camera, one station", [heard("C1", "10:00", "S1")], ["C1"], {}, {"C1": [("S1", "06:00")]}),
    ("each of its stations", [heard("C1", "10:00", "S2", "S1")], ["C1"], {}, {"C1": [("S1", "06:00"), ("S2", "06:00")]}),
    ("another one sees it", [heard("C1", "10:00", "S1"), heard("C2", "16:59", "S1")], ["C1"], {}, {"C1": []}),
    ("another one sees it, slow as it is", [heard("C1", "12:00", "S1"), heard("C2", "10:00", "S1")], ["C1"], {}, {"C1": []}),
    ("both are silent: since the second", [heard("C1", "10:00", "S1"), heard("C2", "11:00", "S1")], ["C1", "C2"], {}, {"C1": [], "C2": [("S1", "05:00")]}),
    ("both since the same moment", [heard("C1", "10:00", "S1"), heard("C2", "10:00", "S1")], ["C1", "C2"], {}, {"C1": [], "C2": [("S1", "06:00")]}),
    ("somebody without a camera spoke of it", [heard("C1", "10:00", "S1")], ["C1"], {"S1": "15:30"}, {"C1": [("S1", "01:30")]}),
    ("all the time", [heard("C1", "10:00", "S1")], ["C1"], {"S1": "16:58"}, {"C1": []}),
    ("silent since yesterday: the window alone", [heard("C1", "07:00", "S1")], ["C1"], {}, {"C1": [("S1", "08:00")]}),
    ("never spoke", [heard("C1", None, "S1", known_since="14:00")], ["C1"], {}, {"C1": [("S1", "03:00")]}),
    ("nobody knows what it sees", [heard("C1", "10:00")], ["C1"], {}, {"C1": []}),
    ("nobody is silent", [heard("C1", "10:00", "S1")], [], {}, {}),
]


@pytest.mark.parametrize(("why", "cameras", "quiet", "last_by_station", "lost"), LOST, ids=[case[0] for case in LOST])
def test_what_nobody_has_seen(why, cameras, quiet, last_by_station, lost):
    found = silences(cameras, quiet, {station: at(clock) for station, clock in last_by_station.items()}, expected())
    last = {camera.camera_id: camera.last for camera in cameras}
    assert found == {camera: Silence(last[camera], tuple((station, at(length)) for station, length in stations)) for camera, stations in lost.items()}


def test_pace_counts_scheduled_time():
    assert expected().pace(60, at("11:00"), at("14:00")) == 2 * MINUTE
    assert expected().pace(4, at("11:00"), at("14:00")) is None
    assert expected().pace(60, at("12:00"), at("12:30")) is None


@pytest.mark.parametrize(
    ("why", "events", "days", "pace"),
    [
        ("eight hours of each day are scheduled", 480, 1, MINUTE),
        ("and were before the day that is looked at", 4800, 10, MINUTE),
        ("too few to tell", 4, 10, None),
        ("younger than its last event", 10, 0, None),
    ],
)
def test_pace_of_a_life(why, events, days, pace):
    """Scheduled time is known for the last day alone: what was before it is taken to be like it."""
    day = Expected(SCHEDULED, 0, at("08:00"), 24 * HOUR)
    assert day.pace_of_life(events, 24 * HOUR - days * 24 * HOUR, 24 * HOUR) == pace


def test_without_a_schedule_anything_may_come_at_any_time():
    found = Expected.by(SiteRules(), 20 * 24 * HOUR, 21 * 24 * HOUR)
    assert (found.since, found.start, found.timeout) == (7 * 24 * HOUR, 20 * 24 * HOUR, 12 * HOUR)
    assert found.between(0, FOREVER) == 14 * 24 * HOUR
    assert Expected.by(SiteRules(), 0, 21 * 24 * HOUR).start == 7 * 24 * HOUR
