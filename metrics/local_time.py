"""The wall clock of a site: between UTC instants and local days, hours and times, exact across daylight saving."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np

from metrics.units import DAY, SECOND, WEEK, Micros, to_datetime, to_micros

_FIRST_YEAR, _LAST_YEAR = 1999, 2101
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_MONDAY = 4  # 1970-01-05


@dataclass(frozen=True, eq=False)
class LocalClock:
    """The UTC offsets of one IANA zone as a step function.

    starts:  |────o0────|────o1────|────o2──▶   UTC microseconds from which each offset holds
    offsets: local wall clock − UTC, in microseconds
    """

    starts: Micros
    offsets: Micros

    def offset(self, instants: Micros) -> Micros:
        """UTC offsets in force at UTC instants."""
        return self.offsets[np.searchsorted(self.starts, instants, side="right") - 1]

    def wall(self, instants: Micros) -> Micros:
        """Local wall clock of UTC instants, as microseconds that would be since 1970-01-01 local."""
        return instants + self.offset(instants)

    def local_day(self, instants: Micros) -> Micros:
        """Local calendar day of UTC instants, as days since 1970-01-01."""
        return np.floor_divide(self.wall(instants), DAY)

    def day_of(self, instant: int) -> int:
        """The local day (days since 1970-01-01) that one instant (µs) lies in."""
        return int(self.local_day(np.array([instant]))[0])

    def instant(self, walls: Micros) -> Micros:
        """UTC instants of local wall clocks; times that daylight saving skips or repeats resolve as zoneinfo does with fold=0.

        Both a gap and a repetition are read with the offset before the change, so an offset holds for the wall clocks from
        its start plus the greater one of the two offsets.
        """
        wall_starts = self.starts + np.maximum(self.offsets, np.concatenate([self.offsets[:1], self.offsets[:-1]]))
        wall_starts[0] = np.iinfo(np.int64).min
        return walls - self.offsets[np.searchsorted(wall_starts, walls, side="right") - 1]

    def day_start(self, day: int) -> int:
        """UTC instant of local midnight at the beginning of a day (days since 1970-01-01)."""
        return int(self.instant(np.array([day * DAY]))[0])

    def bounds(self, start: int, end: int, step: int) -> Micros:
        """The instants between which a local bucket of `step` microseconds lies, around `[start, end)`.

        A bucket holds the instants with the same wall clock cut to `step` and the same offset: an hour that daylight saving
        repeats is two buckets, and a change within an hour (Lord Howe, St John's) cuts it. The first bound is at or before
        `start`, the last at or after `end`. step: HOUR, or a divisor of it.
        """
        first = int(np.searchsorted(self.starts, start, side="right")) - 1
        last = int(np.searchsorted(self.starts, end, side="left"))
        pieces = []
        for index in range(first, max(last, first + 1)):
            offset = int(self.offsets[index])
            begins = int(self.starts[index])
            ends = int(self.starts[index + 1]) if index + 1 < len(self.starts) else end + 2 * step
            low = max(begins, (max(start, begins) + offset) // step * step - offset)
            high = min(ends, -(-(min(end, ends) + offset) // step) * step - offset)
            pieces.append(np.concatenate([[low], np.arange(-(-(low + 1 + offset) // step) * step - offset, high, step), [high]]))
        return np.unique(np.concatenate(pieces)).astype(np.int64)

    def stretches(self, start: int, end: int) -> list[tuple[int, int, int]]:
        """What `[start, end)` is made of by UTC offset: (start, end, offset) of each stretch without a change."""
        inner = self.starts[(self.starts > start) & (self.starts < end)].tolist()
        edges = [start, *inner, end]
        return [(low, high, int(self.offset(np.array([low]))[0])) for low, high in pairwise(edges)]

    def last_change(self, instant: int) -> int:
        """When the offset in force at an instant came into force."""
        return int(self.starts[np.searchsorted(self.starts, instant, side="right") - 1])

    def day_bounds(self, start: int, end: int) -> Micros:
        """The local midnights around `[start, end)`; the first is at or before `start`, the last at or after `end`."""
        return self._midnights(start, end, 1, 0)

    def week_bounds(self, start: int, end: int) -> Micros:
        """The local midnights with which a Monday begins around `[start, end)`, as for days."""
        return self._midnights(start, end, 7, _MONDAY)

    def buckets_around(self, start: int, end: int, step: int) -> Micros:
        """The instants between which the local buckets around `[start, end)` lie. step: WEEK, DAY, HOUR or a divisor of it."""
        by_step = {DAY: self.day_bounds, WEEK: self.week_bounds}
        return by_step[step](start, end) if step in by_step else self.bounds(start, end, step)

    def _midnights(self, start: int, end: int, every: int, remainder: int) -> Micros:
        """The midnights of every so many days, of those with a remainder, around `[start, end)`."""
        first, last = ((int(day) - remainder) // every for day in self.local_day(np.array([start, end])))
        midnights = self.instant((np.arange(first - 1, last + 3) * every + remainder) * DAY)
        low = int(np.searchsorted(midnights, start, side="right")) - 1
        high = int(np.searchsorted(midnights, end, side="left"))
        return midnights[low : max(high, low + 1) + 1]


def _offset_at(zone: tzinfo, instant: int) -> int:
    delta = to_datetime(instant).astimezone(zone).utcoffset()
    return (delta or timedelta()) // timedelta(microseconds=1)


def _change_between(zone: tzinfo, low: int, high: int) -> int:
    """The second at which the offset changes between two instants with different offsets, by bisection."""
    before = _offset_at(zone, low)
    while high - low > SECOND:
        middle = (low + high) // 2 // SECOND * SECOND
        low, high = (middle, high) if _offset_at(zone, middle) == before else (low, middle)
    return high


@lru_cache(maxsize=64)
def local_clock(timezone: str) -> LocalClock:
    """The clock of an IANA zone, from 1999 to 2101. Raises ZoneInfoNotFoundError or ValueError for an unknown name."""
    zone = ZoneInfo(timezone)
    step = 2 * DAY  # since 1999 no zone has changed its offset twice within two days
    first = to_micros(datetime(_FIRST_YEAR, 1, 1, tzinfo=UTC))
    last = to_micros(datetime(_LAST_YEAR, 1, 1, tzinfo=UTC))
    starts, offsets = [np.iinfo(np.int64).min // 2], [_offset_at(zone, first)]
    for instant in range(first + step, last, step):
        offset = _offset_at(zone, instant)
        if offset != offsets[-1]:
            starts.append(_change_between(zone, instant - step, instant))
            offsets.append(offset)
    return LocalClock(np.array(starts, dtype=np.int64), np.array(offsets, dtype=np.int64))


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return day.toordinal() - _EPOCH_DAY


def date_of(day: int) -> date:
    """The date so many days after 1970-01-01."""
    return date.fromordinal(day + _EPOCH_DAY)
