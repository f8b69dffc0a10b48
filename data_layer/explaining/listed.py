"""What the sums of a figure are made of, one by one: intervals, spans and gaps cut to the window, and events."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from data_layer.answer import Answer
from data_layer.explaining.bounds import Bounds
from data_layer.explaining.queries import few_enough, seen
from data_layer.explanation import Bound, Part
from data_layer.tables import events, intervals
from data_layer.timeline import counted, tracked
from metrics.columns import Columns, concat, empty, order_by
from metrics.intervals import ABSENT, IDLE, KINDS, WORKING
from metrics.segments import clip, union
from metrics.timeline import NO_SIGNAL, station_lanes, worker_lanes
from metrics.totals import STATE_COLUMN
from metrics.units import to_datetime, to_datetimes

#: So many rows at most are listed one by one.
MOST_ROWS = 500

_OUTPUTS = {"units", "events"}
_OF_A_WORKER = {"active", "idle", "absent", "silent"}
_AT_A_STATION = {"working": [WORKING], "waiting": [IDLE], "occupancy": [WORKING, IDLE], "occupied": [WORKING, IDLE]}
_STATE_NAMES = {NO_SIGNAL: "no_signal", **{state: KINDS[state] for state in (WORKING, IDLE, ABSENT)}}


@dataclass(frozen=True)
class Listing:
    """The rows that some sums (keys of metrics.derivations.SUMS) are made of.

    A frame of rows has start and end and, by kind, worker, station, state and `group`: the row of `people` at a station.
    """

    answer: Answer
    keys: Sequence[str]

    def parts(self) -> Mapping[str, tuple[Part, ...]] | None:
        """The parts of each sum in the order of time; None if they are too many, too many rows would have to be looked at, or events are archived."""
        if self.answer.reaches_sealed or not self._may_be_few() or sum(len(self._rows(key)) for key in self.keys) > MOST_ROWS:
            return None
        return {key: tuple(self._described(key)) for key in self.keys}

    def _may_be_few(self) -> bool:
        answer = self.answer
        tables = [events] if _OUTPUTS & {*self.keys} else []
        tables += [intervals] if {*self.keys} & {*_OF_A_WORKER, *_AT_A_STATION} else []
        return all(few_enough(answer.frames, table, answer.filters, answer.parts) for table in tables)

    def _rows(self, key: str) -> Columns:
        if key in _OUTPUTS:
            return self._seen(key)
        if key in _OF_A_WORKER:
            state = NO_SIGNAL if key == "silent" else STATE_COLUMN[key]
            return self._worker_lanes.rows(self._worker_lanes["state"] == state)
        if key in _AT_A_STATION:
            rows = self._station_lanes[0].rows(np.isin(self._station_lanes[0]["state"], _AT_A_STATION[key]))
            scheduled = self.answer.schedule.scheduled
            return clip(rows, scheduled["start"], scheduled["end"]) if key == "occupied" else rows
        return self._spans(key)

    def _spans(self, key: str) -> Columns:
        answer = self.answer
        if key == "scheduled":
            return answer.window.in_buckets(answer.schedule.scheduled, until_clock=True)
        return tracked(answer) if key == "tracked" else answer.window.elapsed

    def _seen(self, key: str) -> Columns:
        answer = self.answer
        if not answer.parts:
            return empty("event_id", "worker", "station", "timestamp", "kind", "count")
        return seen(answer.frames, answer.site.rules, answer.filters, answer.parts, counts_only=key == "units", most=MOST_ROWS + 1)

    @cached_property
    def _counted(self) -> Columns:
        return counted(self.answer)

    @cached_property
    def _worker_lanes(self) -> Columns:
        return worker_lanes(self._counted, tracked(self.answer) if "silent" in self.keys else empty("worker", "start", "end"))

    @cached_property
    def _station_lanes(self) -> tuple[Columns, list[list[int]]]:
        lanes, people = station_lanes(self._counted, empty("station", "start", "end"))
        return lanes.assign(group=np.arange(len(lanes))), people

    @cached_property
    def _bounds(self) -> Bounds:
        return Bounds(self.answer, _moments([*self._changes()]))

    def _changes(self) -> Iterable[Columns]:
        """Rows with worker, start and end, whose events may bound what is listed."""
        for key in self.keys:
            if key in _OF_A_WORKER:
                yield self._rows(key)
            if key in _AT_A_STATION:
                rows = self._rows(key)
                present = union(self._counted.rows(self._counted["state"] != ABSENT), ["worker", "station", "state"])
                yield present.rows(np.isin(present["start"], _instants(rows)) | np.isin(present["end"], _instants(rows)))

    def _described(self, key: str) -> Iterable[Part]:
        rows = self._rows(key)
        if key in _OUTPUTS:
            return self._described_events(rows.rows(order_by(rows, ["timestamp", "worker", "event_id"])), key)
        return self._described_intervals(rows.rows(order_by(rows, ["start", *[name for name in ("worker",) if name in rows.arrays]])), key)

    def _described_events(self, rows: Columns, key: str) -> Iterable[Part]:
        names, known = self.answer.registered.names, ("", *self.answer.registered.called)
        texts = [[known[number] for number in rows["worker"].tolist()], *(names.texts(name, rows[name]) for name in ("station", "kind"))]
        amounts = rows["count"].tolist() if key == "units" else [1] * len(rows)
        columns = zip(rows["event_id"].tolist(), *texts, to_datetimes(rows["timestamp"]), amounts, strict=True)
        for event_id, worker, station, kind, at, amount in columns:
            yield Part(amount=amount, what=kind, worker_ids=(worker,) if worker else (), station_id=station or None, start=at, event_id=event_id)

    def _described_intervals(self, rows: Columns, key: str) -> Iterable[Part]:
        names, bound = self.answer.registered.names, self._bound_of(key)
        whats = [_STATE_NAMES[state] for state in rows["state"].tolist()] if "state" in rows.arrays else [_WHAT[key]] * len(rows)
        stations = names.texts("station", rows["station"]) if "station" in rows.arrays else [""] * len(rows)
        for what, station, people, start, end in zip(whats, stations, self._people(rows), rows["start"].tolist(), rows["end"].tolist(), strict=True):
            yield Part(
                amount=end - start,
                what=what,
                worker_ids=self.answer.registered.call(people),
                station_id=station or None,
                start=to_datetime(start),
                end=to_datetime(end),
                begins=bound(people, start),
                ends=bound(people, end),
            )

    def _people(self, rows: Columns) -> list[list[int]]:
        if "group" in rows.arrays:
            return [self._station_lanes[1][group] for group in rows["group"].tolist()]
        return [[worker] for worker in rows["worker"].tolist()] if "worker" in rows.arrays else [[]] * len(rows)

    def _bound_of(self, key: str) -> Callable[[list[int], int], Bound]:
        """How a bound is told: of a worker by that worker's event, at a station by anybody's who came, went or changed, of a span by none."""
        if key in _OF_A_WORKER:
            return self._bounds.of
        if key in _AT_A_STATION:
            return lambda _, at: self._bounds.of(None, at)
        return lambda _, at: self._bounds.cut(at)


_WHAT = {"tracked": "tracked", "scheduled": "scheduled", "elapsed": "window"}


def _instants(rows: Columns) -> np.ndarray:
    return np.concatenate([rows["start"], rows["end"]])


def _moments(frames: Sequence[Columns]) -> Columns:
    """worker, at: both ends of all rows."""
    sides = [Columns({"worker": frame["worker"], "at": frame[side]}) for frame in frames for side in ("start", "end")]
    return concat([empty("worker", "at"), *sides])
