"""What a site saw last: its first and last event, where each worker was, and which cameras have said nothing since."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from data_layer.cameras import camera_rows, known_since
from data_layer.engine import Database
from data_layer.privacy import names_told, pseudonym
from data_layer.silence import Expected, heard_so_far, silent
from data_layer.sites import Site, load_site
from data_layer.tables import worker_tails
from metrics.columns import columns
from metrics.schedule import build
from metrics.units import to_micros


@dataclass(frozen=True, slots=True)
class LastSeen:
    """A worker's last visible event: where it left the worker, in which state ('' for none)."""

    worker_id: str
    station_id: str | None
    state: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SilentCamera:
    """A camera that has said nothing for longer than it should. since: its last word, None if it never said one."""

    camera_id: str
    name: str | None
    station_ids: tuple[str, ...]
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Sightings:
    """first, last: the site's first and last visible event, None where there is none. heard: stations that a camera sees which is not silent.

    is_scheduled: whether the moment belongs to scheduled time; None at a site without a schedule.
    """

    first: datetime | None
    last: datetime | None
    workers: Sequence[LastSeen]
    silent: Sequence[SilentCamera]
    heard: frozenset[str]
    is_scheduled: bool | None


def read_sightings(database: Database, site_id: str, now: datetime) -> Sightings:
    """What a site saw last, as of now. Raises UnknownSite."""
    with database.read() as connection:
        site = load_site(connection, site_id)
        tails = connection.execute(select(worker_tails).where(worker_tails.c.site_id == site_id)).all()
        quiet, heard = _cameras(connection, site, to_micros(now))
    return Sightings(
        first=min((row.first_time for row in tails), default=None),
        last=max((row.last_time for row in tails), default=None),
        workers=_people(site, tails),
        silent=quiet,
        heard=heard,
        is_scheduled=_is_scheduled(site, to_micros(now)),
    )


def _people(site: Site, tails: Sequence[Any]) -> list[LastSeen]:
    """Where everybody was last seen, as far as the site shows that, and by what the caller knows them."""
    if not site.privacy.shows_people:
        return []
    told = names_told(site.site_id, site.privacy)
    seen = [(row.worker if told else pseudonym(site.site_id, site.privacy, row.worker), row) for row in tails if row.worker]
    return [LastSeen(called, row.station or None, row.state, row.last_time) for called, row in seen]


def _cameras(connection: Connection, site: Site, now: int) -> tuple[list[SilentCamera], frozenset[str]]:
    """The cameras that are silent, and the stations that another one sees."""
    rows, expected = camera_rows(connection, site.site_id), Expected.by(site.rules, now, now)
    known = known_since(connection, site.site_id)
    quiet = silent([heard_so_far(row, known[row["camera_id"]], expected) for row in rows], expected)
    found = [SilentCamera(row["camera_id"], row["name"], tuple(row["station_ids"]), row["last_seen_at"]) for row in rows if row["camera_id"] in quiet]
    return found, frozenset(station_id for row in rows if row["camera_id"] not in quiet for station_id in row["station_ids"])


def _is_scheduled(site: Site, now: int) -> bool | None:
    if not site.has_schedule:
        return None
    return bool(build(site.rules, now, now).span_of(columns(at=[now])["at"])[0] >= 0)
