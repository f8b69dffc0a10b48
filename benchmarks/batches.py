"""Batch ingest: events a second over HTTP, in turns with the raw loop on the same bodies."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from benchmarks import client
from benchmarks.dataset import batches, encoded, history
from benchmarks.figures import Figure
from benchmarks.raw_limit import RawLimit
from benchmarks.server import Server, serving
from benchmarks.setting_up import FRESHNESS, send_all, set_up
from benchmarks.statistics import Turns, in_turns
from benchmarks.workbench import Workbench

SECTION = "batches"
_CONNECTIONS = (1, 4)
_TURNS = 3


@dataclass(frozen=True)
class Case:
    """size: events a batch. events: of each turn. held: whether the refresher is kept from its work. target: events a second, with
    several connections. target_ratio: of the raw loop."""

    size: int
    events: int
    target: float | None = None
    target_ratio: float | None = None
    held: bool = False
    client_ids: bool = False

    @property
    def what(self) -> str:
        """The row's name."""
        ids = " with ids" if self.client_ids else ""
        return f"batches of {self.size:,}{ids}, the refresher {'held' if self.held else 'at work'}"


class Limit(Protocol):
    """A raw loop on a database of its own."""

    def insert(self, bodies: Sequence[bytes], /) -> float:
        """Store JSON arrays of events; the seconds that took."""


#: The raw loop has no refresher; with ours held, the two differ by HTTP, judging and what the writer notes for the refresher.
_CASES = (
    Case(100, 30_000),
    Case(1_000, 100_000, target=60_000, target_ratio=0.7, held=True),
    Case(1_000, 100_000, target=60_000, target_ratio=0.5),
    Case(1_000, 100_000, client_ids=True),
    Case(5_000, 100_000),
)


def measure(bench: Workbench) -> Iterator[Figure]:
    """Each case on a new database for each number of connections."""

    def over_http(case: Case, bodies: list[list[bytes]], connections: int) -> Iterator[Figure]:
        return beside(SECTION, case, bodies, connections, bench.fresh_database(), RawLimit(bench.fresh_database()))

    yield from each(_CASES, over_http)


def each(cases: Sequence[Case], measured: Callable[[Case, list[list[bytes]], int], Iterator[Figure]]) -> Iterator[Figure]:
    """The figures of all cases, of each for each number of connections. measured: takes the batches of each turn, the limit's last one too."""
    # The first days of a month of a million: a batch of 1,000 then holds what 100 workers' cameras send in three quarters of an hour.
    sample = history(1_000_000).first((_TURNS + 1) * max(case.events for case in cases))
    for client_ids in (False, True):
        events = encoded(sample, client_ids=client_ids)
        for case in (case for case in cases if case.client_ids == client_ids):
            bodies = [list(batches(events[turn * case.events : (turn + 1) * case.events], case.size)) for turn in range(_TURNS + 1)]
            for connections in _CONNECTIONS:
                yield from measured(case, bodies, connections)


def beside(
    section: str, case: Case, bodies: list[list[bytes]], connections: int, database: Path | str, limit: AbstractContextManager[Limit]
) -> Iterator[Figure]:
    """The server on a new database, in turns with a loop on another."""
    lags: list[float] = []
    with serving(database, hold_refresher=case.held) as server, limit as raw:
        set_up(server)

        def own(turn: list[bytes]) -> float:
            sent = send_all(server, [client.post("/api/events/batch", body) for body in turn], connections)
            lags.append(_settled(server, held=case.held))
            return case.events / sent.seconds

        _settled(server, held=case.held)
        turns = in_turns(bodies, own, lambda turn: case.events / raw.insert(turn))
    yield _figure(section, case, connections, turns)
    if not case.held:
        yield Figure(section, "  then all visible in metrics after, the longest", max(lags), "s")


def _settled(server: Server, *, held: bool) -> float:
    """Seconds until the server has nothing more to do. Raises RuntimeError if a refresher that should be held is not."""
    if not held:
        return server.wait_until_fresh(FRESHNESS)
    if server.is_fresh(FRESHNESS):
        raise RuntimeError("The refresher works although it should be held.")
    return 0.0


def _figure(section: str, case: Case, connections: int, turns: Turns) -> Figure:
    what = f"{case.what}, {connections} connection{'s' if connections > 1 else ''}"
    target = case.target if connections > 1 else None
    return Figure(section, what, turns.value, "events/s", limit=turns.limit, target=target, target_ratio=case.target_ratio, paired=turns.ratio)
