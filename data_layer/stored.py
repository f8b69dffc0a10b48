"""Sums over a window from stored rows: rollups for whole days and hours, intervals and events for its ragged ends."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from sqlalchemy import Connection, Table

from data_layer import frames, tables
from data_layer.cut import Cut
from metrics.intervals import counting
from metrics.schedule import Schedule, SiteRules
from metrics.segments import clip
from metrics.totals import TIME_COLUMNS, lengths, station_times, within_tracked, worker_times
from metrics.window import Window


@dataclass(frozen=True)
class StoredSums:
    """What is stored, summed over a window; open states are not in it.

    attended: worker, shift: attended by what is stored.
    """

    connection: Connection
    site_id: str
    rules: SiteRules
    schedule: Schedule
    window: Window
    cut: Cut
    attended: pd.DataFrame

    @cached_property
    def edge_intervals(self) -> pd.DataFrame:
        """Intervals that count, cut to the ragged ends and filtered."""
        if not self.cut.edges:
            return counting(frames.no_intervals(), self.attended)
        stored = frames.intervals_of(self.connection, self.site_id, None, self.cut.edges)
        starts, ends = (np.array(side, dtype=np.int64) for side in zip(*sorted(self.cut.edges), strict=True))
        return self.window.filters.keep(clip(counting(stored, self.attended), starts, ends).drop(columns="segment"))

    def worker_times(self) -> pd.DataFrame:
        """active, idle, absent, signal by worker."""
        edge = self.edge_intervals
        tracked = within_tracked(edge, self.attended, self.schedule)
        signal = tracked.assign(signal=lengths(tracked)).groupby("worker")["signal"].sum()
        edges = worker_times(edge, ["worker"]).join(signal).fillna(0).reset_index()
        return self._with_edges(tables.worker_hours, tables.worker_days, "worker", edges, [*TIME_COLUMNS, "signal"])

    def station_times(self) -> pd.DataFrame:
        """occupancy, working, occupied by station; without a worker filter, since unions over some workers are not stored."""
        edges = station_times(self.edge_intervals, self.schedule, ["station"]).reset_index()
        return self._with_edges(tables.station_hours, tables.station_days, "station", edges, tables.STATION_SUMS)

    @cached_property
    def _edge_outputs(self) -> pd.DataFrame:
        if not self.cut.edges:
            return pd.DataFrame({"worker": [], "station": [], "units": [], "events": []})
        return self.window.filters.keep(frames.outputs_between(self.connection, self.site_id, self.rules, self.cut.edges))

    def outputs(self, by: str) -> pd.DataFrame:
        """units, events by worker or by station."""
        return self._with_edges(tables.output_hours, tables.output_days, by, self._edge_outputs[[by, *tables.OUTPUT_SUMS]], tables.OUTPUT_SUMS)

    def _with_edges(self, hours: Table, days: Table, by: str, edges: pd.DataFrame, sums: list[str]) -> pd.DataFrame:
        parts = [edges[[by, *sums]]]
        for table, ranges in ((hours, self.cut.hours), (days, self.cut.days)):
            if ranges:
                parts.append(frames.rollup_sums(self.connection, table, self.site_id, ranges, [by], self.window.filters))
        filled = [part for part in parts if len(part)]
        return pd.concat(filled or parts[:1]).groupby(by)[sums].sum().astype(np.int64)
