"""What the sections of a run share: a directory on disk, and databases that are filled once."""

from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.dataset import encoded, history
from benchmarks.past_year import import_past_year
from benchmarks.server import Server, serving
from benchmarks.setting_up import FRESHNESS, batch_requests, send_all, set_up

SMALL, TEN_MILLION = 100_000, 10_000_000
_IMPORT_CONNECTIONS = 4


@dataclass(frozen=True)
class Imported:
    """A database that was filled by HTTP. seconds: until the last event was acknowledged. lag: seconds from then until all was
    visible in the metrics. idle, memory: MB of the server before and after."""

    path: Path
    events: int
    seconds: float
    lag: float
    idle: float | None
    memory: float | None


@dataclass
class Workbench:
    """directory: where databases lie. events: in the month's database, and in the second of the years'. full: whether there is a year of
    ten million too. large_database: such a one of an earlier run, to save its import."""

    directory: Path
    events: int
    full: bool = False
    large_database: Path | None = None
    _month: Imported | None = None
    _years: dict[int, Path] = field(default_factory=dict)
    _made: int = 0

    def fresh_database(self) -> Path:
        """A path at which no database is yet."""
        self._made += 1
        return self.directory / f"{self._made}.db"

    def month(self) -> Imported:
        """A database with a month of events, imported at full speed when it is asked for first."""
        if self._month is None:
            self._month = self._import()
        return self._month

    @property
    def sizes(self) -> list[int]:
        """How many events the years' databases of this run have."""
        return sorted({min(SMALL, self.events), self.events, *([TEN_MILLION] if self.full else [])})

    def year(self, events: int) -> Path:
        """A database with a year of so many events up to now, filled when it is asked for first."""
        if events == TEN_MILLION and self.large_database is not None:
            return self.large_database
        if events not in self._years:
            path = self.fresh_database()
            import_past_year(path, events)
            self._years[events] = path
        return self._years[events]

    def _import(self) -> Imported:
        path = self.fresh_database()
        requests = batch_requests(encoded(history(self.events)))
        with serving(path) as server:
            set_up(server)
            server.wait_until_fresh(FRESHNESS)
            idle = server.memory()
            sent = send_all(server, requests, _IMPORT_CONNECTIONS)
            lag = server.wait_until_fresh(FRESHNESS)
            memory = server.memory()
            _check_complete(server, self.events)
        return Imported(path, self.events, sent.seconds, lag, idle, memory)


def _check_complete(server: Server, events: int) -> None:
    """Figures of a server that lost something, or counted it twice, are worth nothing. Raises RuntimeError."""
    counted = server.request("GET", "/api/metrics/factory")[1]["total_events"]
    if counted != events:
        raise RuntimeError(f"{events:,} events were acknowledged, the metrics count {counted:,}.")
