"""Answers to questions about metrics, from stored rows: the cost grows with workers × days asked about, not with events stored."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Connection, select

from data_layer import frames, tables
from data_layer.cut import cut
from data_layer.engine import Database
from data_layer.frames import frame
from data_layer.live_sums import LiveSums
from data_layer.query import CurrentState, MetricsQuery, Row, SiteMetrics
from data_layer.refresher import Refresher
from data_layer.sites import Site, load_site
from data_layer.stored import StoredSums
from metrics.evaluate import live_intervals
from metrics.intervals import NO_STATE
from metrics.kpis import factory_metrics, worker_metrics, workstation_metrics
from metrics.schedule import Schedule, build
from metrics.segments import clip
from metrics.totals import Totals, assemble, lengths, station_times, tracked_spans
from metrics.units import DAY, to_datetime, to_micros
from metrics.window import Filters, Window, bounds, resolve

#: A metrics call waits this long for what was committed before it, then answers with what there is.
FRESHNESS_WAIT_SECONDS = 0.25

#: A last state counts up to the end of its shift at most, two days after the shift's day began (rule 5).
_TAIL_REACH = 3 * DAY


class UnknownId(LookupError):
    """A worker, station, station type or shift that the site doesn't have."""


@dataclass(frozen=True)
class MetricsReader:
    """Reads metrics, as fresh as can be had in a moment."""

    database: Database
    refresher: Refresher

    def read(self, query: MetricsQuery, *, stations: bool = True) -> SiteMetrics:
        """Figures of a site. stations: whether the stations' are wanted. Raises UnknownSite and UnknownId."""
        fresh = self.refresher.wait(query.site_id, FRESHNESS_WAIT_SECONDS)
        with self.database.read() as connection:
            site = load_site(connection, query.site_id)
            return replace(_Answer(connection, site, query, stations).metrics(), revision=site.revision, stale=not fresh)

    def current_states(self, site_id: str, now: datetime) -> list[CurrentState]:
        """What each worker of a site does now."""
        self.refresher.wait(site_id, FRESHNESS_WAIT_SECONDS)
        with self.database.read() as connection:
            site = load_site(connection, site_id)
            answer = _Answer(connection, site, MetricsQuery(site_id=site_id, start=now, as_of=now), stations=False)
            return answer.current_states()


