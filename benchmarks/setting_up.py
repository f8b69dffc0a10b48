"""What every section does to a new server: set up its site, send it events of which none may be refused."""

from typing import Any

from benchmarks import client
from benchmarks.dataset import LAST_DAY, SITE, batches
from benchmarks.server import Server

BATCH = 1_000

#: A cheap question, which tells whether the derived rows are up to date.
FRESHNESS = f"/api/metrics/workers/W001?from={LAST_DAY}&to={LAST_DAY}"


def batch_requests(events: list[bytes]) -> list[bytes]:
    """Requests that post events in batches."""
    return [client.post("/api/events/batch", body) for body in batches(events, BATCH)]


def set_up(server: Server, site: dict[str, Any] = SITE) -> None:
    """Give the main site its time zone and shifts, and register whom FRESHNESS asks for."""
    for path, body in (("/api/sites/main", site), ("/api/workers/W001", {"name": "W001"})):
        status, answer, _ = server.request("PUT", path, body)
        if status not in (200, 201):
            raise RuntimeError(f"{path} answered {status}: {answer}")


def send_all(server: Server, requests: list[bytes], connections: int) -> client.Sent:
    """Send requests of which none may be refused. Raises RuntimeError."""
    sent = client.send(server.port, requests, connections)
    if set(sent.statuses) - {200, 201}:
        raise RuntimeError(f"Not all was accepted: {dict(sent.statuses)}")
    return sent
