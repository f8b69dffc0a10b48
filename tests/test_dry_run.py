"""A dry run says what would become of events, in every detail, and leaves no trace."""

import gzip
import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from http_api import PROBLEM, Api, assert_problem, event, minutely
from server_process import until
from sqlalchemy import select
from test_writer import wait_for_jobs
from werkzeug.test import TestResponse
from writer_harness import WriterUnderTest, outcome, read
from writer_harness import event as written
from written import CLOUDEVENT, GZIP, JSON, NDJSON, envelope, lines

from data_layer import tables

ONE = "/api/events"


def everything(api: Api) -> dict[str, list[tuple]]:
    """All rows of all tables."""
    with api.services.database.read() as connection:
        return {table.name: [tuple(row) for row in connection.execute(select(table))] for table in tables.metadata.sorted_tables}


@pytest.fixture
def lived_in(api: Api) -> Api:
    """A strict site and an open one, with events of each kind, a quarantine, and nothing left to refresh."""
    api.put("/api/sites/strict", {"unknown_ids": "reject"})
    api.put("/api/workers/W1", {"site_id": "strict"})
    api.put("/api/workstations/S1", {"site_id": "strict"})
    api.post_batch([event(), event(event_id="a"), event(event_id="a", kind="idle"), event(site_id="strict"), event(kind="walking")])
    assert api.services.refresher.wait("main", 60)
    assert api.services.refresher.wait("strict", 60)
    # Where other processes are told how far a recomputation is, that it is over comes a moment after its figures.
    until(lambda: not everything(api)["recomputations"])
    return api


def without_numbers(body: dict) -> str:
    """An answer as text, but for our numbers of events: a dry run gives out numbers that nothing keeps."""
    return re.sub(r"as our event \d+", "as our event", json.dumps(body, sort_keys=True))


def told(answer: TestResponse) -> str:
    return without_numbers(answer.json)


BATCHES: dict[str, list[Any]] = {
    "new": minutely(3, worker="W7", station="S7", camera_id="C7", model_name="M7"),
    "repeated": [event(), event(event_id="a"), event(confidence=0.1)],
    "repeated within": [*minutely(2, worker="W8"), *minutely(3, worker="W8")],
    "a conflict": [event(event_id="a", kind="idle"), event("2026-01-15T09:00:00Z")],
    "conflicts within": [event("2026-01-15T09:00:00Z", event_id="b"), event("2026-01-15T09:00:00Z", "idle", event_id="b")],
    "unknown at a strict site": [event(site_id="strict", worker="W9"), event("2026-01-15T09:00:00Z", site_id="strict")],
    "some bad": [event(kind="walking"), event("2026-01-15T09:00:00Z"), 7, event(site_id="atlantis")],
    "all bad": [event(kind="walking"), event(event_id="a", kind="absent")],
    "none": [],
    "a full one": minutely(10_000, event_id=None),
}


@pytest.mark.parametrize("name", BATCHES)
def test_a_batch_is_judged_as_if_it_were_stored(lived_in: Api, name: str) -> None:
    before = everything(lived_in)
    dry = lived_in.post_batch(BATCHES[name], dry_run="true")
    again = lived_in.post_batch(BATCHES[name], dry_run="true")
    assert everything(lived_in) == before
    real = lived_in.post_batch(BATCHES[name])
    assert (dry.status_code, dry.content_type) == (again.status_code, again.content_type) == (real.status_code, real.content_type)
    expected = {**real.json, "dry_run": True, "message": real.json["message"].replace("ingested successfully", "would be ingested")}
    assert told(dry) == told(again) == without_numbers(expected)


@pytest.mark.parametrize(
    ("why", "sent", "status", "duplicate"),
    [
        ("new", event("2026-01-15T09:00:00Z"), 200, False),
        ("repeated", event(), 200, True),
        ("a conflict", event(event_id="a", kind="idle"), 422, None),
        ("unknown at a strict site", event(site_id="strict", worker="W9"), 422, None),
        ("bad", event(kind="walking"), 422, None),
    ],
)
def test_one_event(lived_in: Api, why: str, sent: dict, status: int, duplicate: bool | None) -> None:
    before = everything(lived_in)
    answer = lived_in.send(json.dumps(sent).encode(), JSON, ONE, dry_run="true")
    assert (answer.status_code, answer.json["dry_run"]) == (status, True), why
    assert everything(lived_in) == before
    if status == 200:
        known = lived_in.post(sent).json["event_id"] if duplicate else None
        assert answer.json == {"message": "Event would be ingested", "event_id": known, "duplicate": duplicate, "dry_run": True}
    else:
        assert answer.content_type == PROBLEM
        assert answer.json["detail"] == lived_in.post(sent).json["detail"]


