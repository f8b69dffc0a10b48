"""Sites and their settings versions."""

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from hashlib import sha256
from secrets import randbits
from zoneinfo import ZoneInfoNotFoundError

from sqlalchemy import Connection, RowMapping, delete, insert, select, update

from data_layer.horizons import ALL_FOR_EVER, SINCE_EVER, Horizons, Retention, all_retention, first_day, load_retention, store_retention
from data_layer.outbox import tell_all_sums
from data_layer.privacy import UNCHOSEN, Privacy, all_privacy, load_privacy, store_privacy
from data_layer.scope import UnknownSite, in_force
from data_layer.settings_json import DEFAULTS, InvalidSettings, Json, canonical, version_from_json
from data_layer.tables import invalidations, site_settings, sites
from metrics.local_time import day_number, local_clock
from metrics.schedule import SiteRules
from metrics.units import BEGINNING, DAY, FOREVER

MAIN = "main"
_MARK_BITS = 62


@dataclass(frozen=True, slots=True)
class Site:
    """A site: what it is called, and the rules by which its numbers are made.

    whole_seconds: whether state events are told apart by the second alone. versions: (valid_from or None, settings as JSON), the
    oldest first. revision: counts the changes of its derived data; mark: drawn by lot with it. retention, horizons: for how long it keeps what, and since when.
    privacy: what of its people it shows.
    """

    site_id: str
    name: str
    timezone: str
    register_unknown: bool
    whole_seconds: bool
    revision: int
    versions: tuple[tuple[date | None, str], ...]
    retention: Retention = ALL_FOR_EVER
    horizons: Horizons = SINCE_EVER
    privacy: Privacy = UNCHOSEN
    mark: int = 0

    @property
    def rules(self) -> SiteRules:
        """What metrics.md needs to know of the site."""
        return _rules(self.timezone, self.versions)

    @property
    def has_schedule(self) -> bool:
        """Whether any version of the settings has a shift."""
        return self.rules.has_schedule

    @property
    def edition(self) -> str:
        """A text that tells these settings from all others that the site had or will have."""
        named = (self.name, self.timezone, self.register_unknown, self.whole_seconds, self.retention, self.versions)
        return sha256(repr(named).encode()).hexdigest()

    @property
    def first_open_day(self) -> date | None:
        """The first local day whose figures may change; None where all may."""
        sealed = self.horizons.sealed_before
        return None if sealed == BEGINNING else first_day(self.rules, sealed)

    def settings(self, version: int = -1) -> Json:
        """The JSON fields of a version, by default of the latest."""
        found: Json = json.loads(self.versions[version][1])
        return found


@lru_cache(maxsize=256)
def _rules(timezone: str, versions: tuple[tuple[date | None, str], ...]) -> SiteRules:
    return SiteRules(timezone, tuple(version_from_json(json.loads(settings), valid_from) for valid_from, settings in versions))


def site_ids(connection: Connection) -> set[str]:
    """All site ids."""
    return set(connection.scalars(select(sites.c.site_id)))


def list_sites(connection: Connection) -> list[Site]:
    """All sites, by id."""
    # A few statements, however many sites: it is done whenever another process may have changed one.
    versions, kept, shown = _versions(connection), all_retention(connection), all_privacy(connection)
    rows = connection.execute(select(sites).order_by(sites.c.site_id)).mappings()
    return [_site(row, versions[row["site_id"]], kept.get(row["site_id"]), shown.get(row["site_id"])) for row in rows]


def load_site(connection: Connection, site_id: str) -> Site:
    """A site. Raises UnknownSite."""
    in_force().check(site_id)
    row = connection.execute(select(sites).where(sites.c.site_id == site_id)).mappings().one_or_none()
    if row is None:
        raise UnknownSite(site_id)
    return _site(row, _versions(connection, site_id)[site_id], load_retention(connection, site_id), load_privacy(connection, site_id))


_Versions = tuple[tuple[date | None, str], ...]


def _versions(connection: Connection, site_id: str | None = None) -> Mapping[str, _Versions]:
    """The settings of one or all sites, by id and the oldest first."""
    table = site_settings
    query = select(table.c.site_id, table.c.valid_from, table.c.settings).order_by(table.c.site_id, table.c.valid_from)
    found: dict[str, _Versions] = defaultdict(tuple)
    for owner, day, settings in connection.execute(query if site_id is None else query.where(table.c.site_id == site_id)):
        found[owner] += ((date.fromisoformat(day) if day else None, settings),)
    return found


def _site(row: RowMapping, versions: _Versions, kept: tuple[Retention, Horizons] | None, shown: Privacy | None) -> Site:
    fields = {name: value for name, value in row.items() if name != "created_at"}
    retention, horizons = kept or (ALL_FOR_EVER, SINCE_EVER)
    return Site(**fields, versions=versions, retention=retention, horizons=horizons, privacy=shown or UNCHOSEN)


def create_main(connection: Connection, now: datetime) -> None:
    """Make sure that the default site exists: UTC, no shifts, 12 h, confidence 0."""
    if MAIN not in site_ids(connection):
        put_site(connection, MAIN, {"name": "Main site"}, now)


class SettingsChanged(Exception):
    """The settings are no longer those that a change was made from."""

    def __init__(self, site_id: str) -> None:
        super().__init__(f"The settings of site {site_id} were changed meanwhile.")


