"""The quarantine as the data-quality page shows it: pages of what was refused, and counts of the latest."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Column, ColumnElement, Connection, case, func, or_, select, true

from data_layer.privacy import people_told
from data_layer.query import Row
from data_layer.scope import in_force
from data_layer.sites import list_sites
from data_layer.tables import quarantine, sites
from data_layer.types import micros

OPEN, REPLAYED = "open", "replayed"
#: So many of the latest entries are counted; there may be more.
MOST_COUNTED = 1_000
#: A longer payload isn't searched for its camera: it is no single event.
_SEARCHED_CHARACTERS = 8_192


@dataclass(frozen=True, slots=True)
class Refusals:
    """Of a site's latest MOST_COUNTED entries: those that are open, and those received in a window, by the camera that they name ('' for none).

    more: whether there are older ones. more_in_window: whether older ones may lie in the window.
    """

    open: int = 0
    in_window: int = 0
    by_camera: Counter[str] = field(default_factory=Counter)
    more: bool = False
    more_in_window: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """Entries, newest first: quarantine_id, site_id, received_at, reason, payload (its beginning), status. older: whether more follow."""

    entries: list[Row]
    older: bool


def visible() -> ColumnElement[bool]:
    """Which entries the caller may see. What names no site may be anybody's: only who sees all sites sees it."""
    sites = in_force().sites
    return true() if sites is None else quarantine.c.site_id.in_(sites)


def shown_at(site_id: str) -> ColumnElement[bool]:
    """Which entries belong to a site's page: its own, and those that no site would show, since they name none, or none that exists."""
    named = quarantine.c.site_id
    return visible() & or_(named == site_id, named.is_(None), named.not_in(select(sites.c.site_id)))


def refusals(connection: Connection, site_id: str, start: int, end: int) -> Refusals:
    """Counts of a site's latest entries. start, end: the window (µs)."""
    latest = [micros(quarantine.c.received_at).label("received"), quarantine.c.status, _searched().label("searched")]
    statement = select(*latest).where(shown_at(site_id)).order_by(quarantine.c.quarantine_id.desc()).limit(MOST_COUNTED + 1)
    found = [*connection.execute(statement)]
    more = len(found) > MOST_COUNTED
    within = [row for row in found[:MOST_COUNTED] if start <= row.received < end]
    return Refusals(
        open=sum(row.status == OPEN for row in found[:MOST_COUNTED]),
        in_window=len(within),
        by_camera=Counter(_camera(row.searched) for row in within),
        more=more,
        more_in_window=more and found[-1].received >= start,
    )


def page(connection: Connection, site_id: str, *, limit: int, everything: bool, characters: int) -> Page:
    """The newest entries. everything: replayed ones too. characters: of each payload."""
    table = quarantine
    columns: list[Column[datetime] | Column[str] | Column[int]] = [table.c.quarantine_id, table.c.site_id, table.c.received_at, table.c.reason, table.c.status]
    statement = select(*columns, func.substr(table.c.payload, 1, characters).label("payload")).where(shown_at(site_id))
    if not everything:
        statement = statement.where(table.c.status != REPLAYED)
    rows = connection.execute(statement.order_by(table.c.quarantine_id.desc()).limit(limit + 1)).mappings()
    found = as_told(connection, [dict(row) for row in rows])
    return Page(found[:limit], len(found) > limit)


def entry(connection: Connection, site_id: str, quarantine_id: int) -> Row | None:
    """One entry with all of its payload; None where it isn't one of the site's page."""
    row = connection.execute(select(quarantine).where(shown_at(site_id), quarantine.c.quarantine_id == quarantine_id)).mappings().one_or_none()
    return None if row is None else as_told(connection, [dict(row)])[0]


_HIDDEN = "What was sent names people, whom this site does not show you."


def as_told(connection: Connection, rows: Iterable[Row]) -> list[Row]:
    """Entries as the caller may read them: without what was sent, where that would tell of people. What names no site may be about any."""
    rules = {site.site_id: people_told(site.site_id, site.privacy) for site in list_sites(connection)}
    everywhere = all(rules.values())
    return [row if rules.get(row["site_id"], everywhere) else row | {"payload": "", "reason": _nameless(row["reason"])} for row in rows]


def _nameless(reason: str) -> str:
    """The field that a reason begins with; the rest may hold what was sent."""
    field, colon, _ = reason.partition(":")
    return f"{field}: {_HIDDEN}" if colon and field.replace("_", "").isalnum() else _HIDDEN


def _searched() -> ColumnElement[str]:
    """A payload that is short enough to be searched; else NULL."""
    payload = quarantine.c.payload
    return case((func.length(payload) <= _SEARCHED_CHARACTERS, payload))


def _camera(payload: str | None) -> str:
    """The camera that a payload names, in plain JSON or in a CloudEvent's data; '' where it can't be told. Not every database reads JSON that may be none."""
    try:
        named = json.loads(payload or "null")
    except ValueError:
        return ""
    inner = named.get("data") if isinstance(named, dict) else None
    found = [part["camera_id"] for part in (named, inner) if isinstance(part, dict) and isinstance(part.get("camera_id"), str)]
    return found[0] if found else ""
