"""How a window is made up of stored rollups: whole local days, whole hours, and the ragged ends between."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from metrics.local_time import LocalClock
from metrics.units import DAY, HOUR

Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Cut:
    """Ranges `[low, high)` in µs UTC, disjoint.

    window   ├──────────────────────────────────────────────┤
    edges    ├─┤                                          ├─┤
    hours      ├──┼──┤                              ├──┼──┤
    days             ├───────────┼────────────┼─────┤
    """

    days: list[Range] = field(default_factory=list)
    hours: list[Range] = field(default_factory=list)
    edges: list[Range] = field(default_factory=list)


def cut(parts: list[Range], clock: LocalClock, first: int, last: int, step: int = DAY) -> Cut:
    """Cut the parts of a window; those that touch are cut as one.

    first, last: between them lies all that is stored, so that bounds outside need not be exact. step: length of the window's
    buckets (µs): no range that comes out of it may be in two, so hours are the most that buckets of hours can be made of.
    """
    made = Cut()
    midnights = clock.day_bounds(first, last + 1).tolist()
    for start, end in _joined(parts):
        low = midnights[0] if start <= first else start
        high = midnights[-1] if end > last else end
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
    first_hour = low if _is_full_hour(low, clock) else int(clock.bounds(low, low + 1, HOUR)[-1])
    last_hour = high if _is_full_hour(high, clock) else int(clock.bounds(high, high + 1, HOUR)[0])
    if first_hour > last_hour or step < HOUR:
        made.edges.append((low, high))
        return
    _add(made.edges, low, first_hour)
    midnights = clock.day_bounds(first_hour, last_hour).tolist() if first_hour < last_hour and step >= DAY else []
    inner = [midnight for midnight in midnights if first_hour <= midnight <= last_hour]
    if len(inner) > 1:
        _add(made.hours, first_hour, inner[0])
        _add(made.days, inner[0], inner[-1])
        _add(made.hours, inner[-1], last_hour)
    else:
        _add(made.hours, first_hour, last_hour)
    _add(made.edges, last_hour, high)


def _is_full_hour(instant: int, clock: LocalClock) -> bool:
    return int(clock.bounds(instant, instant + 1, HOUR)[0]) == instant


def _add(ranges: list[Range], low: int, high: int) -> None:
    if low < high:
        ranges.append((low, high))
