"""The stretch of time that a question is about: windows, clocks and filters of rule 4 of docs/metrics.md."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from metrics.schedule import Schedule
from metrics.segments import clip, length, segments
from metrics.units import FOREVER, Micros


@dataclass(frozen=True, slots=True)
class Filters:
    """Which workers and stations count; None for all. They restrict what counts, never how intervals are formed."""

    workers: frozenset[str] | None = None
    stations: frozenset[str] | None = None

    def keep(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The rows (columns worker, station) that pass."""
        if self.workers is not None:
            frame = frame[frame["worker"].isin(self.workers)]
        if self.stations is not None:
            frame = frame[frame["station"].isin(self.stations)]
        return frame


@dataclass(frozen=True, slots=True)
class Window:
    """A window, perhaps cut to the spans of a shift.

    parts: sorted, disjoint segments in which events count. clock: where spans of time end at the latest.
    """

    parts: pd.DataFrame
    clock: int
    filters: Filters = field(default_factory=Filters)

    @property
    def starts(self) -> Micros:
        """Starts of the parts."""
        return self.parts["start"].to_numpy()

    @property
    def ends(self) -> Micros:
        """Ends of the parts, the clock aside."""
        return self.parts["end"].to_numpy()

    @property
    def elapsed(self) -> pd.DataFrame:
        """The parts up to the clock: the future is not yet lost."""
        return clip(self.parts, np.array([np.iinfo(np.int64).min]), np.array([self.clock]))[["start", "end"]]

    def counts(self, instants: Micros) -> np.ndarray:
        """Which events lie in the window."""
        part = np.searchsorted(self.starts, instants, side="right") - 1
        return (part >= 0) & (instants < self.ends[part]) if len(self.parts) else np.zeros(len(instants), dtype=bool)

    def scheduled_time(self, schedule: Schedule) -> int:
        """Scheduled time in the window up to the clock, in µs."""
        elapsed = self.elapsed
        return length(clip(schedule.scheduled, elapsed["start"].to_numpy(), elapsed["end"].to_numpy()))


def bounds(start: int | None, end: int | None, first_event: int | None) -> tuple[int, int]:
    """A window's bounds: left out, it starts at the site's first visible event and takes in every event."""
    begins = start if start is not None else first_event
    ends = FOREVER if end is None else end
    return (ends if begins is None else begins, ends)


def resolve(limits: tuple[int, int], clock: int, filters: Filters, spans: pd.DataFrame | None = None) -> Window:
    """A window between `limits`; with `spans` (a shift's) only what lies in them."""
    start, end = (np.array([limit], dtype=np.int64) for limit in limits)
    parts = segments(start, end) if spans is None else clip(spans, start, end)
    return Window(parts[parts["end"] > parts["start"]][["start", "end"]].reset_index(drop=True), clock, filters)
