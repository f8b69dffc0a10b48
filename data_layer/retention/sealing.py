"""Raw events leave a site: late ones are refused, then what is old is archived and counted by five minutes, history is sealed, and it is deleted.

    1  accepted_from moves     nothing older than it is stored any more, so that two days before it all is still
    2  the refresher catches up with what was stored until then
    3  hours before the new seal, a few at a time: a Parquet file, and their units and events by five minutes
    4  the seal moves          from here on nothing is worked out anew from what lies before it
    5  events before the seal are deleted, see `data_layer.retention.deleting`

A crash leaves any of these steps half done; the next run takes up where it stands, and files that were written twice are no harm.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import BigInteger, Connection, Join, and_, cast, delete, func, insert, select, update

from data_layer.engine import Database
from data_layer.faultpoint import faultpoint
from data_layer.horizons import move_horizons
from data_layer.names import load_names
from data_layer.portable import quotient
from data_layer.retention.archive import INSTANT, INTEGER, NUMBER, TEXT, Archive
from data_layer.retention.deleting import delete_sealed
from data_layer.retention.steps import NotNow, Pace, slices
from data_layer.sites import Site, load_site, next_revision
from data_layer.sql import listed, look_up_in, visible
from data_layer.statements import CELL
from data_layer.tables import cv_models, events, intervals, invalidations, output_cells
from data_layer.types import micros
from metrics.units import HOUR, to_micros

#: A file of the archive holds about so many events, which bounds the memory of writing it.
_EVENTS_A_FILE = 100_000
_at = micros(events.c.timestamp)

#: An archived event: everything but the number of its model, which has a meaning in one database only.
EVENT_COLUMNS = [
    *(("event_id", INTEGER), ("worker_id", TEXT), ("timestamp", INSTANT), ("event_type", TEXT), ("station_id", TEXT), ("count", INTEGER)),
    *(("confidence", NUMBER), ("source", TEXT), ("client_event_id", TEXT), ("camera_id", TEXT), ("sent_at", INSTANT), ("created_at", INSTANT)),
    *(("sequence", TEXT), ("model_name", TEXT), ("model_version", TEXT)),
]


@dataclass(frozen=True)
class Sealing:
    """One site's raw events before a new seal.

    accepted_from, seal: where the horizons belong (µs). caught_up: waits for the refresher a while, and tells whether it has caught up.
    """

    database: Database
    archive: Archive
    site_id: str
    accepted_from: int
    seal: int
    caught_up: Callable[[], bool]
    pace: Pace

    def run(self) -> None:
        """Take all five steps. Raises NotNow where it must be tried again later, OSError and the databases' errors."""
        site = self._refuse_late_events()
        if site.horizons.sealed_before < self.seal:
            if not self.caught_up():
                raise NotNow("the figures are behind the events")
            for low, high in self._slices(site):
                self._archive(site, low, high)
                self.pace.step()
            self._move_the_seal(site)
        delete_sealed(self.database, self.site_id, self._people, self.pace)

    @cached_property
    def _people(self) -> list[str]:
        """Whose events there may be; '' for those without a worker."""
        with self.database.read() as connection:
            return ["", *load_names(connection, self.site_id).workers]

    def _refuse_late_events(self) -> Site:
        with self.database.write() as connection:
            site = load_site(connection, self.site_id)
            if site.horizons.accepted_from != self.accepted_from:
                move_horizons(connection, self.site_id, accepted_from=self.accepted_from)
                next_revision(connection, self.site_id)
        faultpoint("retention: late events refused")
        return site

    def _slices(self, site: Site) -> list[tuple[int, int]]:
        """Hours of UTC between the old seal and the new one, as many together as a file should hold."""
        hour = quotient(_at, HOUR).label("hour")
        statement = select(hour, func.count()).select_from(self._between(site.horizons.sealed_before, self.seal)).group_by(hour).order_by(hour)
        with self.database.read() as connection:
            counted = [(row[0] * HOUR, row[1]) for row in connection.execute(statement)]
        return slices(counted, HOUR, _EVENTS_A_FILE, self.seal)

    def _between(self, low: int, high: int) -> Join:
        """The site's events in `[low, high)`, looked up worker by worker."""
        people = listed("people", {"worker": str}, [[worker] for worker in self._people])
        return look_up_in(people, events, and_(events.c.site_id == self.site_id, events.c.worker_id == people.c.worker, _at >= low, _at < high))

    def _archive(self, site: Site, low: int, high: int) -> None:
        """A file of the events in `[low, high)`, and their cells."""
        with self.database.read() as connection:
            rows = self._rows(connection, low, high)
            cells = self._cells(connection, site, low, high)
        if not any((entry.table, entry.start, entry.end, entry.rows) == ("events", low, high, len(rows)) for entry in self.archive.entries()):
            self.archive.write("events", low, high, EVENT_COLUMNS, rows)
        faultpoint("retention: a file archived")
        bucket = micros(output_cells.c.bucket)
        with self.database.write() as connection:
            connection.execute(delete(output_cells).where(output_cells.c.site_id == self.site_id, bucket >= low, bucket < high))
            if cells:
                connection.execute(insert(output_cells), cells)
        faultpoint("retention: events counted")

    def _rows(self, connection: Connection, low: int, high: int) -> list[tuple[object, ...]]:
        joined = self._between(low, high).outerjoin(cv_models, cv_models.c.model_id == events.c.model_id)
        named = {"model_name": cv_models.c.model_name, "model_version": cv_models.c.model_version}
        columns = [named[name] if name in named else micros(events.c[name]) if kind == INSTANT else events.c[name] for name, kind in EVENT_COLUMNS]
        return [tuple(row) for row in connection.execute(select(*columns).select_from(joined).order_by(_at.asc(), events.c.event_id))]

    def _cells(self, connection: Connection, site: Site, low: int, high: int) -> list[dict[str, object]]:
        """Units and visible events by five minutes, worker and station."""
        keys = [quotient(_at, CELL).label("cell"), events.c.worker_id, events.c.station_id]
        seen = select(*keys, cast(func.sum(events.c.count), BigInteger), func.count()).select_from(self._between(low, high)).where(visible(site.rules))
        return [
            {"site_id": self.site_id, "bucket": row[0] * CELL, "worker": row[1], "station": row[2], "units": row[3], "events": row[4]}
            for row in connection.execute(seen.group_by(*keys))
        ]

    def _move_the_seal(self, before: Site) -> None:
        """From here on the sealed rows stand for the events. before: the site as it was when they were counted."""
        with self.database.write() as connection:
            site = load_site(connection, self.site_id)
            if site.rules != before.rules:
                raise NotNow("the settings were changed meanwhile")
            pending = select(invalidations.c.invalidation_id).where(invalidations.c.site_id == self.site_id, micros(invalidations.c.from_time) < self.seal)
            if connection.execute(pending.limit(1)).first() is not None:
                raise NotNow("the figures are behind the events")
            _cut_intervals(connection, self.site_id, self._people, self.seal)
            move_horizons(connection, self.site_id, sealed_before=self.seal)
            next_revision(connection, self.site_id)
            faultpoint("retention: about to seal")
        faultpoint("retention: sealed")


def _cut_intervals(connection: Connection, site_id: str, workers: Sequence[str], seal: int) -> None:
    """Let no interval lie on both sides of the seal."""
    table = intervals
    for worker in workers:
        before = (table.c.site_id == site_id, table.c.worker == worker, micros(table.c.start) < seal)
        # A worker's intervals don't overlap: only the last that begins before the seal can reach over it.
        row = connection.execute(select(table).where(*before).order_by(table.c.start.desc()).limit(1)).mappings().one_or_none()
        if row is not None and to_micros(row["end"]) > seal:
            connection.execute(insert(table).values(**{**row, "start": seal}))
            connection.execute(update(table).where(*before, micros(table.c.end) > seal).values(end=seal))
