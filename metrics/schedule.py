"""Shifts, breaks and settings of a site, resolved to spans of UTC time: rule 3 of docs/metrics.md."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property, lru_cache

import numpy as np
import numpy.typing as npt

from metrics.columns import Columns, Mask, columns, concat, order_by
from metrics.local_time import LocalClock, day_number, local_clock
from metrics.segments import nonempty, union
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

    @property
    def shift_names(self) -> set[str | None]:
        """Names of all shifts that ever were, those of exceptions too."""
        return {shift.name for version in self.versions for shift in (*version.shifts, *(s for _, shifts in version.exceptions for s in shifts))}

    def version_of_days(self, days: Micros) -> Micros:
        """Index of the version in force on local days (days since 1970-01-01)."""
        first_days = [day_number(v.valid_from) if v.valid_from else np.iinfo(np.int64).min for v in self.versions]
        return np.maximum(np.searchsorted(np.array(first_days, dtype=np.int64), days, side="right") - 1, 0)

    def version_of(self, instants: Micros) -> Micros:
        """Index of the version that applies to events at UTC instants."""
        if len(self.versions) == 1:
            return np.zeros(len(instants), dtype=np.int64)
        return self.version_of_days(self.clock.local_day(instants))

    def signal_timeout(self, instants: Micros) -> Micros:
        """Signal timeouts of events in microseconds; no limit is the largest integer."""
        limits = [np.iinfo(np.int64).max if v.signal_timeout is None else v.signal_timeout // timedelta(microseconds=1) for v in self.versions]
        return np.array(limits, dtype=np.int64)[self.version_of(instants)]

    def visible(self, instants: Micros, confidence: npt.NDArray[np.float64]) -> Mask:
        """Which events the metrics see: those without a confidence (NaN), or with at least `min_confidence` (rule 1)."""
        thresholds = np.array([v.min_confidence for v in self.versions])
        return np.isnan(confidence) | (confidence >= thresholds[self.version_of(instants)])


@dataclass(frozen=True, eq=False)
class Schedule:
    """The spans of a site's shifts over a stretch of time.

    spans:  start, end (µs UTC), shift (its key), in listed order. Spans of overlapping shifts overlap.
    shifts: shift, start (of the first span), end (of the last span), sorted by shift. names: of these shifts.
    has_schedule: whether the site has one at all, even where no span lies in this stretch.
    days: the first and the last local day (days since 1970-01-01) whose shifts these are, if any.
    """

    has_schedule: bool
    spans: Columns
    shifts: Columns
    names: list[str | None]
    days: tuple[int, int]

    @cached_property
    def scheduled(self) -> Columns:
        """Scheduled time: the union of all spans."""
        return union(self.spans)

    @cached_property
    def _owners(self) -> tuple[Micros, Micros]:
        """Elementary segments between all bounds of spans, and the span that an event in each belongs to (−1: none)."""
        starts, ends = self.spans["start"], self.spans["end"]
        bounds = np.unique(np.concatenate([starts, ends]))
        owner = np.full(len(bounds) + 1, -1, dtype=np.int64)
        first = np.searchsorted(bounds, starts, side="left") + 1
        last = np.searchsorted(bounds, ends, side="left") + 1
        # The span that ends first wins, of equal ends the one that starts first, then listed order: paint the winners last.
        for span in order_by(self.spans, ["end", "start", "shift"])[::-1].tolist():
            owner[first[span] : last[span]] = span
        return bounds, owner

    def span_of(self, instants: Micros) -> Micros:
        """Row of `spans` that events at these instants belong to; −1 for none."""
        bounds, owner = self._owners
        return owner[np.searchsorted(bounds, instants, side="right")]

    def shift_of_span(self, spans: Micros) -> Micros:
        """Keys of the shifts of some rows of `spans`; NO_SHIFT for row −1."""
        return np.append(self.spans["shift"], NO_SHIFT)[spans]

    @cached_property
    def layers(self) -> list[Columns]:
        """The spans dealt out to as few layers as keep each one disjoint and sorted: one layer where no shifts overlap."""
        layers: list[list[int]] = []
        reached: list[int] = []
        order = order_by(self.spans, ["start"])
        for span, start, end in zip(order.tolist(), self.spans["start"][order].tolist(), self.spans["end"][order].tolist(), strict=True):
            free = next((number for number, taken in enumerate(reached) if taken <= start), len(layers))
            if free == len(layers):
                layers.append([])
                reached.append(0)
            layers[free].append(span)
            reached[free] = end
        return [self.spans.rows(np.array(rows)) for rows in layers]

    def named(self, name: str) -> Columns:
        """The union of the spans of the shifts of that name."""
        keys = self.shifts["shift"][[known == name for known in self.names]]
        return union(self.spans.rows(np.isin(self.spans["shift"], keys)))


def build(rules: SiteRules, start: int, end: int) -> Schedule:
    """The schedule of a site around `[start, end)` (µs UTC), with every shift that touches it, whole."""
    low, high = (int(day) for day in rules.clock.local_day(np.array([start, end])))
    # A shift of the day before may reach into the first one, and whoever was seen on the last day may belong to its last shift.
    return _build(rules, low - 3, high + 2)


@lru_cache(maxsize=128)
def _build(rules: SiteRules, first_day: int, last_day: int) -> Schedule:
    days = np.arange(first_day, last_day + 1)
    version = rules.version_of_days(days)
    parts = [columns(start=[], end=[], shift=[])]
    names: dict[int, str | None] = {}
    for index, settings in enumerate(rules.versions):
        own = days[version == index]
        replaced = {day_number(day): shifts for day, shifts in settings.exceptions}
        regular = own[~np.isin(own, list(replaced))]
        listed = [(shift, position, regular[np.isin((regular + 3) % 7, list(shift.days))]) for position, shift in enumerate(settings.shifts)]
        for day in own[np.isin(own, list(replaced))].tolist():
            listed += [(shift, position, np.array([day])) for position, shift in enumerate(replaced[day])]
        for shift, position, starting in listed:
            parts.append(_spans(rules.clock, shift, position, starting))
            names |= dict.fromkeys((starting * SHIFTS_A_DAY + position).tolist(), shift.name)
    spans = concat(parts)
    spans = spans.rows(order_by(spans, ["shift", "start"]))
    keys, first = np.unique(spans["shift"], return_index=True)
    ends = np.maximum.reduceat(spans["end"], first) if len(keys) else keys
    shifts = Columns({"shift": keys, "start": spans["start"][first], "end": ends})
    return Schedule(rules.has_schedule, spans, shifts, [names[key] for key in keys.tolist()], (first_day, last_day))


def _spans(clock: LocalClock, shift: Shift, position: int, days: Micros) -> Columns:
    """What the breaks leave of one shift on each of some days: start, end, shift.

    shift   ├───────────────────────┤
    breaks        ├──┤    ├──┤
    spans   ├─────┤  ├────┤  ├──────┤
    """
    starts = _instants(clock, days, shift.start, 0)
    ends = _instants(clock, days, shift.end, 1 if shift.end <= shift.start else 0)
    left = columns(start=starts, end=ends, day=np.arange(len(days)))
    for pause in shift.breaks:
        cut_starts, cut_ends = (_instants(clock, days, at, 1 if at < shift.start else 0) for at in (pause.start, pause.end))
        real = cut_ends > cut_starts
        left = _without(left, np.where(real, cut_starts, starts), np.where(real, cut_ends, starts))
    left = nonempty(left)
    return left.assign(shift=days[left["day"]] * SHIFTS_A_DAY + position).pick("start", "end", "shift")


def _without(left: Columns, cut_starts: Micros, cut_ends: Micros) -> Columns:
    """What each day's cut `[start, end)` leaves of its segments: the part before it and the part after it."""
    day = left["day"]
    before = left.assign(end=np.minimum(left["end"], cut_starts[day]))
    after = left.assign(start=np.maximum(left["start"], cut_ends[day]))
    return nonempty(concat([before, after]))


def _instants(clock: LocalClock, days: Micros, minute: int, later: int) -> Micros:
    return clock.instant((days + later) * DAY + minute * MINUTE)
