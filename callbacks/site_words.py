"""What is said of a site beside its figures: its clock, its shift, how fresh its data are, and what it keeps and shows."""

from dataclasses import replace
from datetime import datetime, timedelta

from callbacks.context import Context
from callbacks.sightings import sightings
from callbacks.window import windows
from components.wording import clock, count, day_clock, duration
from data_layer.horizons import Retention

_BEHIND_SECONDS = 3.0


def offset(local: datetime) -> str:
    """ "UTC+5:45" of a time on a site's clock."""
    minutes = int((local.utcoffset() or timedelta()).total_seconds() // 60)
    hours, rest = divmod(abs(minutes), 60)
    if not minutes:
        return "UTC"
    return f"UTC{'+' if minutes > 0 else '−'}{hours}" + (f":{rest:02}" if rest else "")


def shift_now(one: Context) -> str:
    """The shift that is on at this moment, if any."""
    if not one.site.has_schedule:
        return "no shifts set up"
    window = windows(replace(one.asked, range="shift"), one.site.rules, one.zone, one.now).window
    if window.shift is None or not window.live:
        return "no shift now"
    name = f"{window.shift.name or ''} shift".strip()
    return f"{name} until {clock(window.shift.end.astimezone(one.zone))}"


def freshness(one: Context) -> str:
    """When the site's last event was, and whether the figures have come that far."""
    last, refresher = sightings(one).last, one.services.refresher
    progress = refresher.progress(one.site.site_id)
    if progress:
        return f"Recomputing under new settings, step {progress[0] + 1} of {progress[1]}"
    if last is None:
        return "No events yet"
    age = duration(max(one.now - last, timedelta()))
    local, today = last.astimezone(one.zone), one.now.astimezone(one.zone).date()
    behind = ", figures catching up" if refresher.lags().get(one.site.site_id, 0.0) > _BEHIND_SECONDS else ""
    said = "just now" if age == "now" else f"{age} ago"
    return f"Last event {said} ({day_clock(local, today)}){_silent(one)}{behind}"


def _silent(one: Context) -> str:
    found = sightings(one)
    many = len(found.silent) if found.is_scheduled is not False else 0
    return f", {count(many, 'camera')} silent" if many else ""


def keeps(kept: Retention) -> str:
    """For how long what is kept: "Keeps raw events for 90 days, states for 400 days and sums for ever"."""
    if not kept.limited:
        return "Keeps everything for ever"
    events, states, sums = ("for ever" if days is None else f"for {count(days, 'day')}" for days in (kept.raw_event_days, kept.interval_days, kept.rollup_days))
    return f"Keeps raw events {events}, states {states} and sums {sums}"


def shows(one: Context) -> str:
    """What the site shows of its people instead of everything; nothing where it shows everything."""
    rule = one.site.privacy
    return "" if rule.shows_people else f"Shows {rule.sentence}"
