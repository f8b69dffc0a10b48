"""Events that are sealed leave the tables, but for each worker's last ones: what they say goes on behind the seal.

Where events lie in partitions by month, a month that is sealed as a whole, at all sites that have events in it, leaves at once:

    1  the senders' ids of its events are forgotten, some thousand at a time
    2  in one transaction the partition is taken away, and the last events are stored again, among the rest

Everything else is deleted a few thousand rows at a time. A crash leaves either half done; the next run takes up where it stands.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, ColumnElement, Connection, and_, func, not_, or_, select, type_coerce

from data_layer import partitions
from data_layer.engine import Database
from data_layer.faultpoint import faultpoint
from data_layer.names import load_names
from data_layer.retention.steps import NotNow, Pace
from data_layer.sent_ids import delete_events, forget_ids
from data_layer.sites import Site, load_site, site_ids
from data_layer.sql import listed, visible
from data_layer.tables import events, workers
from data_layer.types import micros
from metrics.units import to_micros

_EVENTS_A_DELETE = 2_000
_IDS_AT_ONCE = 5_000
_at = micros(events.c.timestamp)


def delete_sealed(database: Database, site_id: str, people: Sequence[str], pace: Pace) -> None:
    """Delete what lies before a site's seal. people: whose events there may be. Raises NotNow and Stopped."""
    with database.read() as connection:
        site = load_site(connection, site_id)
        ended = [month for month in partitions.months(connection) if to_micros(partitions.next_month(month)) <= site.horizons.sealed_before]
    for month in ended:
        _Month(database, month, pace).leave()
    for worker in people:
        _delete_rows(database, site, worker, pace)


def _delete_rows(database: Database, site: Site, worker: str, pace: Pace) -> None:
    with database.read() as connection:
        last = [at for _, at in last_moments(connection, site, [worker])]
    sealed = _at < site.horizons.sealed_before
    own = (events.c.site_id == site.site_id, events.c.worker_id == worker, sealed, _at.not_in(last))
    # MariaDB knows no limit in what is looked for, but in what that is looked for in.
    gone = select(select(events.c.event_id).where(*own).limit(_EVENTS_A_DELETE).subquery().c.event_id)
    while True:
        with database.write() as connection:
            deleted = delete_events(connection, sealed, events.c.event_id.in_(gone))
        faultpoint("retention: events deleted")
        if deleted < _EVENTS_A_DELETE:
            return
        pace.step()


def last_moments(connection: Connection, site: Site, people: Sequence[str]) -> list[tuple[str, int]]:
    """When each worker was last seen before the seal, and last set a state (µs): what then was goes on behind it."""
    asked = listed("people", {"worker": str}, [[worker] for worker in people])
    own = (events.c.site_id == site.site_id, events.c.worker_id == asked.c.worker, _at < site.horizons.sealed_before, visible(site.rules))
    seen = select(_at).where(*own).order_by(_at.desc()).limit(1)
    found = [type_coerce(last.scalar_subquery(), BigInteger) for last in (seen, seen.where(events.c.event_type != "product_count"))]
    return [(worker, at) for worker, *moments in connection.execute(select(asked.c.worker, *found)) for at in moments if at is not None]


@dataclass(frozen=True)
class _Month:
    """A month's partition, whose events are those of all sites."""

    database: Database
    month: datetime
    pace: Pace

    def leave(self) -> None:
        """Let it leave, if all that it holds is sealed. Raises NotNow and Stopped."""
        with self.database.read() as connection:
            sealed, _ = self._sites(connection)
            known = select(workers.c.worker_id).where(workers.c.site_id == events.c.site_id, workers.c.worker_id == events.c.worker_id).exists()
            # What is in no archive stays: that of workers who were never registered too.
            if self._holds(connection, or_(events.c.site_id.not_in([site.site_id for site in sealed]), and_(events.c.worker_id != "", not_(known)))):
                return
            staying = self._staying(connection, sealed)
        self._forget_ids(staying)
        with self.database.write() as connection:
            sealed, others = self._sites(connection)
            if self._holds(connection, events.c.site_id.in_([site.site_id for site in others])):
                return
            rows = connection.execute(select(events).where(self._within, self._staying(connection, sealed))).mappings()
            try:
                partitions.drop(connection, self.month, [dict(row) for row in rows])
            except partitions.InUse as error:
                raise NotNow(str(error)) from error
            faultpoint("partitions: a month about to leave")
        faultpoint("partitions: a month has left")
        self.pace.step()

    @property
    def _within(self) -> ColumnElement[bool]:
        return and_(events.c.timestamp >= self.month, events.c.timestamp < partitions.next_month(self.month))

    def _sites(self, connection: Connection) -> tuple[list[Site], list[Site]]:
        """Those at which the month is sealed, and the others."""
        end = to_micros(partitions.next_month(self.month))
        sites = [load_site(connection, site_id) for site_id in site_ids(connection)]
        return [site for site in sites if site.horizons.sealed_before >= end], [site for site in sites if site.horizons.sealed_before < end]

    def _holds(self, connection: Connection, which: ColumnElement[bool]) -> bool:
        return connection.execute(select(events.c.event_id).where(self._within, which).limit(1)).first() is not None

    def _staying(self, connection: Connection, sites: Sequence[Site]) -> ColumnElement[bool]:
        """Which events are each worker's last ones before a seal."""
        found = [
            (site.site_id, worker, at)
            for site in sites
            for worker, at in last_moments(connection, site, ["", *load_names(connection, site.site_id).workers])
            if to_micros(self.month) <= at < to_micros(partitions.next_month(self.month))
        ]
        asked = listed("staying", {"site_id": str, "worker": str, "at": int}, found)
        return select(asked).where(asked.c.site_id == events.c.site_id, asked.c.worker == events.c.worker_id, _at == asked.c.at).exists()

    def _forget_ids(self, staying: ColumnElement[bool]) -> None:
        """Forget the senders' ids of the month's events: nobody sends them again, since they would be refused as too old."""
        after = 0
        while True:
            some = select(events.c.event_id).where(self._within, events.c.client_event_id != "", events.c.event_id > after)
            some = some.order_by(events.c.event_id).limit(_IDS_AT_ONCE)
            with self.database.read() as connection:
                last = connection.scalar(select(func.max(some.subquery().c.event_id)))
            if last is None:
                return
            with self.database.write() as connection:
                forget_ids(connection, self._within, events.c.event_id > after, events.c.event_id <= last, not_(staying))
            faultpoint("partitions: ids forgotten")
            after = last
            self.pace.step()
