"""Shifts, breaks and settings of a site, resolved to spans of UTC time: rule 3 of docs/metrics.md."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property, lru_cache

import numpy as np
import pandas as pd

from metrics.local_time import LocalClock, day_number, local_clock
from metrics.segments import union
from metrics.units import DAY, MINUTE, Micros

DEFAULT_SIGNAL_TIMEOUT = timedelta(hours=12)

#: A shift's key is its day × this + its place in that day's list, so that keys sort in listed order.
SHIFTS_A_DAY = 1024
NO_SHIFT = -1


@dataclass(frozen=True, slots=True)
class Break:
    """A pause within a shift; wall-clock minutes of the day."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Shift:
    """A shift that starts on the weekdays `days` (0 = Monday); start and end are wall-clock minutes of the day."""

    start: int
    end: int
    days: frozenset[int] = frozenset(range(7))
    name: str | None = None
    breaks: tuple[Break, ...] = ()


@dataclass(frozen=True, slots=True)
class SettingsVersion:
    """The settings in force from a local day on (`valid_from` None: from the beginning)."""

    valid_from: date | None = None
    shifts: tuple[Shift, ...] = ()
    exceptions: tuple[tuple[date, tuple[Shift, ...]], ...] = ()
    signal_timeout: timedelta | None = DEFAULT_SIGNAL_TIMEOUT
    min_confidence: float = 0.0

    @property
    def has_shift(self) -> bool:
        """Whether a shift stands in the pattern or in an exception."""
        return bool(self.shifts) or any(shifts for _, shifts in self.exceptions)


