"""The sender and the real server: killed on the way, judged alike, and the example that runs."""

import csv
import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from http_api import Api
from hypothesis import given
from hypothesis import strategies as st
from hypothesis_profiles import core
from server_process import Server, until

from ingest.sending import csv_rows, json_lines
from ingest.sending.lines import Place, lines
from ingest.sending.tally import in_general

pytestmark = pytest.mark.timeout(240)
_KILLS = 10
_EVENTS = 20_000
_FIRST = datetime(2026, 1, 15, 8, tzinfo=UTC)
_KINDS = ("working", "product_count", "idle", "working")
_BATCH = "/api/events/batch"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that is ready, for all tests of this file: each has workers of its own."""
    started = Server(tmp_path_factory.mktemp("server") / "factory.db")
    started.start()
    yield started
    started.clean_up()


def history(worker: str, events: int) -> list[dict[str, Any]]:
    """Events of some workers, ten seconds apart; of a thousand, one is refused and one repeats the one before."""
    made: list[dict[str, Any]] = []
    for number in range(events):
        event = {
            "timestamp": (_FIRST + timedelta(seconds=10 * number)).isoformat().replace("+00:00", "Z"),
            "worker_id": f"{worker}-{number % 7}",
            "workstation_id": f"S{number % 3}",
            "event_type": _KINDS[number % len(_KINDS)] if number % 1_000 != 500 else "sleeping",
            "confidence": 0.93,
        }
        made.append(made[-1] if number % 1_000 == 700 else event)
    return made


def written(path: Path, events: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(event) + "\n" for event in events))
    return path


def sending(server: Server, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "ingest.send", "--url", f"http://127.0.0.1:{server.port}", *arguments]
    return subprocess.Popen(command, cwd=Path(__file__).parents[1], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def ended(process: subprocess.Popen[str]) -> tuple[int, dict[str, int], str]:
    """Exit status, the table's counts, and what was told besides."""
    out, err = process.communicate(timeout=120)
    rows = [row.removeprefix("  would be").split() for row in out.partition("\n\n")[0].splitlines()]
    return process.returncode, {row[0]: int(row[1].replace(",", "")) for row in rows}, err


def stored(server: Server, worker: str) -> list[tuple[Any, ...]]:
    columns = "timestamp, worker_id, station_id, event_type, confidence"
    return server.rows(f"SELECT {columns} FROM events WHERE worker_id LIKE '{worker}-%' ORDER BY timestamp")


def test_killed_ten_times(server: Server, tmp_path: Path) -> None:
    events = history("killed", _EVENTS)
    path = written(tmp_path / "history.jsonl", events)
    good = [event for event in events if event["event_type"] != "sleeping"]
    distinct = {event["timestamp"] for event in good}
    chance = random.Random(3)
    kills = 0
    for kill in range(_KILLS):
        goal = _EVENTS * (kill + chance.random()) / (_KILLS + 1)
        process = sending(server, str(path), "--batch", "50")
        until(lambda goal=goal, process=process: len(stored(server, "killed")) >= goal or process.poll() is not None)
        process.kill()
        process.communicate()
        kills += process.returncode == -9
    assert kills == _KILLS
    status, counts, told = ended(sending(server, str(path), "--batch", "50"))
    assert status == 1
    assert "Resuming at line" in told
    assert counts["read"] == counts["sent"] == _EVENTS
    assert counts["rejected"] == _EVENTS // 1_000 == len(events) - len(good)
    assert counts["new"] + counts["repeated"] == len(good)
    found = stored(server, "killed")
    assert len(found) == len(distinct) == len({row[:2] for row in found})
    assert counts["new"] <= len(distinct)


def test_a_csv_is_the_same_as_json_lines(server: Server, tmp_path: Path) -> None:
    events = history("form", 3_000)
    sheet = tmp_path / "history.csv"
    with sheet.open("w", newline="") as file:
        table = csv.DictWriter(file, list(events[0]), delimiter=";")
        table.writeheader()
        table.writerows(events)
    assert ended(sending(server, str(written(tmp_path / "history.jsonl", events))))[:2] == (
        1,
        {"read": 3_000, "sent": 3_000, "new": 2_994, "repeated": 3, "rejected": 3},
    )
    before = stored(server, "form")
    assert ended(sending(server, str(sheet)))[:2] == (1, {"read": 3_000, "sent": 3_000, "new": 0, "repeated": 2_997, "rejected": 3})
    assert stored(server, "form") == before


