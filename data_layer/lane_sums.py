"""How long each lane's states last in each bucket of a window, from rollups."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from data_layer.answer import Answer, Wanted
from metrics.columns import Columns
from metrics.intervals import ABSENT, IDLE, WORKING
from metrics.raster import STATES
from metrics.timeline import NO_SIGNAL
from metrics.totals import Totals
from metrics.units import Micros

#: The sums that an answer must have, by whose lanes they are.
SUMS: Final[Mapping[str, Wanted]] = {
    "worker": Wanted(workers=frozenset(("active", "idle", "absent", "signal", "tracked"))),
    "station": Wanted(stations=frozenset(("occupancy", "working", "occupied"))),
}


def lane_sums(answer: Answer, kind: str, numbers: Sequence[int]) -> Micros:
    """The lengths of the intervals of `data_layer.timeline`, in µs: states × lanes × buckets. kind: worker or station. numbers: of the lanes."""
    totals = answer.totals()
    sums = _of_workers(totals, numbers) if kind == "worker" else _of_stations(totals, numbers)
    if (answer.filters.stations if kind == "worker" else answer.filters.workers) is not None:
        sums[NO_SIGNAL] = 0
    return sums


def _of_workers(totals: Totals, numbers: Sequence[int]) -> Micros:
    named = {name: _by_lane(totals.workers, "worker", name, numbers, totals.buckets) for name in ("active", "idle", "absent", "tracked", "signal")}
    seen = named["active"] + named["idle"] + named["absent"]
    missed = named["tracked"] - named["signal"] if totals.has_schedule else totals.elapsed - seen
    return _stacked({WORKING: named["active"], IDLE: named["idle"], ABSENT: named["absent"], NO_SIGNAL: missed})


def _of_stations(totals: Totals, numbers: Sequence[int]) -> Micros:
    occupancy, working, occupied = (_by_lane(totals.stations, "station", name, numbers, totals.buckets) for name in ("occupancy", "working", "occupied"))
    missed = totals.scheduled - occupied if totals.has_schedule else totals.elapsed - occupancy
    return _stacked({WORKING: working, IDLE: occupancy - working, ABSENT: np.zeros_like(working), NO_SIGNAL: missed})


def _stacked(by_state: Mapping[int, Micros]) -> Micros:
    return np.stack([by_state[state] for state in range(len(STATES))])


def _by_lane(frame: Columns, key: str, name: str, numbers: Sequence[int], buckets: int) -> Micros:
    """A sum as lanes × buckets; 0 where there is no row."""
    by_number = np.zeros((max(numbers, default=0) + 1, buckets), dtype=np.int64)
    known = frame.rows(frame[key] < len(by_number))
    by_number[known[key], known["bucket"]] = known[name]
    return by_number[list(numbers)]
