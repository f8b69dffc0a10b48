"""Columns of integers: the frame on which intervals and sums are computed.

Everything about intervals is integers: microseconds, shift keys, states, and workers and stations by the rank of their id. On
frames of some hundred rows, which is what a refresh or a question handles, a pandas operation costs fifty times its arithmetic
(measured: a question took 73 ms, 60 of them in pandas' bookkeeping); these few functions over plain arrays do not.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from metrics.units import Micros

Mask = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """Named int64 arrays of one length. Never changed in place."""

    arrays: dict[str, Micros]

    def __getitem__(self, name: str) -> Micros:
        """One column."""
        return self.arrays[name]

    def __len__(self) -> int:
        """Number of rows."""
        return len(next(iter(self.arrays.values())))

    @property
    def names(self) -> list[str]:
        """Names of the columns."""
        return list(self.arrays)

    def rows(self, which: Mask | Rows) -> "Columns":
        """Some rows, by a mask or by their numbers."""
        return Columns({name: array[which] for name, array in self.arrays.items()})

    def assign(self, **arrays: Micros | int) -> "Columns":
        """With columns added or replaced; a number fills its column."""
        count = len(self)
        return Columns({**self.arrays, **{name: np.full(count, array) if isinstance(array, int) else array for name, array in arrays.items()}})

    def pick(self, *names: str) -> "Columns":
        """Only some columns."""
        return Columns({name: self.arrays[name] for name in names})


def columns(**arrays: Iterable[int] | Micros) -> Columns:
    """Columns from arrays or lists."""
    return Columns({name: np.asarray(array if isinstance(array, np.ndarray) else list(array), dtype=np.int64) for name, array in arrays.items()})


def empty(*names: str) -> Columns:
    """Columns without rows."""
    return Columns({name: np.array([], dtype=np.int64) for name in names})


def concat(parts: Sequence[Columns]) -> Columns:
    """One below the other, with the columns of the first."""
    return Columns({name: np.concatenate([part[name] for part in parts]) for name in parts[0].names})


def order_by(frame: Columns, by: Sequence[str]) -> Rows:
    """Row numbers in the order of some columns; stable."""
    return np.lexsort([frame[name] for name in reversed(by)])


def changes(frame: Columns, by: Sequence[str]) -> Mask:
    """Which rows of an ordered frame differ from the row before in any of some columns; the first does."""
    new = np.zeros(len(frame), dtype=bool)
    new[:1] = True
    for name in by:
        values = frame[name]
        new[1:] |= values[1:] != values[:-1]
    return new


def sum_by(frame: Columns, by: Sequence[str], sums: Sequence[str]) -> Columns:
    """Sums of columns by the values of others, in their order."""
    if not len(frame):
        return empty(*by, *sums)
    ordered = frame.rows(order_by(frame, by))
    first = np.flatnonzero(changes(ordered, by))
    return Columns({**{name: ordered[name][first] for name in by}, **{name: np.add.reduceat(ordered[name], first) for name in sums}})


def member(frame: Columns, keys: Columns, by: Sequence[str]) -> Mask:
    """Which rows' values of some columns stand in `keys`."""
    if not len(frame) or not len(keys):
        return np.zeros(len(frame), dtype=bool)
    both = concat([frame.pick(*by), keys.pick(*by)])
    order = order_by(both, by)
    group = np.cumsum(changes(both.rows(order), by)) - 1
    found = np.zeros(group[-1] + 1, dtype=bool)
    groups = np.empty(len(both), dtype=np.intp)
    groups[order] = group
    found[groups[len(frame) :]] = True
    return found[groups[: len(frame)]]


def look_up(keys: Micros, values: Micros, wanted: Micros, default: int = 0) -> Micros:
    """The values at some keys; `default` where there is none. keys: sorted, unique."""
    if not len(keys):
        return np.full(len(wanted), default, dtype=np.int64)
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[at] == wanted, values[at], default)
