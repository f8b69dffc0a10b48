"""What the sections of a run share: a directory on disk, and databases that are filled once."""

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from benchmarks import client
from benchmarks.dataset import DAYS, LAST_DAY, SITE, batches, encoded, history
from benchmarks.server import Server, serving

BATCH = 1_000
_IMPORT_CONNECTIONS = 4

#: A cheap question, which tells whether the derived rows are up to date.
FRESHNESS = f"/api/metrics/workers/W001?from={LAST_DAY}&to={LAST_DAY}"


@dataclass(frozen=True)
class Imported:
    """A database that was filled by HTTP. seconds: until the last event was acknowledged. lag: seconds from then until all was
    visible in the metrics. memory: MB of the server at that point."""

    path: Path
    events: int
    seconds: float
    lag: float
    memory: float | None


@dataclass
class Workbench:
    """directory: where databases lie. events: in the large one of the reading rows. screens_database: of an earlier run, to save its import."""

    directory: Path
    events: int
    screens_database: Path | None = None
    _imported: dict[tuple[int, int], Imported] = field(default_factory=dict)
    _made: int = 0

    def fresh_database(self) -> Path:
        """A path at which no database is yet."""
        self._made += 1
        return self.directory / f"{self._made}.db"

    def month(self, events: int) -> Imported:
        """A database with a month of so many events, imported at full speed when it is asked for first."""
        return self.history(events, DAYS)

    def history(self, events: int, days: int) -> Imported:
        """A database with so many events over so many days up to LAST_DAY, imported at full speed when it is asked for first."""
        if (events, days) not in self._imported:
            self._imported[events, days] = self._import(events, days)
        return self._imported[events, days]

    def _import(self, events: int, days: int) -> Imported:
        path = self.fresh_database()
        requests = batch_requests(encoded(history(events, days, first_day=LAST_DAY - timedelta(days=days - 1))))
        with serving(path) as server:
            set_up(server)
            sent = send_all(server, requests, _IMPORT_CONNECTIONS)
            lag = server.wait_until_fresh(FRESHNESS)
            memory = server.memory()
            _check_complete(server, events)
        return Imported(path, events, sent.seconds, lag, memory)


def _check_complete(server: Server, events: int) -> None:
    """Figures of a server that lost something, or counted it twice, are worth nothing. Raises RuntimeError."""
    counted = server.request("GET", "/api/metrics/factory")[1]["total_events"]
    if counted != events:
        raise RuntimeError(f"{events:,} events were acknowledged, the metrics count {counted:,}.")


def batch_requests(events: list[bytes]) -> list[bytes]:
    """Requests that post events in batches."""
    return [client.post("/api/events/batch", body) for body in batches(events, BATCH)]


def set_up(server: Server) -> None:
    """Give the main site its time zone and shifts, and register whom FRESHNESS asks for."""
    for path, body in (("/api/sites/main", SITE), ("/api/workers/W001", {"name": "W001"})):
        status, answer, _ = server.request("PUT", path, body)
        if status not in (200, 201):
            raise RuntimeError(f"{path} answered {status}: {answer}")


def send_all(server: Server, requests: list[bytes], connections: int) -> client.Sent:
    """Send requests of which none may be refused. Raises RuntimeError."""
    sent = client.send(server.port, requests, connections)
    if set(sent.statuses) - {200, 201}:
        raise RuntimeError(f"Not all was accepted: {dict(sent.statuses)}")
    return sent