@dataclass(frozen=True, slots=True)
class SiteRules:
    """What metrics.md needs to know of a site: its time zone and its settings versions, the oldest first."""

    timezone: str = "UTC"
    versions: tuple[SettingsVersion, ...] = (SettingsVersion(),)

    @property
    def clock(self) -> LocalClock:
        """The site's wall clock."""
        return local_clock(self.timezone)

    @property
    def has_schedule(self) -> bool:
        """Whether any version of the settings has a shift."""
        return any(version.has_shift for version in self.versions)

    def version_of_days(self, days: Micros) -> np.ndarray:
        """Index of the version in force on local days (days since 1970-01-01)."""
        first_days = [day_number(v.valid_from) if v.valid_from else np.iinfo(np.int64).min for v in self.versions]
        return np.maximum(np.searchsorted(np.array(first_days, dtype=np.int64), days, side="right") - 1, 0)

    def version_of(self, instants: Micros) -> np.ndarray:
        """Index of the version that applies to events at UTC instants."""
        if len(self.versions) == 1:
            return np.zeros(len(instants), dtype=np.int64)
        return self.version_of_days(self.clock.local_day(instants))

    def signal_timeout(self, instants: Micros) -> Micros:
        """Signal timeouts of events in microseconds; no limit is the largest integer."""
        limits = [np.iinfo(np.int64).max if v.signal_timeout is None else v.signal_timeout // timedelta(microseconds=1) for v in self.versions]
        return np.array(limits, dtype=np.int64)[self.version_of(instants)]

    def visible(self, instants: Micros, confidence: np.ndarray) -> np.ndarray:
        """Which events the metrics see: those without a confidence (NaN), or with at least `min_confidence` (rule 1)."""
        thresholds = np.array([v.min_confidence for v in self.versions])
        return np.isnan(confidence) | (confidence >= thresholds[self.version_of(instants)])


@dataclass(frozen=True, eq=False)
class Schedule:
    """The spans of a site's shifts over a stretch of time.

    spans:  start, end (int64 µs UTC), shift (its key), in listed order. Spans of overlapping shifts overlap.
    shifts: shift, day (days since 1970), name, start (of the first span), end (of the last span), sorted by shift.
    has_schedule: whether the site has one at all, even where no span lies in this stretch.
    """

    has_schedule: bool
    spans: pd.DataFrame
    shifts: pd.DataFrame = field(repr=False)

    @cached_property
    def scheduled(self) -> pd.DataFrame:
        """Scheduled time: the union of all spans."""
        return union(self.spans)

    @cached_property
    def _owners(self) -> tuple[Micros, np.ndarray]:
        """Elementary segments between all bounds of spans, and the span that an event in each belongs to (−1: none)."""
        bounds = np.unique(np.concatenate([self.spans["start"].to_numpy(), self.spans["end"].to_numpy()]))
        owner = np.full(len(bounds) + 1, -1, dtype=np.int64)
        # The span that ends first wins, of equal ends the one that starts first, then listed order: paint the winners last.
        order = self.spans.sort_values(["end", "start", "shift"], kind="stable").index[::-1]
        first = np.searchsorted(bounds, self.spans["start"].to_numpy(), side="left") + 1
        last = np.searchsorted(bounds, self.spans["end"].to_numpy(), side="left") + 1
        for span in order:
            owner[first[span] : last[span]] = span
        return bounds, owner

    def span_of(self, instants: Micros) -> np.ndarray:
        """Row of `spans` that events at these instants belong to; −1 for none."""
        bounds, owner = self._owners
        return owner[np.searchsorted(bounds, instants, side="right")]

    @cached_property
    def layers(self) -> list[pd.DataFrame]:
        """The spans dealt out to as few layers as keep each one disjoint and sorted: one layer where no shifts overlap."""
        layers: list[list[int]] = []
        reached: list[int] = []
        ordered = self.spans.sort_values("start", kind="stable")
        for span, start, end in zip(ordered.index, ordered["start"].tolist(), ordered["end"].tolist(), strict=True):
            free = next((number for number, taken in enumerate(reached) if taken <= start), len(layers))
            if free == len(layers):
                layers.append([])
                reached.append(0)
            layers[free].append(span)
            reached[free] = end
        return [self.spans.loc[rows].reset_index(drop=True) for rows in layers]

    def named(self, name: str) -> pd.DataFrame:
        """The union of the spans of the shifts of that name."""
        keys = self.shifts.loc[self.shifts["name"] == name, "shift"]
        return union(self.spans[self.spans["shift"].isin(keys)])


def build(rules: SiteRules, start: int, end: int) -> Schedule:
    """The schedule of a site around `[start, end)` (µs UTC), with every shift that touches it, whole."""
    clock = rules.clock
    low, high = (int(day) for day in clock.local_day(np.array([start, end])))
    # Two days ahead of the first: a 24 h shift with a break on its next day ends up to two days after the day it starts on.
    return _build(rules, low - 3, high + 2)


@lru_cache(maxsize=128)
def _build(rules: SiteRules, first_day: int, last_day: int) -> Schedule:
    days = np.arange(first_day, last_day + 1)
    version = rules.version_of_days(days)
    rows = []
    for index, settings in enumerate(rules.versions):
        own = days[version == index]
        replaced = {day_number(day): shifts for day, shifts in settings.exceptions}
        regular = own[~np.isin(own, list(replaced))]
        for position, shift in enumerate(settings.shifts):
            rows.append(_spans(rules.clock, shift, position, regular[np.isin((regular + 3) % 7, list(shift.days))]))
        for day in own[np.isin(own, list(replaced))].tolist():
            rows += [_spans(rules.clock, shift, position, np.array([day])) for position, shift in enumerate(replaced[day])]
    spans = pd.concat(rows, ignore_index=True) if rows else _spans(rules.clock, Shift(0, 0), 0, days[:0])
    spans = spans.sort_values(["shift", "start"], kind="stable").reset_index(drop=True)
    shifts = spans.groupby("shift", as_index=False).agg(day=("day", "first"), name=("name", "first"), start=("start", "min"), end=("end", "max"))
    return Schedule(rules.has_schedule, spans[["start", "end", "shift"]], shifts)


def _spans(clock: LocalClock, shift: Shift, position: int, days: np.ndarray) -> pd.DataFrame:
    """What the breaks leave of one shift on each of some days: columns start, end, shift, day, name.

    shift   ├───────────────────────┤
    breaks        ├──┤    ├──┤
    spans   ├─────┤  ├────┤  ├──────┤
    """
    starts = _instants(clock, days, shift.start, 0)
    ends = _instants(clock, days, shift.end, 1 if shift.end <= shift.start else 0)
    keys = days * SHIFTS_A_DAY + position
    left = pd.DataFrame({"start": starts, "end": ends, "shift": keys, "day": days})
    for pause in shift.breaks:
        cut_starts, cut_ends = (_instants(clock, days, at, 1 if at < shift.start else 0) for at in (pause.start, pause.end))
        real = cut_ends > cut_starts
        left = _without(left, np.searchsorted(days, left["day"]), np.where(real, cut_starts, starts), np.where(real, cut_ends, starts))
    left = left[left["end"] > left["start"]]
    return left.assign(name=shift.name)


def _without(left: pd.DataFrame, row: np.ndarray, cut_starts: Micros, cut_ends: Micros) -> pd.DataFrame:
    """What a cut `[cut_starts[row], cut_ends[row])` leaves of each segment: the part before it and the part after it."""
    before = left.assign(end=np.minimum(left["end"], cut_starts[row]))
    after = left.assign(start=np.maximum(left["start"], cut_ends[row]))
    both = pd.concat([before, after], ignore_index=True)
    return both[both["end"] > both["start"]]


def _instants(clock: LocalClock, days: np.ndarray, minute: int, later: int) -> Micros:
    return clock.instant((days + later) * DAY + minute * MINUTE)
