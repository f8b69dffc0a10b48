"""The disk is full, refuses to write, or the database is locked by somebody else: 503 until it is over, and nothing acknowledged is lost (T4)."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from server_process import Server, until

from data_layer.sqlite import sqlite_driver

pytestmark = pytest.mark.timeout(180)

_DISK_BYTES = 4 * 1024 * 1024
_AT_ONCE = 500


class Camera:
    """Sends batches of new events and remembers which were acknowledged."""

    def __init__(self, server: Server) -> None:
        self.server, self.sent, self.acknowledged = server, 0, set()

    def batch(self) -> list[dict[str, object]]:
        numbers = range(self.sent, self.sent + _AT_ONCE)
        at = [f"2026-01-{1 + number // 86_400:02}T{number // 3_600 % 24:02}:{number // 60 % 60:02}:{number % 60:02}Z" for number in numbers]
        event = {"worker_id": "W1", "workstation_id": "S1", "event_type": "working", "camera_id": "C1"}
        return [{**event, "timestamp": moment, "event_id": str(number)} for moment, number in zip(at, numbers, strict=True)]

    def send(self) -> int:
        """Send the next batch, or the one that was refused again; the status."""
        batch = self.batch()
        status, _ = self.server.call("POST", "/api/events/batch", batch)
        if status == 200:
            self.acknowledged |= {event["event_id"] for event in batch}
            self.sent += _AT_ONCE
        return status


@pytest.fixture
def server(tmp_path) -> Iterator[Server]:
    made = Server(tmp_path / "factory.db")
    yield made
    made.clean_up()


@contextmanager
def small_disk(at: Path) -> Iterator[Path]:
    """A file system of a few megabytes, in memory."""
    assert os.geteuid() == 0, "only root can mount a small disk: run this test as root"
    at.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={_DISK_BYTES}", "tmpfs", at], check=True)
    try:
        yield at
    finally:
        subprocess.run(["umount", "-l", at], check=True)


def stored(server: Server) -> list[str]:
    """Ids of the stored events."""
    assert server.rows("PRAGMA integrity_check") == [("ok",)]
    return [event_id for (event_id,) in server.rows("SELECT client_event_id FROM events")]


def seconds_to_wait(camera: Camera) -> int:
    """How long whoever sends the camera's next batch is told to wait, since it is refused."""
    status, headers, _ = camera.server.ask("POST", "/api/events/batch", json.dumps(camera.batch()).encode())
    assert status == 503
    return int(headers["Retry-After"])


def goes_on(server: Server, camera: Camera) -> None:
    """The server takes events again by itself, and has lost and doubled none."""
    until(lambda: camera.send() == 200)
    assert camera.send() == 200
    until(lambda: server.call("GET", "/api/metrics/factory?to=2026-01-31")[1]["total_events"] == camera.sent)
    found = stored(server)
    assert camera.acknowledged == set(found)
    assert len(found) == camera.sent
    assert server.call("GET", "/ready")[0] == 200


def test_a_full_disk(tmp_path):
    with small_disk(tmp_path / "disk") as disk:
        server = Server(disk / "factory.db")
        try:
            server.start()
            camera = Camera(server)
            ballast = disk / "ballast"
            ballast.write_bytes(bytes(_DISK_BYTES // 3))
            for _ in range(200):
                if camera.send() != 200:
                    break
            assert seconds_to_wait(camera) >= 1
            assert server.call("GET", "/api/metrics/factory?to=2026-01-31")[0] == 200
            assert "Traceback" not in server.log()
            ballast.unlink()
            goes_on(server, camera)
        finally:
            server.clean_up()


def test_writes_that_fail(server):
    server.start()
    camera = Camera(server)
    assert camera.send() == 200
    (worker,) = server.workers
    process = psutil.Process(worker)
    before = process.rlimit(psutil.RLIMIT_FSIZE)
    process.rlimit(psutil.RLIMIT_FSIZE, (16_384, before[1]))
    assert camera.send() == 503
    assert seconds_to_wait(camera) >= 1
    process.rlimit(psutil.RLIMIT_FSIZE, before)
    goes_on(server, camera)


def test_somebody_else_holds_the_database(server):
    server.start()
    camera = Camera(server)
    assert camera.send() == 200
    other = sqlite_driver().connect(server.database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert camera.send() == 503
    assert server.call("GET", "/api/metrics/factory?to=2026-01-31")[0] == 200
    other.execute("ROLLBACK")
    other.close()
    goes_on(server, camera)


def test_a_disk_that_is_read_only_at_the_start(tmp_path):
    with small_disk(tmp_path / "disk") as disk:
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        server = Server(disk / "factory.db")
        server.log_file = tmp_path / "server.log"
        server.parent = server.launch()
        try:
            assert server.parent.wait(60) != 0
            assert "Traceback" not in server.log()
            assert str(server.database) in server.log()
        finally:
            server.clean_up()
