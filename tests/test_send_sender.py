"""`Sender`: events of a running program, in batches and in the background."""

import json
import logging
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from misbehaving_server import FakeServer, at_most, fake_server, hanging_up, refusing
from server_process import until

from ingest.send import BufferFull, Sender, Stopped
from ingest.sending.patience import Patience
from ingest.sending.tally import Counts


@pytest.fixture(autouse=True)
def in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits before trying again."""
    monkeypatch.setattr("ingest.sending.sender.Patience", lambda: Patience(base=0.02, cap=0.02))


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with fake_server() as fake:
        yield fake


def stored(server: FakeServer) -> list[dict[str, Any]]:
    return [json.loads(line) for line in server.stored]


def test_what_was_sent_is_there_after_the_block(server: FakeServer) -> None:
    with Sender(server.url, linger=60) as sender:
        for number in range(2_500):
            sender.send({"n": number})
    assert sender.counts == Counts(read=2_500, sent=2_500, new=2_500)
    assert [event["n"] for event in stored(server)] == list(range(2_500))
    assert [len(lines) for lines in server.requests] == [1_000, 1_000, 500]


def test_a_full_batch_goes_at_once(server: FakeServer) -> None:
    with Sender(server.url, batch=3, linger=60) as sender:
        for number in range(7):
            sender.send({"n": number})
        until(lambda: len(server.stored) == 6)
        assert sender.waiting in (1, 4)
        assert sender.flush()
        assert (sender.waiting, len(server.stored)) == (0, 7)


def test_few_events_go_after_a_while(server: FakeServer) -> None:
    with Sender(server.url, linger=0.01) as sender:
        sender.send({"n": 1})
        until(lambda: sender.counts.new == 1)


def test_flush_waits_for_what_came_before_it(server: FakeServer) -> None:
    with Sender(server.url, linger=60) as sender:
        assert sender.flush(0.0)
        sender.send({"n": 1})
        assert sender.flush(60)
        assert sender.counts.new == 1


def test_times_and_numbers_of_a_camera_program(server: FakeServer) -> None:
    with Sender(server.url) as sender:
        sender.send({"timestamp": datetime(2026, 1, 15, 8, tzinfo=UTC), "confidence": np.float32(0.5), "count": np.int64(3), "worker_id": np.str_("W1")})
    assert stored(server) == [{"timestamp": "2026-01-15T08:00:00Z", "confidence": 0.5, "count": 3, "worker_id": "W1"}]


@pytest.mark.parametrize(
    "value",
    [float("nan"), float("inf"), np.float64("nan"), np.float32("nan"), object(), np.array([1, 2]), 2**70 * 1j],
    ids=["NaN", "infinity", "NaN of numpy", "a short NaN of numpy", "an object", "an array", "a complex number"],
)
def test_what_is_no_event(server: FakeServer, value: object) -> None:
    with Sender(server.url) as sender:
        with pytest.raises((TypeError, ValueError)):
            sender.send({"n": value})
        sender.send({"n": 1})
    assert stored(server) == [{"n": 1}]


def test_what_is_too_large(server: FakeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.sending.sender.LONGEST_LINE", 1_000)
    with Sender(server.url) as sender, pytest.raises(ValueError, match="1,000 bytes"):
        sender.send({"n": "x" * 1_000})


@pytest.mark.parametrize(("batch", "capacity"), [(0, 10), (10_001, 10), (1, 0)])
def test_wrong_sizes(batch: int, capacity: int) -> None:
    with pytest.raises(ValueError, match="batch"):
        Sender("http://127.0.0.1:1", batch=batch, capacity=capacity)


def test_a_server_that_is_away_for_a_while(server: FakeServer) -> None:
    server.misbehaviours.extend([refusing(503), hanging_up(stored=True), hanging_up(stored=False)])
    with Sender(server.url) as sender:
        sender.send({"n": 1})
    assert sender.counts == Counts(read=1, sent=1, repeated=1)
    assert stored(server) == [{"n": 1}]


def test_a_full_buffer_blocks_and_loses_nothing(server: FakeServer) -> None:
    server.always = refusing(503)
    with Sender(server.url, batch=2, capacity=5) as sender:
        for number in range(5):
            sender.send({"n": number})
        with pytest.raises(BufferFull, match="5 events wait"):
            sender.send({"n": "too many"}, timeout=0)
        assert not sender.flush(0)
        blocked = threading.Thread(target=sender.send, args=({"n": 5},), daemon=True)
        blocked.start()
        assert sender.waiting == 5
        server.always = None
        blocked.join(60)
        assert not blocked.is_alive()
    assert [event["n"] for event in stored(server)] == list(range(6))


def test_several_threads(server: FakeServer) -> None:
    with Sender(server.url, batch=7, capacity=20) as sender:
        threads = [threading.Thread(target=lambda first=first: [sender.send({"n": first + number}) for number in range(100)]) for first in (0, 100, 200)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    assert sorted(event["n"] for event in stored(server)) == list(range(300))


def test_refused_events_are_told(server: FakeServer, caplog: pytest.LogCaptureFixture) -> None:
    refused = []
    with Sender(server.url, on_rejected=lambda line, why: refused.append((line, why))) as sender:
        sender.send({"n": 1})
        sender.send({"wrong": "count: is wrong."})
    assert refused == [(b'{"wrong":"count: is wrong."}', "count: is wrong.")]
    assert sender.counts == Counts(read=2, sent=2, new=1, rejected=1)
    with caplog.at_level(logging.WARNING), Sender(server.url) as sender:
        sender.send({"wrong": "count: is wrong."})
    assert "count: is wrong." in caplog.text


def test_a_mistake_in_what_is_told_does_not_end_it(server: FakeServer, caplog: pytest.LogCaptureFixture) -> None:
    def mistaken(_line: bytes, _why: str) -> None:
        raise KeyError("x")

    with Sender(server.url, on_rejected=mistaken) as sender:
        sender.send({"wrong": "count: is wrong."})
        sender.flush()
        sender.send({"n": 1})
    assert sender.counts.new == 1


def test_a_wrong_key_is_told_to_whoever_sends_next(server: FakeServer) -> None:
    server.always = refusing(401)
    with pytest.raises(Stopped, match="valid key"), Sender(server.url, key="wrong") as sender:
        sender.send({"n": 1})
        with pytest.raises(Stopped, match="valid key"):
            sender.flush()
        sender.send({"n": 2})
    with pytest.raises(KeyError), Sender(server.url, key="wrong") as sender:
        sender.send({"n": 1})
        raise KeyError  # what went wrong first is what is told


def test_giving_up(server: FakeServer) -> None:
    server.always = refusing(503, Retry_After="60")
    with pytest.raises(Stopped, match="given up"), Sender(server.url, give_up_after=5) as sender:
        sender.send({"n": 1})


def test_closing_gives_up_after_a_while(server: FakeServer) -> None:
    server.always = refusing(503, Retry_After="60")
    sender = Sender(server.url)
    sender.send({"n": 1})
    assert not sender.close(0.05)
    assert sender.waiting == 1
    with pytest.raises(Stopped, match="closed"):
        sender.send({"n": 2})


def test_halved_batches_are_counted_once(server: FakeServer) -> None:
    server.always = at_most(3)
    with Sender(server.url, linger=60) as sender:
        for number in range(10):
            sender.send({"n": number})
    assert sender.counts == Counts(read=10, sent=10, new=10)
