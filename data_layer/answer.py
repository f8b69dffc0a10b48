"""One question to one snapshot: which window, clock and schedule it means, and the sums that answer it."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from sqlalchemy import Connection

from data_layer.cut import Cut, cut
from data_layer.frames import Frames
from data_layer.groups import Crowd, ToldHours
from data_layer.live_sums import LiveSums
from data_layer.query import MetricsQuery, SeriesQuery, TooMuch
from data_layer.registered import Registered
from data_layer.sites import Site
from data_layer.stored import StoredSums, check_detail
from metrics.columns import Columns, concat, empty, member
from metrics.intervals import NO_STATE, OVERTIME_LIMIT
from metrics.schedule import Schedule, build
from metrics.segments import clip, segments, union
from metrics.series import BUCKETS, edges
from metrics.totals import BY_STATION, OUTPUT_SUMS, STATION_SUMS, STATION_TOTALS, TIME_SUMS, WORKER_TOTALS, Totals, assemble, station_times, tracked_times
from metrics.units import DAY, FOREVER, WEEK, Micros, to_micros
from metrics.window import Filters, Window, bounds, resolve

#: A last state counts up to the end of its shift at most (rule 5), which is within three days of the event.
_TAIL_REACH = 3 * DAY
MOST_BUCKETS = 10_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """Names of the sums that are asked for; others needn't be read, and are 0."""

    workers: frozenset[str] = frozenset()
    stations: frozenset[str] = frozenset()


EVERYTHING = Wanted(frozenset(WORKER_TOTALS), frozenset(STATION_TOTALS))


