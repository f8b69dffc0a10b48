"""From facts to sentences: what hurts the figures, the worst first."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from callbacks.findings import Coverage, Finding, findings, seconds
from data_layer.quality import CameraQuality, Lapse, Quality, Tally
from data_layer.refused import Refusals

NOW = datetime(2026, 1, 15, 11, 26, tzinfo=ZoneInfo("Europe/Berlin"))
HEARD = datetime(2026, 1, 15, 9, 2, tzinfo=UTC)
NAMES = {"S1": "Press", "S3": "S3"}

C3 = CameraQuality("C3", None, ("S3",), Tally(1000, 12.5), 0, HEARD, HEARD, 0.2, None)
GOOD = Quality((C3,), Tally(1000, 12.5), Tally(), 0, 0.2, HEARD, None, Refusals())


def told(quality: Quality, coverage: Coverage | None = None) -> list[str]:
    return [f"{one.level}: {one.what}: {one.cost}." for one in findings(quality, coverage or Coverage(97.0, 36.7, 1.1), NAMES, NOW)]


def camera(**changes: object) -> Quality:
    return replace(GOOD, cameras=(replace(C3, **changes),))


def tally(**changes: object) -> Quality:
    return camera(tally=replace(C3.tally, **changes))


def test_nothing_hurts():
    assert told(GOOD) == []


CASES = [
    ("the camera of the issue", camera(lapse=Lapse(HEARD, (("S3", 1.4),))), "lost: Camera C3 silent since 10:02: 1.4 h of S3 unseen."),
    (
        "with a name",
        camera(name="Hall 1, north", lapse=Lapse(HEARD, (("S1", 1.4),))),
        "lost: Camera “Hall 1, north” silent since 10:02: 1.4 h of Press unseen.",
    ),
    (
        "several stations",
        camera(lapse=Lapse(HEARD, (("S1", 1.4), ("S3", 1.0), ("S4", 0.5), ("S5", 0.25)))),
        "lost: Camera C3 silent since 10:02: 3.1 h of Press, S3, S4 and 1 more unseen together.",
    ),
    (
        "since another day",
        camera(lapse=Lapse(datetime(2026, 1, 14, 15, 30, tzinfo=UTC), (("S3", 4.0),))),
        "lost: Camera C3 silent since Wed 14 Jan, 16:30: 4.0 h of S3 unseen.",
    ),
    ("never", camera(lapse=Lapse(None, (("S3", 2.0),))), "lost: Camera C3 has never sent anything: 2.0 h of S3 unseen."),
    ("others see its stations", camera(lapse=Lapse(HEARD)), "note: Camera C3 silent since 10:02: its stations are reported by others."),
    (
        "nobody knows its stations",
        camera(station_ids=(), lapse=Lapse(HEARD)),
        "note: Camera C3 silent since 10:02: nobody knows which stations it sees.",
    ),
    (
        "a slow clock",
        camera(skew_seconds=37.4),
        "wrong: Clock of camera C3 37 s behind: its times are too early by as much, unless its events take that long to arrive.",
    ),
    ("a fast clock", camera(skew_seconds=-5.1), "wrong: Clock of camera C3 5.1 s ahead: its times are too late by as much."),
    ("a clock that is good enough", camera(skew_seconds=5.0), None),
    ("a clock that nobody knows", camera(skew_seconds=None), None),
    ("unsure", tally(low_confidence=50), "lost: Camera C3 unsure: 50 of 1,000 events (5.0 %) below the minimum confidence, in no figure."),
    ("a little unsure", tally(low_confidence=49), None),
    (
        "twice",
        tally(possible_duplicates=210),
        "wrong: Camera C3 may report twice: 210 of 1,000 events (21 %) of the same second, worker and station as another.",
    ),
    ("hardly twice", tally(possible_duplicates=9), None),
    (
        "late",
        tally(late=10, longest_delay_seconds=7800.0),
        "note: Camera C3 late: 10 of 1,000 events (1.0 %) received over a minute after their time, up to 2 h 10; live figures lacked them until then.",
    ),
    ("hardly late", tally(late=9), None),
    ("no events at all", tally(events=0), None),
    (
        "one event, and that unsure",
        tally(events=1, low_confidence=1),
        "lost: Camera C3 unsure: 1 of 1 event (100 %) below the minimum confidence, in no figure.",
    ),
    (
        "events without a camera",
        replace(GOOD, without_camera=Tally(10, possible_duplicates=1)),
        "wrong: Events without a camera may report twice: 1 of 10 events (10 %) of the same second, worker and station as another.",
    ),
    ("an open entry", replace(GOOD, refusals=Refusals(1, 1, Counter())), "lost: 1 refused payload waits in the quarantine: what was refused is in no figure."),
    ("open entries", replace(GOOD, refusals=Refusals(12)), "lost: 12 refused payloads wait in the quarantine: what was refused is in no figure."),
    (
        "very many",
        replace(GOOD, refusals=Refusals(1000, more=True)),
        "lost: 1,000 or more refused payloads wait in the quarantine: what was refused is in no figure.",
    ),
]


@pytest.mark.parametrize(("why", "quality", "sentence"), CASES, ids=[case[0] for case in CASES])
def test_each(why, quality, sentence):
    assert told(quality) == ([] if sentence is None else [sentence])


def several(*changes: dict) -> Quality:
    return replace(GOOD, cameras=tuple(replace(C3, camera_id=f"C{number}", **one) for number, one in enumerate(changes, start=1)))


TOGETHER = [
    (
        "unsure",
        several(*({"tally": Tally(1000, low_confidence=some)} for some in (49, 200, 100))),
        "lost: Camera C2 and camera C3 unsure: 300 of 2,000 events (15 %) below the minimum confidence, in no figure.",
    ),
    (
        "twice",
        several(*({"tally": Tally(100, possible_duplicates=some)} for some in (2, 3, 0, 1, 4))),
        "wrong: Camera C5, camera C2 and 2 more may report twice: 10 of 400 events (2.5 %) of the same second, worker and station as another.",
    ),
    (
        "late",
        several({"tally": Tally(100, late=1, longest_delay_seconds=90.0)}, {"tally": Tally(100, late=50, longest_delay_seconds=70.0)}),
        "note: Camera C2 and camera C1 late: 51 of 200 events (26 %) received over a minute after their time, up to 90 s; live figures lacked them until then.",
    ),
    (
        "clocks",
        several({"skew_seconds": 6.0}, {"skew_seconds": -37.0}, {"skew_seconds": 1.0}),
        "wrong: Clocks of camera C2 and camera C1 off, by up to 37 s ahead: their times are wrong by as much, unless their events take long to arrive.",
    ),
]


@pytest.mark.parametrize(("why", "quality", "sentence"), TOGETHER, ids=[case[0] for case in TOGETHER])
def test_what_several_do_alike_is_told_once(why, quality, sentence):
    assert told(quality) == [sentence]


@pytest.mark.parametrize(
    ("coverage", "sentence"),
    [
        (Coverage(89.9, 36.7, 3.7), ["lost: Coverage is 89.9 %: 3.7 of 36.7 tracked hours without a signal."]),
        (Coverage(0.0, 36.7, 36.7), ["lost: Coverage is 0.0 %: 36.7 of 36.7 tracked hours without a signal."]),
        (Coverage(90.0, 36.7, 3.67), []),
        (Coverage(), []),
    ],
)
def test_coverage(coverage, sentence):
    assert told(GOOD, coverage) == sentence


def test_the_worst_comes_first():
    late = replace(C3, camera_id="C1", tally=Tally(1000, late=900))
    unsure = replace(C3, camera_id="C2", tally=Tally(1000, low_confidence=300))
    skewed = replace(C3, camera_id="C4", skew_seconds=60.0)
    silent = [replace(C3, camera_id=f"C{hours}", lapse=Lapse(HEARD, (("S3", float(hours)),))) for hours in (5, 7, 6)]
    found = findings(replace(GOOD, cameras=(late, skewed, *silent, unsure), refusals=Refusals(301)), Coverage(80.0, 30.0, 6.5), NAMES, NOW)
    assert [(one.hours, one.events) for one in found if one.level == "lost"] == [(7, 0), (6.5, 0), (6, 0), (5, 0), (0, 301), (0, 300)]
    assert [one.level for one in found[-2:]] == ["wrong", "note"]
    assert found[-1] == Finding("note", "Camera C1 late", found[-1].cost, events=900)


@pytest.mark.parametrize(("length", "text"), [(0.42, "0.4 s"), (9.94, "9.9 s"), (37.4, "37 s"), (119, "119 s"), (120, "2 min"), (7800, "2 h 10")])
def test_seconds(length, text):
    assert seconds(length) == text
