"""Algebra of half-open time segments `[start, end)`: clipping, union, length. All else about time is built from these."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from metrics.units import Micros


def clip(frame: pd.DataFrame, starts: Micros, ends: Micros) -> pd.DataFrame:
    """What of each row lies inside sorted, disjoint segments.

    row        ├───────────────────┤
    segments      ├──0──┤    ├──1──┤  ├──2──┤
    returns       ├─────┤    ├─────┤              two rows, with `segment` 0 and 1

    frame: columns start, end (int64 µs) and any others, which are kept. Rows that touch no segment vanish.
    """
    first = np.searchsorted(ends, frame["start"].to_numpy(), side="right")
    last = np.searchsorted(starts, frame["end"].to_numpy(), side="left")
    rows, segment = _ranges(first, np.maximum(last - first, 0))
    clipped = frame.iloc[rows].reset_index(drop=True)
    clipped["start"] = np.maximum(clipped["start"].to_numpy(), starts[segment])
    clipped["end"] = np.minimum(clipped["end"].to_numpy(), ends[segment])
    clipped["segment"] = segment
    return clipped[clipped["end"].to_numpy() > clipped["start"].to_numpy()].reset_index(drop=True)


def _ranges(first: npt.NDArray[np.intp], count: npt.NDArray[np.intp]) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Row numbers and values of the ranges `first[i] … first[i] + count[i] − 1`, one after the other."""
    rows = np.repeat(np.arange(len(first)), count)
    offset = np.arange(len(rows)) - np.repeat(np.cumsum(count) - count, count)
    return rows, np.repeat(first, count) + offset


def clip_to_own(frame: pd.DataFrame, owned: pd.DataFrame, key: str) -> pd.DataFrame:
    """What of each row lies inside the segments that share its key.

    frame: columns start, end, `key`, others. owned: columns start, end, `key`. A row meets each segment of its key once; the
    segments of a key must be disjoint for the pieces to be.
    """
    owned = owned.sort_values([key, "start"], kind="stable")
    keys = owned[key].to_numpy()
    wanted = frame[key].to_numpy()
    first = np.searchsorted(keys, wanted, side="left")
    rows, segment = _ranges(first, np.searchsorted(keys, wanted, side="right") - first)
    clipped = frame.iloc[rows].reset_index(drop=True)
    clipped["start"] = np.maximum(clipped["start"].to_numpy(), owned["start"].to_numpy()[segment])
    clipped["end"] = np.minimum(clipped["end"].to_numpy(), owned["end"].to_numpy()[segment])
    return clipped[clipped["end"].to_numpy() > clipped["start"].to_numpy()].reset_index(drop=True)


def union(frame: pd.DataFrame, by: Sequence[str] = ()) -> pd.DataFrame:
    """The union of the segments of each group: sorted, disjoint, touching ones merged.

    ├─────┤                    ├──────────────┤
       ├──────┤      becomes
              ├───┤

    frame: columns start, end and those of `by`; returns just these.
    """
    columns = [*by, "start", "end"]
    if frame.empty:
        return frame[columns].reset_index(drop=True)
    ordered = frame[columns].sort_values([*by, "start"], kind="stable").reset_index(drop=True)
    new_group = np.zeros(len(ordered), dtype=bool)
    new_group[0] = True
    for column in by:
        values = ordered[column].to_numpy()
        new_group[1:] |= values[1:] != values[:-1]
    group = np.cumsum(new_group) - 1
    reached = _running_maximum(ordered["end"].to_numpy(), group)
    starts = ordered["start"].to_numpy()
    begins = new_group.copy()
    begins[1:] |= starts[1:] > reached[:-1]
    merged = ordered[begins].reset_index(drop=True)
    merged["end"] = np.maximum.reduceat(ordered["end"].to_numpy(), np.flatnonzero(begins))
    return merged


def _running_maximum(values: Micros, group: npt.NDArray[np.intp]) -> Micros:
    """Cumulative maximum within consecutive groups."""
    return pd.Series(values).groupby(group).cummax().to_numpy()


def length(frame: pd.DataFrame) -> int:
    """Total length of the rows, in microseconds."""
    return int((frame["end"] - frame["start"]).sum())


def merge_equal(frame: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Equal neighbours merged: rows that touch and agree in `by`; unlike `union`, rows of a worker never overlap."""
    return union(frame, by)


def segments(starts: Micros, ends: Micros) -> pd.DataFrame:
    """A frame of segments from two arrays."""
    return pd.DataFrame({"start": np.asarray(starts, dtype=np.int64), "end": np.asarray(ends, dtype=np.int64)})
