"""What last states add to stored sums under a clock: rule 5 of docs/metrics.md, worked out when read and never stored."""

from dataclasses import dataclass
from functools import cached_property

from data_layer.frames import Frames
from metrics.columns import Columns, concat, empty, member
from metrics.intervals import ABSENT, INTERVAL_COLUMNS, attended, counting
from metrics.open_states import open_intervals
from metrics.schedule import NO_SHIFT, Schedule, SiteRules
from metrics.totals import BY_STATION, BY_WORKER, STATION_SUMS, TIME_SUMS, added_up, station_times, worker_times
from metrics.window import Window


@dataclass(frozen=True)
class LiveSums:
    """Additions to StoredSums.

    tails: worker, timestamp, state, station. covered: worker, shift, covered: stored attendance in the schedule's shifts.
    live: whether `as_of` was given.
    """

    frames: Frames
    rules: SiteRules
    schedule: Schedule
    window: Window
    tails: Columns
    covered: Columns
    live: bool

    @cached_property
    def stored_attended(self) -> Columns:
        """worker, shift: attended by what is stored."""
        return attended(self.covered)

    @cached_property
    def _open(self) -> tuple[Columns, Columns]:
        return open_intervals(self.tails, self.covered, self.window.clock, self.rules, self.schedule, live=self.live)

    @property
    def attended(self) -> Columns:
        """worker, shift: attended, with open states."""
        return self._open[1]

    @cached_property
    def _newly_attended(self) -> Columns:
        """Shifts that only an open state makes attended."""
        return self.attended.rows(~member(self.attended, self.stored_attended, ["worker", "shift"]))

    @cached_property
    def _around_newly_attended(self) -> Columns:
        """Stored intervals of the workers concerned, around these shifts."""
        new = self._newly_attended
        if not len(new):
            return empty(*INTERVAL_COLUMNS)
        shifts = self.schedule.shifts.rows(member(self.schedule.shifts, new, ["shift"]))
        return self.frames.intervals_of(sorted(set(new["worker"].tolist())), [(int(shifts["start"].min()), int(shifts["end"].max()))])

    @cached_property
    def whole(self) -> Columns:
        """Intervals that count besides the stored ones: open states, and absences held in newly attended shifts."""
        stored = self._around_newly_attended
        released = (stored["held"] != NO_SHIFT) & member(stored.assign(shift=stored["held"]), self._newly_attended, ["worker", "shift"])
        return concat([self._open[0], stored.rows(released)])

    @cached_property
    def added(self) -> Columns:
        """What of them lies in the window."""
        return self.window.clip(self.whole)

    def worker_times(self) -> Columns:
        """active, idle, absent, signal by bucket and worker to be added: the added intervals, and signal in shifts that are newly tracked."""
        known = self.window.clip(counting(self._around_newly_attended, self.stored_attended))
        now = worker_times(known, self.attended, self.schedule, BY_WORKER)
        before = worker_times(known, self.stored_attended, self.schedule, BY_WORKER)
        return added_up([worker_times(self.added, self.attended, self.schedule, BY_WORKER), now, _negative(before)], BY_WORKER, TIME_SUMS)

    def station_times(self) -> Columns:
        """occupancy, working, occupied by bucket and station to be added: the union with open states less the union without."""
        present = self.added.rows(self.added["state"] != ABSENT)
        if not len(present):
            return empty(*BY_STATION, *STATION_SUMS)
        stored = self.frames.intervals_of(None, [(int(present["start"].min()), int(present["end"].max()))])
        stored = self.window.clip(stored.rows(member(stored, present, ["station"])))
        with_open = station_times(concat([present, stored]), self.schedule, BY_STATION)
        return added_up([with_open, _negative(station_times(stored, self.schedule, BY_STATION))], BY_STATION, STATION_SUMS)


def _negative(sums: Columns) -> Columns:
    return Columns({name: array if name in ("bucket", "worker", "station") else -array for name, array in sums.arrays.items()})
