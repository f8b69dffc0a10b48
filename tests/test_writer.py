"""The writer: many requests in one transaction, each with its own receipt; errors cost only what they must."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from sqlalchemy.exc import IntegrityError, OperationalError
from writer_harness import event, outcome, read

from data_layer import tables
from ingest.writer import Receipt, Unavailable, Writer


@contextmanager
def refusing(writer: Writer, error: Exception, when) -> Iterator[None]:
    """Let the store fail with an error after it has written events of which `when` holds for one."""
    store = writer.store.store

    def failing(connection, events, now):
        stored = store(connection, events, now)
        if any(when(event) for event in events):
            raise error
        return stored

    writer.store.store = failing
    yield
    writer.store.store = store


# Group commit


def test_concurrent_requests_each_get_their_own_receipt(at_work):
    def request(number: int) -> Receipt:
        own = [event(f"10:00:{second:02}", worker_id=f"W{number}") for second in range(5)]
        shared = event("12:00:00", worker_id="everyone's")
        return at_work.submit(*own, shared, own[0], {"event_type": "dancing"})

    with ThreadPoolExecutor(16) as pool:
        receipts = list(pool.map(request, range(64)))
    assert all(receipt.total == 8 and [r.index for r in receipt.rejected] == [7] for receipt in receipts)
    assert sorted(receipt.new for receipt in receipts) == [5] * 63 + [6]
    by_id = dict(at_work.rows(tables.events, "event_id", "worker_id"))
    for number, receipt in enumerate(receipts):
        assert [by_id[event_id] for event_id in receipt.event_ids] == [f"W{number}"] * 5 + ["everyone's", f"W{number}"]
    assert len(by_id) == 64 * 5 + 1
    assert len(at_work.quarantined) == 64


def test_what_waits_is_stored_in_one_transaction(idle):
    with ThreadPoolExecutor(8) as pool:
        answers = [pool.submit(idle.submit, event(worker_id=f"W{number}")) for number in range(8)]
        wait_for_jobs(idle.writer, 8)
        idle.writer.start()
        assert [outcome(answer.result()) for answer in answers] == [(1, 0, [])] * 8
    idle.writer.stop()
    assert len(idle.committed) == 1


def wait_for_jobs(writer: Writer, count: int) -> None:
    """Until so many requests wait."""
    with writer._arrived:
        assert writer._arrived.wait_for(lambda: len(writer._jobs) == count, timeout=10)


def test_stopping_stores_what_waits_and_takes_no_more(idle):
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(idle.submit, event())
        wait_for_jobs(idle.writer, 1)
        stopping = threading.Thread(target=idle.writer.stop)
        idle.writer.start()
        stopping.start()
        assert outcome(answer.result()) == (1, 0, [])
        stopping.join()
    with pytest.raises(Unavailable):
        idle.submit(event("11:00:00"))
    assert not idle.writer.alive


def test_too_much_waiting_is_refused(idle, monkeypatch):
    monkeypatch.setattr("ingest.writer._EVENTS_WAITING", 2)
    with pytest.raises(Unavailable, match="waiting") as refused:
        idle.submit(event("10:00:00"), event("10:01:00"), event("10:02:00"))
    assert refused.value.retry_after >= 1


def test_an_empty_request_is_answered(at_work):
    assert outcome(at_work.submit()) == (0, 0, [])


# Errors


def test_a_database_error_makes_all_that_waited_unavailable_and_the_writer_goes_on(at_work):
    with refusing(at_work.writer, OperationalError("INSERT", {}, Exception("database or disk is full")), lambda _: True), pytest.raises(Unavailable):
        at_work.submit(event(worker_id="W7", workstation_id="S7", camera_id="C7", model_name="M7"))
    assert at_work.event_ids == []
    assert at_work.rows(tables.invalidations, "worker_id") == [(None,)]
    # What was remembered as registered was rolled back with the rest.
    receipt = at_work.submit(event(worker_id="W7", workstation_id="S7", camera_id="C7", model_name="M7"))
    assert outcome(receipt) == (1, 0, [])
    assert at_work.rows(tables.workers, "worker_id") == [("W7",)]
    assert at_work.rows(tables.workstations, "station_id") == [("S7",)]
    assert at_work.rows(tables.cameras, "camera_id") == [("C7",)]
    assert at_work.rows(tables.cv_models, "model_name") == [("M7",)]
    assert receipt.event_ids == at_work.event_ids


def test_an_unforeseen_error_does_not_end_the_writer(at_work):
    with refusing(at_work.writer, RuntimeError("a bug"), lambda _: True), pytest.raises(Unavailable):
        at_work.submit(event())
    assert at_work.writer.alive
    assert outcome(at_work.submit(event())) == (1, 0, [])


@pytest.mark.parametrize("count", [1, 2, 3, 10, 33])
@pytest.mark.parametrize("error", [IntegrityError("INSERT", {}, Exception("constraint failed")), ValueError("surrogate"), OverflowError("too large")])
def test_one_poisonous_event_costs_its_neighbours_nothing(at_work, count, error):
    events = [event(f"10:{minute:02}:00", worker_id=f"W{minute}") for minute in range(count)]
    events.append(events[0])
    bad = count // 2
    with refusing(at_work.writer, error, lambda stored: stored.worker_id == f"W{bad}"):
        receipt = at_work.submit(*events)
    # The last one repeats the first, which is the poisonous one where there are no others.
    rejected = [bad] if bad else [0, count]
    assert outcome(receipt) == (count - 1, 1 if bad else 0, rejected)
    assert "refused" in receipt.rejected[0].detail
    assert [receipt.event_ids[at] for at in rejected] == [0] * len(rejected)
    names = dict(at_work.rows(tables.events, "event_id", "worker_id"))
    assert [names[id_] for at, id_ in enumerate(receipt.event_ids[:count]) if at != bad] == [f"W{at}" for at in range(count) if at != bad]
    assert [row[0] for row in at_work.rows(tables.workers, "worker_id")] == sorted(f"W{at}" for at in range(count) if at != bad)
    assert len(at_work.quarantined) == len(rejected)
    assert read(json.loads(at_work.quarantined[0][1])).events == read(events[bad]).events


def test_a_poisonous_event_costs_other_requests_nothing(idle):
    with refusing(idle.writer, ValueError("poison"), lambda stored: stored.worker_id == "W3"), ThreadPoolExecutor(6) as pool:
        answers = [pool.submit(idle.submit, event(worker_id=f"W{number}"), event("11:00:00", worker_id=f"W{number}a")) for number in range(6)]
        wait_for_jobs(idle.writer, 6)
        idle.writer.start()
        assert [outcome(answer.result()) for answer in answers] == [(1, 0, [0]) if number == 3 else (2, 0, []) for number in range(6)]
        idle.writer.stop()
    assert len(idle.event_ids) == 11
