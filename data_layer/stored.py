"""Sums over a window from stored rows: rollups for whole days and hours, intervals and events for its ragged ends."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from sqlalchemy import Table

from data_layer import tables
from data_layer.cut import Cut
from data_layer.frames import Frames
from metrics.columns import Columns, empty
from metrics.intervals import INTERVAL_COLUMNS, counting
from metrics.schedule import Schedule, SiteRules
from metrics.segments import clip
from metrics.totals import OUTPUT_SUMS, STATION_SUMS, TIME_SUMS, added_up, station_times, worker_times
from metrics.window import Window


@dataclass(frozen=True)
class StoredSums:
    """What is stored, summed over a window; open states are not in it.

    attended: worker, shift: attended by what is stored.
    """

    frames: Frames
    rules: SiteRules
    schedule: Schedule
    window: Window
    cut: Cut
    attended: Columns

    @cached_property
    def edge_intervals(self) -> Columns:
        """Intervals that count, cut to the ragged ends and filtered."""
        if not self.cut.edges:
            return empty(*INTERVAL_COLUMNS)
        stored = self.frames.intervals_of(None, self.cut.edges)
        starts, ends = (np.array(side, dtype=np.int64) for side in zip(*sorted(self.cut.edges), strict=True))
        return self.window.filters.keep(clip(counting(stored, self.attended), starts, ends))

    def worker_times(self) -> Columns:
        """active, idle, absent, signal by worker."""
        edges = worker_times(self.edge_intervals, self.attended, self.schedule, ["worker"])
        return self._with_edges(tables.worker_hours, tables.worker_days, "worker", edges, TIME_SUMS)

    def station_times(self) -> Columns:
        """occupancy, working, occupied by station; without a worker filter, since unions over some workers are not stored."""
        edges = station_times(self.edge_intervals, self.schedule, ["station"])
        return self._with_edges(tables.station_hours, tables.station_days, "station", edges, STATION_SUMS)

    @cached_property
    def _edge_outputs(self) -> Columns:
        if not self.cut.edges:
            return empty("worker", "station", *OUTPUT_SUMS)
        return self.window.filters.keep(self.frames.outputs_between(self.cut.edges, self.rules))

    def outputs(self, by: str) -> Columns:
        """units, events by worker or by station."""
        return self._with_edges(tables.output_hours, tables.output_days, by, self._edge_outputs, OUTPUT_SUMS)

    def _with_edges(self, hours: Table, days: Table, by: str, edges: Columns, sums: Sequence[str]) -> Columns:
        levels = ((hours, self.cut.hours), (days, self.cut.days))
        return added_up([edges, *(self.frames.rollup_sums(table, ranges, by, self.window.filters) for table, ranges in levels if ranges)], by, sums)
