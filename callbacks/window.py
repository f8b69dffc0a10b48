"""From the range that the filters name to a window of time, and to the equal window before it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from callbacks.filters import Filters
from metrics.schedule import SiteRules, build
from metrics.units import DAY, to_datetime, to_micros

#: So long before now the last shifts are looked for: longer than any works holiday.
_SHIFTS_WITHIN_DAYS = 35


@dataclass(frozen=True, slots=True)
class ShiftRun:
    """A shift on one day, breaks included; UTC."""

    name: str | None
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Window:
    """`[start, end)` in UTC; None is open. live: it reaches up to now. shift: what it is the time of, if of one."""

    start: datetime | None
    end: datetime | None
    live: bool
    shift: ShiftRun | None = None


@dataclass(frozen=True, slots=True)
class Windows:
    """What a range comes to. previous: the equal window before, None for everything and for days to come. days: local days, both
    included, None for shifts and for everything. no_shift: why there is none of the shift that was asked for: none, over, unscheduled."""

    window: Window
    previous: Window | None
    days: tuple[date, date] | None = None
    no_shift: str | None = None


def windows(filters: Filters, rules: SiteRules, zone: ZoneInfo, now: datetime) -> Windows:
    """The window that some filters mean now."""
    if filters.range in ("shift", "last-shift"):
        return _of_shift(filters.range, rules, now) or _of_days(_today(zone, now), zone, now, no_shift=_why_none(rules))
    if filters.range == "all":
        return Windows(Window(None, None, live=True), None)
    today, _ = _today(zone, now)
    known = {"yesterday": (today - timedelta(days=1),) * 2, "7d": (today - timedelta(days=6), today)}
    days = known.get(filters.range, (today, today))
    if filters.range == "custom" and filters.first and filters.last:
        days = filters.first, filters.last
    return _of_days(days, zone, now)


def _today(zone: ZoneInfo, now: datetime) -> tuple[date, date]:
    today = now.astimezone(zone).date()
    return today, today


def _why_none(rules: SiteRules) -> str:
    return "none" if rules.has_schedule else "unscheduled"


def _of_days(days: tuple[date, date], zone: ZoneInfo, now: datetime, no_shift: str | None = None) -> Windows:
    """The range in UTC; a range that holds now ends now."""
    start, end = _midnight(days[0], zone), _midnight(days[1] + timedelta(days=1), zone)
    live = start <= now < end
    window = Window(start, now if live else end, live)
    if start > now:
        return Windows(window, None, days, no_shift)
    back = (days[1] - days[0]).days + 1
    previous = Window(_days_before(start, back, zone), _days_before(window.end or end, back, zone), live=False)
    return Windows(window, previous, days, no_shift)


def _of_shift(wanted: str, rules: SiteRules, now: datetime) -> Windows | None:
    """The shift under way, or the last one that has ended; where none is under way, the last one stands in for it."""
    runs = _begun(rules, now)
    ended = [run for run in runs if run.end <= now]
    under_way = [run for run in runs if run.end > now]
    if wanted == "shift" and under_way:
        run = under_way[-1]
    elif ended:
        run = max(ended, key=lambda one: (one.end, one.start))
    else:
        return None
    live = run.end > now
    window = Window(run.start, now if live else run.end, live, run)
    return Windows(window, _same_part_before(run, window, runs), None, "over" if wanted == "shift" and not live else None)


def _begun(rules: SiteRules, now: datetime) -> list[ShiftRun]:
    """The shifts of the last weeks that have begun, in the order of their beginnings."""
    end = to_micros(now)
    schedule = build(rules, end - _SHIFTS_WITHIN_DAYS * DAY, end)
    shifts = schedule.shifts
    found = zip(shifts["start"].tolist(), shifts["end"].tolist(), schedule.names, strict=True)
    return [ShiftRun(name, to_datetime(start), to_datetime(stop)) for start, stop, name in sorted(found, key=lambda one: one[:2]) if start <= end]


def _same_part_before(run: ShiftRun, window: Window, runs: list[ShiftRun]) -> Window | None:
    """As much of the shift before: of the same name, or else of whichever came before."""
    earlier = [one for one in runs if one.end <= run.start]
    before = next((one for one in reversed(earlier) if one.name == run.name), earlier[-1] if earlier else None)
    if before is None or window.end is None:
        return None
    return Window(before.start, min(before.end, before.start + (window.end - run.start)), live=False, shift=before)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _days_before(moment: datetime, days: int, zone: ZoneInfo) -> datetime:
    """The same local clock time `days` days earlier: a day is 23 or 25 hours long when the clocks change."""
    local = moment.astimezone(zone).replace(tzinfo=None) - timedelta(days=days)
    return local.replace(tzinfo=zone).astimezone(UTC)