def put_site(connection: Connection, site_id: str, change: Json, now: datetime, *, made_from: str | None = None) -> bool:
    """Create a site, or replace its settings (see `changed_site`). Returns whether it is new.

    made_from: the edition that the change was made from, if it must still be in force. Raises InvalidSettings, SettingsChanged, and
    UnknownSite for one outside the caller's sites, be it new or not.
    """
    in_force().check(site_id)
    before = load_site(connection, site_id) if site_id in site_ids(connection) else None
    after = changed_site(before, site_id, change)
    # Who saves what is stored already overwrites nothing.
    if made_from is not None and before is not None and made_from != before.edition != after.edition:
        raise SettingsChanged(site_id)
    _store(connection, before, after, now)
    touched = touched_from(before, after, change.get("valid_from"))
    if touched is not None:
        touched = max(touched, after.horizons.sealed_before)
        connection.execute(insert(invalidations).values(site_id=site_id, worker_id=None, from_time=touched, to_time=FOREVER))
    return before is None


def put_privacy(connection: Connection, site_id: str, rule: Privacy) -> Privacy:
    """Replace what a site shows of its people. Returns what it was. Raises UnknownSite."""
    before = load_site(connection, site_id).privacy
    store_privacy(connection, site_id, rule)
    # A central server has figures that may not be shown any more.
    tell_all_sums(connection, site_id)
    next_revision(connection, site_id)
    return before


def changed_site(before: Site | None, site_id: str, change: Json) -> Site:
    """A site after its settings were replaced from `valid_from` on (left out: from the beginning). before: None for a new one.

    change: the fields of docs/api. Those of a site and not of a version stay as they are where left out; the versioned fields left
    out have their default. Sealed history keeps the versions it had, and its time zone. Raises InvalidSettings.
    """
    valid_from = _not_sealed(before, change.get("valid_from"))
    version = (valid_from, canonical(change))
    kept = () if before is None or valid_from is None else tuple(v for v in before.versions if v[0] is None or v[0] < valid_from)
    if valid_from is not None and not kept:
        kept = ((None, canonical(DEFAULTS)),)
    base = before or Site(site_id, site_id, "UTC", True, False, 0, ())
    after = replace(base, versions=(*kept, version), **{name: change[name] for name in _UNVERSIONED if name in change})
    check_timezone(after.timezone)
    if before is not None and before.first_open_day is not None and after.timezone != before.timezone:
        raise InvalidSettings(f"timezone: what lies before {before.first_open_day} is sealed in {before.timezone}; restore the archive first.")
    return after


_UNVERSIONED = ("name", "timezone", "register_unknown", "whole_seconds", "retention")


def _not_sealed(before: Site | None, valid_from: date | None) -> date | None:
    """From when on a change may hold."""
    first_open = None if before is None else before.first_open_day
    return valid_from if first_open is None or (valid_from is not None and valid_from > first_open) else first_open


def held_revision(connection: Connection, site_id: str) -> int | None:
    """The revision of a site, which no other transaction changes until the end of this one; None where the site is gone."""
    # Not a plain FOR UPDATE: nobody waits for the row itself.
    held = select(sites.c.revision).where(sites.c.site_id == site_id).with_for_update(key_share=True)
    return connection.scalar(held)


def next_revision(connection: Connection, site_id: str) -> None:
    """Note that answers about a site may have changed."""
    connection.execute(update(sites).where(sites.c.site_id == site_id).values(revision=sites.c.revision + 1, mark=randbits(_MARK_BITS)))


def overtake(connection: Connection, site_id: str, revision: int) -> bool:
    """Let a site's revision be greater than one that somebody else knows of it; whether it wasn't."""
    behind = update(sites).where(sites.c.site_id == site_id, sites.c.revision < revision).values(revision=revision + 1, mark=randbits(_MARK_BITS))
    return bool(connection.execute(behind).rowcount)


def check_timezone(timezone: str) -> None:
    """Raises InvalidSettings for what is no IANA time zone."""
    try:
        local_clock(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidSettings(f"timezone: {timezone!r} is no IANA time zone.") from None


def _store(connection: Connection, before: Site | None, after: Site, now: datetime) -> None:
    fields = {name: getattr(after, name) for name in ("name", "timezone", "register_unknown", "whole_seconds")}
    if before is None:
        connection.execute(insert(sites).values(site_id=after.site_id, mark=randbits(_MARK_BITS), created_at=now, **fields))
    else:
        connection.execute(update(sites).where(sites.c.site_id == after.site_id).values(**fields))
        next_revision(connection, after.site_id)
    if after.retention != (before.retention if before else ALL_FOR_EVER):
        store_retention(connection, after.site_id, after.retention)
    connection.execute(delete(site_settings).where(site_settings.c.site_id == after.site_id))
    rows = [{"site_id": after.site_id, "valid_from": day.isoformat() if day else "", "settings": settings} for day, settings in after.versions]
    connection.execute(insert(site_settings), rows)


def touched_from(before: Site | None, after: Site, valid_from: date | None) -> int | None:
    """From when on numbers may change (µs UTC): all history when what holds for all of it does; None where no number can."""
    if before is not None and before.rules == after.rules:
        return None
    if before is None or valid_from is None or before.timezone != after.timezone or before.has_schedule != after.has_schedule:
        return BEGINNING
    # A shift of the day before, and what it makes of the events in it, may reach into the first day; local days begin up to 14 h early.
    return max(BEGINNING, (day_number(valid_from) - 3) * DAY)
