"""The sender delivers: each event is answered for, whatever the server or the way to it does meanwhile."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis_profiles import core
from misbehaving_server import FakeServer, Misbehaviour, at_most, breaking_off, fake_server, hanging_up, refusing, saying

from ingest.sending.answers import Stopped
from ingest.sending.batch import Batch
from ingest.sending.delivery import Delivery, Server
from ingest.sending.lines import Entry
from ingest.sending.patience import Patience, asked_seconds
from ingest.sending.tally import MOST_REASONS, OTHER_REASONS, Counts, Outcome, Tally, in_general
from ingest.sending.transfer import Transfer

LINES = [b'{"n":%d}' % number for number in range(10)]
WRONG = b'{"wrong":"count: is wrong."}'
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with fake_server() as fake:
        yield fake


@dataclass
class Waiting:
    """A clock that only moves when somebody waits, and what was waited and told."""

    seconds: list[float] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    def pause(self, seconds: float) -> None:
        self.seconds.append(seconds)

    def clock(self) -> float:
        return sum(self.seconds)


@pytest.fixture
def waiting() -> Waiting:
    return Waiting()


def delivery(server: FakeServer, waiting: Waiting, **more: Any) -> Delivery:
    """A delivery without sleep and without chance: it always waits the longest."""
    where = Server(server.url, more.pop("key", None), more.pop("dry_run", False))
    return Delivery(where, tell=waiting.told.append, patience=Patience(chance=lambda: 1.0), pause=waiting.pause, clock=waiting.clock, **more)


def test_what_is_sent(server: FakeServer, waiting: Waiting) -> None:
    assert delivery(server, waiting, key="secret").deliver([*LINES, WRONG]) == Outcome(10, 0, ((10, "count: is wrong."),))
    assert server.requests == [[*LINES, WRONG]]
    assert server.paths == ["/api/events/batch"]
    [headers] = server.headers
    sent = {name: headers.get(name) for name in ("Content-Type", "Content-Encoding", "Authorization")}
    assert sent == {"Content-Type": "application/x-ndjson", "Content-Encoding": "gzip", "Authorization": "Bearer secret"}


def test_nothing_is_not_sent(server: FakeServer, waiting: Waiting) -> None:
    assert delivery(server, waiting).deliver([]) == Outcome()
    assert server.requests == []


def test_a_dry_run(server: FakeServer, waiting: Waiting) -> None:
    assert delivery(server, waiting, dry_run=True).deliver(LINES) == Outcome(10)
    assert server.paths == ["/api/events/batch?dry_run=true"]
    assert server.stored == {}


def test_a_server_that_stores_in_a_dry_run_is_not_asked_twice(server: FakeServer, waiting: Waiting) -> None:
    server.always = lambda handler, lines: handler.answer(*server.take(lines))
    with pytest.raises(Stopped, match="dry runs"):
        delivery(server, waiting, dry_run=True).deliver(LINES)
    assert len(server.requests) == 1


@pytest.mark.parametrize("address", ["http://127.0.0.1:{}/", "http://127.0.0.1:{}/api/events/batch", "http://127.0.0.1:{}/api/events/batch/"])
def test_addresses(server: FakeServer, waiting: Waiting, address: str) -> None:
    Delivery(Server(address.format(server.port))).deliver(LINES)
    assert server.paths == ["/api/events/batch"]


@pytest.mark.parametrize(
    "address", ["", "127.0.0.1:5000", "ftp://127.0.0.1", "http://", "http:///x", "localhost", "http://[::1", "http://x:y", "http://x:99999"]
)
def test_no_address(address: str) -> None:
    with pytest.raises(Stopped, match="no address of a server"):
        Server(address)


@pytest.mark.parametrize(
    ("why", "misbehaviours", "waits", "repeated"),
    [
        ("busy", [refusing(503, Retry_After="7")], [7.5], 0),
        ("quota", [refusing(429, Retry_After="2"), refusing(429, Retry_After="3")], [2.5, 3.5], 0),
        ("no time given", [refusing(503)] * 8, [0.5, 1, 2, 4, 8, 16, 30, 30], 0),
        ("an hour", [refusing(503, Retry_After="3600")], [300.5], 0),
        ("no number", [refusing(503, Retry_After="soon")], [0.5], 0),
        ("a date that has passed", [refusing(503, Retry_After="Wed, 21 Oct 2015 07:28:00 GMT")], [0.5], 0),
        ("gateway", [refusing(502), saying(504, b"<html>")], [0.5, 1], 0),
        ("an error of the server", [refusing(500, "Something went wrong.")], [0.5], 0),
        ("cut off before storing", [hanging_up(stored=False)], [0.5], 0),
        ("cut off after storing", [hanging_up(stored=True)], [0.5], 10),
        ("cut off in the answer", [breaking_off], [0.5], 10),
        ("a hotel's page", [saying(200, b"<html>Welcome")], [0.5], 0),
        ("numbers that don't add up", [saying(200, b'{"success_count":9,"total_count":9,"duplicate_count":0,"rejected_count":0,"errors":[]}')], [0.5], 0),
        ("all of it", [hanging_up(stored=True), refusing(503, Retry_After="1"), breaking_off], [0.5, 1.5, 2], 10),
    ],
)
def test_tried_again(server: FakeServer, waiting: Waiting, why: str, misbehaviours: list[Misbehaviour], waits: list[float], repeated: int) -> None:
    server.misbehaviours.extend(misbehaviours)
    assert delivery(server, waiting).deliver(LINES) == Outcome(10 - repeated, repeated)
    assert waiting.seconds == waits
    assert len(waiting.told) == len(waits)
    assert all(sentence.endswith(" s.") and "trying again in" in sentence for sentence in waiting.told)
    assert list(server.stored) == LINES


def test_a_server_that_is_not_there(waiting: Waiting) -> None:
    with fake_server() as gone:
        pass
    with pytest.raises(Stopped, match=r"can't be reached \(Connection refused\); given up after 6 attempts"):
        delivery(gone, waiting, give_up_after=30.0).deliver(LINES)
    assert waiting.clock() <= 30.0


def test_stopping_ends_the_waiting(waiting: Waiting) -> None:
    with fake_server() as gone:
        pass
    stopping = threading.Event()
    stopping.set()
    with pytest.raises(Stopped):
        delivery(gone, waiting, stopping=stopping).deliver(LINES)


@pytest.mark.parametrize(
    ("misbehaviour", "words"),
    [
        (refusing(401, "Which key?"), r"--key, or FACTORY_KEY\): Which key\?"),
        (refusing(403), "does not allow"),
        (refusing(404), "look at the URL"),
        (refusing(405), "look at the URL"),
        (refusing(415, "Send JSON."), "too old.*: Send JSON."),
        (refusing(422, "dry_run: is not known."), "422: dry_run"),
        (refusing(409, "No."), "409: No."),
        (refusing(301, Location="https://example.com/"), "sends us on to https://example.com/"),
        (saying(400, b"<html>The plain HTTP request was sent to HTTPS port"), "400"),
        (saying(422, b"[[["), "422"),
    ],
)
def test_what_a_person_must_look_at_stops(server: FakeServer, waiting: Waiting, misbehaviour: Misbehaviour, words: str) -> None:
    server.always = misbehaviour
    with pytest.raises(Stopped, match=words):
        delivery(server, waiting).deliver(LINES)
    assert (len(server.requests), waiting.seconds) == (1, [])


def test_nonsense_is_not_asked_for_ever(server: FakeServer, waiting: Waiting) -> None:
    server.always = saying(200, b"<html>Welcome")
    with pytest.raises(Stopped, match="can't be understood; given up after 10 attempts"):
        delivery(server, waiting).deliver(LINES)


@pytest.mark.parametrize("status", [400, 413])
@pytest.mark.parametrize("size", [1, 2, 3, 5, 9])
def test_what_is_refused_as_a_whole_is_halved(server: FakeServer, waiting: Waiting, size: int, status: int) -> None:
    server.always = at_most(size, status)
    assert delivery(server, waiting).deliver([*LINES, WRONG]) == Outcome(10, 0, ((10, "count: is wrong."),))
    assert list(server.stored) == LINES


def test_after_a_413_smaller_requests_are_made_at_once(server: FakeServer, waiting: Waiting) -> None:
    server.always = at_most(5)
    sending = delivery(server, waiting)
    for begin in range(0, 100, 10):
        sending.deliver([b'{"n":%d}' % number for number in range(begin, begin + 10)])
    assert [len(lines) for lines in server.requests] == [10, 5, 5, *([5, 5] * 9)]


def test_the_line_that_spoils_a_request_is_found(server: FakeServer, waiting: Waiting) -> None:
    def spoilt(handler: Any, lines: list[bytes]) -> None:
        refusing(400, "The body can't be read.")(handler, lines) if b'{"n":3}' in lines else handler.behave(lines)

    server.always = spoilt
    assert delivery(server, waiting).deliver(LINES) == Outcome(9, 0, ((3, "body: The body can't be read."),))


def test_lines_of_which_none_is_json_are_not_asked_for_one_by_one(server: FakeServer, waiting: Waiting) -> None:
    server.always = refusing(400, "No line is JSON.")
    outcome = delivery(server, waiting).deliver([b"oops"] * 100)
    assert len(outcome.rejected) == 100
    assert len(server.requests) == 1


def test_one_event_that_is_too_large(server: FakeServer, waiting: Waiting) -> None:
    server.always = lambda handler, lines: refusing(413, "Too much.")(handler, lines) if LINES[3] in lines else handler.behave(lines)
    sending = delivery(server, waiting)
    assert sending.deliver(LINES) == Outcome(9, 0, ((3, "body: Too much."),))


@pytest.mark.parametrize(
    ("attempt", "asked", "chance", "seconds"),
    [
        (1, None, 0.0, 0.0),
        (1, None, 1.0, 0.5),
        (2, None, 1.0, 1.0),
        (6, None, 1.0, 16.0),
        (7, None, 1.0, 30.0),
        (7, None, 0.5, 15.0),
        (10_000, None, 1.0, 30.0),
        (1, 0.0, 0.0, 0.0),
        (9, 5.0, 0.0, 5.0),
        (9, 5.0, 1.0, 5.5),
        (1, 1e9, 0.0, 300.0),
    ],
)
def test_patience(attempt: int, asked: float | None, chance: float, seconds: float) -> None:
    assert Patience(chance=lambda: chance).seconds(attempt, asked) == seconds


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("", None),
        ("5", 5.0),
        (" 5 ", 5.0),
        ("0", 0.0),
        ("-5", None),
        ("1.5", None),
        ("٣", None),
        ("9" * 5_000, 999_999_999.0),
        ("Fri, 20 Nov 2026 12:01:00 GMT", 60.0),
        ("Fri, 20 Nov 2026 12:01:00 -0000", 60.0),
        ("Fri, 20 Nov 2026 13:01:00 +0100", 60.0),
        ("Fri, 20 Nov 2026 11:00:00 GMT", 0.0),
        ("tomorrow", None),
        ("Fri, 99 Nov 2026 12:01:00 GMT", None),
    ],
)
def test_retry_after(header: str | None, seconds: float | None) -> None:
    assert asked_seconds(header, NOW) == seconds


@given(st.text(max_size=40))
@core(100)
def test_any_retry_after(header: str) -> None:
    seconds = asked_seconds(header, NOW)
    assert seconds is None or seconds >= 0


FUTURE = "lies more than 5 minutes ahead of the server's clock."


@pytest.mark.parametrize(
    ("detail", "general"),
    [
        ("event_type: must be one of working, idle, not 'sleeping'.", "event_type: must be one of working, idle, not …."),
        ("count: must be a whole number from 0 to 1000000000, not -1.", "count: must be a whole number from 0 to 1000000000, not …."),
        ("timestamp: 1999-01-01T00:00:00Z lies before 2000-01-01.", "timestamp: … lies before 2000-01-01."),
        (f"timestamp: 2099-01-01T00:00:00Z {FUTURE}", f"timestamp: … {FUTURE}"),
        ("site_id: there is no site 'south'.", "site_id: there is no site …."),
        ("event: is not JSON: Expecting value, at character 1 of 'oops'.", "event: is not JSON."),
        ('sent_at: must be an RFC 3339 time such as "2026-01-15T10:15:00Z".', 'sent_at: must be an RFC 3339 time such as "2026-01-15T10:15:00Z".'),
        ("event_id: 17 was sent before with other content, as our event 4.", "event_id: … was sent before with other content."),
        (
            "worker_id: no worker Anna B. is registered at site main, which takes registered ones only.",
            "worker_id: no worker … is registered at site main, which takes registered ones only.",
        ),
        ("worker_id: is missing or empty, and idle needs it.", "worker_id: is missing or empty, and idle needs it."),
    ],
)
def test_reasons_in_general(detail: str, general: str) -> None:
    assert in_general(detail) == general


def test_reasons_are_bounded() -> None:
    tally = Tally()
    tally.refuse((number, f"reason {number}") for number in range(10_000))
    assert len(tally.reasons) == MOST_REASONS + 1
    assert tally.reasons[OTHER_REASONS].count == 10_000 - MOST_REASONS
    assert sum(reason.count for reason in tally.reasons.values()) == 10_000


def numbered(numbers: Iterator[int], batches: int) -> Iterator[Batch | None]:
    """Batches of one entry each, with quiet moments between."""
    for _ in range(batches):
        batch = Batch()
        number = next(numbers)
        batch.add(Entry(number, b"%d" % number, number, number))
        yield batch
        yield None


@pytest.mark.parametrize("connections", [1, 3])
def test_batches_are_acknowledged_in_their_order(connections: int) -> None:
    order: list[int] = []
    later = threading.Event()

    def deliver(lines: Sequence[bytes]) -> Outcome:
        number = int(lines[0])
        if number == 0 and connections > 1:
            later.wait(10)  # the first is answered after the second
        if number == 1:
            later.set()
        return Outcome(1)

    Transfer([deliver] * connections, lambda batch, _outcome: order.append(batch.entries[0].line)).run(numbered(count(), 50))
    assert order == list(range(50))


def test_few_batches_are_held_at_a_time() -> None:
    made = count()
    answer = threading.Event()
    held: list[int] = []
    connections = 2

    def deliver(_lines: Sequence[bytes]) -> Outcome:
        answer.wait(10)
        return Outcome(1)

    def batches() -> Iterator[Batch]:
        for batch in filter(None, numbered(made, 100)):
            if batch.entries[0].line == 8:
                answer.set()  # more than eight are never taken before one is answered
            held.append(batch.entries[0].line)
            yield batch

    Transfer([deliver] * connections, lambda batch, _outcome: held.remove(batch.entries[0].line)).run(batches())
    assert next(made) == 100
    assert held == []


def test_a_connection_that_fails_stops_all() -> None:
    acknowledged: list[int] = []

    def deliver(lines: Sequence[bytes]) -> Outcome:
        if lines[0] == b"20":
            raise Stopped("No key.")
        return Outcome(1)

    made = count()
    with pytest.raises(Stopped, match="No key"):
        Transfer([deliver] * 2, lambda batch, _outcome: acknowledged.append(batch.entries[0].line)).run(numbered(made, 10_000))
    assert acknowledged == list(range(20))
    assert next(made) < 50


def test_an_input_that_fails_costs_nothing_before() -> None:
    acknowledged: list[int] = []

    def damaged() -> Iterator[Batch | None]:
        yield from numbered(count(), 20)
        raise ValueError("damaged")

    with pytest.raises(ValueError, match="damaged"):
        Transfer([lambda _lines: Outcome(1)] * 2, lambda batch, _outcome: acknowledged.append(batch.entries[0].line)).run(damaged())
    assert acknowledged == list(range(20))


def test_counts() -> None:
    counts = Counts()
    counts.add(10, Outcome(5, 3, ((1, "a"), (2, "b"))), unsent=4)
    assert counts == Counts(14, 10, 5, 3, 2, 4)
