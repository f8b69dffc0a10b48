"""From touched events to derived rows: intervals, attendance and rollups follow the events, exactly and incrementally.

A touched event makes its worker dirty from the last state event before it to the first one after it (the *region*), and with it
every shift that the region meets, since it may be what makes the worker attend that shift:

    events            W      P  P      ✱      P      I          ✱ touched
    region            ├──────────────────────────────┤          intervals are formed anew
    shifts         ├──────────────────────────────────────┤     attendance is summed anew
    hours        ┊    ┊    ┊    ┊    ┊    ┊    ┊    ┊    ┊      worker rollups are summed anew
                      ┊    ┊    ┊ moved ┊    ┊                  station rollups only where an interval moved
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from sqlalchemy import Connection

from data_layer import frames, tables
from data_layer.changes import Change, difference
from data_layer.plan import Pass
from metrics.intervals import ABSENT, INTERVAL_COLUMNS, NO_STATE, attendance, attended, counting, intervals, merged
from metrics.rollup import station_hours, worker_hours
from metrics.schedule import SHIFTS_A_DAY, Schedule, SiteRules, build
from metrics.segments import clip, clip_to_own
from metrics.units import BEGINNING, FOREVER, HOUR, Micros

_LAST_SHIFT = 100_000 * SHIFTS_A_DAY


def refresh(connection: Connection, site_id: str, rules: SiteRules, work: Pass) -> list[Change]:
    """What must change for the derived rows to follow the events of a pass; on a reading connection."""
    changes = [_output_hours(connection, site_id, rules, work)]
    people = work.regions[(work.regions["worker"] != "").to_numpy()].reset_index(drop=True)
    last_states = _NO_TAILS
    if len(people):
        formed = _Formed(connection, site_id, rules, people, work)
        changes += [formed.interval_change, formed.attendance_change, formed.worker_hour_change, formed.station_hour_change]
        last_states = formed.tails
    changes.append(_worker_tails(connection, site_id, rules, work.workers, last_states))
    return [change for change in changes if not change.empty]


_NO_TAILS = pd.DataFrame({"worker": [], "timestamp": [], "state": [], "station": []})


def _output_hours(connection: Connection, site_id: str, rules: SiteRules, work: Pass) -> Change:
    """Units and events of the hours that hold touched events."""
    first, last = _known_extent(connection, site_id, rules, work)
    bounds = rules.clock.bounds(first, last + 1, HOUR)
    low, high = (BEGINNING if work.low <= BEGINNING else int(bounds[0])), (FOREVER if work.high >= FOREVER else int(bounds[-1]))
    counted = frames.output_by_hour(connection, site_id, rules, work.workers, int(bounds[0]), int(bounds[-1]))
    stored = frames.rollup(connection, tables.output_hours, site_id, low, high, work.workers)
    return difference(tables.output_hours, stored, counted)


def _known_extent(connection: Connection, site_id: str, rules: SiteRules, work: Pass) -> tuple[int, int]:
    """The hull of the touched events with history's ends replaced by the first and last event that there is."""
    if work.low > BEGINNING and work.high < FOREVER:
        return work.low, work.high
    known = frames.extents(connection, site_id, rules, work.workers)
    low = work.low if work.low > BEGINNING else int(known["first_time"].min()) if len(known) else BEGINNING
    high = work.high if work.high < FOREVER else int(known["last_time"].max()) if len(known) else low
    return low, max(low, high)


def _worker_tails(connection: Connection, site_id: str, rules: SiteRules, people: list[str], last_states: pd.DataFrame) -> Change:
    """First and last visible events, and the states after the last."""
    stored = frames.tails_of(connection, site_id, people)
    known = frames.extents(connection, site_id, rules, people)
    # A region that ends before the last event leaves the state after it as it was; a worker without state events has none.
    fresh = last_states.set_index("worker")
    kept = stored.set_index("worker")
    is_fresh = known["worker"].isin(fresh.index).to_numpy()
    state = np.where(is_fresh, known["worker"].map(fresh["state"]), known["worker"].map(kept["state"]))
    station = np.where(is_fresh, known["worker"].map(fresh["station"]), known["worker"].map(kept["station"]))
    wanted = known.assign(state=pd.Series(state, dtype=object).fillna(NO_STATE), station=pd.Series(station, dtype=object).fillna(""))
    return difference(tables.worker_tails, stored, wanted)


