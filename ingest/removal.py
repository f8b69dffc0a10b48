"""Taking away again what was made up: events of one origin, and what only they have made known."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select

from data_layer.engine import Database
from data_layer.refreshing import Refreshing
from data_layer.scope import in_force
from data_layer.sent_ids import delete_events
from data_layer.sites import next_revision
from data_layer.tables import camera_activity, cameras, events, invalidations, outputs, worker_tails, workers, workstations
from data_layer.types import micros
from ingest.writer import Writer

_REFRESH_WITHIN_SECONDS = 60.0

Condition = ColumnElement[bool]


@dataclass(frozen=True)
class Origin:
    """What tells made-up events, workers and stations from others. camera_ids: of cameras that never saw anything else."""

    events: Sequence[Condition]
    worker: Condition
    station: Condition
    camera_ids: Sequence[str] = ()


@dataclass(frozen=True)
class Removal:
    """Takes everything of an origin out of a site."""

    database: Database
    writer: Writer
    refresher: Refreshing

    def is_there(self, site_id: str, origin: Origin) -> bool:
        """Whether a site holds events of an origin. Raises UnknownSite."""
        in_force().check(site_id)
        with self.database.read() as connection:
            return connection.execute(select(events.c.event_id).where(events.c.site_id == site_id, *origin.events).limit(1)).first() is not None

    def remove(self, site_id: str, origin: Origin) -> int:
        """Take away all events of an origin, and its workers, stations and cameras that nothing else names. How many events that were. Raises UnknownSite."""
        in_force().check(site_id)
        with self.database.write() as connection:
            removed = _remove_events(connection, site_id, origin)
        self.refresher.notify({site_id})
        # Derived rows name workers: those go once nothing refers to them any more.
        self.refresher.wait(site_id, _REFRESH_WITHIN_SECONDS)
        with self.database.write() as connection:
            _unregister(connection, site_id, origin)
            next_revision(connection, site_id)
            self.writer.store.forget()
        self.refresher.notify({site_id})
        return removed


def _remove_events(connection: Connection, site_id: str, origin: Origin) -> int:
    at = micros(events.c.timestamp)
    own = (events.c.site_id == site_id, *origin.events)
    touched = connection.execute(select(events.c.worker_id, func.min(at), func.max(at)).where(*own).group_by(events.c.worker_id)).all()
    if not touched:
        return 0
    rows = [{"site_id": site_id, "worker_id": worker, "from_time": low, "to_time": high} for worker, low, high in touched]
    connection.execute(insert(invalidations), rows)
    return delete_events(connection, *own)


def _unregister(connection: Connection, site_id: str, origin: Origin) -> None:
    """Forget workers and stations that nothing names; none while the refresher still has to look at their time."""
    if connection.execute(select(invalidations.c.invalidation_id).where(invalidations.c.site_id == site_id).limit(1)).first() is not None:
        return
    in_use = select(events.c.event_id).where(events.c.site_id == site_id, events.c.worker_id == workers.c.worker_id).exists()
    followed = select(worker_tails.c.worker).where(worker_tails.c.site_id == site_id, worker_tails.c.worker == workers.c.worker_id).exists()
    # Sealed sums stay, and name who made them.
    summed = outputs.weeks
    counted = select(summed.c.bucket).where(summed.c.site_id == site_id, summed.c.worker == workers.c.worker_id).exists()
    connection.execute(delete(workers).where(workers.c.site_id == site_id, origin.worker, ~in_use, ~followed, ~counted))
    at_work = select(events.c.event_id).where(events.c.site_id == site_id, events.c.station_id == workstations.c.station_id).exists()
    counted_there = select(summed.c.bucket).where(summed.c.site_id == site_id, summed.c.station == workstations.c.station_id).exists()
    connection.execute(delete(workstations).where(workstations.c.site_id == site_id, origin.station, ~at_work, ~counted_there))
    for table in (cameras, camera_activity):
        connection.execute(delete(table).where(table.c.site_id == site_id, table.c.camera_id.in_(origin.camera_ids)))
