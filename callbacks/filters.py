"""The page's filters: what its address says, and the windows and sentence that follow from it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

RANGES = ("today", "yesterday", "7d", "all", "custom")
DEFAULT_SITE = "main"


@dataclass(frozen=True, slots=True)
class Window:
    """`[start, end)` in UTC; None is open. live: it reaches up to now."""

    start: datetime | None
    end: datetime | None
    live: bool


@dataclass(frozen=True, slots=True)
class Filters:
    """first, last: the local days of a custom range, both included. station_ids: empty for all stations."""

    site_id: str = DEFAULT_SITE
    range: str = "today"
    first: date | None = None
    last: date | None = None
    station_ids: tuple[str, ...] = ()

    @classmethod
    def from_query(cls, search: str | None) -> "Filters":
        """Filters from an address's query string; values that mean nothing are dropped.

        "?range=custom&from=2026-01-05&to=2026-01-07&station=S1&station=S2"
        """
        query = parse_qs((search or "").lstrip("?"))
        wanted = _last(query, "range")
        first, last = _day(_last(query, "from")), _day(_last(query, "to"))
        if wanted == "custom" and first and last:
            first, last = min(first, last), max(first, last)
        else:
            first = last = None
        dated = wanted in RANGES and (wanted != "custom" or first is not None)
        return cls(
            site_id=_last(query, "site") or DEFAULT_SITE,
            range=wanted if dated and wanted else "today",
            first=first,
            last=last,
            station_ids=tuple(dict.fromkeys(query.get("station", ()))),
        )

    def days(self, now: datetime, zone: ZoneInfo) -> tuple[date, date] | None:
        """First and last local day, both included; None for everything."""
        today = now.astimezone(zone).date()
        if self.range == "custom" and self.first and self.last:
            return self.first, self.last
        return {
            "yesterday": (today - timedelta(days=1), today - timedelta(days=1)),
            "7d": (today - timedelta(days=6), today),
            "all": None,
        }.get(self.range, (today, today))

    def window(self, now: datetime, zone: ZoneInfo) -> Window:
        """The range in UTC; a range that holds now ends now."""
        days = self.days(now, zone)
        if days is None:
            return Window(None, None, live=True)
        start, end = _midnight(days[0], zone), _midnight(days[1] + timedelta(days=1), zone)
        live = start <= now < end
        return Window(start, now if live else end, live)

    def previous(self, now: datetime, zone: ZoneInfo) -> Window | None:
        """The equal window before, at the same local clock times; None for everything, and for days to come."""
        days = self.days(now, zone)
        window = self.window(now, zone)
        if days is None or window.start is None or window.end is None or window.start > now:
            return None
        back = (days[1] - days[0]).days + 1
        return Window(_days_before(window.start, back, zone), _days_before(window.end, back, zone), live=False)


def _last(query: dict[str, list[str]], key: str) -> str | None:
    return query[key][-1] if query.get(key) else None


def _day(text: str | None) -> date | None:
    try:
        day = date.fromisoformat(text or "")
    except ValueError:
        return None
    # Outside these years there are no events (api.md), and arithmetic with time zones overflows.
    return day if 2000 <= day.year < 2200 else None


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _days_before(moment: datetime, days: int, zone: ZoneInfo) -> datetime:
    """The same local clock time `days` days earlier: a day is 23 or 25 hours long when the clocks change."""
    local = moment.astimezone(zone).replace(tzinfo=None) - timedelta(days=days)
    return local.replace(tzinfo=zone).astimezone(UTC)
