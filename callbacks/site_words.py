"""What is said of a site beside its figures: its clock, its shift, how fresh its data are, who told them, and what it keeps and shows."""

from dataclasses import replace
from datetime import datetime, timedelta

from callbacks.context import Context
from callbacks.sightings import sightings
from callbacks.window import windows
from components.wording import clock, count, day_clock, duration
from data_layer.elsewhere import Elsewhere
from data_layer.engine import Database
from data_layer.horizons import Retention
from data_layer.outbox import Forwarding, forwarded

_BEHIND_SECONDS = 3.0
#: A site's own server tells every minute; one that is silent for longer is said to be.
_SILENT_AFTER = timedelta(minutes=5)


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


def told_by(one: Context, told: Elsewhere) -> str:
    """ "forwarded, as of 14:03", of a site that has a server of its own, or "asked, as of 14:03", or since when that has been silent."""
    account = told.account
    manner = "asked" if account.is_asked else "forwarded"
    if account.as_of is None:
        return f"{manner}, does not answer" if account.is_silent else "asked" if account.is_asked else "forwarded, not all told yet"
    when = day_clock(account.as_of.astimezone(one.zone), one.now.astimezone(one.zone).date())
    if account.is_silent:
        return f"{manner}, does not answer, as of {when}"
    return f"{manner}, {'nothing since' if not account.is_asked and one.now - account.as_of > _SILENT_AFTER else 'as of'} {when}"


def forwards(one: Context) -> str:
    """How telling a central server goes, where one is told of the site; else nothing."""
    known: dict[str, Forwarding] = one.services.screens.once(("forwarded", one.now), lambda: _forwarded(one.services.database))
    of = known.get(one.site.site_id)
    if of is None:
        return ""
    today = one.now.astimezone(one.zone).date()
    since = "" if of.heard_at is None else f", last at {day_clock(of.heard_at.astimezone(one.zone), today)}"
    what = "Hands its events on to" if of.events else "Tells its sums to"
    return f"{what} {of.target}{since}" if of.trouble is None else f"Can’t be forwarded{since}. {of.trouble}"


def _forwarded(database: Database) -> dict[str, Forwarding]:
    with database.read() as connection:
        return {of.site_id: of for of in forwarded(connection)}


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
