"""Metrics calls over a month, cold: one event is posted and refreshed before each call, so that the revision is another one."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from itertools import count
from time import perf_counter
from zoneinfo import ZoneInfo

from benchmarks import client
from benchmarks.dataset import FIRST_DAY, LAST_DAY, TIMEZONE
from benchmarks.figures import Figure
from benchmarks.server import Server, serving
from benchmarks.statistics import percentile
from benchmarks.workbench import FRESHNESS, Workbench

SECTION = "reading"
_CALLS = 40
_SMALL = 100_000
_TARGET_MS = 50
_TARGET_GROWTH = 2

# 31 days that end in the midst of the data; the ragged window begins and ends within hours.
_FROM, _TO = FIRST_DAY + timedelta(days=1), LAST_DAY
_MIDNIGHTS = f"from={_FROM}&to={_TO}"
_RAGGED = f"from={_FROM}T09:17:23&to={_TO}T13:41:07"
_EVENING = time(21, 59)
_AS_OF = f"from={_FROM}T09:17:23&as_of={LAST_DAY}T{_EVENING:%H:%M:%S}"

_QUESTIONS = {
    "workers, 31 days between midnights": f"/api/metrics/workers?{_MIDNIGHTS}",
    "workers, 31 days, ragged": f"/api/metrics/workers?{_RAGGED}",
    "workers, to the end, as_of": f"/api/metrics/workers?{_AS_OF}",
    "factory, 31 days, ragged": f"/api/metrics/factory?{_RAGGED}",
    "workstations, 31 days, ragged": f"/api/metrics/workstations?{_RAGGED}",
}


def measure(bench: Workbench) -> Iterator[Figure]:
    """Each question on a small and on a large month; medians and 99th percentiles of whole calls over HTTP."""
    medians: dict[str, float] = {}
    for events in sorted({min(_SMALL, bench.events), bench.events}):
        large = events == bench.events
        with serving(bench.month(events).path) as server:
            visits = Visits(server)
            for what, path in _QUESTIONS.items():
                median, worst = visits.time(path)
                target = _TARGET_MS if large and what.startswith("workers") else None
                yield Figure(SECTION, f"{what}, {events:,} events: median", median, "ms", target=target, less_is_better=True)
                yield Figure(SECTION, "  p99", worst, "ms", target=target, less_is_better=True)
                if what in medians:
                    growth = median / medians[what]
                    yield Figure(SECTION, f"  median by that at {_SMALL:,} events", growth, "×", target=_TARGET_GROWTH, less_is_better=True)
                medians[what] = median
            yield Figure(SECTION, f"one event, acknowledged → visible, {events:,} events: median", percentile(visits.visible, 50), "ms")
            yield Figure(SECTION, "  p99", percentile(visits.visible, 99), "ms")
            memory = server.memory()
            if memory is not None and large:
                yield Figure(SECTION, f"resident memory after these reads, {events:,} events", memory, "MB", target=300, less_is_better=True)


#: Sections share databases, and every posted event is to be a new one.
_NUMBERS = count()


@dataclass
class Visits:
    """Cold calls. visible: ms from acknowledging each posted event until a cheap call has it."""

    server: Server
    visible: list[float] = field(default_factory=list)

    def time(self, path: str) -> tuple[float, float]:
        """Median and 99th percentile of calls in ms."""
        taken = []
        for _ in range(_CALLS):
            self._change_revision()
            began = perf_counter()
            _, headers = client.fetch(self.server.port, path)
            taken.append((perf_counter() - began) * 1e3)
            if "data-stale" in headers:
                raise RuntimeError(f"{path} was answered without the newest event.")
        return percentile(taken, 50), percentile(taken, 99)

    def _change_revision(self) -> None:
        """Post the newest event of one of the workers, and wait until it is in the metrics."""
        number = next(_NUMBERS)
        moment = datetime.combine(LAST_DAY, _EVENING, ZoneInfo(TIMEZONE)) + timedelta(milliseconds=number)
        event = {"timestamp": moment.isoformat(), "worker_id": f"W{number % 100 + 1:03}", "workstation_id": "S001", "event_type": "working"}
        sent = client.send(self.server.port, [client.post("/api/events", json.dumps(event).encode())], 1)
        if not sent.statuses[201]:
            raise RuntimeError(f"The event was not new: {dict(sent.statuses)}")
        self.visible.append(self.server.wait_until_fresh(FRESHNESS) * 1e3)
