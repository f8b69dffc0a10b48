"""Demo data in and out of a site: loaded through the writer like any events, taken away to the last one."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select
from sqlalchemy.dialects.sqlite import insert as insert_or_ignore

from data_layer.catalog import Catalog
from data_layer.engine import Database
from data_layer.query import Row
from data_layer.refresher import Refresher
from data_layer.sites import next_revision
from data_layer.tables import events, invalidations, worker_tails, workers, workstations
from data_layer.types import micros
from ingest.demo import SOURCE, STATIONS, WORKERS, demo_events
from ingest.event import Parsed
from ingest.writer import Writer
from metrics.units import to_datetime

_BATCH = 2_000
_REFRESH_WITHIN_SECONDS = 60.0

#: Demo events carry the source "demo" without a camera; a camera of that name is a camera.
_IS_DEMO = (events.c.source == SOURCE, events.c.client_event_id != "", events.c.camera_id.is_(None))


@dataclass(frozen=True)
class Demo:
    """Loads and removes demo data, one call at a time."""

    database: Database
    catalog: Catalog
    writer: Writer
    refresher: Refresher
    now: Callable[[], datetime]
    _one_at_a_time: threading.Lock = field(default_factory=threading.Lock)

    def is_loaded(self, site_id: str) -> bool:
        """Whether a site holds demo data."""
        with self.database.read() as connection:
            return connection.execute(select(events.c.event_id).where(events.c.site_id == site_id, *_IS_DEMO).limit(1)).first() is not None

    def seed(self, site_id: str) -> Row:
        """Two past days and today until now; what is there already stays, later calls append. Raises UnknownSite, Unavailable."""
        with self._one_at_a_time:
            site = self.catalog.get(site_id)
            now = self.now()
            with self.database.write() as connection:
                _register(connection, site_id, now)
                since = connection.scalar(select(func.min(micros(events.c.timestamp))).where(events.c.site_id == site_id, *_IS_DEMO))
            made = demo_events(now, site.timezone, None if since is None else to_datetime(since), site_id)
            parts = [made[start : start + _BATCH] for start in range(0, len(made), _BATCH)]
            receipts = [self.writer.submit(Parsed(part, range(len(part)), [], len(part))) for part in parts]
        self.refresher.wait(site_id, _REFRESH_WITHIN_SECONDS)
        return {
            "message": "Database seeded successfully",
            "success_count": sum(receipt.new + receipt.repeated for receipt in receipts),
            "duplicate_count": sum(receipt.repeated for receipt in receipts),
        }

    def remove(self, site_id: str) -> Row:
        """Take away exactly the demo events, and the demo's workers and stations that nothing else names. Raises UnknownSite."""
        with self._one_at_a_time:
            self.catalog.get(site_id)
            with self.database.write() as connection:
                removed = _remove_events(connection, site_id)
            self.refresher.notify({site_id})
            # Derived rows name workers: those go once nothing refers to them any more.
            self.refresher.wait(site_id, _REFRESH_WITHIN_SECONDS)
            with self.database.write() as connection:
                _unregister(connection, site_id)
                next_revision(connection, site_id)
                self.writer.store.forget()
            self.refresher.notify({site_id})
        return {"message": "Demo data removed", "removed_count": removed}


def _register(connection: Connection, site_id: str, now: datetime) -> None:
    people = [{"site_id": site_id, "worker_id": id_, "name": name, "home_station_id": home, "is_demo": True, "created_at": now} for id_, name, home in WORKERS]
    places = [{"site_id": site_id, "station_id": id_, "name": name, "type": kind, "is_demo": True, "created_at": now} for id_, name, kind in STATIONS]
    connection.execute(insert_or_ignore(workers).on_conflict_do_nothing(), people)
    connection.execute(insert_or_ignore(workstations).on_conflict_do_nothing(), places)


def _remove_events(connection: Connection, site_id: str) -> int:
    at = micros(events.c.timestamp)
    own = (events.c.site_id == site_id, *_IS_DEMO)
    touched = connection.execute(select(events.c.worker_id, func.min(at), func.max(at)).where(*own).group_by(events.c.worker_id)).all()
    if not touched:
        return 0
    rows = [{"site_id": site_id, "worker_id": worker, "from_time": low, "to_time": high} for worker, low, high in touched]
    connection.execute(insert(invalidations), rows)
    return connection.execute(delete(events).where(*own)).rowcount


def _unregister(connection: Connection, site_id: str) -> None:
    """Forget the demo's workers and stations that nothing names; none while the refresher still has to look at their time."""
    if connection.execute(select(invalidations.c.invalidation_id).where(invalidations.c.site_id == site_id).limit(1)).first() is not None:
        return
    people = workers.c.site_id == site_id, workers.c.is_demo
    in_use = select(events.c.event_id).where(events.c.site_id == site_id, events.c.worker_id == workers.c.worker_id).exists()
    followed = select(worker_tails.c.worker).where(worker_tails.c.site_id == site_id, worker_tails.c.worker == workers.c.worker_id).exists()
    connection.execute(delete(workers).where(*people, ~in_use, ~followed))
    at_work = select(events.c.event_id).where(events.c.site_id == site_id, events.c.station_id == workstations.c.station_id).exists()
    connection.execute(delete(workstations).where(workstations.c.site_id == site_id, workstations.c.is_demo, ~at_work))
