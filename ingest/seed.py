"""Demo data in and out of a site: loaded through the writer like any events, taken away to the last one."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, func, select

from data_layer.catalog import Also, Catalog, nothing_else
from data_layer.engine import Database
from data_layer.putting import insert_new
from data_layer.query import Row
from data_layer.refreshing import Refreshing
from data_layer.tables import events, workers, workstations
from data_layer.types import micros
from ingest.demo import SOURCE, STATIONS, WORKERS, demo_events
from ingest.event import Parsed
from ingest.removal import Origin, Removal
from ingest.writer import Writer
from metrics.units import to_datetime

_BATCH = 2_000
_REFRESH_WITHIN_SECONDS = 60.0

#: Demo events carry the source "demo" without a camera; a camera of that name is a camera.
_IS_DEMO = (events.c.source == SOURCE, events.c.client_event_id != "", events.c.camera_id.is_(None))
_DEMO = Origin(_IS_DEMO, workers.c.is_demo, workstations.c.is_demo)


@dataclass(frozen=True)
class Demo:
    """Loads and removes demo data, one call at a time."""

    database: Database
    catalog: Catalog
    writer: Writer
    refresher: Refreshing
    removal: Removal
    now: Callable[[], datetime]
    _one_at_a_time: threading.Lock = field(default_factory=threading.Lock)

    def is_loaded(self, site_id: str) -> bool:
        """Whether a site holds demo data."""
        return self.removal.is_there(site_id, _DEMO)

    def seed(self, site_id: str, *, also: Also = nothing_else) -> Row:
        """Two past days and today until now; what is there already stays, later calls append. Raises UnknownSite, Unavailable.

        also: what is written in the transaction that begins it.
        """
        with self._one_at_a_time:
            site = self.catalog.get(site_id)
            now = self.now()
            with self.database.write() as connection:
                _register(connection, site_id, now)
                also(connection)
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
            removed = self.removal.remove(site_id, _DEMO)
        return {"message": "Demo data removed", "removed_count": removed}


def _register(connection: Connection, site_id: str, now: datetime) -> None:
    people = [{"site_id": site_id, "worker_id": id_, "name": name, "home_station_id": home, "is_demo": True, "created_at": now} for id_, name, home in WORKERS]
    places = [{"site_id": site_id, "station_id": id_, "name": name, "type": kind, "is_demo": True, "created_at": now} for id_, name, kind in STATIONS]
    insert_new(connection, workers, people)
    insert_new(connection, workstations, places)
