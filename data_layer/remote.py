"""Sites with a server of their own, as that one tells us their sums by local day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from data_layer.elsewhere import Account, Days, hidden, iso
from data_layer.privacy import Level
from data_layer.putting import put
from data_layer.query import MadeElsewhere, Row
from data_layer.remote_tables import remote_days, remote_sites
from data_layer.sites import Site, next_revision
from data_layer.tables import worker_tails

_NEVER = "9999-12-31"


class HasOwnEvents(ValueError):
    """A site's figures are made of its events here: sums from elsewhere would stand beside them. The text is a sentence."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a site's server says. revision, told_at: of its figures; older ones never take the place of newer ones. is_all: whether all is told that
    there is, with this and what was told before. void_from: the day (ISO) from which on nothing holds that was told of days before these.
    days: rows of `remote_days`."""

    revision: int
    told_at: datetime
    is_all: bool
    void_from: str | None
    worker_count: int
    station_count: int
    has_schedule: bool
    level: str
    smallest_group: int
    days: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of it. before: the revision that was here. is_late: whether something newer was, so that nothing changed."""

    before: int
    is_late: bool


def has_own_events(connection: Connection, site_id: str) -> bool:
    """Whether a site's figures are made of events here."""
    return connection.execute(select(worker_tails.c.worker).where(worker_tails.c.site_id == site_id).limit(1)).first() is not None


def check_own(connection: Connection, site_ids: Sequence[str], asked: frozenset[str]) -> None:
    """Raises MadeElsewhere where the figures of one of these sites are made by a server of its own: they are no zeros. asked: those whose is asked."""
    told = connection.scalars(select(remote_sites.c.site_id).where(remote_sites.c.site_id.in_(site_ids))).all()
    for site_id in site_ids:
        if site_id in asked or (site_id in told and not has_own_events(connection, site_id)):
            where = "or ask it" if site_id in asked else f"or /api/sites/{site_id}/sums"
            raise MadeElsewhere(f"Site {site_id} has a server of its own, which tells sums of days alone: see the pages Sites and Comparison, {where}.")


def keep(connection: Connection, site_id: str, told: Told) -> Kept:
    """Let days be as they are told, unless newer ones are here, in one transaction that nobody else writes beside. Raises HasOwnEvents."""
    if has_own_events(connection, site_id):
        raise HasOwnEvents(f"Site {site_id} has events here, of which its figures are made: it takes no sums from another server.")
    known = connection.execute(select(remote_sites).where(remote_sites.c.site_id == site_id)).one_or_none()
    before = 0 if known is None else known.revision
    if known is not None and (told.revision, told.told_at) < (known.revision, known.told_at):
        return Kept(before, is_late=True)
    days, theirs = [row["day"] for row in told.days], remote_days.c.site_id == site_id
    connection.execute(delete(remote_days).where(theirs, remote_days.c.day.in_(days)))
    if told.void_from is not None:
        connection.execute(delete(remote_days).where(theirs, remote_days.c.day >= told.void_from, remote_days.c.day < min(days, default=_NEVER)))
    if days:
        connection.execute(insert(remote_days), [{"site_id": site_id, **row} for row in told.days])
    about = {name: getattr(told, name) for name in ("revision", "told_at", "worker_count", "station_count", "has_schedule", "level", "smallest_group")}
    put(connection, remote_sites, {"site_id": site_id}, about | ({"as_of": told.told_at} if told.is_all else {}))
    next_revision(connection, site_id)
    return Kept(before, is_late=False)


def sums_told(connection: Connection, site: Site, low: int | None, high: int | None) -> Row | None:
    """Days that meet `[low, high)` (µs) as a site's own server told them, in the shape of the API; None where it has none, or events here."""
    found, clock = _told(connection, site), site.rules.clock
    if found is None:
        return None
    first, last = (None if low is None else iso(clock.day_of(low))), (None if high is None else iso(clock.day_of(high - 1)))
    kept_back = hidden(site, Level(found.level), found.smallest_group)
    names = [column.name for column in remote_days.columns if column.name != "site_id"]
    days = [{name: None if name in kept_back else getattr(row, name) for name in names} for row in _rows(connection, site, first, last)]
    about = {name: getattr(found, name) for name in ("revision", "worker_count", "station_count", "has_schedule")}
    privacy = {"level": found.level, "smallest_group": found.smallest_group}
    return {**about, "timezone": site.timezone, "as_of": found.told_at, "privacy": privacy, "days": days}


def account(connection: Connection, site: Site, days: Days) -> Account | None:
    """What a site's own server told of some days; None where it has none, or events here."""
    found = _told(connection, site)
    if found is None:
        return None
    about = (found.as_of, found.worker_count, found.station_count, found.has_schedule, Level(found.level), found.smallest_group)
    return Account(*about, _rows(connection, site, *days.bounds))


def _told(connection: Connection, site: Site) -> Any:
    """What a site's own server says of it, as a row of `remote_sites`; None where it has none, or events here."""
    found = connection.execute(select(remote_sites).where(remote_sites.c.site_id == site.site_id)).one_or_none()
    return None if found is None or has_own_events(connection, site.site_id) else found


def _rows(connection: Connection, site: Site, first: str | None, last: str | None) -> Sequence[Any]:
    day = remote_days.c.day
    within = [*([] if first is None else [day >= first]), *([] if last is None else [day <= last])]
    return connection.execute(select(remote_days).where(remote_days.c.site_id == site.site_id, *within).order_by(day)).all()
