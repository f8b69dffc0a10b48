"""Live pages without a browser: each holds the stream, and posts what its page would when it is told of a revision. In a process of their own."""

import http.client
import json
import multiprocessing
import threading
from collections.abc import Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from time import perf_counter
from typing import Any

_REVISION = "live-revision"
_PLACE = "§revision§"


@dataclass(frozen=True, slots=True)
class Watched:
    """seconds: of each refresh, from the push to the last answer. failures: callbacks that were not answered with 200 or 204."""

    seconds: list[float]
    failures: int


def watch(port: int, pages: Sequence[Sequence[dict[str, Any]]], seconds: float) -> Future[Watched]:
    """Begin to watch for so long. pages: for each client the bodies of the callbacks that a push sets off."""
    pool = ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"))
    watching = pool.submit(_watch, port, [[_template(body) for body in page] for page in pages], seconds)
    pool.shutdown(wait=False)
    return watching


def _template(body: dict[str, Any]) -> tuple[str, str]:
    """What stands before and after the revision in a body."""
    told = [{**one, "value": {"revision": _PLACE, "seen": 1}} if one.get("id") == _REVISION else one for one in body["inputs"]]
    before, _, after = json.dumps({**body, "inputs": told}, ensure_ascii=False).partition(f'"{_PLACE}"')
    return before, after


def _watch(port: int, pages: list[list[tuple[str, str]]], seconds: float) -> Watched:
    clients = [_Client(port, page, perf_counter() + seconds) for page in pages]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    return Watched([one for client in clients for one in client.refreshes], sum(client.failures for client in clients))


class _Client(threading.Thread):
    def __init__(self, port: int, page: list[tuple[str, str]], until: float) -> None:
        super().__init__(daemon=True)
        self._port, self._page, self._until = port, page, until
        self._asking = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.refreshes: list[float] = []
        self.failures = 0

    def run(self) -> None:
        """Listen until the time is over; the first push, which tells what was there, isn't timed."""
        stream = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        stream.request("GET", "/live/main")
        pushes = 0
        for line in stream.getresponse():
            if perf_counter() > self._until:
                break
            if line.startswith(b"data: "):
                pushes += 1
                began = perf_counter()
                self._refresh(line[6:].strip().decode())
                if pushes > 1:
                    self.refreshes.append(perf_counter() - began)
        stream.close()
        self._asking.close()

    def _refresh(self, revision: str) -> None:
        for before, after in self._page:
            self._asking.request("POST", "/_dash-update-component", f"{before}{revision}{after}".encode(), {"Content-Type": "application/json"})
            answer = self._asking.getresponse()
            answer.read()
            self.failures += answer.status not in (200, 204)