@dataclass(frozen=True)
class _Formed:
    """Intervals formed anew for the workers of a pass, and what follows from them."""

    connection: Connection
    site_id: str
    rules: SiteRules
    people: pd.DataFrame  # worker, begin, until
    work: Pass

    @cached_property
    def workers(self) -> list[str]:
        return self.people["worker"].tolist()

    @cached_property
    def events(self) -> pd.DataFrame:
        return frames.events_of(self.connection, self.site_id, self.rules, self.people)

    @cached_property
    def extent(self) -> tuple[int, int]:
        """From the first to the last event of the regions, touched or not."""
        times = self.events["timestamp"]
        begins, untils = self.people["begin"], self.people["until"]
        marks = [*begins[begins > BEGINNING], *untils[untils < FOREVER], *([times.min(), times.max()] if len(times) else [])]
        marks += [mark for mark in (self.work.low, self.work.high) if BEGINNING < mark < FOREVER]
        return (int(min(marks)), int(max(marks))) if marks else (BEGINNING, BEGINNING)

    @cached_property
    def schedule(self) -> Schedule:
        return build(self.rules, *self.extent)

    @cached_property
    def met(self) -> pd.DataFrame:
        """The shifts that the regions meet."""
        first, last = self.extent
        shifts = self.schedule.shifts
        return shifts[((shifts["start"] <= last) & (shifts["end"] >= first)).to_numpy()]

    @cached_property
    def bounds(self) -> Micros:
        """Bounds of the hours that the regions and their shifts lie in."""
        first, last = self.extent
        low, high = (min(first, int(self.met["start"].min())), max(last, int(self.met["end"].max()))) if len(self.met) else (first, last)
        return self.rules.clock.bounds(low, high + 1, HOUR)

    @cached_property
    def low(self) -> int:
        """From where on stored rows are compared."""
        return min(int(self.bounds[0]), self.work.low) if self.work.entire else int(self.bounds[0])

    @cached_property
    def high(self) -> int:
        """Up to where stored rows are compared."""
        return max(int(self.bounds[-1]), self.work.high) if self.work.entire else int(self.bounds[-1])

    @cached_property
    def stored(self) -> pd.DataFrame:
        return frames.intervals_of(self.connection, self.site_id, self.workers, [(self.low, self.high)])

    @cached_property
    def _formed(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        return intervals(self.events, self.rules, self.schedule)

    @cached_property
    def tails(self) -> pd.DataFrame:
        """Last states of the workers whose region reaches to their last event."""
        ended = self.people.loc[self.people["until"] < FOREVER, "worker"]
        known = self._formed[1]
        silent = pd.DataFrame({"worker": [worker for worker in self.workers if worker not in set(known["worker"])]}).assign(timestamp=0, state=NO_STATE, station="")
        both = pd.concat([known, silent], ignore_index=True)
        return both[~both["worker"].isin(ended)]

    @cached_property
    def wanted(self) -> pd.DataFrame:
        """The intervals as they must be, over all the hours looked at."""
        before = pd.DataFrame({"worker": self.people["worker"], "start": BEGINNING, "end": self.people["begin"]})
        after = pd.DataFrame({"worker": self.people["worker"], "start": self.people["until"], "end": FOREVER})
        untouched = clip_to_own(self.stored, pd.concat([before, after], ignore_index=True), "worker")[INTERVAL_COLUMNS]
        return merged(pd.concat([untouched, self._formed[0]], ignore_index=True))

    @cached_property
    def interval_change(self) -> Change:
        return difference(tables.intervals, self.stored, self.wanted)

    @cached_property
    def _attendance(self) -> tuple[Change, pd.DataFrame]:
        """The change of attendance in the shifts met, and the attended shifts among all that the hours hold."""
        near = self.schedule.shifts
        first = 0 if self.low == BEGINNING else int(near["shift"].min()) if len(near) else 0
        last = _LAST_SHIFT if self.high == FOREVER else int(near["shift"].max()) if len(near) else -1
        stored = frames.attendance_of(self.connection, self.site_id, first, last, self.workers)
        covered = attendance(self.wanted, self.schedule)
        covered = covered[covered["shift"].isin(self.met["shift"]).to_numpy()]
        # Shifts that the schedule doesn't know are left over from other settings.
        settled = (stored["shift"].isin(near["shift"]) & ~stored["shift"].isin(self.met["shift"])).to_numpy()
        return difference(tables.attendance, stored[~settled], covered), attended(pd.concat([stored[settled], covered], ignore_index=True))

    @property
    def attendance_change(self) -> Change:
        return self._attendance[0]

    @cached_property
    def worker_hour_change(self) -> Change:
        attends = self._attendance[1]
        wanted = worker_hours(counting(self.wanted, attends), attends, self.schedule, self.bounds)
        stored = frames.rollup(self.connection, tables.worker_hours, self.site_id, self.low, self.high, self.workers)
        return difference(tables.worker_hours, stored, wanted)

    @cached_property
    def station_hour_change(self) -> Change:
        """Unions over all workers, where an interval came, went or moved; everywhere if the settings did."""
        if self.work.entire:
            return self._station_hours(self.bounds, self.low, self.high, None)
        change = self.interval_change
        moved = pd.concat([change.removed, change.added], ignore_index=True)
        moved = clip(moved[(moved["state"] != ABSENT).to_numpy()], self.bounds[:-1], self.bounds[1:])
        moved = moved[((moved["end"] >= self.extent[0]) & (moved["start"] <= self.extent[1])).to_numpy()]
        if moved.empty:
            return Change(tables.station_hours, moved, moved)
        bounds = self.bounds[moved["segment"].min() : moved["segment"].max() + 2]
        return self._station_hours(bounds, int(bounds[0]), int(bounds[-1]), set(moved["station"]))

    def _station_hours(self, bounds: Micros, low: int, high: int, stations: set[str] | None) -> Change:
        """Wanted against stored between `low` and `high`; stations: None for all."""
        everyone = frames.intervals_of(self.connection, self.site_id, None, [(low, high)])
        gone = pd.MultiIndex.from_frame(self.interval_change.removed[["worker", "start"]])
        stays = ~pd.MultiIndex.from_frame(everyone[["worker", "start"]]).isin(gone)
        now = pd.concat([everyone[stays], self.interval_change.added], ignore_index=True)
        stored = frames.rollup(self.connection, tables.station_hours, self.site_id, low, high)
        if stations is not None:
            now, stored = now[now["station"].isin(stations).to_numpy()], stored[stored["station"].isin(stations).to_numpy()]
        return difference(tables.station_hours, stored, station_hours(now, self.schedule, bounds))
