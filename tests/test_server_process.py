"""The server as a process: killed, stopped, started twice; what it acknowledged is stored exactly once."""

import itertools
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.client import HTTPException
from pathlib import Path
from typing import Any

import pytest
from server_process import Server, alive, until
from soaking import SOAKING

pytestmark = pytest.mark.timeout(7_200 if SOAKING else 180)
KILLS = ["both", "parent", "worker", "both", "worker", "parent"]
if SOAKING:
    KILLS = list(itertools.islice(itertools.cycle(KILLS), 200))
_FIRST = datetime(2026, 1, 15, 8, tzinfo=UTC)
_CLIENTS, _EVENTS_A_BATCH = (4, 50) if SOAKING else (3, 10)


@pytest.fixture
def new_server(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Servers on databases by name, not yet started."""
    made: list[Server] = []

    def make(name: str = "factory", **more: Any) -> Server:
        made.append(Server(tmp_path / f"{name}.db", **more))
        return made[-1]

    yield make
    for server in made:
        server.clean_up()


@pytest.fixture
def server(new_server: Callable[..., Server]) -> Server:
    """A server that is ready."""
    started = new_server()
    started.start()
    return started


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
    """Posts batch after batch and repeats each until it is acknowledged, as a camera does."""

    def __init__(self, server: Server, number: int, enough: threading.Event) -> None:
        super().__init__(name=f"client {number}", daemon=True)
        self.server, self.number, self.enough = server, number, enough
        self.acknowledged = 0
        self.wrong: list[object] = []

    def run(self) -> None:
        while not self.enough.is_set():
            events = batch(self.number, self.acknowledged)
            try:
                status, answer = self.server.call("POST", "/api/events/batch", events)
            except (OSError, HTTPException, ValueError):
                self.enough.wait(0.05)
                continue
            if status == 200 and answer["success_count"] == len(events):
                self.acknowledged += 1
            elif status != 503:
                self.wrong.append((status, answer))

    @property
    def events(self) -> list[dict[str, Any]]:
        return [event for number in range(self.acknowledged) for event in batch(self.number, number)]


def figures(server: Server) -> list[Any]:
    """The metrics of everything stored, once it is refreshed."""

    def read() -> list[Any]:
        return [server.call("GET", f"/api/metrics/{of}?to=2026-07-01")[1] for of in ("factory", "workers", "workstations")]

    stored = server.rows("SELECT count(*) FROM events")[0][0]
    until(lambda: read()[0]["total_events"] == stored)
    until(lambda: not server.rows("SELECT 1 FROM invalidations"))
    return read()


def progressed(clients: list[Client]) -> None:
    """Wait until every client has been acknowledged a few more times."""
    goals = [client.acknowledged + 3 for client in clients]
    until(lambda: all(client.acknowledged >= goal or client.wrong for client, goal in zip(clients, goals, strict=True)))


def ended(clients: list[Client], enough: threading.Event) -> None:
    enough.set()
    for client in clients:
        client.join(60)
        assert not client.is_alive()
        assert not client.wrong


def test_nothing_acknowledged_is_lost_or_counted_twice(
    server: Server, new_server: Callable[..., Server], record_property: Callable[[str, object], None]
) -> None:
    enough = threading.Event()
    clients = [Client(server, number, enough) for number in range(_CLIENTS)]
    for client in clients:
        client.start()
    for victims in KILLS:
        progressed(clients)
        server.kill(victims)
        server.start()
    progressed(clients)
    ended(clients, enough)
    # A client's last batch may be stored though its answer was lost: it would send it again.
    for client in clients:
        assert server.call("POST", "/api/events/batch", batch(client.number, client.acknowledged))[0] == 200
        client.acknowledged += 1
    sent = [(client["camera_id"], str(client["event_id"])) for each in clients for client in each.events]
    assert sorted(server.rows("SELECT source, client_event_id FROM events")) == sorted(sent)
    after_kills = figures(server)
    of_cameras = "SELECT camera_id, {events}, {late}, {last} FROM {table} GROUP BY camera_id ORDER BY camera_id"
    noted = server.rows(of_cameras.format(events="events", late="late", last="last_event_at", table="camera_activity"))
    counts = {"events": "count(*)", "late": "sum(created_at - timestamp > 60000000)", "last": "max(timestamp)", "table": "events"}
    assert noted == server.rows(of_cameras.format(**counts))
    assert server.terminate() == 0
    assert server.rows("PRAGMA integrity_check") == [("ok",)]

    fresh = new_server("fresh")
    fresh.start()
    everything = [event for client in clients for event in client.events]
    for start in range(0, len(everything), 5_000):
        assert fresh.call("POST", "/api/events/batch", everything[start : start + 5_000])[0] == 200
    assert figures(fresh) == after_kills
    for what, figure in (("kills", len(KILLS)), ("events acknowledged", len(everything)), ("lost", 0), ("twice", 0)):
        record_property(what, figure)


def test_sigterm_stops_and_loses_nothing(server: Server) -> None:
    enough = threading.Event()
    clients = [Client(server, number, enough) for number in range(_CLIENTS)]
    for client in clients:
        client.start()
    progressed(clients)
    idle = socket.create_connection(("127.0.0.1", server.port))  # somebody who keeps a connection open
    assert server.terminate() == 0
    ended(clients, enough)
    idle.close()
    stored = set(server.rows("SELECT source, client_event_id FROM events"))
    assert stored >= {(event["camera_id"], str(event["event_id"])) for client in clients for event in client.events}
    assert server.rows("PRAGMA integrity_check") == [("ok",)]
    assert "Traceback" not in server.log()


def test_the_worker_does_not_outlive_its_parent(server: Server) -> None:
    (worker,) = server.workers
    server.parent.send_signal(signal.SIGKILL)
    server.parent.wait()
    until(lambda: not alive(worker))


def test_a_second_server_on_the_same_database_refuses(server: Server, new_server: Callable[..., Server]) -> None:
    second = new_server()
    second.parent = second.launch()
    assert second.parent.wait(60) != 0
    said = [line for line in second.log().splitlines() if "Another process is writing" in line]
    assert len(said) == 1
    assert str(server.database) in said[0]
    assert "DATABASE_URL" in said[0]
    assert "Traceback" not in second.log()
    assert server.call("POST", "/api/events", batch(1, 1)[0])[0] == 201


def test_a_second_server_on_the_same_port_refuses(server: Server, new_server: Callable[..., Server]) -> None:
    second = new_server("other", port=server.port)
    second.parent = second.launch()
    assert second.parent.wait(60) == 1
    assert f"port {server.port}" in second.log()
    assert "PORT" in second.log()
    assert not second.database.exists()
    assert server.call("GET", "/health") == (200, {"status": "healthy"})


@pytest.mark.parametrize(
    ("name", "value"), [("PORT", "http"), ("PORT", "0"), ("THREADS", "1"), ("DATABASE_URL", "oracle://x"), ("LOG_LEVEL", "LOUD"), ("LOG_FORMAT", "yaml")]
)
def test_a_wrong_setting_is_one_sentence(new_server: Callable[..., Server], name: str, value: str) -> None:
    unhappy = new_server()
    unhappy.parent = unhappy.launch(**{name: value})
    assert unhappy.parent.wait(60) == 2
    assert unhappy.log().startswith(name)
    assert len(unhappy.log().splitlines()) == 1


def test_bodies_of_unknown_length(server: Server) -> None:
    """What only a real server does: chunks, one request without and one with an end in sight."""

    def chunked(body: bytes, times: int) -> bytes:
        with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
            head = "POST /api/events/batch HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            head += "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
            try:
                connection.sendall(head.encode())
                for _ in range(times):
                    connection.sendall(f"{len(body):x}\r\n".encode() + body + b"\r\n")
                connection.sendall(b"0\r\n\r\n")
            except OSError:
                pass  # it hung up on us, having answered
            answer = b""
            while b"\r\n\r\n" not in answer and (part := connection.recv(65_536)):
                answer += part
            return answer

    assert chunked(b"[]", 1).startswith(b"HTTP/1.1 200")
    assert chunked(b" " * 1_000_000, 12).startswith(b"HTTP/1.1 413")


@pytest.mark.parametrize(
    "sent", [b"GET /health HTTP/1.1\r\nHo", b"POST /api/events HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{"]
)
def test_sigterm_does_not_wait_for_who_stopped_in_mid_request(server: Server, sent: bytes) -> None:
    with socket.create_connection(("127.0.0.1", server.port)) as stuck:
        stuck.sendall(sent)
        server.call("GET", "/health")
        server.terminate()
    assert server.rows("PRAGMA integrity_check") == [("ok",)]
