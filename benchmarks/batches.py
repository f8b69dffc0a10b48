"""Batch ingest: events a second over HTTP while the refresher works, beside the raw loop on the same bodies."""

from collections.abc import Iterator

from benchmarks.dataset import encoded, history
from benchmarks.figures import Figure
from benchmarks.raw_limit import insert_batches
from benchmarks.server import serving
from benchmarks.workbench import BATCH, FRESHNESS, Workbench, batch_requests, send_all, set_up

SECTION = "batches"
_MOST_EVENTS = 200_000
_CONNECTIONS = (1, 4)
_TARGET = 40_000


def measure(bench: Workbench) -> Iterator[Figure]:
    """Batches with and without ids of the sender's, each on a new database."""
    # The first days of the large month: a batch then holds what 100 workers' cameras send in three quarters of an hour.
    sample = history(bench.events).first(_MOST_EVENTS)
    events = len(sample.at)
    for client_ids in (False, True):
        requests = batch_requests(encoded(sample, client_ids=client_ids))
        bodies = [request.partition(b"\r\n\r\n")[2] for request in requests]
        limit = events / insert_batches(bench.fresh_database(), bodies)
        for connections in _CONNECTIONS:
            yield from _over_http(bench, requests, events, connections, limit, "client ids" if client_ids else "no ids")


def _over_http(bench: Workbench, requests: list[bytes], events: int, connections: int, limit: float, ids: str) -> Iterator[Figure]:
    what = f"batches of {BATCH:,}, {ids}, {connections} connection{'s' if connections > 1 else ''}"
    with serving(bench.fresh_database()) as server:
        set_up(server)
        server.wait_until_fresh(FRESHNESS)
        sent = send_all(server, requests, connections)
        lag = server.wait_until_fresh(FRESHNESS)
    yield Figure(SECTION, what, events / sent.seconds, "events/s", limit=limit, target=_TARGET)
    yield Figure(SECTION, "  then all visible in metrics after", lag, "s")
