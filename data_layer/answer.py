"""One question to one snapshot: which window, clock and schedule it means, and the sums that answer it."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from sqlalchemy import Connection

from data_layer.cut import cut
from data_layer.frames import Frames
from data_layer.live_sums import LiveSums
from data_layer.query import CurrentState, MetricsQuery
from data_layer.registered import Registered
from data_layer.sites import Site
from data_layer.stored import StoredSums
from metrics.columns import Columns, concat, empty, look_up, member
from metrics.intervals import ABSENT, NO_STATE
from metrics.open_states import open_intervals
from metrics.schedule import Schedule, build
from metrics.segments import clip
from metrics.totals import Totals, assemble, station_times, tracked_times
from metrics.units import DAY, Micros, to_datetime, to_micros
from metrics.window import Filters, Window, bounds, resolve

#: A last state counts up to the end of its shift at most (rule 5), which is within three days of the event.
_TAIL_REACH = 3 * DAY


@dataclass(frozen=True)
class Answer:
    """A query against what a site's tables say."""

    connection: Connection
    site: Site
    registered: Registered
    query: MetricsQuery

    @cached_property
    def frames(self) -> Frames:
        """The queries of this snapshot."""
        return Frames(self.connection, self.site.site_id, self.registered.names)

    @cached_property
    def filters(self) -> Filters:
        """The query's filters. Raises UnknownId."""
        return self.registered.filters(self.query)

    @cached_property
    def tails(self) -> Columns:
        """First and last events of all workers, and the states after the last."""
        return self.frames.tails()

    @cached_property
    def clock(self) -> int:
        """The last visible event, or `as_of` if that is later."""
        return int(max(0, *self.tails["last_time"].tolist(), to_micros(self.query.as_of) if self.query.as_of else 0))

    @cached_property
    def stored_extent(self) -> tuple[int, int]:
        """First and last visible event of the site; the clock where there is none."""
        return min([*self.tails["first_time"].tolist()] or [self.clock]), max([*self.tails["last_time"].tolist()] or [self.clock])

    @cached_property
    def limits(self) -> tuple[int, int]:
        """The window's bounds."""
        start, end = (None if moment is None else to_micros(moment) for moment in (self.query.start, self.query.end))
        return bounds(start, end, self.stored_extent[0] if len(self.tails) else None)

    @cached_property
    def schedule(self) -> Schedule:
        """The schedule around all that can count."""
        low = min(self.limits[0], self.clock)
        return build(self.site.rules, low - _TAIL_REACH, self.clock)

    @cached_property
    def window(self) -> Window:
        """The window, cut to a shift's spans if one is named."""
        return resolve(self.limits, self.clock, self.filters, self._shift_spans())

    def _shift_spans(self) -> Columns | None:
        name = self.query.shift
        if name is None:
            return None
        known = {shift.name for version in self.site.rules.versions for shift in (*version.shifts, *(s for _, shifts in version.exceptions for s in shifts))}
        self.registered.check("shift", (name,), [shift for shift in known if shift is not None])
        return self.schedule.named(name)

    @cached_property
    def _last_states(self) -> Columns:
        """Last states that may matter: at a site with a schedule, none lasts longer than its shift."""
        tails = self.tails.rows(self.tails["state"] != NO_STATE)
        if self.schedule.has_schedule:
            tails = tails.rows(tails["last_time"] >= min(self.limits[0], self.clock) - _TAIL_REACH)
        return Columns({"worker": tails["worker"], "timestamp": tails["last_time"], "state": tails["state"], "station": tails["station"]})

    @cached_property
    def _covered(self) -> Columns:
        """Stored attendance of the schedule's shifts."""
        shifts = self.schedule.shifts
        if not len(shifts):
            return empty("shift", "worker", "covered")
        covered = self.frames.attendance_of(int(shifts["shift"].min()), int(shifts["shift"].max()))
        return covered.rows(member(covered, shifts, ["shift"]))

    @cached_property
    def live(self) -> LiveSums:
        """What last states add."""
        return LiveSums(self.frames, self.site.rules, self.schedule, self.window, self._last_states, self._covered, self.query.as_of is not None)

    @cached_property
    def stored(self) -> StoredSums:
        """What is stored."""
        parts = list(zip(self.window.starts.tolist(), self.window.ends.tolist(), strict=True))
        made = cut(parts, self.site.rules.clock, *self.stored_extent)
        return StoredSums(self.frames, self.site.rules, self.schedule, self.window, made, self.live.stored_attended)

    def totals(self, *, stations: bool) -> Totals:
        """Sums over the window. stations: whether those of stations are wanted."""
        tracked = tracked_times(self.live.attended, self.schedule, self.window)
        workers = [self.stored.worker_times(), self.live.worker_times(), tracked, self.stored.outputs("worker")]
        places = [*self._station_times(), self.stored.outputs("station")] if stations else []
        return assemble(workers, places, self.schedule, self.window)

    def _station_times(self) -> list[Columns]:
        if self.filters.workers is None:
            return [self.stored.station_times(), self.live.station_times()]
        # Unions over some of the workers are not stored: they are formed from these workers' intervals.
        ranges = list(zip(self.window.starts.tolist(), self.window.ends.tolist(), strict=True))
        own = clip(self.frames.intervals_of(sorted(self.filters.workers), ranges), self.window.starts, self.window.ends)
        return [station_times(self.filters.keep(concat([self.live.added, own])), self.schedule, ["station"])]

    @cached_property
    def _running(self) -> Columns:
        """Last states that run to the clock: worker, state, station."""
        last, names = self._last_states, ("worker", "state", "station")
        added, _ = open_intervals(last, self._covered, self.clock, self.site.rules, self.schedule, live=True)
        # What the clock itself has just set has not lasted yet: a camera that is a second ahead sets the clock.
        just_set = last.rows(last["timestamp"] == self.clock)
        in_time = np.full(len(just_set), not self.schedule.has_schedule) | (self.schedule.span_of(just_set["timestamp"]) >= 0)
        just_set = just_set.rows((just_set["state"] != ABSENT) | in_time)
        return concat([added.rows(added["end"] == self.clock).pick(*names), just_set.pick(*names)])

    def current_states(self) -> dict[str, CurrentState]:
        """The state of each worker after its last event, if it runs to the clock; else no signal since that event."""
        last, running = self._last_states, self._running
        since = self._since(last.rows(member(last, running, ["worker"])))
        names = self.registered.names
        states = {
            worker: CurrentState(worker, "no_signal", None, to_datetime(seen))
            for worker, seen in zip(names.texts("worker", self.tails["worker"]), self.tails["last_time"].tolist(), strict=True)
        }
        columns = (names.texts("worker", running["worker"]), names.texts("state", running["state"]), names.texts("station", running["station"]))
        for worker, state, station, begun in zip(*columns, look_up(*since, running["worker"]).tolist(), strict=True):
            states[worker] = CurrentState(worker, state, station or None, to_datetime(begun))
        return states

    def _since(self, last: Columns) -> tuple[Micros, Micros]:
        """Since when open states have lasted, by worker: a stored interval that ends in the same state where it opens belongs to it."""
        if not len(last):
            return last["worker"], last["timestamp"]
        stored = self.frames.intervals_of(last["worker"].tolist(), [(int(last["timestamp"].min()), int(last["timestamp"].max()))])
        same = member(stored.assign(timestamp=stored["end"]), last, ["worker", "state", "station", "timestamp"])
        begun = look_up(stored["worker"][same], stored["start"][same], last["worker"], default=-1) if same.any() else last["timestamp"]
        return last["worker"], np.where(begun < 0, last["timestamp"], begun)