@dataclass(frozen=True)
class Answer:
    """A query against what a site's tables say."""

    connection: Connection
    site: Site
    registered: Registered
    query: MetricsQuery
    wanted: Wanted = EVERYTHING
    #: Who was seen when, where that has been read for a question about the same window.
    known_crowd: Crowd | None = None

    @cached_property
    def frames(self) -> Frames:
        """The queries of this snapshot."""
        return Frames(self.connection, self.site.site_id, self.registered.names)

    @cached_property
    def filters(self) -> Filters:
        """The query's filters."""
        return self.registered.filters(self.query)

    @cached_property
    def unknown(self) -> set[tuple[str, str]]:
        """What the query names and the site doesn't have, as (kind, id)."""
        return self.registered.unknown(self.query, self.site.rules.shift_names)

    def shown(self, kind: str) -> list[int]:
        """Numbers of the workers or stations that the answer has rows of. kind: worker or station."""
        wanted, known = {
            "worker": (self.filters.workers, self.registered.in_order),
            "station": (self.filters.stations, range(1, len(self.registered.names.stations) + 1)),
        }[kind]
        return [number for number in known if wanted is None or number in wanted]

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
    def edges(self) -> Micros:
        """The instants between which the window's buckets lie: one of all of it, if not otherwise asked for. Raises TooMuch.

        A window that is open to the end is split up to the clock; its last bucket takes in the final event.
        """
        start, end = self.limits
        if not isinstance(self.query, SeriesQuery):
            return np.array([start, max(start, end)], dtype=np.int64)
        step = BUCKETS[self.query.bucket]
        last = self.clock if end == FOREVER else end
        if (last - start) // step > MOST_BUCKETS:
            raise TooMuch(f"bucket: the window holds more than {MOST_BUCKETS:,} buckets of {self.query.bucket}; ask for longer ones, or for less time at once.")
        found = edges(self.site.rules.clock, start, last, step)
        if end == FOREVER and start <= self.clock:
            found = np.append(found[:-1] if len(found) > 1 else found, FOREVER)
        return found

    @cached_property
    def window(self) -> Window:
        """The window, cut to a shift's spans if one is named, and to what is told of people."""
        asked = self._asked
        return asked if self.told_hours is None else replace(asked, parts=self.told_hours.parts)

    @cached_property
    def _asked(self) -> Window:
        return resolve(self.edges, self.clock, self.filters, self._shift_spans())

    @cached_property
    def told_hours(self) -> ToldHours | None:
        """Which hours are told, at a site that shows its people in groups."""
        rule = self.site.privacy
        return self.crowd.told(self._asked, self.filters.stations, rule.smallest_group) if rule.shows_groups else None

    @cached_property
    def crowd(self) -> Crowd:
        """Who was seen when in the window."""
        if self.known_crowd is not None:
            return self.known_crowd
        starts, ends = self._asked.starts, self._asked.ends
        low, high = (max(int(starts[0]), self.stored_extent[0]), min(int(ends[-1]), self.clock + 1)) if len(starts) else (0, 0)
        return Crowd.load(self.frames, self.site.rules.clock, low, high)

    def at_station(self, number: int) -> "Answer":
        """The same question about one station."""
        query = replace(self.query, station_ids=(self.registered.names.stations[number - 1],), station_types=())
        return replace(self, query=query, known_crowd=self.crowd)

    def _shift_spans(self) -> Columns | None:
        return None if self.query.shift is None else self.schedule.named(self.query.shift)

    @cached_property
    def last_states(self) -> Columns:
        """Last states that may matter: at a site with a schedule, none lasts longer than its shift."""
        tails = self.tails.rows(self.tails["state"] != NO_STATE)
        if self.schedule.has_schedule:
            tails = tails.rows(tails["last_time"] >= min(self.limits[0], self.clock) - _TAIL_REACH)
        return Columns({"worker": tails["worker"], "timestamp": tails["last_time"], "state": tails["state"], "station": tails["station"]})

    @cached_property
    def covered(self) -> Columns:
        """Stored attendance of the schedule's shifts: of all where tracked time is asked for, else of those that decide about other sums."""
        shifts = self.schedule.shifts if "tracked" in self.wanted.workers else self._deciding_shifts()
        if not len(shifts):
            return empty("shift", "worker", "covered")
        covered = self.frames.attendance_of(int(shifts["shift"].min()), int(shifts["shift"].max()))
        return covered.rows(member(covered, shifts, ["shift"]))

    def _deciding_shifts(self) -> Columns:
        """Shifts at the window's ragged ends, and those that an open state may make attended, with all that overlap them."""
        since = self.last_states["timestamp"]
        edges = segments([low for low, _ in self.cut.edges], [high for _, high in self.cut.edges])
        near = self._overlapping(concat([segments(since, since + OVERTIME_LIMIT), edges]))
        # A moment that two attended shifts share is tracked once: whether the other one is attended matters too.
        return self._overlapping(near)

    def _overlapping(self, stretches: Columns) -> Columns:
        """The shifts that share time with any of some stretches."""
        shifts, merged = self.schedule.shifts, union(stretches)
        return shifts.rows(member(shifts, clip(shifts, merged["start"], merged["end"]), ["shift"]))

    @cached_property
    def live(self) -> LiveSums:
        """What last states add."""
        return LiveSums(self.frames, self.site.rules, self.schedule, self.window, self.last_states, self.covered, self.query.as_of is not None)

    @property
    def parts(self) -> list[tuple[int, int]]:
        """The window's parts."""
        return list(zip(self.window.starts.tolist(), self.window.ends.tolist(), strict=True))

    @cached_property
    def cut(self) -> Cut:
        """The window as stored rollups and ragged ends."""
        step = BUCKETS[self.query.bucket] if isinstance(self.query, SeriesQuery) else WEEK
        return cut(self.parts, self.site.rules.clock, *self.stored_extent, step)

    @cached_property
    def stored(self) -> StoredSums:
        """What is stored."""
        wanted = self.wanted.workers | self.wanted.stations
        return StoredSums(self.frames, self.site.rules, self.schedule, self.window, self.cut, self.live.stored_attended, wanted, self.site.horizons)

    def check_detail(self) -> None:
        """Raises NotKept where the window begins before there are intervals."""
        check_detail(self.site.horizons, self.site.rules, [(max(low, self.stored_extent[0]), high) for low, high in self.parts])

    @property
    def reaches_sealed(self) -> bool:
        """Whether raw events of the window may be archived."""
        return self.site.horizons.seals(max(self.limits[0], self.stored_extent[0]))

    def totals(self) -> Totals:
        """The sums over the window that are wanted."""
        return assemble(self._worker_sums(), self._station_sums(), self.schedule, self.window)

    def _worker_sums(self) -> list[Columns]:
        wanted = self.wanted.workers
        times = [self.stored.worker_times(), self.live.worker_times()] if wanted & {*TIME_SUMS} else []
        tracked = [tracked_times(self.live.attended, self.schedule, self.window)] if "tracked" in wanted else []
        return [*times, *tracked, *([self.stored.outputs("worker")] if wanted & {*OUTPUT_SUMS} else [])]

    def _station_sums(self) -> list[Columns]:
        wanted = self.wanted.stations
        times = self._station_times() if wanted & {*STATION_SUMS} else []
        return [*times, *([self.stored.outputs("station")] if wanted & {*OUTPUT_SUMS} else [])]

    def _station_times(self) -> list[Columns]:
        if self.filters.workers is None:
            return [self.stored.station_times(), self.live.station_times()]
        # Unions over some of the workers are not stored: they are formed from these workers' intervals.
        self.check_detail()
        workers, stations = self.filters.listed
        own = self.window.clip(self.frames.intervals_of(workers, self.parts, stations))
        return [station_times(concat([self.live.added, own]), self.schedule, BY_STATION)]
