"""Sums over a window, before any division: what each worker and each station comes to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from metrics.columns import Columns, concat, empty, member, order_by, sum_by
from metrics.intervals import ABSENT, IDLE, PRODUCT_COUNT, WORKING
from metrics.schedule import Schedule
from metrics.segments import clip, lengths, paired, union
from metrics.units import Micros
from metrics.window import Filters, Window

STATE_COLUMN = {"active": WORKING, "idle": IDLE, "absent": ABSENT}
TIME_SUMS = ("active", "idle", "absent", "signal")
STATION_SUMS = ("occupancy", "working", "occupied")
OUTPUT_SUMS = ("units", "events")
WORKER_TOTALS = (*TIME_SUMS, "tracked", *OUTPUT_SUMS)
BY_WORKER, BY_STATION = ("bucket", "worker"), ("bucket", "station")
STATION_TOTALS = (*STATION_SUMS, *OUTPUT_SUMS)


@dataclass(frozen=True)
class Totals:
    """Sums of a site over the buckets of a window; times in µs.

    workers:  bucket, worker, active, idle, absent, signal, tracked, units, events. Worker NOBODY stands for events without one.
    stations: bucket, station, occupancy, working, occupied (occupancy inside scheduled time), units, events.
    scheduled: scheduled time of each bucket. elapsed: its length up to the clock. has_schedule: whether the site has one.
    by_station: whether a station filter is at work, under which tracked time means nothing.
    """

    workers: Columns
    stations: Columns
    scheduled: Micros
    elapsed: Micros
    has_schedule: bool
    by_station: bool

    @property
    def buckets(self) -> int:
        """How many buckets there are."""
        return len(self.elapsed)

    @property
    def is_tracked(self) -> bool:
        """Whether anybody said when to expect workers, and asks about all of it."""
        return self.has_schedule and not self.by_station


@dataclass(frozen=True, slots=True)
class FactorySums:
    """What a site comes to in a window of one bucket, without anybody in it: what another server tells of it.

    sums: by the names of WORKER_TOTALS, times in µs. utilization: the mean (%) over so many workers that it is not null of (`utilized`); None where
    there are none, or nobody told it.
    """

    sums: Mapping[str, int]
    is_tracked: bool
    utilization: float | None
    utilized: int


def worker_times(counted: Columns, attended: Columns, schedule: Schedule, by: Sequence[str]) -> Columns:
    """active, idle, absent and signal (time inside tracked time) by `by` of intervals that don't overlap within a worker."""
    spent, state = lengths(counted), counted["state"]
    times = Columns({**{name: counted[name] for name in by}, **{name: np.where(state == code, spent, 0) for name, code in STATE_COLUMN.items()}}).assign(
        signal=0
    )
    tracked = within_tracked(counted, attended, schedule)
    signal = tracked.pick(*by).assign(active=0, idle=0, absent=0, signal=lengths(tracked))
    return sum_by(concat([times, signal]), by, TIME_SUMS)


def station_times(counted: Columns, schedule: Schedule, by: Sequence[str]) -> Columns:
    """occupancy, working and occupied (inside scheduled time) by `by`, which holds station: unions over the workers."""
    present = counted.rows(counted["state"] != ABSENT)
    occupancy = union(present, by)
    occupied = clip(occupancy, schedule.scheduled["start"], schedule.scheduled["end"])
    working = union(present.rows(present["state"] == WORKING), by)
    named = {"occupancy": occupancy, "working": working, "occupied": occupied}
    parts = [frame.pick(*by).assign(**{other: lengths(frame) if other == name else 0 for other in STATION_SUMS}) for name, frame in named.items()]
    return sum_by(concat(parts), by, STATION_SUMS)


def tracked_spans(attended: Columns, schedule: Schedule) -> Columns:
    """Tracked time of each worker: the union of the spans of the shifts attended (worker, shift)."""
    spans = schedule.spans.rows(order_by(schedule.spans, ["shift"]))
    rows, span = paired(attended["shift"], spans["shift"])
    return union(Columns({"worker": attended["worker"][rows], "start": spans["start"][span], "end": spans["end"][span]}), ["worker"])


