"""Clients that post events as cameras do, and the ledger of what was acknowledged to them: all of it must be stored, and each event once."""

import itertools
import json
import threading
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from http.client import HTTPException
from typing import Any

from server_process import Door, until
from soaking import SOAKING

_FIRST = datetime(2026, 1, 15, 8, tzinfo=UTC)
_CLIENTS, _EVENTS_A_BATCH = (4, 50) if SOAKING else (3, 10)
_REST_SECONDS = 0.05
#: What a proxy says when nobody has answered it.
_BAD_GATEWAY, _GATEWAY_TIMEOUT = 502, 504


def batch(client: int, number: int) -> list[dict[str, Any]]:
    """Some events of one client's worker, half a minute apart, with the client's own ids."""
    kinds = itertools.cycle(["working", "product_count", "idle", "working", "product_count"])
    return [
        {
            "timestamp": (_FIRST + timedelta(seconds=30 * at)).isoformat(),
            "worker_id": f"W{client}",
            "workstation_id": f"S{at // 40 % 3}",
            "event_type": kind,
            "event_id": at,
            "camera_id": f"C{client}",
        }
        for at, kind in zip(range(number * _EVENTS_A_BATCH, (number + 1) * _EVENTS_A_BATCH), kinds, strict=False)
    ]


class Client(threading.Thread):
    """Posts batch after batch and repeats each until it is acknowledged. refused, unanswered: how often it was told to come again, and heard nothing."""

    def __init__(self, door: Door, number: int, enough: threading.Event) -> None:
        super().__init__(name=f"client {number}", daemon=True)
        self.door, self.number, self.enough = door, number, enough
        self.acknowledged = self.refused = self.unanswered = 0
        self.wrong: list[object] = []

    def run(self) -> None:
        while not self.enough.is_set():
            self.send()

    def send(self) -> None:
        """Send the next batch, or once more the one that wasn't acknowledged."""
        events = batch(self.number, self.acknowledged)
        try:
            status, headers, body = self.door.ask("POST", "/api/events/batch", json.dumps(events).encode())
        except (OSError, HTTPException):
            status = _BAD_GATEWAY
        if status == 200 and json.loads(body)["success_count"] == len(events):
            self.acknowledged += 1
        elif status == 503 and headers["Content-Type"] == "application/problem+json" and int(headers["Retry-After"]) > 0:
            self.refused += 1
        elif status in (_BAD_GATEWAY, _GATEWAY_TIMEOUT):
            self.unanswered += 1
            self.enough.wait(_REST_SECONDS)
        else:
            self.wrong.append((status, body))

    @property
    def events(self) -> list[dict[str, Any]]:
        return [event for number in range(self.acknowledged) for event in batch(self.number, number)]


class Ledger:
    """Clients that all post to one door, from `start` to `end`."""

    def __init__(self, door: Door) -> None:
        self._enough = threading.Event()
        self.clients = [Client(door, number, self._enough) for number in range(_CLIENTS)]

    def start(self) -> None:
        """Begin to post."""
        for client in self.clients:
            client.start()

    def progressed(self, batches: int = 3) -> None:
        """Wait until every client has been acknowledged a few more times."""
        goals = [client.acknowledged + batches for client in self.clients]
        until(lambda: all(client.acknowledged >= goal or client.wrong for client, goal in zip(self.clients, goals, strict=True)))

    def end(self) -> None:
        """Post no more."""
        self._enough.set()
        for client in self.clients:
            client.join(60)
            assert not client.is_alive()
            assert not client.wrong, client.wrong

    def settle(self) -> None:
        """End, and have the last batches acknowledged too: they may be stored though their answers were lost."""
        self.end()
        for client in self.clients:
            goal = client.acknowledged + 1
            client.send()
            assert client.acknowledged == goal, client.wrong

    @property
    def events(self) -> list[dict[str, Any]]:
        """All that was acknowledged."""
        return [event for client in self.clients for event in client.events]

    def holds(self, stored: Iterable[Iterable[Any]]) -> bool:
        """Whether what is stored, by source and the sender's id, is what was acknowledged: nothing lost, nothing twice, nothing more."""
        return sorted(map(tuple, stored)) == sorted((event["camera_id"], str(event["event_id"])) for event in self.events)

    def figures(self) -> dict[str, int]:
        """What there was to hold on to, for a report."""
        return {
            "events acknowledged": len(self.events),
            "refused": sum(client.refused for client in self.clients),
            "unanswered": sum(client.unanswered for client in self.clients),
            "lost": 0,
            "twice": 0,
        }
