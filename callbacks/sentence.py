"""The plain sentence that says what the page shows."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from callbacks.filters import Filters
from components.wording import listing

LEADS = {"today": "Today, ", "yesterday": "Yesterday, ", "7d": "The last 7 days, ", "all": "Everything so far, ", "custom": ""}


def sentence(filters: Filters, now: datetime, zone: ZoneInfo, *, stations: list[str], compared: bool) -> tuple[str, str, str]:
    """Lead, the range (to be printed bold) and the rest.

    "Today, " "Thu 15 Jan, 00:00 until now (14:52)" ", all stations. Compared with the same part of yesterday. Times in Europe/Berlin."
    stations: names of the chosen ones, empty for all. compared: whether the window before has events.
    """
    where = f"stations {listing(stations)}" if len(stations) > 1 else f"station {stations[0]}" if stations else "all stations"
    rest = f", {where}. {_comparison(filters, now, zone, compared)}Times in {zone.key}."
    return LEADS[filters.range], _when(filters, now, zone), rest


def _when(filters: Filters, now: datetime, zone: ZoneInfo) -> str:
    local = now.astimezone(zone)
    days = filters.days(now, zone)
    if days is None:
        return f"until now ({_day(local.date(), local.date())}, {local:%H:%M})"
    first, last = (_day(day, local.date()) for day in days)
    if days[0] <= local.date() <= days[1]:
        return f"{first}, 00:00 until now ({local:%H:%M})"
    return first if days[0] == days[1] else f"{first} to {last}"


def _comparison(filters: Filters, now: datetime, zone: ZoneInfo, compared: bool) -> str:
    days = filters.days(now, zone)
    if days is None or filters.previous(now, zone) is None:
        return ""
    length = (days[1] - days[0]).days + 1
    before = "the day before" if length == 1 else f"the {length} days before"
    if filters.range == "today":
        before = "yesterday"
    if days[0] <= now.astimezone(zone).date() <= days[1]:
        before = f"the same part of {before}"
    return f"Compared with {before}. " if compared else f"Nothing to compare with: {before} had no events. "


def _day(day: date, today: date) -> str:
    """ "Thu 15 Jan", with the year where it isn't this one."""
    return f"{day:%a} {day.day} {day:%b}" + (f" {day.year}" if day.year != today.year else "")
