"""What the routes and pages work with, built once for an app and carried in one frozen dataclass."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from access.entry import Entry
from data_layer.catalog import Catalog
from data_layer.engine import Database
from data_layer.erasing import apply_list
from data_layer.migrate import migrate
from data_layer.outbox import begin, forwarded
from data_layer.peers import NO_PEERS
from data_layer.probe import Probe
from data_layer.reader import MetricsReader
from data_layer.refresher import Refresher
from data_layer.refreshing import Hands, Progress, Refreshing
from data_layer.retention.keeper import Keeper
from data_layer.retention.keeping import Keeping
from data_layer.shared_reader import SharedReader
from data_layer.standing import latest_revisions
from data_layer.watch import Watch
from federation.asking import Asking
from federation.forwarder import Forwarder
from federation.peers import read_peers
from federation.wire import Server
from ingest.entrance import Entrance
from ingest.removal import Removal
from ingest.replay import Replays
from ingest.seed import Demo
from ingest.simulation.running import Simulation
from ingest.writer import Writer
from live import Hub
from metrics.units import to_micros
from settings import Settings
from watching.gauges import Gauges
from watching.metering import Metering

if TYPE_CHECKING:
    from jobs.queue import Queue
    from sharing import Shared

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
    """Engine, writer, refresher, readers, live hub, instruments, door and clock of one app."""

    settings: Settings
    clock: Clock
    database: Database
    refresher: Refreshing
    writer: Writer
    keeper: Keeper
    entrance: Entrance
    sites: Catalog
    metrics: MetricsReader
    screens: SharedReader
    hub: Hub
    demo: Demo
    replays: Replays
    simulation: Simulation
    probe: Probe
    metering: Metering
    entry: Entry
    shared: "Shared | None"
    #: Tells a central server; None where there is none.
    forwarder: Forwarder | None = None
    #: Asks other sites' servers; None where there are none.
    asking: Asking | None = None

    def progress(self, site_id: str) -> Progress | None:
        """Steps done and to do while a site's history is recomputed under new settings."""
        return self.refresher.progress(site_id)

    def close(self) -> None:
        """Store what is waiting, then give everything back."""
        self.hub.stop()
        if self.forwarder is not None:
            self.forwarder.stop()
        if self.asking is not None:
            self.asking.close()
        self.simulation.close()
        self.keeper.stop()
        self.writer.stop()
        self.entry.note_failures(everything=True)
        self.refresher.stop()
        if self.shared is not None:
            self.shared.close()
        self.database.close()


def start_services(settings: Settings, clock: Clock | None = None) -> Services:
    """Open and migrate the database and start the threads. Raises AlreadyOpen."""
    clock = clock or Clock()
    database = Database(settings.database_url, settings.folder)
    migrate(database)
    apply_list(database)
    metering = Metering()
    shared, queue = _shared(settings, database), _queue(settings, database)
    hub = Hub(clock.now, settings.threads * 3 // 4, partial(latest_revisions, database) if database.product.is_shared else None)
    refresher = _refreshing(queue, database, metering.refreshed, hub, lambda: sites.reread(), shared)
    writer = Writer(database, clock.micros, refresher.notify, metering.committed)

    def changed(site_ids: set[str]) -> None:
        refresher.notify(site_ids)
        keeper.look()

    def moved(site_ids: set[str]) -> None:
        sites.reread()
        refresher.notify(site_ids)

    sites = Catalog(database, changed)
    keeper = _keeper(queue, partial(Keeping, database, refresher.wait, clock.now, moved))
    metering.watch(Gauges(database, writer, refresher, keeper))
    sites.start(clock.now())
    removal = Removal(database, writer, refresher)
    forwarder = _forwarding(database, settings, clock)
    asking = Asking(read_peers(Path(settings.sites_from)), lambda: sites.known) if settings.sites_from else None
    refresher.start()
    writer.start()
    keeper.start()
    return Services(
        settings=settings,
        clock=clock,
        database=database,
        refresher=refresher,
        writer=writer,
        keeper=keeper,
        entrance=Entrance(lambda: max(1, (settings.threads - hub.streams) // 2)),
        sites=sites,
        metrics=MetricsReader(database, refresher, peers=asking or NO_PEERS),
        # A screen doesn't wait for what is on its way: it is told when it has come.
        screens=SharedReader(MetricsReader(database, refresher, patience=0, peers=asking or NO_PEERS), lambda: sites.privacy),
        hub=hub,
        replays=Replays(database, sites, writer, clock.micros),
        demo=Demo(database, sites, writer, refresher, removal, clock.now),
        simulation=Simulation(writer, sites, removal, clock.now),
        probe=Probe(database),
        metering=metering,
        entry=Entry.of(database, clock.now, settings.host, settings.public_url, settings.key_rate, settings.openid, None if shared is None else shared.store),
        shared=shared,
        forwarder=forwarder,
        asking=asking,
    )


def _shared(settings: Settings, database: Database) -> "Shared | None":
    if not settings.redis_url:
        return None
    from sharing import Shared  # which takes a while to import

    return Shared(settings.redis_url, database.installation)


def _forwarding(database: Database, settings: Settings, clock: Clock) -> Forwarder | None:
    """Before anything is written that a central server has to be told."""
    with database.read() as connection:
        was_told = bool(forwarded(connection))
    if not settings.forward_to and not was_told:
        return None
    with database.write() as connection:
        begin(connection, settings.forward_to, dict(settings.forward_sites if settings.forward_to else ()), of_events=settings.forward_events)
    if not settings.forward_to:
        return None
    forwarder = Forwarder(database, Server(settings.forward_to, settings.forward_key), clock.now)
    forwarder.start()
    return forwarder


def _queue(settings: Settings, database: Database) -> "Queue | None":
    """By way of which workers are asked; None where there are none."""
    if not settings.broker_url:
        return None
    from jobs.queue import Queue  # which takes a while to import

    return Queue(settings.broker_url, database.installation)


def _refreshing(
    queue: "Queue | None", database: Database, refreshed: Callable[[float], None], hub: Hub, reread: Callable[[], None], shared: "Shared | None"
) -> Refreshing:
    """Refreshes alone; among other processes what no other is at, and knows of what all have done. reread: called when others may have changed sites."""
    if not database.product.is_shared:
        return Refresher(database, refreshed, hub.announce)

    def told(revisions: dict[str, int]) -> None:
        reread()
        hub.announce(revisions)

    def made(_revisions: dict[str, int]) -> None:
        watch.look()
        if shared is not None:
            shared.tell()

    watch = Watch(database, _hands(queue, Refresher(database, refreshed, made)), told)
    if shared is not None:
        shared.listen(watch.look)
    return watch


def _hands(queue: "Queue | None", own: Refresher) -> Hands:
    """Workers where there are some, and this process in their stead."""
    if queue is None:
        return own
    from jobs.sending import Sending

    return Sending(queue.ask_to_refresh, own)


def _keeper(queue: "Queue | None", keeping: Callable[[threading.Event], Keeping]) -> Keeper:
    """Looks by the clock; where workers do so, it asks them when settings were changed, and does it itself where none can be asked."""
    stopping = threading.Event()
    here = keeping(stopping)
    if queue is None:
        return Keeper(here.look_round, stopping)

    def look() -> None:
        try:
            queue.ask_to_keep()
        except Exception as error:
            log.warning("The message broker does not answer; this server looks after retention by itself: %s", error)
            here.look_round()

    return Keeper(look, stopping, every=None)
