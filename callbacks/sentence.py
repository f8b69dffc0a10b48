"""The plain sentence that says what the page shows."""

from datetime import datetime
from zoneinfo import ZoneInfo

from callbacks.context import Context
from callbacks.window import ShiftRun, Windows
from components.wording import clock, count, day, listing
from data_layer.horizons import first_day
from metrics.units import to_micros

_LEADS = {"today": "Today, ", "yesterday": "Yesterday, ", "7d": "The last 7 days, ", "all": "Everything so far, "}
_NO_SHIFT = {
    "none": "No shift has begun yet: this is today instead, ",
    "unscheduled": "This site has no shifts (see Settings): this is today instead, ",
    "over": "No shift is on now; the last one was the ",
}
_MOST_NAMED = 3


def sentence(context: Context, *, compared: bool) -> tuple[str, str, str]:
    """Lead, the range (to be printed bold) and the rest.

    "Day shift, " "Thu 15 Jan, 08:00 until now (14:52)" ", stations of type assembly, 4 workers. Compared with the same part of the shift before."
    compared: whether the page compares with the window before.
    """
    found = context.windows
    beside = (_comparison(context, found) if compared else "") + _sealed(context, found) + _kept_back(context)
    rest = f", {_where(context)}{_who(context)}.{beside} Times in {context.zone.key}."
    return _lead(context.asked.range, found), _when(found, context.now, context.zone), rest


def time_shown(context: Context) -> str:
    """The time alone that a site's figures are of: "Thu 15 Jan, 08:00 until now (14:52)", with the shift's name, or why there is none of it."""
    found = context.windows
    lead = _lead(context.asked.range, found) if found.no_shift or found.window.shift else ""
    return lead + _when(found, context.now, context.zone)


def _lead(wanted: str, found: Windows) -> str:
    said = _NO_SHIFT.get(found.no_shift or "", "")
    if found.window.shift is None:
        return said or _LEADS.get(wanted, "")
    name = f"{found.window.shift.name or ''} shift".strip()
    return f"{said}{name}, " if said else f"{name[0].upper()}{name[1:]}, "


def _when(found: Windows, now: datetime, zone: ZoneInfo) -> str:
    local = now.astimezone(zone)
    if found.window.shift is not None:
        return _shift_time(found.window.shift, local, zone, live=found.window.live)
    if found.days is None:
        return f"until now ({day(local.date(), local.date())}, {clock(local)})"
    first, last = (day(one, local.date()) for one in found.days)
    if found.days[0] <= local.date() <= found.days[1]:
        return f"{first}, 00:00 until now ({clock(local)})"
    return first if found.days[0] == found.days[1] else f"{first} to {last}"


def _shift_time(run: ShiftRun, local: datetime, zone: ZoneInfo, *, live: bool) -> str:
    start, end = run.start.astimezone(zone), run.end.astimezone(zone)
    until = f"now ({clock(local)})" if live else clock(end)
    return f"{day(start.date(), local.date())}, {clock(start)} until {until}"


def _where(context: Context) -> str:
    filters = context.filters
    chosen = [name for station_id, name in context.station_names.items() if station_id in filters.station_ids]
    of_type = f"stations of type {listing(list(filters.station_types), _MOST_NAMED)}" if filters.station_types else ""
    named = "" if not chosen else f"station {chosen[0]}" if len(chosen) == 1 else f"{count(len(chosen), 'station')} ({listing(chosen, _MOST_NAMED)})"
    return " of ".join(part for part in (named, of_type) if part) or "all stations"


def _who(context: Context) -> str:
    chosen = [name for worker_id, name in context.worker_names.items() if worker_id in context.filters.worker_ids]
    if not chosen:
        return ""
    return f", {chosen[0]} alone" if len(chosen) == 1 else f", {count(len(chosen), 'worker')} ({listing(chosen, _MOST_NAMED)})"


def _comparison(context: Context, found: Windows) -> str:
    if found.previous is None:
        return ""
    if found.previous.shift is not None:
        before = _shift_before(found.previous.shift, context)
    else:
        length = 1 if found.days is None else (found.days[1] - found.days[0]).days + 1
        before = "yesterday" if context.asked.range == "today" else "the day before" if length == 1 else f"the {length} days before"
    part = "the same part of " if found.window.live else ""
    return f" Compared with {part}{before}."


def _sealed(context: Context, found: Windows) -> str:
    """That a part of what is shown can't change any more, if so."""
    horizons, start = context.site.horizons, found.window.start
    if not horizons.seals(None if start is None else to_micros(start)):
        return ""
    before = day(first_day(context.site.rules, horizons.sealed_before), context.now.astimezone(context.zone).date())
    return f" What lies before {before} is sealed: its raw events are archived."


def _kept_back(context: Context) -> str:
    """What of people is not shown, if anything."""
    rule = context.site.privacy
    return "" if rule.shows_people else f" This site shows {rule.sentence}."


def _shift_before(run: ShiftRun, context: Context) -> str:
    local = context.now.astimezone(context.zone)
    started = run.start.astimezone(context.zone)
    return f"the {run.name or ''} shift of {day(started.date(), local.date())}".replace("  ", " ")
