"""Camera systems that post batches of the present moment at a steady rate, in a process of their own."""

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from threading import Event
from time import perf_counter

_PERSONS = 100
_STATE_SECONDS = 20
_STATES = ("working", "idle", "working", "working")


@dataclass(frozen=True, slots=True)
class Fed:
    """events: acknowledged. seconds: from the first byte sent to the last answer. latencies: s, of each batch."""

    events: int
    seconds: float
    latencies: list[float]

    @property
    def per_second(self) -> float:
        """Events a second."""
        return self.events / self.seconds


def feed(port: int, seconds: float, per_second: int, batches_a_second: int = 10) -> "Future[Fed]":
    """Begin to post so many events a second for so long; one that falls behind posts as fast as it can. Its result may be a RuntimeError."""
    pool = ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"))
    feeding = pool.submit(_feed, port, seconds, per_second // batches_a_second, batches_a_second)
    pool.shutdown(wait=False)
    return feeding


def _feed(port: int, seconds: float, size: int, batches_a_second: int) -> Fed:
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    latencies: list[float] = []
    began, pause = perf_counter(), Event()
    while (now := perf_counter()) < began + seconds:
        due = began + len(latencies) / batches_a_second
        if now < due:
            pause.wait(due - now)
        body = batch(datetime.now(UTC), len(latencies), size, batches_a_second)
        sent = perf_counter()
        connection.request("POST", "/api/events/batch", body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        latencies.append(perf_counter() - sent)
        if answer.status != 200:
            raise RuntimeError(f"A batch was answered {answer.status}.")
    return Fed(len(latencies) * size, perf_counter() - began, latencies)


def batch(moment: datetime, number: int, size: int, batches_a_second: int) -> bytes:
    """The batch of that number: what 100 workers' cameras saw since the one before, spread evenly over that time, oldest first."""
    return ("[" + ",".join(_events(moment, number, size, timedelta(seconds=1 / batches_a_second) / size, batches_a_second)) + "]").encode()


def _events(moment: datetime, number: int, size: int, apart: timedelta, batches_a_second: int) -> Iterator[str]:
    """A unit of each worker in about every second, if each is seen in every batch; else what the worker does, which changes every 20 s."""
    for index in range(size):
        person = (number * size + index) % _PERSONS
        unit = (person + number) % batches_a_second == 0 and index < _PERSONS
        kind = "product_count" if unit else _STATES[(person + number // (_STATE_SECONDS * batches_a_second)) % len(_STATES)]
        time = (moment - (size - 1 - index) * apart).isoformat()
        yield f'{{"timestamp":"{time}","worker_id":"W{person + 1:03}","workstation_id":"S{person + 1:03}","event_type":"{kind}","confidence":0.9}}'
