"""The stretch of time that a question is about: windows, clocks and filters of rule 4 of docs/metrics.md."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from metrics.columns import Columns
from metrics.schedule import Schedule
from metrics.segments import clip, lengths, nonempty, segments
from metrics.units import FOREVER, Micros


@dataclass(frozen=True, slots=True)
class Filters:
    """Which workers and stations count, by number; None for all. They restrict what counts, never how intervals are formed."""

    workers: frozenset[int] | None = None
    stations: frozenset[int] | None = None

    @property
    def listed(self) -> tuple[list[int] | None, list[int] | None]:
        """Workers and stations in order; None for all."""
        workers, stations = (None if wanted is None else sorted(wanted) for wanted in (self.workers, self.stations))
        return workers, stations

    def keep(self, frame: Columns) -> Columns:
        """The rows (columns worker, station) that pass."""
        for name, wanted in (("worker", self.workers), ("station", self.stations)):
            if wanted is not None:
                frame = frame.rows(np.isin(frame[name], list(wanted)))
        return frame


@dataclass(frozen=True, slots=True)
class Window:
    """A window of one or more buckets, perhaps cut to the spans of a shift.

    window    ├───────────────────────────────┤
    buckets   ├────0────┼────1────┼────2──────┤
    shift        ├────────────┤      ├─────┤
    parts        ├──0───┼──1──┤      ├──2──┤

    parts: sorted, disjoint segments in which events count (start, end), each in one bucket (bucket: its number). clock: where
    spans of time end at the latest. buckets: how many there are; each is a window of its own, asked together with the others.
    """

    parts: Columns
    clock: int
    filters: Filters = field(default_factory=Filters)
    buckets: int = 1

    @property
    def starts(self) -> Micros:
        """Starts of the parts."""
        return self.parts["start"]

    @property
    def ends(self) -> Micros:
        """Ends of the parts, the clock aside."""
        return self.parts["end"]

    @property
    def elapsed(self) -> Columns:
        """The parts up to the clock: the future is not yet lost."""
        return nonempty(self.parts.assign(end=np.minimum(self.ends, self.clock)))

    def bucket_of(self, instants: Micros) -> Micros:
        """The bucket in which events at these instants count; −1 for none."""
        if not len(self.parts):
            return np.full(len(instants), -1, dtype=np.int64)
        part = np.searchsorted(self.starts, instants, side="right") - 1
        return np.where((part >= 0) & (instants < self.ends[part]), self.parts["bucket"][part], -1)

    def clip(self, frame: Columns) -> Columns:
        """What of some intervals lies in the window, filtered; `bucket` says where."""
        return self.filters.keep(self.in_buckets(frame))

    def in_buckets(self, frame: Columns, *, until_clock: bool = False) -> Columns:
        """What of some segments lies in the window, or in what of it has passed already; `bucket` says where."""
        parts = self.elapsed if until_clock else self.parts
        cut = clip(frame, parts["start"], parts["end"])
        return cut.assign(bucket=parts["bucket"][cut["segment"]])

    def scheduled_time(self, schedule: Schedule) -> Micros:
        """Scheduled time in each bucket up to the clock, in µs."""
        return self.by_bucket(self.in_buckets(schedule.scheduled, until_clock=True))

    def by_bucket(self, frame: Columns) -> Micros:
        """Total length of some segments (start, end, bucket) in each bucket, in µs."""
        sums = np.zeros(self.buckets, dtype=np.int64)
        np.add.at(sums, frame["bucket"], lengths(frame))
        return sums


def bounds(start: int | None, end: int | None, first_event: int | None) -> tuple[int, int]:
    """A window's bounds: left out, it starts at the site's first visible event and takes in every event."""
    begins = start if start is not None else first_event
    ends = FOREVER if end is None else end
    return (ends if begins is None else begins, ends)


def resolve(edges: Sequence[int] | Micros, clock: int, filters: Filters, spans: Columns | None = None) -> Window:
    """A window with a bucket between each two of the `edges` (µs, ascending); with `spans` (a shift's) only what lies in them."""
    buckets = segments(edges[:-1], edges[1:])
    parts = nonempty(buckets.assign(bucket=np.arange(len(buckets))))
    if spans is not None:
        cut = clip(spans, parts["start"], parts["end"])
        parts = cut.pick("start", "end").assign(bucket=parts["bucket"][cut["segment"]])
    return Window(parts, clock, filters, len(buckets))