def test_a_dry_run_says_what_would_be_refused(server: Server, tmp_path: Path) -> None:
    path = written(tmp_path / "history.jsonl", history("dry", 2_000))
    quarantined = server.call("GET", "/api/quarantine?limit=1")[1]
    judged = ended(sending(server, str(path), "--dry-run"))
    assert judged[:2] == (1, {"read": 2_000, "sent": 2_000, "new": 1_996, "repeated": 2, "rejected": 2})
    assert stored(server, "dry") == []
    assert server.call("GET", "/api/quarantine?limit=1")[1] == quarantined
    assert ended(sending(server, str(path)))[:2] == judged[:2]


def test_the_example_runs(server: Server) -> None:
    command = [sys.executable, "-m", "examples.camera", f"http://127.0.0.1:{server.port}"]
    environment = {name: value for name, value in os.environ.items() if name != "FACTORY_KEY"}
    told = subprocess.run(command, cwd=Path(__file__).parents[1], env=environment, capture_output=True, text=True, timeout=60, check=True)
    assert "new=2" in told.stdout
    assert {worker["worker_id"] for worker in server.call("GET", "/api/workers")[1]} >= {"anna", "ben"}


_PIECES = [
    b"\n",
    b"\r",
    b" ",
    b"\t",
    b"\x0b",
    b"\x1c",
    b"\xc2\x85",
    b"\xe2\x80\xa8",
    b"{}",
    b"}\n{",
    b"[1]",
    b'"',
    b"1",
    b"NaN",
    b'{"event_type":"idle"}',
    b"\0",
]
_CONTENT = st.lists(st.sampled_from(_PIECES) | st.binary(max_size=3), min_size=1, max_size=30).map(b"".join)


@given(_CONTENT, st.booleans())
@core(150)
def test_both_see_the_same_lines(api: Api, content: bytes, as_csv: bool) -> None:
    """The server answers by index: a line that only one of the two takes for an event would shift all reasons behind it."""
    blocks = iter((content, b""))
    physical = lines(lambda: next(blocks))
    header = csv_rows.Header(("event_type", "worker_id", None), ",", Place())
    entries = csv_rows.entries(physical, header) if as_csv else json_lines.entries(physical)
    texts = [entry.text for entry in entries if entry and not entry.fault]
    if not texts:
        return
    answer = api.client.post(_BATCH, data=b"\n".join(texts) + b"\n", content_type="application/x-ndjson")
    if answer.status_code == 400:
        assert not any(json_lines.is_object(text) for text in texts)
    else:
        assert answer.json["total_count"] == len(texts)


def refused(variant: int) -> list[bytes]:
    """One event for each sentence of the server that quotes what was sent; another variant quotes something else."""
    good = {"timestamp": f"2026-01-15T08:00:{variant:02}Z", "worker_id": f"W {variant}", "workstation_id": "S1", "event_type": "working"}
    changes: list[dict[str, object]] = [
        {"event_type": f"sleep's {variant}"},
        {"confidence": 2 + variant},
        {"count": -1 - variant},
        {"timestamp": f"1999-01-15T08:00:{variant:02}Z"},
        {"timestamp": f"2099-01-15T08:00:{variant:02}Z"},
        {"timestamp": f"{variant} o'clock"},
        {"sent_at": f"1999-01-15T08:00:{variant:02}Z"},
        {"site_id": f"no 'site' {variant}"},
        {"site_id": "strict"},
        {"event_id": "1"},
    ]
    return [*(json.dumps({**good, **change}).encode() for change in changes), b'{"torn": "%d' % variant]


def test_the_servers_sentences_are_few_in_general(api: Api) -> None:
    """However many events are refused, the table at the end has one row for each way to be wrong."""
    api.put("/api/sites/strict", {"unknown_ids": "reject"})
    api.take_in([{"timestamp": "2026-01-15T07:00:00Z", "worker_id": "W1", "event_type": "absent", "event_id": "1"}])
    texts = [text for variant in range(30) for text in refused(variant)]
    answer = api.client.post(_BATCH, data=b"\n".join(texts), content_type="application/x-ndjson")
    details = [error["detail"] for error in answer.json["errors"]]
    assert len(details) == len(texts)
    assert len(set(details)) > 20 * len(refused(0)) > len(set(map(in_general, details))) == len(refused(0))
