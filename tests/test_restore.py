"""A backup made while cameras send is put back after the worst: nothing that was acknowledged before it is gone, and what is sent again counts once."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from metrics_harness import site_under_test
from server_process import ROOT, Server

from data_layer import restore
from data_layer.backup import back_up
from data_layer.engine import Database
from data_layer.restore import NoBackup, put_back
from data_layer.sqlite import sqlite_driver

pytestmark = pytest.mark.timeout(300)
_BATCHES = 40


def batch(number: int) -> list[dict]:
    """Fifty events of an hour and a worker of their own."""
    worker = {"worker_id": f"W{number % 5}", "workstation_id": "S1", "event_type": "working"}
    return [{"timestamp": f"2026-01-{1 + number // 24:02}T{number % 24:02}:{minute:02}:00Z", **worker} for minute in range(50)]


def ids(path: Path) -> list[tuple]:
    connection = sqlite_driver().connect(f"file:{path}?mode=ro", uri=True)
    try:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return sorted(connection.execute("SELECT worker_id, timestamp FROM events"))
    finally:
        connection.close()


def command(module: str, argument: Path, database: Path) -> subprocess.CompletedProcess[str]:
    given = {**os.environ, "DATABASE_URL": f"sqlite:///{database}"}
    return subprocess.run([sys.executable, "-m", module, str(argument)], cwd=ROOT, env=given, capture_output=True, text=True, timeout=100, check=False)


def test_under_load(tmp_path):
    database, copy = tmp_path / "factory.db", tmp_path / "copy.db"
    server = Server(database)
    acknowledged: list[int] = []

    def send() -> None:
        for number in range(_BATCHES):
            if server.call("POST", "/api/events/batch", batch(number))[0] == 200:
                acknowledged.append(number)

    try:
        server.start()
        assert server.call("POST", "/api/events/batch", batch(_BATCHES))[0] == 200
        sender = threading.Thread(target=send)
        sender.start()
        done = command("data_layer.backup", copy, database)
        assert done.returncode == 0, done.stderr
        # The server holds the database: nobody takes it away from under it.
        refused = command("data_layer.restore", copy, database)
        assert (refused.returncode, "Another process" in refused.stderr) == (2, True)
        sender.join()
        assert len(acknowledged) == _BATCHES
        server.kill("both")
        restored = command("data_layer.restore", copy, database)
        assert restored.returncode == 0, restored.stderr
        assert len(ids(database)) % 50 == 0
        assert len(ids(database)) >= 50
        [aside] = [path for path in tmp_path.glob("factory.db.replaced-*") if not path.name.endswith(("-wal", "-shm"))]
        server.start()
        for number in range(_BATCHES + 1):
            assert server.call("POST", "/api/events/batch", batch(number))[0] == 200
        assert server.call("GET", "/api/metrics/factory")[1]["total_events"] == 50 * (_BATCHES + 1)
    finally:
        server.clean_up()
    everything = sorted((row["worker_id"], row["timestamp"]) for number in range(_BATCHES + 1) for row in batch(number))
    assert len(ids(database)) == len(ids(aside)) == len(everything)


def test_what_is_no_backup_is_not_put_back(tmp_path):
    database = tmp_path / "factory.db"
    database.write_text("precious")
    other = tmp_path / "other.db"
    connection = sqlite_driver().connect(other)
    connection.execute("CREATE TABLE events (a)")
    connection.commit()
    connection.close()
    (tmp_path / "text.db").write_text(json.dumps({}) * 1_000)
    for name, words in [("nothing.db", "There is no file"), ("text.db", "no database that can be read"), ("other.db", "no database of this product")]:
        with pytest.raises(NoBackup, match=words):
            put_back(tmp_path / name, database)
    assert database.read_text() == "precious"


def test_a_damaged_backup_is_told_from_a_whole_one(tmp_path):
    copy = tmp_path / "copy.db"
    with site_under_test() as site:
        site.post(batch(1) + batch(2))
        back_up(Path(str(site.database.url.database)), copy)
    whole = bytearray(copy.read_bytes())
    # A page of every kind is hit.
    for at in range(4_096 + 8, len(whole), 4_096):
        whole[at : at + 64] = b"\xff" * 64
    copy.write_bytes(bytes(whole))
    with pytest.raises(NoBackup, match=r"damaged|can be read"):
        put_back(copy, tmp_path / "factory.db")


def test_the_command(tmp_path, monkeypatch, capsys):
    copy, database = tmp_path / "copy.db", tmp_path / "new" / "factory.db"
    with site_under_test() as site:
        site.post(batch(1))
        back_up(Path(str(site.database.url.database)), copy)
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{database}")
    assert restore.main([]) == 2
    assert restore.main([str(tmp_path / "missing")]) == 1
    assert "Nothing was restored: There is no file" in capsys.readouterr().err
    assert restore.main([str(copy)]) == 0
    assert "is what" in capsys.readouterr().out
    opened = Database(f"sqlite:///{database}")
    opened.close()
    assert len(ids(database)) == 50
