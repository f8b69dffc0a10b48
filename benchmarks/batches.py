"""Batch ingest: events a second over HTTP, in turns with the raw loop on the same bodies."""

from collections.abc import Iterator
from dataclasses import dataclass

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
_EVENTS_A_SECOND = 60_000
_TURNS = 3


@dataclass(frozen=True)
class _Case:
    """size: events a batch. events: of each turn. held: whether the refresher is kept from its work. target_ratio: of the raw loop."""

    size: int
    events: int
    target_ratio: float | None = None
    held: bool = False
    client_ids: bool = False

    @property
    def what(self) -> str:
        """The row's name."""
        ids = " with ids" if self.client_ids else ""
        return f"batches of {self.size:,}{ids}, the refresher {'held' if self.held else 'at work'}"


#: The raw loop has no refresher; with ours held, the two differ by HTTP, judging and what the writer notes for the refresher.
_CASES = (
    _Case(100, 30_000),
    _Case(1_000, 100_000, target_ratio=0.7, held=True),
    _Case(1_000, 100_000, target_ratio=0.5),
    _Case(1_000, 100_000, client_ids=True),
    _Case(5_000, 100_000),
)


def measure(bench: Workbench) -> Iterator[Figure]:
    """Each case on a new database for each number of connections."""
    # The first days of a month of a million: a batch of 1,000 then holds what 100 workers' cameras send in three quarters of an hour.
    sample = history(1_000_000).first((_TURNS + 1) * max(case.events for case in _CASES))
    for client_ids in (False, True):
        events = encoded(sample, client_ids=client_ids)
        for case in (case for case in _CASES if case.client_ids == client_ids):
            bodies = [list(batches(events[turn * case.events : (turn + 1) * case.events], case.size)) for turn in range(_TURNS + 1)]
            for connections in _CONNECTIONS:
                yield from _over_http(bench, case, bodies, connections)


def _over_http(bench: Workbench, case: _Case, bodies: list[list[bytes]], connections: int) -> Iterator[Figure]:
    lags: list[float] = []
    with serving(bench.fresh_database(), hold_refresher=case.held) as server, RawLimit(bench.fresh_database()) as raw:
        set_up(server)

        def own(turn: list[bytes]) -> float:
            sent = send_all(server, [client.post("/api/events/batch", body) for body in turn], connections)
            lags.append(_settled(server, held=case.held))
            return case.events / sent.seconds

        _settled(server, held=case.held)
        turns = in_turns(bodies, own, lambda turn: case.events / raw.insert(turn))
    yield _figure(case, connections, turns)
    if not case.held:
        yield Figure(SECTION, "  then all visible in metrics after, the longest", max(lags), "s")


def _settled(server: Server, *, held: bool) -> float:
    """Seconds until the server has nothing more to do. Raises RuntimeError if a refresher that should be held is not."""
    if not held:
        return server.wait_until_fresh(FRESHNESS)
    if server.is_fresh(FRESHNESS):
        raise RuntimeError("The refresher works although it should be held.")
    return 0.0


def _figure(case: _Case, connections: int, turns: Turns) -> Figure:
    what = f"{case.what}, {connections} connection{'s' if connections > 1 else ''}"
    target = _EVENTS_A_SECOND if case.size == 1_000 and connections > 1 and not case.client_ids else None
    return Figure(SECTION, what, turns.value, "events/s", limit=turns.limit, target=target, target_ratio=case.target_ratio, paired=turns.ratio)
