"""Fifty open live pages while events arrive: one browser, and 49 clients that hold the live stream and make the callbacks of several pages."""

import http.client
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from time import perf_counter
from typing import Any

from benchmarks.figures import Figure
from benchmarks.live_clients import Watched, watch
from benchmarks.pages import PAGES
from benchmarks.screen import screen
from benchmarks.server import Server, serving
from benchmarks.statistics import percentile
from benchmarks.workbench import TEN_MILLION, Workbench

SECTION = "screens"
_CLIENTS = 49
_SECONDS = 60.0
_EVENTS_A_SECOND, _BATCHES_A_SECOND = 1_000, 10
_REFRESH_MS = 1_000
_SLOWED = 1.25
#: What the screens of a plant look at: seven looks, each on seven of them, and the browser at the first.
_LOOKS = ("/", "/wall", "/?range=7d", "/?type=assembly", "/workers", "/stations?range=yesterday", "/timeline")


def measure(bench: Workbench) -> Iterator[Figure]:
    """A refresh is the time from a push to the last answer of the callbacks that it set off."""
    with serving(bench.year(TEN_MILLION)) as server:
        alone = _Feed(server).run(_SECONDS / 3)
        with screen(server.port) as reader:
            looks = {look: _callbacks_of_a_push(reader, look) for look in reversed(_LOOKS)}
            watching = watch(server.port, [looks[_LOOKS[number % len(_LOOKS)]] for number in range(_CLIENTS)], _SECONDS)
            reader.callbacks()
            among = _Feed(server).run(_SECONDS)
            shown = reader.callbacks()
            watched = watching.result()
        yield from _figures(watched, shown, alone, among)


def _figures(watched: Watched, shown: list[Any], alone: "_Feed", among: "_Feed") -> Iterator[Figure]:
    refreshes = [1000 * seconds for seconds in watched.seconds]
    if watched.failures or not refreshes:
        raise RuntimeError(f"{watched.failures} callbacks of the clients failed; {len(refreshes)} refreshes.")
    what = f"{_CLIENTS + 1} live pages of {len(_LOOKS)} kinds, {_EVENTS_A_SECOND:,} events/s, {len(refreshes):,} refreshes: median"
    yield Figure(SECTION, what, percentile(refreshes, 50), "ms")
    yield Figure(SECTION, "  p95", percentile(refreshes, 95), "ms", target=_REFRESH_MS, less_is_better=True)
    yield Figure(SECTION, "  callbacks of the browser among them: p95", percentile([one.milliseconds for one in shown], 95), "ms")
    yield Figure(SECTION, "  events that arrived", among.rate, "events/s", limit=alone.rate, target=_EVENTS_A_SECOND * 0.99)
    before, now = percentile(alone.latencies, 50) * 1000, percentile(among.latencies, 50) * 1000
    yield Figure(
        SECTION, "  a batch of 100 acknowledged after: median (limit: without pages)", now, "ms", limit=before, target=before * _SLOWED, less_is_better=True
    )


def _callbacks_of_a_push(reader: Any, look: str) -> list[dict[str, Any]]:
    """The bodies that an open page posts when it is told of a revision."""
    reader.open(look, PAGES[look.partition("?")[0]])
    reader.ask("bench.bodies = []")
    reader.act("dash_clientside.set_props('live-revision', {data: {revision: 1, seen: 1e9}})")
    return [json.loads(body) for body in reader.ask("return bench.bodies")]


@dataclass
class _Feed:
    """A camera system that posts a batch ten times a second, timed; one that falls behind posts as fast as it can."""

    server: Server
    latencies: list[float] = field(default_factory=list)
    rate: float = 0.0

    def run(self, seconds: float) -> "_Feed":
        """Post for so long."""
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=30)
        size, began, sent = _EVENTS_A_SECOND // _BATCHES_A_SECOND, perf_counter(), 0
        pause = threading.Event()
        while (now := perf_counter()) < began + seconds:
            due = began + sent / _BATCHES_A_SECOND
            if now < due:
                pause.wait(due - now)
            self._post(connection, size)
            sent += 1
        self.rate = sent * size / (perf_counter() - began)
        return self

    def _post(self, connection: http.client.HTTPConnection, size: int) -> None:
        moment = datetime.now(UTC)
        events = [
            {
                "timestamp": (moment - timedelta(microseconds=number)).isoformat(),
                "worker_id": f"W{number % 100 + 1:03}",
                "workstation_id": f"S{number % 100 + 1:03}",
                "event_type": _kind(number, len(self.latencies)),
            }
            for number in range(size)
        ]
        began = perf_counter()
        connection.request("POST", "/api/events/batch", json.dumps(events), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        self.latencies.append(perf_counter() - began)
        if answer.status != 200:
            raise RuntimeError(f"A batch was answered {answer.status}.")


def _kind(worker: int, batch: int) -> str:
    """A unit a second; the rest says ten times a second what the worker does, which changes every 20 s."""
    if (worker + batch) % _BATCHES_A_SECOND == 0:
        return "product_count"
    return ("working", "idle", "working", "working")[(worker + batch // (20 * _BATCHES_A_SECOND)) % 4]
