"""How soon an acknowledged event is in the metrics, and how long metrics take meanwhile, while events of the present keep coming for a minute."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count, cycle, islice
from threading import Event
from time import perf_counter

from benchmarks import client
from benchmarks.feed import Fed, feed
from benchmarks.figures import Figure
from benchmarks.server import Server, serving
from benchmarks.setting_up import set_up
from benchmarks.statistics import percentile
from benchmarks.workbench import Workbench

SECTION = "freshness"
_SECONDS = 60.0
_RATES = (1_000, 3_000, 10_000)
_VISIBLE_MS, _CALL_MS = 1_000, 300
_PAUSE_SECONDS = 0.1
_READERS = 2
_WAIT_SECONDS = 30.0
#: Each posts an event a second: the next one doesn't wait for the one before, whose delay would else hide its own.
_PROBES = [f"PROBE{number}" for number in range(5)]

#: Two shifts without a gap, so that the figures don't depend on the time of day at which they are measured.
_SITE = {
    "timezone": "UTC",
    "signal_timeout_seconds": 3600,
    "shifts": [{"name": "day", "start": "06:00", "end": "18:00"}, {"name": "night", "start": "18:00", "end": "06:00"}],
}


def measure(bench: Workbench) -> Iterator[Figure]:
    """Each rate on a new database: one client posts batches ten times a second, five a single event a second and look for it, two ask for metrics."""
    for rate in _RATES:
        with serving(bench.fresh_database()) as server:
            set_up(server, _SITE)
            for probe in _PROBES:
                server.request("PUT", f"/api/workers/{probe}", {"name": probe})
            feeding = feed(server.port, _SECONDS, rate)
            watching = _Watching(server)
            watching.run(lambda feeding=feeding: not feeding.done())
            yield from _figures(rate, feeding.result(), watching)


def _figures(rate: int, fed: Fed, watching: "_Watching") -> Iterator[Figure]:
    most = rate == max(_RATES)
    at = f"at {rate:,} events/s"
    yield Figure(SECTION, f"{at}: events acknowledged", fed.per_second, "events/s", target=0.99 * rate)
    yield Figure(SECTION, f"  a batch of {rate // 10:,} acknowledged after: p50", 1e3 * percentile(fed.latencies, 50), "ms")
    yield Figure(SECTION, "  p99", 1e3 * percentile(fed.latencies, 99), "ms")
    for what, samples, target in (("an event acknowledged → in the metrics", watching.visible, _VISIBLE_MS), ("metrics calls", watching.calls, _CALL_MS)):
        yield Figure(SECTION, f"  {what}, {len(samples):,} times: p50", percentile(samples, 50), "ms")
        yield Figure(SECTION, "  p99", percentile(samples, 99), "ms", target=target if most else None, less_is_better=True)


@dataclass
class _Watching:
    """What readers see meanwhile. visible: ms from the acknowledgement of an event until an answer has it.
    calls: ms of each metrics call, the wait for what was acknowledged before it included."""

    server: Server
    visible: list[float] = field(default_factory=list)
    calls: list[float] = field(default_factory=list)
    _pause: Event = field(default_factory=Event)

    def run(self, going_on: Callable[[], bool]) -> None:
        """Look until it is over. Raises what went wrong."""
        today = datetime.now(UTC).date()
        with ThreadPoolExecutor(len(_PROBES) + _READERS) as pool:
            looking = [pool.submit(self._look_for_events, going_on, probe, number / len(_PROBES)) for number, probe in enumerate(_PROBES)]
            looking += [pool.submit(self._read, going_on, _paths(today, reader)) for reader in range(_READERS)]
            for one in looking:
                one.result()

    def _look_for_events(self, going_on: Callable[[], bool], probe: str, delay: float) -> None:
        due = perf_counter() + delay
        for number in count(1):
            self._pause.wait(max(0.0, due - perf_counter()))
            if not going_on():
                return
            acknowledged = _post(self.server, probe)
            while self._seen(probe) < number:
                if perf_counter() > acknowledged + _WAIT_SECONDS:
                    raise RuntimeError(f"An event was not in the metrics after {_WAIT_SECONDS:.0f} s.")
            self.visible.append(1e3 * (perf_counter() - acknowledged))
            due += 1.0

    def _seen(self, probe: str) -> int:
        """How many of the events that are looked for are in the metrics."""
        return int(json.loads(client.fetch(self.server.port, f"/api/metrics/workers/{probe}")[0])["event_count"])

    def _read(self, going_on: Callable[[], bool], paths: Iterator[str]) -> None:
        while going_on():
            began = perf_counter()
            client.fetch(self.server.port, next(paths))
            self.calls.append(1e3 * (perf_counter() - began))
            self._pause.wait(_PAUSE_SECONDS)


def _paths(today: date, reader: int) -> Iterator[str]:
    """The calls in turn, over today and over a week."""
    calls = ("factory?", "workers?", "workers/W001?", "workstations?", "workstations/S001?", "series?bucket=1h&by=site&")
    paths = [f"/api/metrics/{call}from={today - timedelta(days=days)}" for days in (0, 6) for call in calls]
    return islice(cycle(paths), reader * len(calls), None)


def _post(server: Server, probe: str) -> float:
    """Post an event of one who is looked for; when it was acknowledged."""
    event = {"timestamp": datetime.now(UTC).isoformat(), "worker_id": probe, "workstation_id": probe, "event_type": "working"}
    status, answer, _ = server.request("POST", "/api/events", event)
    if status != 201:
        raise RuntimeError(f"An event was answered {status}: {answer}")
    return perf_counter()
