"""Cold calls: before each the newest event of one of the workers is posted, and is in the figures."""

import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import count
from time import perf_counter

from benchmarks import client
from benchmarks.server import Server
from benchmarks.setting_up import FRESHNESS
from benchmarks.statistics import percentile

_CALLS = 40
_NUMBERS = count()


def today() -> date:
    """The day on which the databases of a year end."""
    return datetime.now(UTC).date()


@dataclass
class Visits:
    """visible: ms from acknowledging each posted event until a cheap call has it."""

    server: Server
    visible: list[float] = field(default_factory=list)

    def call(self, path: str) -> float:
        """The ms of one call. Raises RuntimeError if it was answered without the newest event."""
        self._change_revision()
        began = perf_counter()
        _, headers = client.fetch(self.server.port, path)
        taken = (perf_counter() - began) * 1e3
        if "data-stale" in headers:
            raise RuntimeError(f"{path} was answered without the newest event.")
        return taken

    def time(self, path: str) -> tuple[float, float]:
        """Median and 99th percentile of calls in ms."""
        taken = [self.call(path) for _ in range(_CALLS)]
        return percentile(taken, 50), percentile(taken, 99)

    def _change_revision(self) -> None:
        """Each posted event is a new one: no two within a microsecond."""
        number = next(_NUMBERS)
        event = {"timestamp": datetime.now(UTC).isoformat(), "worker_id": f"W{number % 100 + 1:03}", "workstation_id": "S001", "event_type": "working"}
        sent = client.send(self.server.port, [client.post("/api/events", json.dumps(event).encode())], 1)
        if not sent.statuses[201]:
            raise RuntimeError(f"The event was not new: {dict(sent.statuses)}")
        self.visible.append(self.server.wait_until_fresh(FRESHNESS) * 1e3)
