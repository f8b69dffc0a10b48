"""Shifts and their spans in UTC: rule 3."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from .moments import microseconds
from .segments import Segment, union, without
from .settings import Version, in_force


@dataclass(frozen=True)
class Shift:
    """One shift of one day; `spans` is what its breaks leave of it."""

    day: date
    listed: int
    name: str | None
    spans: tuple[Segment, ...]


@dataclass(frozen=True)
class Span:
    """One stretch of scheduled time with the shift that it is of."""

    start: int
    end: int
    shift: Shift


def shifts_of_days(versions: list[Version], first: date, last: date, zone: tzinfo) -> list[Shift]:
    """Every shift that starts on a local day from first to last, both included, in the order of days and of the list."""
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return [shift for day in days for shift in _shifts_of_day(in_force(versions, day), day, zone)]


def _shifts_of_day(version: Version, day: date, zone: tzinfo) -> list[Shift]:
    for exception in version.exceptions:
        if date.fromisoformat(exception["date"]) == day:
            return [_shift(written, day, listed, zone) for listed, written in enumerate(exception["shifts"])]
    return [_shift(written, day, listed, zone) for listed, written in enumerate(version.shifts) if day.weekday() in written["days"]]


def _shift(written: dict, day: date, listed: int, zone: tzinfo) -> Shift:
    start, end = time.fromisoformat(written["start"]), time.fromisoformat(written["end"])
    tomorrow = day + timedelta(days=1)
    opens = _resolve(day, start, zone)
    closes = _resolve(tomorrow if end <= start else day, end, zone)
    breaks = []
    for pause in written.get("breaks") or []:
        leaves, returns = (
            _resolve(tomorrow if clock < start else day, clock, zone) for clock in (time.fromisoformat(pause["start"]), time.fromisoformat(pause["end"]))
        )
        if leaves < returns:
            breaks.append((leaves, returns))
    return Shift(day, listed, written.get("name"), tuple(without(union([(opens, closes)]), breaks)))


def _resolve(day: date, clock: time, zone: tzinfo) -> int:
    return microseconds(datetime.combine(day, clock, tzinfo=zone))


def span_of(instant: int, shifts: list[Shift]) -> Span | None:
    """The span that an event belongs to: of those around it the one that ends first, then starts first, then is listed first."""
    around = [(end, start, position, shift) for position, shift in enumerate(shifts) for start, end in shift.spans if start <= instant < end]
    if not around:
        return None
    end, start, _, shift = min(around, key=lambda found: found[:3])
    return Span(start, end, shift)


def scheduled_time(shifts: list[Shift]) -> list[Segment]:
    """The union of all spans."""
    return union([span for shift in shifts for span in shift.spans])
