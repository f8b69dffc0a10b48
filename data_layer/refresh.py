"""From touched events to derived rows: intervals, attendance and rollups follow the events, exactly and incrementally.

A touched event makes its worker dirty from the last state event before it to the first one after it (the *region*), and with it
every shift that the region meets, since it may be what makes the worker attend that shift:

    events            W      P  P      ✱      P      I          ✱ touched
    region            ├──────────────────────────────┤          intervals are formed anew
    shifts         ├──────────────────────────────────────┤     attendance is summed anew
    hours        ┊    ┊    ┊    ┊    ┊    ┊    ┊    ┊    ┊      worker rollups are summed anew
                      ┊    ┊    ┊ moved ┊    ┊                  station rollups only where an interval moved

What lies before a site's seal (see `data_layer.horizons`) stays as it is: an interval that begins there begins at the seal instead, a
shift keeps the attendance that it had.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from data_layer import tables
from data_layer.changes import Change, difference
from data_layer.counting import HourCounts
from data_layer.frames import Frames
from data_layer.plan import Pass
from metrics.columns import Columns, concat, empty, look_up, member, order_by
from metrics.intervals import ABSENT, INTERVAL_COLUMNS, NO_STATE, NOBODY, NOWHERE, attendance, attended, counting, intervals, merged
from metrics.rollup import station_hours, worker_hours
from metrics.schedule import SHIFTS_A_DAY, Schedule, SiteRules, build
from metrics.segments import clip, clip_to_own
from metrics.units import BEGINNING, FOREVER, HOUR, Micros

_LAST_SHIFT = 100_000 * SHIFTS_A_DAY
#: Sealed shifts that may reach into the first open days.
_NEAR_SHIFTS = 3 * SHIFTS_A_DAY


def refresh(frames: Frames, rules: SiteRules, work: Pass, counts: HourCounts, sealed: int = BEGINNING) -> list[Change]:
    """What must change for the derived rows to follow the events of a pass.

    counts: open on the same snapshot. sealed: before it nothing changes (µs, a local midnight).
    """
    everyone = work.regions["worker"].tolist()
    stored_tails = frames.tails(everyone)
    known = frames.extents(everyone, rules, stored_tails)
    people = work.regions.rows(work.regions["worker"] != NOBODY)
    formed = _Formed(frames, rules, people, work, stored_tails, sealed)
    changes = [
        _output_hours(frames, rules, work, known, counts, sealed),
        formed.interval_change,
        formed.attendance_change,
        formed.worker_hour_change,
        formed.station_hour_change,
        _worker_tails(stored_tails, _since_ever(known, stored_tails, sealed), formed.tails),
    ]
    return [change for change in changes if not change.empty]


def _output_hours(frames: Frames, rules: SiteRules, work: Pass, known: Columns, counts: HourCounts, sealed: int) -> Change:
    """Units and events of the hours that hold touched events. known: the workers' first and last events."""
    first, last = work.low, max(work.high, sealed)
    if first <= BEGINNING:
        first = int(known["first_time"].min()) if len(known) else BEGINNING
    if last >= FOREVER:
        last = int(known["last_time"].max()) if len(known) else first
    first = max(first, sealed)
    bounds = rules.clock.bounds(first, max(first, last) + 1, HOUR)
    low, high = int(bounds[0]), int(bounds[-1])
    workers = work.regions["worker"].tolist()
    counted = counts.by_hour(frames, workers, bounds, rules, (work.low, work.high))
    stored = frames.rollup(tables.outputs.hours, max(sealed, min(low, work.low)), max(high, work.high), workers)
    return difference(tables.outputs.hours, stored, counted)


def _since_ever(known: Columns, stored: Columns, sealed: int) -> Columns:
    """First and last visible events; a first one that is sealed stays, though of those before the seal only the last is still there.

    Who has sealed sums is known for ever, even if all events that were left are taken away.
    """
    was = look_up(stored["worker"], stored["first_time"], known["worker"], default=FOREVER)
    gone = stored.rows((stored["first_time"] < sealed) & ~np.isin(stored["worker"], known["worker"])).pick("worker", "first_time", "last_time")
    return concat([known.assign(first_time=np.where(was < sealed, was, known["first_time"])), gone.assign(last_time=np.minimum(gone["last_time"], sealed - 1))])


