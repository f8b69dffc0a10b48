"""How a window is made up of stored rollups: whole local weeks, days and hours, and the ragged ends between."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from metrics.local_time import LocalClock
from metrics.units import DAY, FOREVER, HOUR, WEEK

Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Cut:
    """Ranges `[low, high)` in µs UTC, disjoint.

    window   ├──────────────────────────────────────────────┤
    edges    ├─┤                                          ├─┤
    hours      ├──┼──┤                              ├──┼──┤
    days             ├─────┼─────┤            ├─────┤
    weeks                        ├────────────┤
    """

    weeks: list[Range] = field(default_factory=list)
    days: list[Range] = field(default_factory=list)
    hours: list[Range] = field(default_factory=list)
    edges: list[Range] = field(default_factory=list)


def cut(parts: list[Range], clock: LocalClock, first: int, last: int, step: int) -> Cut:
    """Cut the parts of a window; those that touch are cut as one.

    first, last: between them lies all that is stored, so that bounds outside need not be exact. step: length of the window's
    buckets (µs): no range that comes out of it may be in two, so hours are the most that buckets of hours can be made of;
    WEEK where there are no buckets.
    """
    made = Cut()
    around = clock.buckets_around(first, last + 1, max(min(step, WEEK), DAY)).tolist()
    for start, end in _joined(parts):
        low = around[0] if start <= first else start
        high = around[-1] if end > last else end
        if low < high and low <= last:
            _cut_part(made, low, high, clock, step)
    return made


def _joined(parts: Iterable[Range]) -> list[Range]:
    joined: list[Range] = []
    for start, end in parts:
        if joined and joined[-1][1] == start:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


def _cut_part(made: Cut, low: int, high: int, clock: LocalClock, step: int) -> None:
    first, last = _whole(low, high, clock, HOUR)
    if first > last or step < HOUR:
        made.edges.append((low, high))
        return
    _add(made.edges, low, first)
    _cut_level([(made.hours, DAY), (made.days, WEEK), (made.weeks, FOREVER)], first, last, clock, step)
    _add(made.edges, last, high)


def _cut_level(levels: list[tuple[list[Range], int]], low: int, high: int, clock: LocalClock, step: int) -> None:
    """Deal a stretch of whole buckets out to its level, and what of it is whole in the next one to that.

    levels: ranges to add to, each with the length of the next level's buckets.
    """
    (ranges, longer), *above = levels
    first, last = _whole(low, high, clock, longer) if longer <= step else (high, low)
    if first >= last:
        _add(ranges, low, high)
        return
    _add(ranges, low, first)
    _cut_level(above, first, last, clock, step)
    _add(ranges, last, high)


def _whole(low: int, high: int, clock: LocalClock, step: int) -> Range:
    """The stretch of whole buckets within `[low, high)`; it ends before it begins where there is none."""
    return _at_or_after(low, clock, step), _at_or_before(high, clock, step)


def _at_or_after(instant: int, clock: LocalClock, step: int) -> int:
    bounds = clock.buckets_around(instant, instant + 1, step)
    return int(bounds[0] if bounds[0] == instant else bounds[-1])


def _at_or_before(instant: int, clock: LocalClock, step: int) -> int:
    return int(clock.buckets_around(instant, instant + 1, step)[0])


def _add(ranges: list[Range], low: int, high: int) -> None:
    if low < high:
        ranges.append((low, high))
