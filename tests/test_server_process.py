"""The server as a process: killed, stopped, started twice; what it acknowledged is stored exactly once."""

import itertools
import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ledger import Ledger, batch
from server_process import Server, alive, until
from soaking import SOAKING

pytestmark = pytest.mark.timeout(7_200 if SOAKING else 180)
KILLS = ["both", "parent", "worker", "both", "worker", "parent"]
if SOAKING:
    KILLS = list(itertools.islice(itertools.cycle(KILLS), 200))


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


def figures(server: Server) -> list[Any]:
    """The metrics of everything stored, once it is refreshed."""

    def read() -> list[Any]:
        return [server.call("GET", f"/api/metrics/{of}?to=2026-07-01")[1] for of in ("factory", "workers", "workstations")]

    stored = server.rows("SELECT count(*) FROM events")[0][0]
    until(lambda: read()[0]["total_events"] == stored)
    until(lambda: not server.rows("SELECT 1 FROM invalidations"))
    return read()


def test_nothing_acknowledged_is_lost_or_counted_twice(
    server: Server, new_server: Callable[..., Server], record_property: Callable[[str, object], None]
) -> None:
    ledger = Ledger(server)
    ledger.start()
    for victims in KILLS:
        ledger.progressed()
        server.kill(victims)
        server.start()
    ledger.progressed()
    ledger.settle()
    assert ledger.holds(server.rows("SELECT source, client_event_id FROM events"))
    after_kills = figures(server)
    of_cameras = "SELECT camera_id, {events}, {late}, {last} FROM {table} GROUP BY camera_id ORDER BY camera_id"
    noted = server.rows(of_cameras.format(events="events", late="late", last="last_event_at", table="camera_activity"))
    counts = {"events": "count(*)", "late": "sum(created_at - timestamp > 60000000)", "last": "max(timestamp)", "table": "events"}
    assert noted == server.rows(of_cameras.format(**counts))
    assert server.terminate() == 0
    assert server.rows("PRAGMA integrity_check") == [("ok",)]

    fresh = new_server("fresh")
    fresh.start()
    for start in range(0, len(ledger.events), 5_000):
        assert fresh.call("POST", "/api/events/batch", ledger.events[start : start + 5_000])[0] == 200
    assert figures(fresh) == after_kills
    for what, figure in {"kills": len(KILLS), **ledger.figures()}.items():
        record_property(what, figure)


def test_sigterm_stops_and_loses_nothing(server: Server) -> None:
    ledger = Ledger(server)
    ledger.start()
    ledger.progressed()
    idle = socket.create_connection(("127.0.0.1", server.port))  # somebody who keeps a connection open
    assert server.terminate() == 0
    ledger.end()
    idle.close()
    stored = set(server.rows("SELECT source, client_event_id FROM events"))
    assert stored >= {(event["camera_id"], str(event["event_id"])) for event in ledger.events}
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
