"""Sums over a window from stored rows: rollups for whole weeks, days and hours, intervals and events for its ragged ends."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from sqlalchemy import Table

from data_layer import tables
from data_layer.cut import Cut, Range
from data_layer.frames import Frames
from data_layer.horizons import Horizons, first_day
from data_layer.query import NotKept
from data_layer.statements import CELL
from data_layer.tables import Rollups
from metrics.columns import Columns, concat, empty
from metrics.intervals import INTERVAL_COLUMNS, counting
from metrics.schedule import Schedule, SiteRules
from metrics.segments import clip
from metrics.totals import BY_STATION, BY_WORKER, OUTPUT_SUMS, STATION_SUMS, TIME_SUMS, added_up, station_times, worker_times
from metrics.units import Micros
from metrics.window import Window


def check_detail(horizons: Horizons, rules: SiteRules, ranges: Sequence[Range]) -> None:
    """Raises NotKept where a range begins before there are intervals."""
    if any(low < horizons.detailed_from for low, _ in ranges):
        day = first_day(rules, horizons.detailed_from)
        raise NotKept(f"from: before {day} only sums by whole hours are kept: ask for full local hours without a worker filter on stations, or for later days.")


@dataclass(frozen=True)
class StoredSums:
    """What is stored, summed over a window; open states are not in it.

    attended: worker, shift: attended by what is stored; at least around the ragged ends. wanted: names of the sums that are asked
    for; others may be left out. horizons: how far back there is more than sums by hour: all methods raise NotKept where that is wanted.
    """

    frames: Frames
    rules: SiteRules
    schedule: Schedule
    window: Window
    cut: Cut
    attended: Columns
    wanted: Collection[str]
    horizons: Horizons

    @cached_property
    def edge_intervals(self) -> Columns:
        """Intervals that count, cut to the ragged ends and the buckets, and filtered."""
        if not self.cut.edges:
            return empty("bucket", *INTERVAL_COLUMNS)
        check_detail(self.horizons, self.rules, self.cut.edges)
        workers, stations = self.window.filters.listed
        stored = self.frames.intervals_of(workers, self.cut.edges, stations)
        starts, ends = (np.array(side, dtype=np.int64) for side in zip(*sorted(self.cut.edges), strict=True))
        return self.window.clip(clip(counting(stored, self.attended), starts, ends))

    def worker_times(self) -> Columns:
        """active, idle, absent, signal by bucket and worker."""
        edges = worker_times(self.edge_intervals, self.attended, self.schedule, BY_WORKER)
        return self._with_edges(tables.worker_times, "worker", edges, TIME_SUMS)

    def person_times(self) -> Columns:
        """active, idle, absent, signal by bucket and station, added up over the workers who count."""
        edges = worker_times(self.edge_intervals, self.attended, self.schedule, BY_STATION)
        return self._with_edges(tables.worker_times, "station", edges, TIME_SUMS)

    def station_times(self) -> Columns:
        """occupancy, working, occupied by bucket and station; without a worker filter, since unions over some workers are not stored."""
        edges = station_times(self.edge_intervals, self.schedule, BY_STATION)
        return self._with_edges(tables.station_times, "station", edges, STATION_SUMS)

    @cached_property
    def _edge_outputs(self) -> Columns:
        if not self.cut.edges:
            return empty("bucket", "worker", "station", *OUTPUT_SUMS)
        check_detail(self.horizons, self.rules, self.cut.edges)
        sealed, open_ = self._split_at_the_seal()
        if any(bound % CELL for piece in sealed for bound in piece):
            day = first_day(self.rules, self.horizons.sealed_before)
            raise NotKept(f"from, to: events before {day} are archived, and counted by five minutes: ask for bounds that are multiples of them.")
        counted = [self.frames.cells_between(sealed)] if sealed else []
        raw = self.frames.outputs_between(open_, self.rules, self.window.filters, by_cell=self.window.buckets > 1)
        found = self.window.filters.keep(concat([*counted, raw]))
        return found.assign(bucket=self._bucket_of(found["at"]))

    def _split_at_ragged_edges(self) -> list[Range]:
        """The ragged ends, cut where a part of the window ends within five minutes that are counted as one."""
        bounds = np.concatenate([self.window.starts, self.window.ends])
        return [
            piece
            for low, high in self.cut.edges
            for piece in pairwise([low, *np.unique(bounds[(bounds > low) & (bounds < high) & (bounds % CELL != 0)]).tolist(), high])
        ]

    def _split_at_the_seal(self) -> tuple[list[Range], list[Range]]:
        """The ragged ends before the seal and after it."""
        sealed, pieces = self.horizons.sealed_before, self._split_at_ragged_edges()
        return [(low, min(high, sealed)) for low, high in pieces if low < sealed], [(max(low, sealed), high) for low, high in pieces if high > sealed]

    def outputs(self, by: str) -> Columns:
        """units, events by bucket and worker or station."""
        return self._with_edges(tables.outputs, by, self._edge_outputs, OUTPUT_SUMS)

    def _with_edges(self, rollups: Rollups, by: str, edges: Columns, sums: Sequence[str]) -> Columns:
        levels = [(table, ranges) for table, ranges in zip(rollups, (self.cut.hours, self.cut.days, self.cut.weeks), strict=True) if ranges]
        return added_up([edges, *([self._rollup_sums(levels, by, sums)] if levels else [])], ("bucket", by), sums)

    def _rollup_sums(self, levels: list[tuple[Table, list[Range]]], by: str, sums: Sequence[str]) -> Columns:
        wanted = [name for name in sums if name in self.wanted]
        if self.window.buckets == 1:
            return self.frames.rollup_sums(levels, [by], wanted, self.window.filters).assign(bucket=0)
        found = self.frames.rollup_sums(levels, ["bucket", by], wanted, self.window.filters)
        return found.assign(bucket=self._bucket_of(found["bucket"]))

    def _bucket_of(self, instants: Micros) -> Micros:
        """The bucket that stored rows belong to. A window that begins before all events is cut from the midnight before it."""
        part = np.maximum(np.searchsorted(self.window.starts, instants, side="right") - 1, 0)
        return self.window.parts["bucket"][part]
