"""Fifty open live pages while events arrive: one browser, and 49 clients that hold the live stream and make a page's callbacks."""

import http.client
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from time import perf_counter
from typing import Any

from benchmarks.figures import Figure
from benchmarks.past_year import past_year
from benchmarks.screen import screen
from benchmarks.server import Server, serving
from benchmarks.statistics import percentile
from benchmarks.workbench import Workbench

SECTION = "screens"
_CLIENTS = 49
_SECONDS = 60.0
_EVENTS_A_SECOND, _BATCHES_A_SECOND = 1_000, 10
_REFRESH_MS = 1_000
_SLOWED = 1.25
_COMPLETE = "document.querySelector('.tile') && document.querySelector('.js-plotly-plot .main-svg')"


def measure(bench: Workbench) -> Iterator[Figure]:
    """A refresh is the time from a push to the last answer of the callbacks that it set off."""
    with serving(past_year(bench)) as server:
        alone = _Feed(server).run(_SECONDS / 3)
        with screen(server.port) as reader:
            reader.open("/", _COMPLETE)
            callbacks = _callbacks_of_a_push(reader)
            clients = [_Client(server.port, callbacks) for _ in range(_CLIENTS)]
            for client in clients:
                client.start()
            reader.callbacks()
            among = _Feed(server).run(_SECONDS)
            for client in clients:
                client.stop()
            shown = reader.callbacks()
        yield from _figures(clients, shown, alone, among)


def _figures(clients: list["_Client"], shown: list[Any], alone: "_Feed", among: "_Feed") -> Iterator[Figure]:
    refreshes = [1000 * seconds for client in clients for seconds in client.refreshes]
    failures = sum(client.failures for client in clients)
    if failures or not refreshes:
        raise RuntimeError(f"{failures} callbacks of the clients failed; {len(refreshes)} refreshes.")
    yield Figure(
        SECTION, f"{len(clients) + 1} live pages, {_EVENTS_A_SECOND:,} events/s, {len(refreshes):,} refreshes: median", percentile(refreshes, 50), "ms"
    )
    yield Figure(SECTION, "  p95", percentile(refreshes, 95), "ms", target=_REFRESH_MS, less_is_better=True)
    yield Figure(SECTION, "  callbacks of the browser among them: p95", percentile([one.milliseconds for one in shown], 95), "ms")
    yield Figure(SECTION, "  events that arrived", among.rate, "events/s", limit=alone.rate, target=_EVENTS_A_SECOND * 0.99)
    before, now = percentile(alone.latencies, 50) * 1000, percentile(among.latencies, 50) * 1000
    yield Figure(
        SECTION, "  a batch of 100 acknowledged after: median (limit: without pages)", now, "ms", limit=before, target=before * _SLOWED, less_is_better=True
    )


def _callbacks_of_a_push(reader: Any) -> list[dict[str, Any]]:
    """The bodies that an open page posts when it is told of a revision."""
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
                "event_type": ("working", "product_count", "idle", "working")[number % 4],
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


class _Client(threading.Thread):
    """A page without a browser: waits for a push, then posts what the page would."""

    def __init__(self, port: int, callbacks: list[dict[str, Any]]) -> None:
        super().__init__(daemon=True)
        self._port, self._callbacks = port, callbacks
        self._stopping = False
        self.refreshes: list[float] = []
        self.failures = 0

    def run(self) -> None:
        """Listen until stopped; the first push, which tells what was there, isn't timed."""
        stream = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        stream.request("GET", "/live/main")
        pushes = 0
        for line in stream.getresponse():
            if self._stopping:
                break
            if line.startswith(b"data: "):
                pushes += 1
                began = perf_counter()
                self._refresh(int(line[6:]))
                if pushes > 1:
                    self.refreshes.append(perf_counter() - began)
        stream.close()

    def _refresh(self, revision: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        for body in self._callbacks:
            told = [{**one, "value": {"revision": revision, "seen": revision}} if one.get("id") == "live-revision" else one for one in body["inputs"]]
            connection.request("POST", "/_dash-update-component", json.dumps({**body, "inputs": told}), {"Content-Type": "application/json"})
            answer = connection.getresponse()
            answer.read()
            self.failures += answer.status not in (200, 204)
        connection.close()

    def stop(self) -> None:
        """End with the next line."""
        self._stopping = True
