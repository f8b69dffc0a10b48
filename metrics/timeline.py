"""State intervals as lanes show them: what was seen, and the time in which something was expected and nothing was seen."""

from itertools import pairwise
from typing import Final

import numpy as np

from metrics.columns import Columns, changes, concat, order_by, sum_by
from metrics.intervals import ABSENT, IDLE, NOWHERE, WORKING
from metrics.segments import ranges, union, without

#: Of time that was expected to be seen and that no interval covers.
NO_SIGNAL: Final = 0


def worker_lanes(counted: Columns, expected: Columns) -> Columns:
    """What each worker did: worker, station, state, start, end; by worker and start, no two of a worker at once.

    counted   ├──W──┤├─I─┤      ├──W──┤
    expected  ├─────────────────────────────┤
    returns   ├──W──┤├─I─┤├─ ∅ ─┤├──W──┤├─∅─┤

    counted: intervals that count (worker, station, state, start, end). expected: worker, start, end, disjoint for a worker.
    """
    names = ("worker", "station", "state", "start", "end")
    seen = union(counted, ["worker", "station", "state"]).pick(*names)
    silent = without(expected, union(counted, ["worker"]), "worker").assign(station=NOWHERE, state=NO_SIGNAL).pick(*names)
    lanes = concat([seen, silent])
    return lanes.rows(order_by(lanes, ["worker", "start"]))


def station_lanes(counted: Columns, expected: Columns) -> tuple[Columns, list[list[int]]]:
    """What happened at each station: station, state, start, end; and who was there in each interval, as lists of numbers.

    anna      ├───W───┤├──I──┤               A station works while anybody works there.
    ben            ├──────W─────┤
    returns   ├─W─┤├─W┤├──W──┤├W┤├───∅───┤   anna; anna, ben; anna, ben; ben; nobody

    counted, expected: as for `worker_lanes`, but expected by station.
    """
    present = union(counted.rows(counted["state"] != ABSENT), ["station", "worker", "state"])
    pieces, people = _elementary(present)
    working = pieces["working"] > 0
    seen = pieces.pick("station", "start", "end").assign(state=np.where(working, WORKING, IDLE))
    silent = without(expected, union(present, ["station"]), "station").assign(state=NO_SIGNAL)
    lanes = concat([seen, silent.pick(*seen.names)])
    order = order_by(lanes, ["station", "start"])
    groups = [*people, *([] for _ in range(len(silent)))]
    return _joined(lanes.rows(order), [groups[row] for row in order.tolist()])


def _elementary(present: Columns) -> tuple[Columns, list[list[int]]]:
    """Stretches between which nobody comes or goes: station, start, end, working (how many do), and who is there."""
    moments, rank = np.unique(np.concatenate([present["start"], present["end"]]), return_inverse=True)
    # One number for station and moment, so that one search finds both.
    place = np.tile(present["station"], 2) * (len(moments) + 1) + rank
    bounds = np.unique(place)
    first, last = np.split(np.searchsorted(bounds, place), 2)
    rows, stretch = ranges(first, last - first)
    inside = Columns({"stretch": stretch, "worker": present["worker"][rows], "working": (present["state"][rows] == WORKING).astype(np.int64)})
    people = sum_by(inside, ["stretch", "worker"], ["working"])
    taken = sum_by(people, ["stretch"], ["working"])
    edges = moments[bounds % (len(moments) + 1)]
    station = bounds[taken["stretch"]] // (len(moments) + 1)
    stretches = Columns({"station": station, "start": edges[taken["stretch"]], "end": edges[taken["stretch"] + 1], "working": taken["working"]})
    workers = people["worker"].tolist()
    begins = np.flatnonzero(changes(people, ["stretch"])).tolist()
    return stretches, [workers[begin:end] for begin, end in pairwise([*begins, len(workers)])]


def _joined(lanes: Columns, people: list[list[int]]) -> tuple[Columns, list[list[int]]]:
    """Neighbours with the same state and the same people as one."""
    kept: list[int] = []
    ends: list[int] = []
    columns = (lanes[name].tolist() for name in ("station", "state", "start", "end"))
    previous: tuple[object, ...] = ()
    for row, (station, state, start, end) in enumerate(zip(*columns, strict=True)):
        if previous == (station, state, start, people[row]):
            ends[-1] = end
        else:
            kept.append(row)
            ends.append(end)
        previous = (station, state, end, people[row])
    rows = np.array(kept, dtype=np.int64)
    return lanes.rows(rows).assign(end=np.array(ends, dtype=np.int64)), [people[row] for row in kept]
