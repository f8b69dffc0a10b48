"""What the routes and pages work with, built once for an app and carried in one frozen dataclass."""

import logging
from dataclasses import dataclass
from datetime import UTC, datetime

from data_layer.catalog import Catalog, Station
from data_layer.engine import Database
from data_layer.migrate import migrate
from data_layer.probe import Probe
from data_layer.reader import MetricsReader
from data_layer.refresher import Progress, Refresher
from ingest.seed import Demo
from ingest.writer import Writer
from metrics.units import to_micros
from settings import Settings
from watching.gauges import Gauges
from watching.metering import Metering

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Clock:
    """The wall clock; tests put another one in its place."""

    def now(self) -> datetime:
        """The current time, aware and UTC."""
        return datetime.now(UTC)

    def micros(self) -> int:
        """The current time in microseconds since the epoch."""
        return to_micros(self.now())


@dataclass(frozen=True)
class Services:
    """Engine, writer, refresher, readers, instruments and clock of one app."""

    settings: Settings
    clock: Clock
    database: Database
    refresher: Refresher
    writer: Writer
    sites: Catalog
    metrics: MetricsReader
    demo: Demo
    probe: Probe
    metering: Metering

    def stations(self, site_id: str) -> list[Station]:
        """A site's workstations, by id."""
        return self.sites.stations(site_id)

    def progress(self, site_id: str) -> Progress | None:
        """Steps done and to do while a site's history is recomputed under new settings."""
        return self.refresher.progress(site_id)

    def close(self) -> None:
        """Store what is waiting, then give everything back."""
        self.writer.stop()
        self.refresher.stop()
        self.database.close()


def start_services(settings: Settings, clock: Clock | None = None) -> Services:
    """Open and migrate the database and start the threads. Raises AlreadyOpen."""
    clock = clock or Clock()
    database = Database(settings.database_url)
    migrate(database)
    metering = Metering()
    refresher = Refresher(database, metering.refreshed)
    writer = Writer(database, clock.micros, refresher.notify, metering.committed)
    metering.watch(Gauges(database, writer, refresher))
    sites = Catalog(database, refresher.notify)
    sites.start(clock.now())
    refresher.start()
    writer.start()
    return Services(
        settings=settings,
        clock=clock,
        database=database,
        refresher=refresher,
        writer=writer,
        sites=sites,
        metrics=MetricsReader(database, refresher),
        demo=Demo(database, sites, writer, refresher, clock.now),
        probe=Probe(database),
        metering=metering,
    )
