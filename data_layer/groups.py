"""Sums over groups of people: which hours of a window may be told at level team, so that nobody stands alone in any answer.

In each local hour, the stations where people were seen are parted into groups: a station with `smallest` people or more is one, what is
left is another. Too few left would be told by subtracting the others from the whole, so the smallest of these joins the rest.

    hour 9    S1 ●●●●●●●   S2 ●●●●●   S3 ●●        smallest 5
    groups    {S1}         {S2, S3}                7 people; 7 people
    told      S1 alone, S2 and S3 together, all three; not S2 alone, nor S3

An answer takes a group's hour whole or not at all. So whatever is asked, and however answers are added or subtracted, what comes out is
about whole groups. An hour counts once it is over; states that still go on count when something ends them. Who was neither at work nor made
anything is in no group: hours of absence and events are told of all stations together, and where enough others were at work.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from data_layer.frames import Frames
from metrics.columns import Columns, changes, columns, order_by
from metrics.local_time import LocalClock
from metrics.units import HOUR, Micros
from metrics.window import Window

Stations = frozenset[int]


def parted(seen: Mapping[int, Collection[int]], smallest: int) -> list[Stations]:
    """The groups of stations of an hour, each of at least `smallest` people; none where there are fewer altogether. seen: people by station."""
    alone = sorted((station for station, people in seen.items() if len(people) >= smallest), key=lambda station: (-len(seen[station]), station))
    rest = set(seen) - {*alone}
    while rest and len(set().union(*(seen[station] for station in rest))) < smallest:
        if not alone:
            return []
        rest.add(alone.pop())
    return [frozenset({station}) for station in alone] + ([frozenset(rest)] if rest else [])


def is_told(groups: Sequence[Stations], stations: Collection[int]) -> bool:
    """Whether some stations are whole groups together."""
    return all(group.isdisjoint(stations) or group.issubset(stations) for group in groups)


@dataclass(frozen=True)
class ToldHours:
    """parts: the hours of a window that are told (start, end, bucket). counted, left_out: in each bucket, how many hours with people are, and aren't."""

    parts: Columns
    counted: Micros
    left_out: Micros

    @property
    def hidden(self) -> list[bool]:
        """Of each bucket, whether there were people, and nothing of them is told."""
        return [left_out > 0 and not counted for left_out, counted in zip(self.left_out.tolist(), self.counted.tolist(), strict=True)]


@dataclass(frozen=True)
class Crowd:
    """Who was seen at work where in each hour. bounds: of the hours (µs), one more than there are. people: hour (its place), station, worker; each
    once. others: hours in which there is anything of anybody."""

    bounds: Micros
    people: Columns
    others: Micros

    @classmethod
    def load(cls, frames: Frames, clock: LocalClock, low: int, high: int) -> "Crowd":
        """Of the hours around `[low, high)`."""
        bounds = clock.buckets_around(low, high, HOUR) if low < high else np.array([low], dtype=np.int64)
        first, last = int(bounds[0]), int(bounds[-1])
        seen = frames.presence(first, last)
        hour = np.searchsorted(bounds, seen["bucket"], side="right") - 1
        people = seen.assign(hour=hour).rows(seen["present"] == 1).pick("hour", "station", "worker")
        ordered = people.rows(order_by(people, ["hour", "station", "worker"]))
        return cls(bounds, ordered.rows(changes(ordered, ["hour", "station", "worker"])), np.unique(hour))

    def told(self, window: Window, stations: Stations | None, smallest: int) -> ToldHours:
        """Which hours of a window are told of all stations, or of some together."""
        starts, ends = self.bounds[:-1], self.bounds[1:]
        part = np.searchsorted(window.ends, starts, side="right")
        lies = part < len(window.starts)
        place = np.where(lies, part, 0)
        bucket = window.parts["bucket"][place] if len(window.starts) else np.zeros(len(starts), dtype=np.int64)
        touched = lies & (ends > window.starts[place]) if len(window.starts) else lies
        inside = touched & (starts >= window.starts[place]) & (ends <= np.minimum(window.ends[place], window.clock)) if touched.any() else touched
        somebody, allowed = self._judged(stations, smallest)
        counts = inside & allowed
        shown = columns(start=starts[counts], end=ends[counts], bucket=bucket[counts])
        return ToldHours(
            _joined(shown),
            np.bincount(bucket[counts & somebody], minlength=window.buckets),
            np.bincount(bucket[touched & ~counts & somebody], minlength=window.buckets),
        )

    def _judged(self, stations: Stations | None, smallest: int) -> tuple[np.ndarray, np.ndarray]:
        """Of each hour, whether anybody was seen at the stations, and whether that may be told."""
        hours = len(self.bounds) - 1
        if stations is None:
            ordered = self.people.rows(order_by(self.people, ["hour", "worker"]))
            many = np.bincount(ordered.rows(changes(ordered, ["hour", "worker"]))["hour"], minlength=hours)
            somebody = (many > 0) | np.isin(np.arange(hours), self.others)
            return somebody, ~somebody | (many >= smallest)
        own = self.people.rows(np.isin(self.people["station"], [*stations]))
        somebody = np.bincount(own["hour"], minlength=hours) > 0
        allowed = ~somebody
        groups = self._groups(smallest)
        for hour in np.flatnonzero(somebody).tolist():
            allowed[hour] = bool(groups[hour]) and is_told(groups[hour], stations)
        return somebody, allowed

    @cached_property
    def _by_hour(self) -> dict[int, dict[int, set[int]]]:
        found: dict[int, dict[int, set[int]]] = {}
        for hour, station, worker in zip(*(self.people[name].tolist() for name in ("hour", "station", "worker")), strict=True):
            found.setdefault(hour, {}).setdefault(station, set()).add(worker)
        return found

    def _groups(self, smallest: int) -> dict[int, list[Stations]]:
        """The groups of each hour, parted once for all stations that are asked about."""
        if smallest not in self._parted:
            self._parted[smallest] = {hour: parted(seen, smallest) for hour, seen in self._by_hour.items()}
        return self._parted[smallest]

    @cached_property
    def _parted(self) -> dict[int, dict[int, list[Stations]]]:
        return {}


def _joined(hours: Columns) -> Columns:
    """Neighbours in one bucket as one."""
    if not len(hours):
        return hours
    apart = (hours["start"][1:] != hours["end"][:-1]) | (hours["bucket"][1:] != hours["bucket"][:-1])
    begins = np.concatenate([[0], np.flatnonzero(apart) + 1])
    ends = np.concatenate([begins[1:] - 1, [len(hours) - 1]])
    return columns(start=hours["start"][begins], end=hours["end"][ends], bucket=hours["bucket"][begins])