def within_tracked(counted: Columns, attended: Columns, schedule: Schedule) -> Columns:
    """What of each interval lies in its worker's tracked time: there is a signal then."""
    pieces = [empty(*counted.names)]
    for layer in schedule.layers:
        cut = clip(counted, layer["start"], layer["end"])
        pieces.append(cut.rows(member(cut.assign(shift=layer["shift"][cut["segment"]]), attended, ["worker", "shift"])))
    found = concat(pieces)
    # One moment may lie in the spans of two attended shifts that overlap; it has one signal all the same.
    return found if len(pieces) <= 2 else union(found, [name for name in counted.names if name not in ("start", "end", "segment")])


def outputs(events: Columns, by: Sequence[str]) -> Columns:
    """units and events by bucket and worker or station. events: bucket, worker, station, kind, count."""
    return sum_by(events.pick(*by).assign(units=np.where(events["kind"] == PRODUCT_COUNT, events["count"], 0), events=1), by, OUTPUT_SUMS)


def totals(counted: Columns, attended: Columns, events: Columns, schedule: Schedule, window: Window) -> Totals:
    """Sums over a window from whole intervals (those that count) and visible events: the plain way, without rollups."""
    clipped = window.clip(counted)
    placed = events.assign(bucket=window.bucket_of(events["timestamp"]))
    seen = window.filters.keep(placed.rows(placed["bucket"] >= 0))
    workers = [worker_times(clipped, attended, schedule, BY_WORKER), tracked_times(attended, schedule, window), outputs(seen, BY_WORKER)]
    return assemble(workers, [station_times(clipped, schedule, BY_STATION), outputs(seen, BY_STATION)], schedule, window)


def tracked_times(attended: Columns, schedule: Schedule, window: Window) -> Columns:
    """Tracked time by worker, of those who count, in the window up to the clock: bucket, worker, tracked."""
    own = Filters(window.filters.workers).keep(attended)
    if len(schedule.layers) <= 1:
        return _tracked_by_shift(own, schedule, window)
    tracked = window.in_buckets(tracked_spans(own, schedule), until_clock=True)
    return tracked.pick(*BY_WORKER).assign(tracked=lengths(tracked))


def _tracked_by_shift(attended: Columns, schedule: Schedule, window: Window) -> Columns:
    """As `tracked_times` where no two shifts overlap: each is as long for all who attend it, and is measured once."""
    spans = window.in_buckets(schedule.spans, until_clock=True)
    shifts = sum_by(spans.pick("shift", "bucket").assign(tracked=lengths(spans)), ["shift", "bucket"], ["tracked"])
    rows, of_shift = paired(attended["shift"], shifts["shift"])
    each = Columns({"bucket": shifts["bucket"][of_shift], "worker": attended["worker"][rows], "tracked": shifts["tracked"][of_shift]})
    return sum_by(each, BY_WORKER, ["tracked"])


def assemble(workers: Sequence[Columns], stations: Sequence[Columns], schedule: Schedule, window: Window) -> Totals:
    """Put sums from wherever they come into one place. workers, stations: frames with some of the totals each."""
    return Totals(
        workers=added_up(workers, BY_WORKER, WORKER_TOTALS),
        stations=added_up(stations, BY_STATION, STATION_TOTALS),
        scheduled=window.scheduled_time(schedule),
        elapsed=window.by_bucket(window.elapsed),
        has_schedule=schedule.has_schedule,
        by_station=window.filters.stations is not None,
    )


def added_up(frames: Sequence[Columns], by: Sequence[str], sums: Sequence[str]) -> Columns:
    """Frames with the keys and some of the sums, added; a sum that a frame doesn't have is 0 there."""
    filled = [frame.assign(**{name: 0 for name in sums if name not in frame.arrays}).pick(*by, *sums) for frame in frames]
    return sum_by(concat([empty(*by, *sums), *filled]), by, sums)