def _worker_tails(stored: Columns, known: Columns, last_states: Columns) -> Change:
    """First and last visible events, and the states after the last."""
    # A region that ends before the last event leaves the state after it as it was.
    state, station = (look_up(stored["worker"], stored[name], known["worker"]) for name in ("state", "station"))
    fresh = last_states.rows(order_by(last_states, ["worker"]))
    is_fresh = np.isin(known["worker"], fresh["worker"])
    wanted = known.assign(
        state=np.where(is_fresh, look_up(fresh["worker"], fresh["state"], known["worker"]), state),
        station=np.where(is_fresh, look_up(fresh["worker"], fresh["station"], known["worker"]), station),
    )
    return difference(tables.worker_tails, stored, wanted)


@dataclass(frozen=True)
class _Formed:
    """Intervals formed anew for the people of a pass (worker, begin, until), and what follows from them.

    stored_tails: where each worker's events ended before. sealed: before it nothing changes.
    """

    frames: Frames
    rules: SiteRules
    people: Columns
    work: Pass
    stored_tails: Columns
    sealed: int

    @cached_property
    def workers(self) -> list[int]:
        found: list[int] = self.people["worker"].tolist()
        return found

    @cached_property
    def events(self) -> Columns:
        return self.frames.events_of(self.people, self.rules)

    @cached_property
    def extent(self) -> tuple[int, int]:
        """From the first to the last event of the regions, touched or not, and what was the last one before: up to there reach the intervals
        that a region without an end takes away."""
        to_the_end = np.isin(self.stored_tails["worker"], self.people["worker"][self.people["until"] >= FOREVER])
        ends = self.stored_tails["last_time"][to_the_end]
        marks = np.concatenate([self.people["begin"], self.people["until"], self.events["timestamp"], ends, [self.work.low, self.work.high]])
        marks = marks[(marks > BEGINNING) & (marks < FOREVER)]
        return (int(marks.min()), int(marks.max())) if len(marks) else (BEGINNING, BEGINNING)

    @cached_property
    def schedule(self) -> Schedule:
        return build(self.rules, *self.extent)

    @cached_property
    def met(self) -> Columns:
        """The shifts that the regions meet, sealed ones aside; under new settings those beyond history's ends too, which others may have been before."""
        first, last = self.extent
        if self.work.entire:
            first = BEGINNING if self.work.low <= BEGINNING else first
            last = FOREVER if self.work.high >= FOREVER else last
        shifts = self.schedule.shifts
        return shifts.rows((shifts["start"] <= last) & (shifts["end"] >= first) & (shifts["shift"] >= self._first_open_shift))

    @cached_property
    def bounds(self) -> Micros:
        """Bounds of the hours that the regions and their shifts lie in."""
        first, last = (max(at, self.sealed) for at in self.extent)
        return self.rules.clock.bounds(max(self.sealed, min([first, *self.met["start"].tolist()])), max([last, *self.met["end"].tolist()]) + 1, HOUR)

    @property
    def _first_open_shift(self) -> int:
        """Shifts of smaller keys are sealed."""
        return BEGINNING if self.sealed == BEGINNING else self.rules.clock.day_of(self.sealed) * SHIFTS_A_DAY

    @cached_property
    def low(self) -> int:
        """From where on stored rows are compared."""
        return max(self.sealed, min(int(self.bounds[0]), self.work.low)) if self.work.entire else int(self.bounds[0])

    @cached_property
    def high(self) -> int:
        """Up to where stored rows are compared."""
        return max(int(self.bounds[-1]), self.work.high) if self.work.entire else int(self.bounds[-1])

    @cached_property
    def stored(self) -> Columns:
        found = self.frames.intervals_of(self.workers, [(self.low, self.high)])
        return found.rows(found["start"] >= self.sealed)

    @cached_property
    def _formed(self) -> tuple[Columns, Columns]:
        found, tails = intervals(self.events, self.rules, self.schedule)
        open_ = found.rows(found["end"] > self.sealed)
        return open_.assign(start=np.maximum(open_["start"], self.sealed)), tails

    @cached_property
    def tails(self) -> Columns:
        """Last states of the workers whose region reaches to their last event; none for those without state events."""
        known = self._formed[1].pick("worker", "state", "station")
        to_the_end = self.people.rows(self.people["until"] >= FOREVER).pick("worker")
        silent = to_the_end.rows(~np.isin(to_the_end["worker"], known["worker"])).assign(state=NO_STATE, station=NOWHERE)
        return concat([known.rows(np.isin(known["worker"], to_the_end["worker"])), silent])

    @cached_property
    def wanted(self) -> Columns:
        """The intervals as they must be, over all the hours looked at: what lies outside the regions stays."""
        worker = self.people.pick("worker")
        before = worker.assign(start=BEGINNING, end=self.people["begin"])
        after = worker.assign(start=self.people["until"], end=FOREVER)
        untouched = clip_to_own(self.stored, concat([before, after]), "worker")
        return merged(concat([self._formed[0].pick(*INTERVAL_COLUMNS), untouched]))

    @cached_property
    def interval_change(self) -> Change:
        return difference(tables.intervals, self.stored, self.wanted)

    @cached_property
    def _attendance(self) -> tuple[Change, Columns]:
        """The change of attendance in the shifts met, and the attended shifts among all that the hours hold."""
        near = self.schedule.shifts["shift"]
        # By days and not by the shifts there are: under other settings the same days had others.
        first_day, last_day = self.schedule.days
        first = first_day * SHIFTS_A_DAY
        if self.work.entire and self.low <= self.sealed:
            first = max(BEGINNING, self._first_open_shift - _NEAR_SHIFTS)
        last = _LAST_SHIFT if self.high == FOREVER else (last_day + 1) * SHIFTS_A_DAY - 1
        stored = self.frames.attendance_of(first, last, self.workers)
        covered = attendance(self.wanted, self.schedule)
        covered = covered.rows(np.isin(covered["shift"], self.met["shift"]))
        # Shifts that the schedule doesn't know are left over from other settings.
        settled = np.isin(stored["shift"], near) & ~np.isin(stored["shift"], self.met["shift"]) | (stored["shift"] < self._first_open_shift)
        return difference(tables.attendance, stored.rows(~settled), covered), attended(concat([covered, stored.rows(settled)]))

    @property
    def attendance_change(self) -> Change:
        return self._attendance[0]

    @cached_property
    def worker_hour_change(self) -> Change:
        attends = self._attendance[1]
        wanted = worker_hours(counting(self.wanted, attends), attends, self.schedule, self.bounds)
        return difference(tables.worker_times.hours, self.frames.rollup(tables.worker_times.hours, self.low, self.high, self.workers), wanted)

    @cached_property
    def station_hour_change(self) -> Change:
        """Unions over all workers, where an interval came, went or moved; everywhere if the settings did."""
        if self.work.entire:
            return self._station_hours(self.bounds, self.low, self.high, None)
        moved = concat([self.interval_change.removed, self.interval_change.added])
        moved = clip(moved.rows(moved["state"] != ABSENT), self.bounds[:-1], self.bounds[1:])
        moved = moved.rows((moved["end"] >= max(self.sealed, self.extent[0])) & (moved["start"] <= self.extent[1]))
        if not len(moved):
            nothing = empty("bucket", "station", *tables.STATION_SUMS)
            return Change(tables.station_times.hours, nothing, nothing)
        bounds = self.bounds[moved["segment"].min() : moved["segment"].max() + 2]
        return self._station_hours(bounds, int(bounds[0]), int(bounds[-1]), moved["station"])

    def _station_hours(self, bounds: Micros, low: int, high: int, stations: Micros | None) -> Change:
        """Wanted against stored between `low` and `high`; stations: None for all."""
        everyone = self.frames.intervals_of(None, [(low, high)])
        stays = ~member(everyone, self.interval_change.removed, ["worker", "start"])
        now = concat([everyone.rows(stays), self.interval_change.added])
        stored = self.frames.rollup(tables.station_times.hours, low, high)
        if stations is not None:
            now, stored = now.rows(np.isin(now["station"], stations)), stored.rows(np.isin(stored["station"], stations))
        return difference(tables.station_times.hours, stored, station_hours(now, self.schedule, bounds))
