"""Batches of events in great number, and how a server answered them (T9 and T10 of docs/reliability.md)."""

import asyncio
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from time import perf_counter

#: Each of these workers has two events in a batch: a state, and a finished unit a moment later.
WORKERS = 50
EVENTS_A_BATCH, UNITS_A_BATCH = 2 * WORKERS, WORKERS
_FIRST = datetime(2026, 1, 15, 8, tzinfo=UTC)
_SECOND, _NUMBER = "T" * 19, "N" * 8
#: Whoever hears nothing for so long has been left hanging.
_PATIENCE_SECONDS = 60.0


def _event(worker: int, kind: str, millisecond: int) -> dict[str, object]:
    of = {"worker_id": f"W{worker:02}", "workstation_id": f"S{worker % 20:02}", "camera_id": f"C{worker % 5}", "event_id": f"{_NUMBER}-{worker}-{kind}"}
    return {"timestamp": f"{_SECOND}.{millisecond:03}Z", "event_type": kind, **of}


_TEMPLATE = json.dumps(
    [_event(worker, kind, millisecond) for worker in range(WORKERS) for kind, millisecond in (("working", worker), ("product_count", 500 + worker))]
).encode()


def moment(number: int) -> str:
    """The second that a batch tells of: 2026-01-15T08:00:00 and following."""
    return (_FIRST + timedelta(seconds=number)).strftime("%Y-%m-%dT%H:%M:%S")


def batch(number: int) -> bytes:
    """The body of a batch; its events' ids begin with its number, in eight digits."""
    return _TEMPLATE.replace(_SECOND.encode(), moment(number).encode()).replace(_NUMBER.encode(), b"%08d" % number)


def percentile(samples: Sequence[float], share: float) -> float:
    """The smallest sample that at least `share` percent of the samples don't exceed (the nearest-rank method)."""
    return sorted(samples)[max(0, math.ceil(len(samples) * share / 100) - 1)]


@dataclass(frozen=True)
class Answer:
    """What came back for a batch. headers: by name in lower case. seconds: from the request to the last byte of the answer."""

    number: int
    status: int
    headers: dict[str, str]
    body: bytes
    seconds: float


@dataclass
class Crowd:
    """Senders of batches in one thread, on connections that are kept alive. failures: of those that got no answer."""

    port: int
    answers: list[Answer] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)
    _idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = field(default_factory=list)

    async def one_after_the_other(self, numbers: range, connections: int) -> float:
        """Send batches, each as soon as one of the connections has its answer; batches a second."""
        waiting = iter(numbers)

        async def send_all() -> None:
            for number in waiting:
                await self._send(number)

        began = perf_counter()
        await asyncio.gather(*(send_all() for _ in range(connections)))
        return len(numbers) / (perf_counter() - began)

    async def regardless(self, numbers: range, a_second: float, connections: int) -> int:
        """Send so many batches a second, whoever is answered or not; returns how many found no free connection and were not sent."""
        under_way: set[asyncio.Task[None]] = set()
        unsent, began = 0, perf_counter()
        for at, number in enumerate(numbers):
            await asyncio.sleep(max(0.0, began + at / a_second - perf_counter()))
            if len(under_way) < connections:
                under_way.add(task := asyncio.create_task(self._send(number)))
                task.add_done_callback(under_way.discard)
            else:
                unsent += 1
        if under_way:
            await asyncio.wait(under_way)
        return unsent

    async def _send(self, number: int) -> None:
        body, began = batch(number), perf_counter()
        head = f"POST /api/events/batch HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        try:
            reader, writer = self._idle.pop() if self._idle else await asyncio.open_connection("127.0.0.1", self.port)
            writer.write(head.encode() + body)
            async with asyncio.timeout(_PATIENCE_SECONDS):
                status, headers = _read_head(await reader.readuntil(b"\r\n\r\n"))
                answer = await reader.readexactly(int(headers["content-length"]))
        except (OSError, EOFError, TimeoutError) as failure:
            self.failures.append(failure)
        else:
            self._idle.append((reader, writer))
            self.answers.append(Answer(number, status, headers, answer, perf_counter() - began))


def _read_head(head: bytes) -> tuple[int, dict[str, str]]:
    first, *lines = head.decode().removesuffix("\r\n\r\n").split("\r\n")
    return int(first.split()[1]), {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
