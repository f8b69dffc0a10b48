"""Algebra of half-open time segments `[start, end)`: clipping, union, length. All else about time is built from these."""

from collections.abc import Sequence

import numpy as np

from metrics.columns import Columns, Rows, changes, columns, concat, order_by
from metrics.units import Micros


def clip(frame: Columns, starts: Micros, ends: Micros) -> Columns:
    """What of each row lies inside sorted, disjoint segments.

    row        ├───────────────────┤
    segments      ├──0──┤    ├──1──┤  ├──2──┤
    returns       ├─────┤    ├─────┤              two rows, with `segment` 0 and 1

    frame: columns start, end (µs) and any others, which are kept. Rows that touch no segment vanish.
    """
    first = np.searchsorted(ends, frame["start"], side="right")
    last = np.searchsorted(starts, frame["end"], side="left")
    rows, segment = ranges(first, np.maximum(last - first, 0))
    clipped = frame.rows(rows).assign(
        start=np.maximum(frame["start"][rows], starts[segment]), end=np.minimum(frame["end"][rows], ends[segment]), segment=segment.astype(np.int64)
    )
    return nonempty(clipped)


def nonempty(frame: Columns) -> Columns:
    """The rows that last at all."""
    return frame.rows(frame["end"] > frame["start"])


def ranges(first: Rows, count: Rows) -> tuple[Rows, Rows]:
    """Row numbers and values of the ranges `first[i] … first[i] + count[i] − 1`, one after the other."""
    rows = np.repeat(np.arange(len(first)), count)
    offset = np.arange(len(rows)) - np.repeat(np.cumsum(count) - count, count)
    return rows, np.repeat(first, count) + offset


def clip_to_own(frame: Columns, owned: Columns, key: str) -> Columns:
    """What of each row lies inside the segments that share its key.

    frame: columns start, end, `key`, others. owned: columns start, end, `key`. The segments of a key must be disjoint for the
    pieces of a row to be.
    """
    rows, segment = paired(frame[key], owned.rows(order := order_by(owned, [key, "start"]))[key])
    own = owned.rows(order)
    return nonempty(
        frame.rows(rows).assign(start=np.maximum(frame["start"][rows], own["start"][segment]), end=np.minimum(frame["end"][rows], own["end"][segment]))
    )


def paired(wanted: Micros, keys: Micros) -> tuple[Rows, Rows]:
    """Row numbers of all pairs of equal values. keys: sorted."""
    first = np.searchsorted(keys, wanted, side="left")
    return ranges(first, np.searchsorted(keys, wanted, side="right") - first)


def union(frame: Columns, by: Sequence[str] = ()) -> Columns:
    """The union of the segments of each group: sorted, disjoint, touching ones merged.

    ├─────┤                    ├──────────────┤
       ├──────┤      becomes
              ├───┤

    frame: columns start, end and those of `by`; returns just these.
    """
    ordered = frame.pick(*by, "start", "end")
    if not len(ordered):
        return ordered
    ordered = ordered.rows(order_by(ordered, [*by, "start"]))
    new_group = changes(ordered, by)
    reached = _running_maximum(ordered["end"], np.cumsum(new_group) - 1)
    begins = new_group
    begins[1:] |= ordered["start"][1:] > reached[:-1]
    first = np.flatnonzero(begins)
    return ordered.rows(first).assign(end=np.maximum.reduceat(ordered["end"], first))


def _running_maximum(values: Micros, group: Rows) -> Micros:
    """Cumulative maximum within consecutive groups: each group is lifted above the one before, so that one pass serves all."""
    low = int(values.min())
    width = int(values.max()) - low + 1
    if (int(group[-1]) + 1) * width < np.iinfo(np.int64).max:
        lifted = values - low + group * width
        return np.maximum.accumulate(lifted) - group * width + low
    reached = values.copy()
    edges = np.flatnonzero(np.diff(group)) + 1
    for part in np.split(reached, edges):
        np.maximum.accumulate(part, out=part)
    return reached


def without(frame: Columns, holes: Columns, key: str) -> Columns:
    """What the holes leave of segments with the same key.

    frame     ├───────────────────┤
    holes        ├───┤      ├─────────┤
    returns   ├──┤   ├──────┤

    frame, holes: columns start, end, `key`. Returns the same columns, touching pieces merged.
    """
    sides = [
        part.pick(key).assign(at=part[side], inside=step * (part is frame), hidden=step * (part is holes))
        for part in (frame, holes)
        for side, step in (("start", 1), ("end", -1))
    ]
    points = concat(sides)
    points = points.rows(order_by(points, [key, "at"]))
    left = (np.cumsum(points["inside"]) > 0) & (np.cumsum(points["hidden"]) == 0)
    left[-1:] = False
    after = np.roll(points["at"], -1)
    return union(nonempty(points.assign(start=points["at"], end=np.where(left, after, points["at"]))), [key])


def length(frame: Columns) -> int:
    """Total length of the rows, in microseconds."""
    return int(lengths(frame).sum())


def lengths(frame: Columns) -> Micros:
    """Length of each row, in microseconds."""
    return frame["end"] - frame["start"]


def segments(starts: Sequence[int] | Micros, ends: Sequence[int] | Micros) -> Columns:
    """A frame of segments from two lists."""
    return columns(start=starts, end=ends)