@dataclass(frozen=True)
class _Answer:
    """One question on one snapshot."""

    connection: Connection
    site: Site
    query: MetricsQuery
    stations: bool

    @cached_property
    def workers(self) -> pd.DataFrame:
        """Registered workers: worker, name."""
        table = tables.workers
        return frame(self.connection, select(table.c.worker_id, table.c.name).where(table.c.site_id == self.site.site_id).order_by(table.c.worker_id))

    @cached_property
    def workstations(self) -> pd.DataFrame:
        """Registered stations: station, name, type."""
        table = tables.workstations
        columns = [table.c.station_id, table.c.name, table.c.type]
        return frame(self.connection, select(*columns).where(table.c.site_id == self.site.site_id).order_by(table.c.station_id))

    @cached_property
    def filters(self) -> Filters:
        """The query's filters, checked against what is registered."""
        query = self.query
        _check("worker", query.worker_ids, self.workers["worker_id"], self.site)
        _check("workstation", query.station_ids, self.workstations["station_id"], self.site)
        _check("station type", query.station_types, self.workstations["type"], self.site)
        stations = self.workstations
        if query.station_ids:
            stations = stations[stations["station_id"].isin(query.station_ids)]
        if query.station_types:
            stations = stations[stations["type"].isin(query.station_types)]
        filtered = bool(query.station_ids or query.station_types)
        return Filters(frozenset(query.worker_ids) if query.worker_ids else None, frozenset(stations["station_id"]) if filtered else None)

    @cached_property
    def tails(self) -> pd.DataFrame:
        """First and last events of all workers."""
        return frames.tails_of(self.connection, self.site.site_id)

    @cached_property
    def clock(self) -> int:
        """The last visible event, or `as_of` if that is later."""
        moments = [0, *self.tails["last_time"].tolist(), *([to_micros(self.query.as_of)] if self.query.as_of else [])]
        return int(max(moments))

    @cached_property
    def limits(self) -> tuple[int, int]:
        """The window's bounds."""
        start, end = (None if moment is None else to_micros(moment) for moment in (self.query.start, self.query.end))
        return bounds(start, end, int(self.tails["first_time"].min()) if len(self.tails) else None)

    @cached_property
    def schedule(self) -> Schedule:
        """The schedule around all that can count."""
        first = int(self.tails["first_time"].min()) if len(self.tails) else self.clock
        low = min(max(self.limits[0], first), self.clock)
        return build(self.site.rules, low - _TAIL_REACH, self.clock)

    @cached_property
    def window(self) -> Window:
        """The window, cut to a shift's spans if one is named."""
        return resolve(self.limits, self.clock, self.filters, self._shift_spans())

    def _shift_spans(self) -> pd.DataFrame | None:
        name = self.query.shift
        if name is None:
            return None
        known = {s.name for v in self.site.rules.versions for s in (*v.shifts, *(shift for _, shifts in v.exceptions for shift in shifts))}
        _check("shift", (name,), known, self.site)
        return self.schedule.named(name)

    @cached_property
    def live(self) -> LiveSums:
        """What last states add."""
        rules, schedule = self.site.rules, self.schedule
        tails = self.tails[(self.tails["state"] != NO_STATE).to_numpy()]
        if schedule.has_schedule:
            tails = tails[(tails["last_time"] >= min(self.limits[0], self.clock) - _TAIL_REACH).to_numpy()]
        tails = tails.rename(columns={"last_time": "timestamp"})[["worker", "timestamp", "state", "station"]]
        return LiveSums(self.connection, self.site.site_id, rules, schedule, self.window, tails, self._covered(), self.query.as_of is not None)

    def _covered(self) -> pd.DataFrame:
        shifts = self.schedule.shifts["shift"]
        if shifts.empty:
            return frames.no_attendance()
        covered = frames.attendance_of(self.connection, self.site.site_id, int(shifts.min()), int(shifts.max()))
        return covered[covered["shift"].isin(shifts).to_numpy()]

    @cached_property
    def stored(self) -> StoredSums:
        """What is stored."""
        parts = list(zip(self.window.starts.tolist(), self.window.ends.tolist(), strict=True))
        first, last = (int(self.tails["first_time"].min()), int(self.tails["last_time"].max())) if len(self.tails) else (0, 0)
        made = cut(parts, self.site.rules.clock, first, last)
        return StoredSums(self.connection, self.site.site_id, self.site.rules, self.schedule, self.window, made, self.live.stored_attended)

    def totals(self) -> Totals:
        """Sums over the window."""
        times = _sum(self.stored.worker_times(), self.live.worker_times())
        elapsed = self.window.elapsed
        tracked = clip(tracked_spans(self.live.attended, self.schedule), elapsed["start"].to_numpy(), elapsed["end"].to_numpy())
        tracked = self.filters_workers(tracked)
        return assemble(
            times.drop(columns="signal"),
            tracked.assign(tracked=lengths(tracked)).groupby("worker")["tracked"].sum(),
            times["signal"],
            self._station_times() if self.stations else _NO_STATION_TIMES,
            self.stored.outputs("worker"),
            self.stored.outputs("station") if self.stations else _NO_OUTPUTS,
            self.schedule,
            self.window,
        )

    def filters_workers(self, rows: pd.DataFrame) -> pd.DataFrame:
        """The rows of the workers asked for."""
        return rows if self.filters.workers is None else rows[rows["worker"].isin(self.filters.workers)]

    def _station_times(self) -> pd.DataFrame:
        if self.filters.workers is None:
            return _sum(self.stored.station_times(), self.live.station_times())
        parts = self.window.parts
        ranges = list(zip(parts["start"].tolist(), parts["end"].tolist(), strict=True))
        own = frames.intervals_of(self.connection, self.site.site_id, sorted(self.filters.workers), ranges)
        counted = pd.concat([clip(own, self.window.starts, self.window.ends)[self.live.added.columns], self.live.added], ignore_index=True)
        return station_times(self.filters.keep(counted), self.schedule, ["station"])

    def metrics(self) -> SiteMetrics:
        """The figures, with names."""
        totals = self.totals()
        workers = self.filters_workers(self.workers.rename(columns={"worker_id": "worker"}))
        stations = self.workstations if self.filters.stations is None else self.workstations[self.workstations["station_id"].isin(self.filters.stations)]
        by_worker = worker_metrics(totals, workers["worker"])
        by_station = workstation_metrics(totals, stations["station_id"]) if self.stations else {}
        site_id = self.site.site_id
        names = dict(zip(workers["worker"], workers["name"], strict=True))
        described = {row["station_id"]: row for row in stations.to_dict("records")}
        return SiteMetrics(
            factory={"site_id": site_id, **factory_metrics(totals, worker_count=len(self.workers), station_count=len(self.workstations))},
            workers=[{"site_id": site_id, "worker_id": worker, "name": names[worker], **row} for worker, row in by_worker.items()],
            workstations=[{"site_id": site_id, **_text(described[station]), **row} for station, row in by_station.items()],
        )

    def current_states(self) -> list[CurrentState]:
        """State of each worker after its last event, if it runs to the clock."""
        tails = self.tails.rename(columns={"last_time": "timestamp"})
        states = tails[(tails["state"] != NO_STATE).to_numpy()][["worker", "timestamp", "state", "station"]]
        if self.schedule.has_schedule:
            states = states[(states["timestamp"] >= self.clock - _TAIL_REACH).to_numpy()]
        running, _ = live_intervals(frames.no_intervals(), states, self._covered(), self.clock, self.site.rules, self.schedule, live=True)
        running = running[(running["end"] == self.clock).to_numpy()]
        open_now = running.merge(states, on=["worker", "state", "station"]).drop_duplicates("worker")
        begun = self._begun(open_now)
        known = {row.worker: CurrentState(row.worker, row.state, row.station or None, to_datetime(begun[row.worker])) for row in open_now.itertuples()}
        return [known.get(worker, CurrentState(worker, "no_signal", None, self._last_seen(worker))) for worker in self.workers["worker_id"]]

    def _begun(self, open_now: pd.DataFrame) -> dict[str, int]:
        """Since when each open state has lasted: stored intervals of the same state that end where it begins belong to it."""
        begun = dict(zip(open_now["worker"], open_now["timestamp"].tolist(), strict=True))
        if open_now.empty:
            return begun
        around = [(int(open_now["timestamp"].min()), int(open_now["timestamp"].max()))]
        stored = frames.intervals_of(self.connection, self.site.site_id, sorted(begun), around)
        touching = stored.merge(open_now[["worker", "state", "station", "timestamp"]], left_on=["worker", "state", "station", "end"], right_on=["worker", "state", "station", "timestamp"])
        return begun | dict(zip(touching["worker"], touching["start"].tolist(), strict=True))

    def _last_seen(self, worker: str) -> datetime | None:
        last = self.tails.loc[(self.tails["worker"] == worker).to_numpy(), "last_time"]
        return to_datetime(int(last.iloc[0])) if len(last) else None


_NO_STATION_TIMES = pd.DataFrame({name: pd.Series([], dtype=np.int64) for name in tables.STATION_SUMS})
_NO_OUTPUTS = pd.DataFrame({name: pd.Series([], dtype=np.int64) for name in tables.OUTPUT_SUMS})


def _sum(stored: pd.DataFrame, added: pd.DataFrame) -> pd.DataFrame:
    return stored if added.empty else stored.add(added, fill_value=0).fillna(0).astype(np.int64)


def _check(kind: str, asked: Any, known: Any, site: Site) -> None:
    unknown = sorted(set(asked) - {value for value in known if value is not None})
    if unknown:
        raise UnknownId(f"No {kind} {', '.join(unknown)} at site {site.site_id}.")


def _text(row: Row) -> Row:
    return {name: value if isinstance(value, str) else None for name, value in row.items()}


