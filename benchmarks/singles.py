"""Single POSTs: requests a second and how long each takes, in turns with the raw loop; beside what the server answers without storing anything."""

from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks import client
from benchmarks.dataset import encoded, history
from benchmarks.figures import Figure
from benchmarks.raw_limit import RawLimit
from benchmarks.server import serving
from benchmarks.setting_up import FRESHNESS, send_all, set_up
from benchmarks.statistics import in_turns, percentile
from benchmarks.workbench import Workbench

SECTION = "singles"
_TURNS = 3


@dataclass(frozen=True)
class _Case:
    """requests: of each turn. target: requests a second."""

    connections: int
    requests: int
    target: float | None = None


_CASES = (_Case(1, 600), _Case(16, 4_000, target=2_000), _Case(64, 4_000))


def measure(bench: Workbench) -> Iterator[Figure]:
    """POSTs of one event each with one and with many connections, each on a new database."""
    bodies = encoded(history(bench.events).first(max(case.requests for case in _CASES) * (_TURNS + 1)))
    for case in _CASES:
        yield from _over_http(bench, case, bodies)


def _over_http(bench: Workbench, case: _Case, bodies: list[bytes]) -> Iterator[Figure]:
    turns = [bodies[turn * case.requests : (turn + 1) * case.requests] for turn in range(_TURNS + 1)]
    latencies: list[float] = []
    with serving(bench.fresh_database()) as server, RawLimit(bench.fresh_database()) as raw:
        set_up(server)
        server.wait_until_fresh(FRESHNESS)
        bare = client.send(server.port, [client.get("/health")] * case.requests, case.connections)

        def own(turn: list[bytes]) -> float:
            sent = send_all(server, [client.post("/api/events", body) for body in turn], case.connections)
            latencies.extend(sent.latencies)
            server.wait_until_fresh(FRESHNESS)
            return sent.per_second

        # As many events a commit as there are connections: more can't wait for an answer at once.
        found = in_turns(turns, own, lambda turn: case.requests / raw.insert([b"[" + body + b"]" for body in turn], case.connections))
    what, commits = ("1 connection", "a commit each") if case.connections == 1 else (f"{case.connections} connections", f"{case.connections} events a commit")
    yield Figure(
        SECTION, f"single POSTs, {what} (limit: raw loop, {commits})", found.value, "requests/s", limit=found.limit, target=case.target, paired=found.ratio
    )
    yield Figure(SECTION, "  the same (limit: GET /health alone)", found.value, "requests/s", limit=bare.per_second)
    for share in (50, 99):
        yield Figure(SECTION, f"  p{share} (limit: GET /health alone)", percentile(latencies, share) * 1e3, "ms", limit=percentile(bare.latencies, share) * 1e3)
