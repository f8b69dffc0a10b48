"""Which cameras have fallen silent, and what of which stations nobody has seen since.

C3    · · ·· · · ·│                    now      silent: the time without a word is far beyond its usual pace
C4    · ·  ·  ·  ··   · · ·  · ·  · ·  │        live
S3 (C3)           ├───── unseen ───────┤        as far as it is scheduled
S4 (C3, C4)                                     seen, by C4
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from data_layer.query import Row
from metrics.columns import Columns, columns
from metrics.schedule import SiteRules, build
from metrics.segments import clip, length
from metrics.units import BEGINNING, DAY, FOREVER, HOUR, MINUTE, Micros, to_micros

#: A camera is silent once it has said nothing for so many times its usual pace, and at least so long.
_TIMES_ITS_PACE = 10
_AT_LEAST = 10 * MINUTE
#: Fewer events tell no pace; then a camera is silent after so long.
_ENOUGH_EVENTS = 5
_UNKNOWN_PACE = HOUR
#: Silences are looked for in the last two weeks; a longer one is as long as it gets.
_LOOKED_BACK = 14 * DAY
#: Less than this much of a station isn't worth a word.
_WORTH_A_WORD = 3 * MINUTE


@dataclass(frozen=True, slots=True)
class Heard:
    """What was heard of a camera; µs. last: None for never. pace: usual time between two of its events, None where too few tell it."""

    camera_id: str
    station_ids: tuple[str, ...]
    known_since: int
    last: int | None
    pace: int | None


@dataclass(frozen=True, slots=True)
class Silence:
    """since: the camera's last word (µs), None if it never said one. unseen: stations that nobody has seen since, with how long (µs)."""

    since: int | None
    unseen: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Expected:
    """When cameras are expected to say something; all µs.

    scheduled: segments (start, end; sorted and disjoint) in `[since, end)`. start: what was unseen before it doesn't count.
    timeout: the site's signal timeout; a silence longer than that is one at any pace.
    """

    scheduled: Columns
    since: int
    start: int
    end: int
    timeout: int = FOREVER

    @classmethod
    def by(cls, rules: SiteRules, start: int, end: int) -> "Expected":
        """What a site's rules expect in `[start, end)`; without a schedule, anything at any time."""
        since = max(BEGINNING, end - _LOOKED_BACK)
        whole = columns(start=[since], end=[end])
        scheduled = clip(build(rules, since, end).scheduled, *_segment(since, end)) if rules.has_schedule else whole
        return cls(scheduled, since, max(start, since), end, int(rules.signal_timeout(whole["end"])[0]))

    def between(self, start: int, end: int) -> int:
        """Scheduled time in `[start, end)`."""
        return length(clip(self.scheduled, *_segment(start, end))) if start < end else 0

    def pace(self, events: int, first: int, last: int) -> int | None:
        """Scheduled time between two of some events; None where too few tell it, or none of it was scheduled."""
        return self.between(first, last) // events or None if events >= _ENOUGH_EVENTS else None

    def pace_of_life(self, events: int, known_since: int, last: int) -> int | None:
        """As `pace`, of a time that may reach far back: as much of it is taken for scheduled as of the last two weeks."""
        lived = max(0, last - known_since) * self.between(self.since, self.end) // max(1, self.end - self.since)
        return lived // events or None if events >= _ENOUGH_EVENTS else None


def heard_so_far(row: Row, known_since: int, expected: Expected) -> Heard:
    """What was heard of a camera up to now. row: of `camera_rows`. known_since: when it was registered (µs)."""
    station_ids, last = tuple(row["station_ids"]), None if row["last_seen_at"] is None else to_micros(row["last_seen_at"])
    pace = None if last is None else expected.pace_of_life(row["events"], known_since, last)
    return Heard(row["camera_id"], station_ids, known_since, last, pace)


def silent(cameras: Sequence[Heard], expected: Expected) -> set[str]:
    """The cameras that have said nothing for longer than they should."""
    return {camera.camera_id for camera in cameras if _quiet(camera, expected) > _patience(camera, expected)}


def silences(cameras: Sequence[Heard], quiet: Collection[str], last_by_station: Mapping[str, int], expected: Expected) -> dict[str, Silence]:
    """The silence of each camera that is silent, with what it costs.

    A station is unseen while each camera that sees it is silent, and nothing else reports of it; it is counted to the camera that
    fell silent last. last_by_station: the last event that names a station, whoever reported it (µs).
    """
    unseen: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for station_id, seeing in _by_station(cameras).items():
        if all(camera.camera_id in quiet for camera in seeing):
            last = max(seeing, key=lambda camera: (_begins(camera, expected), camera.camera_id))
            begins = max(_begins(last, expected), last_by_station.get(station_id, expected.start))
            lost = expected.between(begins, expected.end)
            if lost >= _WORTH_A_WORD:
                unseen[last.camera_id].append((station_id, lost))
    return {camera.camera_id: Silence(camera.last, tuple(unseen[camera.camera_id])) for camera in cameras if camera.camera_id in quiet}


def _by_station(cameras: Sequence[Heard]) -> dict[str, list[Heard]]:
    seeing: dict[str, list[Heard]] = defaultdict(list)
    for camera in cameras:
        for station_id in camera.station_ids:
            seeing[station_id].append(camera)
    return dict(sorted(seeing.items()))


def _begins(camera: Heard, expected: Expected) -> int:
    """Since when nothing was heard of a camera, within what is looked at."""
    return max(expected.start, camera.known_since if camera.last is None else camera.last)


def _quiet(camera: Heard, expected: Expected) -> int:
    # What happened before the stretch that is looked at counts for the silence, not for what it costs.
    return expected.between(camera.known_since if camera.last is None else camera.last, expected.end)


def _patience(camera: Heard, expected: Expected) -> int:
    usual = _UNKNOWN_PACE if camera.pace is None else max(_AT_LEAST, _TIMES_ITS_PACE * camera.pace)
    return min(usual, expected.timeout)


def _segment(start: int, end: int) -> tuple[Micros, Micros]:
    return np.array([start], dtype=np.int64), np.array([end], dtype=np.int64)