@pytest.mark.parametrize(
    ("body", "headers", "path"),
    [
        (b"hello", JSON, ONE),
        (b"hello", JSON, "/api/events/batch"),
        (b"hello\nworld", NDJSON, "/api/events/batch"),
        (b"hello", NDJSON | GZIP, "/api/events/batch"),
        (gzip.compress(b"[")[:-4], JSON | GZIP, "/api/events/batch"),
        (b"\xff", CLOUDEVENT, ONE),
    ],
)
def test_what_cannot_be_read_is_not_kept(api: Api, body: bytes, headers: dict[str, str], path: str) -> None:
    assert_problem(api.send(body, headers, path, dry_run="true"), 400, "body")
    assert api.quarantined() == []


def test_every_form_has_one(api: Api) -> None:
    texts = [json.dumps(sent) for sent in minutely(3)]
    assert api.send(gzip.compress(lines([*texts, "torn"])), NDJSON | GZIP, dry_run="true").json["success_count"] == 3
    assert api.send(json.dumps(envelope(event())).encode(), CLOUDEVENT, ONE, dry_run="true").json["dry_run"] is True
    assert (api.stored(), api.quarantined()) == ([], [])


@pytest.mark.parametrize("path", [ONE, "/api/events/batch"])
@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("dry_run=yes", ["dry_run:", "true or false"]),
        ("dry_run=", ["dry_run:"]),
        ("dry_run=TRUE", ["dry_run:", "true or false"]),
        ("dry_run", ["dry_run:"]),
        ("dry_run=true&dry_run=true", ["dry_run:", "only once"]),
        ("site_id=north", ["site_id:", "not a parameter", "dry_run"]),
        ("dryrun=true", ["dryrun:", "not a parameter", "dry_run"]),
    ],
)
def test_other_parameters(api: Api, path: str, query: str, words: list[str]) -> None:
    body = event() if path == ONE else [event()]
    assert_problem(api.client.post(f"{path}?{query}", json=body), 422, *words)
    assert (api.stored(), api.quarantined()) == ([], [])


# In the writer


@pytest.fixture
def queue(idle: WriterUnderTest) -> Iterator[tuple[WriterUnderTest, ThreadPoolExecutor]]:
    """A writer that has not begun, and threads to hand it requests."""
    with ThreadPoolExecutor(8) as pool:
        yield idle, pool
        idle.writer.stop()


def test_others_in_the_queue_are_stored(queue: tuple[WriterUnderTest, ThreadPoolExecutor]) -> None:
    """What a dry run takes back is its own alone, and nobody is told of it."""
    under_test, pool = queue
    answers = []
    for number, dry_run in enumerate([False, True, False, False, True, True, False]):
        parsed = read(written(worker_id=f"W{number}", camera_id=f"C{number}"), written(f"11:00:0{number}", worker_id="W0"), {"event_type": "dancing"})
        answers.append(pool.submit(under_test.writer.submit, parsed, dry_run=dry_run))
        wait_for_jobs(under_test.writer, number + 1)
    under_test.writer.start()
    assert [outcome(answer.result()) for answer in answers] == [(2, 0, [2])] * 7
    names = ["W0", "W2", "W3", "W6"]
    assert sorted(set(under_test.rows(tables.events, "worker_id"))) == [(name,) for name in names]
    assert under_test.rows(tables.workers, "worker_id") == [(name,) for name in names]
    assert under_test.rows(tables.cameras, "camera_id") == [("C0",), ("C2",), ("C3",), ("C6",)]
    assert len(under_test.event_ids) == 8
    assert len(under_test.quarantined) == 4
    # 0 alone, 2 and 3 together, 6 alone.
    assert under_test.committed == [{"main"}] * 3


def test_what_it_registered_is_forgotten(at_work: WriterUnderTest) -> None:
    parsed = read(written(worker_id="W7", workstation_id="S7", camera_id="C7", model_name="M7"))
    at_work.writer.submit(parsed, dry_run=True)
    assert at_work.writer.submit(parsed).event_ids == at_work.event_ids
    assert at_work.rows(tables.workers, "worker_id") == [("W7",)]
    assert at_work.rows(tables.workstations, "station_id") == [("S7",)]
    assert at_work.rows(tables.cameras, "camera_id") == [("C7",)]
    assert at_work.rows(tables.cv_models, "model_name") == [("M7",)]
    assert at_work.rows(tables.camera_activity, "camera_id", "events", "repeated") == [("C7", 1, 0)]
