"""The stretch of time that a question is about: windows, clocks and filters of rule 4 of docs/metrics.md."""

from dataclasses import dataclass, field

import numpy as np

from metrics.columns import Columns, Mask
from metrics.schedule import Schedule
from metrics.segments import clip, length, nonempty, segments
from metrics.units import FOREVER, Micros


@dataclass(frozen=True, slots=True)
class Filters:
    """Which workers and stations count, by number; None for all. They restrict what counts, never how intervals are formed."""

    workers: frozenset[int] | None = None
    stations: frozenset[int] | None = None

    def keep(self, frame: Columns) -> Columns:
        """The rows (columns worker, station) that pass."""
        for name, wanted in (("worker", self.workers), ("station", self.stations)):
            if wanted is not None:
                frame = frame.rows(np.isin(frame[name], list(wanted)))
        return frame


@dataclass(frozen=True, slots=True)
class Window:
    """A window, perhaps cut to the spans of a shift.

    parts: sorted, disjoint segments in which events count. clock: where spans of time end at the latest.
    """

    parts: Columns
    clock: int
    filters: Filters = field(default_factory=Filters)

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

    def counts(self, instants: Micros) -> Mask:
        """Which events lie in the window."""
        if not len(self.parts):
            return np.zeros(len(instants), dtype=bool)
        part = np.searchsorted(self.starts, instants, side="right") - 1
        return (part >= 0) & (instants < self.ends[part])

    def clip(self, frame: Columns) -> Columns:
        """What of some intervals lies in the window, filtered."""
        return self.filters.keep(clip(frame, self.starts, self.ends))

    def scheduled_time(self, schedule: Schedule) -> int:
        """Scheduled time in the window up to the clock, in µs."""
        elapsed = self.elapsed
        return length(clip(schedule.scheduled, elapsed["start"], elapsed["end"]))


def bounds(start: int | None, end: int | None, first_event: int | None) -> tuple[int, int]:
    """A window's bounds: left out, it starts at the site's first visible event and takes in every event."""
    begins = start if start is not None else first_event
    ends = FOREVER if end is None else end
    return (ends if begins is None else begins, ends)


def resolve(limits: tuple[int, int], clock: int, filters: Filters, spans: Columns | None = None) -> Window:
    """A window between `limits`; with `spans` (a shift's) only what lies in them."""
    parts = nonempty(segments([limits[0]], [limits[1]]))
    if spans is not None:
        parts = clip(spans, parts["start"], parts["end"]).pick("start", "end")
    return Window(parts, clock, filters)
