"""Single POSTs: requests a second and how long each takes, beside what the same server answers without storing anything."""

from collections.abc import Iterator

from benchmarks import client
from benchmarks.dataset import encoded, history
from benchmarks.figures import Figure
from benchmarks.raw_limit import insert_batches
from benchmarks.server import serving
from benchmarks.statistics import percentile
from benchmarks.workbench import FRESHNESS, Workbench, send_all, set_up

SECTION = "singles"
#: Requests by connections, and the target in requests a second where there is one.
_RUNS = ((1, 2_000, None), (16, 10_000, 1_500))


def measure(bench: Workbench) -> Iterator[Figure]:
    """POSTs of one event each with one and with many connections, each on a new database."""
    bodies = encoded(history(bench.events).first(max(requests for _, requests, _ in _RUNS)))
    for connections, requests, target in _RUNS:
        yield from _over_http(bench, bodies[:requests], connections, target)


def _over_http(bench: Workbench, bodies: list[bytes], connections: int, target: float | None) -> Iterator[Figure]:
    with serving(bench.fresh_database()) as server:
        set_up(server)
        server.wait_until_fresh(FRESHNESS)
        bare = client.send(server.port, [client.get("/health")] * len(bodies), connections)
        sent = send_all(server, [client.post("/api/events", body) for body in bodies], connections)
        lag = server.wait_until_fresh(FRESHNESS)
    many = f"{connections} connection{'s' if connections > 1 else ''}"
    yield Figure(SECTION, f"single POSTs, {many} (limit: GET /health)", sent.per_second, "requests/s", limit=bare.per_second, target=target)
    if connections == 1:
        limit = len(bodies) / insert_batches(bench.fresh_database(), [b"[" + body + b"]" for body in bodies])
        yield Figure(SECTION, "  the same (limit: raw loop, a commit each)", sent.per_second, "requests/s", limit=limit)
    for share in (50, 99):
        yield Figure(SECTION, f"  p{share}", percentile(sent.latencies, share) * 1e3, "ms", limit=percentile(bare.latencies, share) * 1e3)
    yield Figure(SECTION, "  then all visible in metrics after", lag, "s")
