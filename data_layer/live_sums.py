"""What last states add to stored sums under a clock: rule 5 of docs/metrics.md, worked out when read and never stored."""

from dataclasses import dataclass
from functools import cached_property

import pandas as pd
from sqlalchemy import Connection

from data_layer import frames
from metrics.evaluate import live_intervals
from metrics.intervals import ABSENT, attended, counting
from metrics.schedule import NO_SHIFT, Schedule, SiteRules
from metrics.segments import clip
from metrics.totals import TIME_COLUMNS, lengths, station_times, within_tracked, worker_times
from metrics.window import Window


@dataclass(frozen=True)
class LiveSums:
    """Additions to StoredSums.

    tails: worker, timestamp, state, station. covered: worker, shift, covered: stored attendance in the schedule's shifts.
    live: whether `as_of` was given.
    """

    connection: Connection
    site_id: str
    rules: SiteRules
    schedule: Schedule
    window: Window
    tails: pd.DataFrame
    covered: pd.DataFrame
    live: bool

    @cached_property
    def stored_attended(self) -> pd.DataFrame:
        """worker, shift: attended by what is stored."""
        return attended(self.covered)

    @cached_property
    def _open(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        return live_intervals(frames.no_intervals(), self.tails, self.covered, self.window.clock, self.rules, self.schedule, live=self.live)

    @property
    def attended(self) -> pd.DataFrame:
        """worker, shift: attended, with open states."""
        return self._open[1]

    @cached_property
    def _newly_attended(self) -> pd.DataFrame:
        """Shifts that only an open state makes attended."""
        before = pd.MultiIndex.from_frame(self.stored_attended)
        return self.attended[~pd.MultiIndex.from_frame(self.attended).isin(before)]

    @cached_property
    def _stored_in_newly_attended(self) -> pd.DataFrame:
        """Stored intervals of the workers concerned around these shifts."""
        new = self._newly_attended.merge(self.schedule.shifts, on="shift")
        if new.empty:
            return frames.no_intervals()
        return frames.intervals_of(self.connection, self.site_id, sorted(set(new["worker"])), [(int(new["start"].min()), int(new["end"].max()))])

    @cached_property
    def added(self) -> pd.DataFrame:
        """Intervals that count besides the stored ones: open states, and absences held in shifts that are attended by them."""
        stored = self._stored_in_newly_attended
        keys = pd.MultiIndex.from_frame(self._newly_attended)
        released = stored[(stored["held"] != NO_SHIFT).to_numpy() & pd.MultiIndex.from_frame(stored[["worker", "held"]]).isin(keys)]
        return self._clipped(pd.concat([self._open[0], released], ignore_index=True).drop(columns="held"))

    def _clipped(self, counted: pd.DataFrame) -> pd.DataFrame:
        return self.window.filters.keep(clip(counted, self.window.starts, self.window.ends).drop(columns="segment"))

    def worker_times(self) -> pd.DataFrame:
        """active, idle, absent, signal by worker to be added."""
        known = self._clipped(counting(self._stored_in_newly_attended, self.stored_attended))
        signal = (
            self._signal(self.added, self.attended)
            .add(self._signal(known, self.attended), fill_value=0)
            .sub(self._signal(known, self.stored_attended), fill_value=0)
        )
        return pd.concat([worker_times(self.added, ["worker"])[TIME_COLUMNS], signal], axis=1).fillna(0)

    def _signal(self, counted: pd.DataFrame, attends: pd.DataFrame) -> pd.Series:
        tracked = within_tracked(counted, attends, self.schedule)
        return tracked.assign(signal=lengths(tracked)).groupby("worker")["signal"].sum()

    def station_times(self) -> pd.DataFrame:
        """occupancy, working, occupied by station to be added: the union with open states less the union without."""
        present = self.added[(self.added["state"] != ABSENT).to_numpy()]
        if present.empty:
            return station_times(present, self.schedule, ["station"])
        around = [(int(present["start"].min()), int(present["end"].max()))]
        stored = frames.intervals_of(self.connection, self.site_id, None, around)
        stored = self._clipped(stored[stored["station"].isin(set(present["station"])).to_numpy()].drop(columns="held"))
        with_open = station_times(pd.concat([stored, present], ignore_index=True), self.schedule, ["station"])
        return with_open.sub(station_times(stored, self.schedule, ["station"]), fill_value=0)
