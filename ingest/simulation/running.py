"""Simulations that run inside the server: a thread that hands in what simulated cameras send, as the API would."""

import json
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import msgspec
from sqlalchemy import literal_column

from data_layer.catalog import Catalog
from data_layer.scope import in_force
from data_layer.tables import cameras, events, workers, workstations
from ingest.parse import parse_batch
from ingest.removal import Origin, Removal
from ingest.sending.patience import Patience
from ingest.simulation.crews import next_stay, stays
from ingest.simulation.deliveries import Json, deliveries
from ingest.simulation.plan import CAMERA_IDS, EVENT_PREFIX, STATION_IDS, WORKER_IDS, Plan
from ingest.simulation.playing import as_sent, pieces
from ingest.simulation.registration import CAMERAS, WORKERS, WORKSTATIONS, missing
from ingest.writer import Unavailable, Writer
from metrics.units import HOUR, SECOND, to_datetime, to_micros

log = logging.getLogger(__name__)

#: What a simulation plays at once when it starts, so that there is something to see, and what it makes up for after a standstill.
MADE_UP_FOR = HOUR

_EVERY_SECONDS = 1.0
_LAST_PIECE_SECONDS = 5.0

_TABLES = {WORKERS: workers, WORKSTATIONS: workstations, CAMERAS: cameras}
_KEYS = {WORKERS: "worker_id", WORKSTATIONS: "station_id", CAMERAS: "camera_id"}

#: An event's source is its camera. That its id isn't empty goes without saying, but not for SQLite: see `ingest.rows_in_sqlite`.
_SIMULATED = Origin(
    (events.c.source.in_(CAMERA_IDS), events.c.client_event_id.startswith(EVENT_PREFIX), events.c.client_event_id != literal_column("''")),
    workers.c.worker_id.in_(WORKER_IDS),
    workstations.c.station_id.in_(STATION_IDS),
    CAMERA_IDS,
)


@dataclass(frozen=True, slots=True)
class SimulationStatus:
    """How a site's simulation is doing.

    since: when it was started; None while it doesn't run. events: stored since then. workers, stations: in the simulated factory.
    at_work: workers who are at work now. next_shift: when somebody comes again, while nobody is (None if nobody does within a
    week). trouble: a sentence about what keeps events from being stored; None while all is well.
    """

    running: bool
    since: datetime | None
    events: int
    workers: int
    stations: int
    at_work: int = 0
    next_shift: datetime | None = None
    trouble: str | None = None


@dataclass
class _Run:
    """A site's simulation under way. cursor: what was to be sent before is stored (µs UTC). lock: held while something is handed in."""

    plan: Plan
    since: datetime
    cursor: int
    events: int = 0
    trouble: str | None = None
    failures: int = 0
    not_before: int = 0
    stopped: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)


