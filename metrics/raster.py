"""Lanes as a picture: the state that holds most of each stretch of time, for more intervals than can be drawn one by one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from metrics.columns import Columns, concat
from metrics.intervals import ABSENT, IDLE, KINDS, WORKING
from metrics.local_time import LocalClock
from metrics.segments import clip, lengths, union, without
from metrics.timeline import NO_SIGNAL
from metrics.units import DAY, HOUR, MINUTE, SECOND, Micros

Cells = npt.NDArray[np.int8]

#: Names of the states of lanes, by number.
STATES: Final = ("no_signal", *KINDS[1:])
#: A cell in which nothing was seen and nothing was expected.
NOTHING: Final = -1

#: Lengths of time that people count in, in µs of local time.
STEPS: Final = (
    *(count * SECOND for count in (1, 2, 5, 10, 15, 30)),
    *(count * MINUTE for count in (1, 2, 5, 10, 15, 30)),
    *(count * HOUR for count in (1, 2, 3, 4, 6, 12)),
    *(count * DAY for count in (1, 2, 7, 14, 28)),
)
#: Lengths of bins: all that fit into local hours, days and weeks without a rest (see `metrics.series.edges`).
BINS: Final = (*(step for step in STEPS if step <= HOUR), DAY, 7 * DAY)
_A_MONDAY: Final = 4  # 1970-01-05


@dataclass(frozen=True, slots=True, eq=False)
class Lane:
    """What one worker or station did.

    intervals: columns state, start, end (µs UTC), disjoint and in order. beside: where the worker was or who was there, in words, for each.
    """

    lane_id: str
    name: str
    intervals: Columns
    beside: Sequence[str]


@dataclass(frozen=True, slots=True, eq=False)
class Raster:
    """Lanes × bins.

    edges: µs UTC, one more than bins. states: the number of the state that holds most of what is known of a bin, or NOTHING.
    shares: how much of that it holds, in percent (25 to 100, rounded down; 0 for NOTHING).
    """

    edges: Micros
    states: Cells
    shares: Cells

    @property
    def lanes(self) -> int:
        """How many lanes there are."""
        return len(self.states)


def step_for(length: int, most: int, steps: Sequence[int] = STEPS) -> int:
    """The shortest of some steps of which at most so many make up a length (all µs); the longest, if none does."""
    return next((step for step in steps if length <= step * most), steps[-1])


def aligned(clock: LocalClock, start: int, end: int, step: int) -> Micros:
    """The instants at which the local clock shows a multiple of `step`, in `[start, end]` (µs UTC).

    Weeks are counted from Monday. An hour that daylight saving repeats has its multiples twice. step: one of STEPS.
    """
    bounds = clock.bounds(start, end, min(step, HOUR)) if step < DAY else clock.day_bounds(start, end)
    if step < DAY:
        bounds = bounds[clock.wall(bounds) % step == 0]
    elif step > DAY:
        bounds = bounds[(clock.local_day(bounds) - _A_MONDAY) % (step // DAY) == 0]
    return bounds[(bounds >= start) & (bounds <= end)]


def binned(frame: Columns, key: str, lanes: Sequence[int], edges: Micros) -> Micros:
    """How long each state lasts in each bin, in µs: states × lanes × bins.

    frame     ├──W──┤├──I──┤├─W─┤       columns `key`, state, start, end
    edges     │        │        │
    W         ├──W──┤           │       the sums that `raster` compares
    I         │      ├─│───┤    │

    lanes: the numbers in the column `key` that there may be, in the order in which the lanes are wanted.
    """
    cut = clip(frame, edges[:-1], edges[1:])
    shape = (len(STATES), len(lanes), len(edges) - 1)
    position = np.zeros(max(lanes, default=0) + 1, dtype=np.int64)
    position[list(lanes)] = np.arange(len(lanes))
    cell = np.ravel_multi_index((cut["state"], position[cut[key]], cut["segment"]), shape) if len(cut) else cut["state"]
    # Exact, although the weights are floats: a bin would have to last for centuries.
    sums = np.bincount(cell, weights=lengths(cut), minlength=int(np.prod(shape)))
    return sums.astype(np.int64).reshape(shape)


def raster(edges: Micros, sums: Micros) -> Raster:
    """The state with the greatest sum in each bin; of equal ones the busiest, so that a short stop doesn't hide work."""
    winner = len(STATES) - 1 - np.argmax(sums[::-1], axis=0)
    greatest, known = sums.max(axis=0), sums.sum(axis=0)
    # Rounded down, so that only what is all of one state is said to be.
    shares = 100 * greatest // np.maximum(known, 1)
    return Raster(edges, np.where(greatest > 0, winner, NOTHING).astype(np.int8), shares.astype(np.int8))


def station_states(counted: Columns, expected: Columns) -> Columns:
    """What happened at each station, whoever was there: station, state, start, end; in no order, no two of a station at once.

    As `metrics.timeline.station_lanes`, which tells who was there and takes ten times as long. counted: intervals that count.
    expected: station, start, end.
    """
    present = counted.rows(counted["state"] != ABSENT)
    seen = union(present, ["station"])
    working = union(present.rows(present["state"] == WORKING), ["station"])
    states = {WORKING: working, IDLE: without(seen, working, "station"), NO_SIGNAL: without(expected, seen, "station")}
    return concat([part.pick("station", "start", "end").assign(state=state) for state, part in states.items()])