class Simulation:
    """At most one simulation a site, one thread for all; none runs when the server starts.

    now: the server's clock.
    """

    def __init__(self, writer: Writer, catalog: Catalog, removal: Removal, now: Callable[[], datetime]) -> None:
        self._writer = writer
        self._catalog = catalog
        self._removal = removal
        self._now = now
        self._patience = Patience(base=2.0)
        self._lock = threading.Lock()
        self._runs: dict[str, _Run] = {}
        self._reached: dict[str, int] = {}
        self._wake = threading.Event()
        self._closing = False
        self._thread: threading.Thread | None = None

    def start(self, site_id: str) -> None:
        """Let a site's simulation run; one that runs already goes on. Raises UnknownSite."""
        plan, now = Plan(self._catalog.get(site_id).site_id), self._now()
        register(self._catalog, plan, now)
        with self._lock:
            if self._closing or site_id in self._runs:
                return
            self._runs[site_id] = _Run(plan, now, self._reached.get(site_id, 0))
            if self._thread is None:
                self._thread = threading.Thread(target=self._play, name="simulation", daemon=True)
                self._thread.start()
        log.info("The simulation at site %s was started.", site_id)
        self._wake.set()

    def stop(self, site_id: str) -> None:
        """End a site's simulation, if there is one; nothing of it is stored afterwards. Raises UnknownSite."""
        in_force().check(site_id)
        with self._lock:
            run = self._runs.pop(site_id, None)
        if run is not None:
            with run.lock:
                run.stopped = True
                self._reached[site_id] = run.cursor
            log.info("The simulation at site %s was stopped.", site_id)

    def status(self, site_id: str) -> SimulationStatus:
        """How a site's simulation is doing. Raises UnknownSite."""
        rules, now = self._catalog.get(site_id).rules, to_micros(self._now())
        run, plan = self._runs.get(site_id), Plan(site_id)
        if run is None:
            return SimulationStatus(False, None, 0, plan.workers, plan.stations)
        at_work = len(stays(plan, rules, now, now + 1))
        comes = None if at_work else next_stay(plan, rules, now)
        next_shift = None if comes is None else to_datetime(comes)
        return SimulationStatus(True, run.since, run.events, plan.workers, plan.stations, at_work, next_shift, run.trouble)

    def has_data(self, site_id: str) -> bool:
        """Whether a site holds simulated events, of this program or the command's."""
        return self._removal.is_there(site_id, _SIMULATED)

    def remove(self, site_id: str) -> int:
        """Stop, and take away exactly the simulated events, and the workers, stations and cameras of theirs. How many events. Raises UnknownSite."""
        self._catalog.get(site_id)
        self.stop(site_id)
        self._reached.pop(site_id, None)
        return self._removal.remove(site_id, _SIMULATED)

    def close(self) -> None:
        """End all simulations and the thread."""
        with self._lock:
            self._closing = True
            sites = list(self._runs)
        for site_id in sites:
            self.stop(site_id)
        self._wake.set()
        if self._thread is not None:
            self._thread.join(_LAST_PIECE_SECONDS)

    def _play(self) -> None:
        while not self._closing:
            for run in list(self._runs.values()):
                self._attempt(run)
            self._wake.wait(_EVERY_SECONDS if self._runs else None)
            self._wake.clear()

    def _attempt(self, run: _Run) -> None:
        """Hand in what is due; whatever goes wrong is said, and tried again after a while."""
        now = to_micros(self._now())
        if now < run.not_before:
            return
        try:
            self._hand_in(run, now)
            if run.failures:  # at night there is nothing to send that would show that all is well
                run.failures, run.trouble = 0, None
        except Exception as error:
            run.failures += 1
            run.not_before = now + round(self._patience.seconds(run.failures) * SECOND)
            expected = isinstance(error, Unavailable)
            run.trouble = str(error) if expected else "Something unexpected went wrong; the server's log says what."
            log.error("The simulation at site %s is held up: %s", run.plan.site_id, error, exc_info=not expected)

    def _hand_in(self, run: _Run, now: int) -> None:
        """Whatever is due, piece by piece; after a long standstill only the last of it. Raises Unavailable."""
        rules = self._catalog.known[run.plan.site_id].rules
        for start, end in pieces(max(run.cursor, now - MADE_UP_FOR), now):
            sent = [event for delivery in deliveries(run.plan, rules, start, end) for event in as_sent(delivery, now)]
            with run.lock:
                if run.stopped:
                    return
                if sent:
                    self._take_in(run, sent, now)
                run.cursor = end

    def _take_in(self, run: _Run, sent: list[Json], now: int) -> None:
        """Store events on the way that those of cameras take."""
        parsed = parse_batch(msgspec.json.encode(sent), self._catalog.known, now)  # type: ignore[arg-type]  # a Site has a timezone
        receipt = self._writer.submit(parsed)
        run.events += receipt.new
        refused = receipt.rejected
        trouble = f"{len(refused)} of {len(sent)} events were refused; the first one: {refused[0].detail}" if refused else None
        if trouble and trouble != run.trouble:
            log.warning("The simulation at site %s: %s", run.plan.site_id, trouble)
        run.trouble = trouble


def register(catalog: Catalog, plan: Plan, now: datetime) -> None:
    """Make known who and what is simulated; what is known already keeps its name."""
    site_id = plan.site_id
    known = {(kind, row[_KEYS[kind]]) for kind in (WORKERS, WORKSTATIONS) for row in catalog.registered(_TABLES[kind], site_id)}
    known |= {(CAMERAS, row[_KEYS[CAMERAS]]) for row in catalog.cameras(site_id)}
    for kind, id_, fields in missing(plan, known):
        stored = {name: value if isinstance(value, str) else json.dumps(sorted(value)) for name, value in fields.items()}
        catalog.register(_TABLES[kind], site_id, id_, stored, now)
