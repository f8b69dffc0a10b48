"""The live hub: what screens are told, and which moments they share."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from server_process import until

import live
from live import Hub

START = datetime(2026, 1, 15, 13, 52, tzinfo=UTC)


class Ticking:
    """A clock that moves a second each time it is read."""

    def __init__(self) -> None:
        self.reads = 0

    def now(self) -> datetime:
        self.reads += 1
        return START + timedelta(seconds=self.reads)


@pytest.fixture
def hub(monkeypatch):
    """A hub that may push at once, and its end after the test."""
    monkeypatch.setattr(live, "PUSH_EVERY_SECONDS", 0.0)
    made = Hub(Ticking().now, most_streams=2)
    yield made
    made.stop()


def revisions(stream, count):
    """The next so many revisions that a stream tells."""
    told = []
    while len(told) < count:
        line = next(stream)
        if line.startswith("data: "):
            told.append(int(line.removeprefix("data: ")))
    return told


def test_a_stream_tells_the_present_revision_at_once(hub):
    hub.announce({"main": 812, "north": 3})
    assert revisions(hub.open("main"), 1) == [812]
    assert revisions(hub.open("north"), 1) == [3]


def test_a_site_without_revision_has_none_yet(hub):
    assert revisions(hub.open("nowhere"), 1) == [0]


def test_a_stream_waits_for_the_next_revision(hub):
    hub.announce({"main": 1})
    stream = hub.open("main")
    assert revisions(stream, 1) == [1]
    found = []
    reader = threading.Thread(target=lambda: found.extend(revisions(stream, 1)))
    reader.start()
    hub.announce({"main": 1, "north": 7})
    hub.announce({"main": 2, "north": 7})
    reader.join(20)
    assert found == [2]


def test_a_burst_is_one_push(monkeypatch):
    monkeypatch.setattr(live, "PUSH_EVERY_SECONDS", 0.2)
    hub = Hub(Ticking().now, most_streams=2)
    hub.announce({"main": 1})
    stream = hub.open("main")
    assert revisions(stream, 1) == [1]
    for number in range(2, 21):
        hub.announce({"main": number})
    assert revisions(stream, 1) == [20]
    hub.stop()


def test_silence_is_broken_by_a_sign_of_life(hub, monkeypatch):
    monkeypatch.setattr(live, "_PING_SECONDS", 0.01)
    hub.announce({"main": 1})
    stream = hub.open("main")
    assert [next(stream) for _ in range(3)] == ["retry: 2000\n\n", "data: 1\n\n", ": here\n\n"]


def test_streams_are_counted_and_bounded(hub):
    first, second = hub.open("main"), hub.open("main")
    next(first), next(second)
    assert hub.streams == 2
    assert hub.open("main") is None
    first.close()
    assert hub.streams == 1
    third = hub.open("main")
    assert third is not None


def test_a_stream_that_nobody_ever_read_is_not_counted(hub):
    """A server may close what it has never begun to send."""
    hub.open("main").close()
    assert hub.streams == 0


def test_stopping_ends_all_streams(hub):
    stream = hub.open("main")
    revisions(stream, 1)
    hub.stop()
    assert list(stream) == []
    assert hub.streams == 0
    assert hub.open("main") is None


def test_screens_told_of_the_same_revision_share_a_moment(hub):
    hub.announce({"main": 5})
    first = hub.moment("main", 5)
    assert hub.moment("main", 5) is first
    assert hub.moment("main", 4) is first
    assert hub.moment("main", None) is first


def test_who_was_told_of_more_gets_a_newer_moment(hub):
    hub.announce({"main": 5})
    first = hub.moment("main", 5)
    hub.announce({"main": 6})
    assert hub.moment("main", 5) is first
    second = hub.moment("main", 6)
    assert second.now > first.now
    assert second.revision == 6


def test_who_was_told_of_nothing_gets_what_is_known_now(hub):
    hub.announce({"main": 5})
    first = hub.moment("main", 5)
    hub.announce({"main": 6})
    assert hub.moment("main", None).revision == 6
    assert hub.moment("main", None) is not first


def test_a_revision_of_before_a_restart_asks_for_nothing_that_cannot_be(hub):
    hub.announce({"main": 5})
    assert hub.moment("main", 900) is hub.moment("main", 900)


def test_what_a_screen_has_heard_elsewhere_is_told_to_all(monkeypatch):
    monkeypatch.setattr(live, "PUSH_EVERY_SECONDS", 0.0)
    hub = Hub(Ticking().now, 2, latest=lambda: {"main": 6})
    hub.announce({"main": 5})
    stream, found = hub.open("main"), []
    assert revisions(stream, 1) == [5]
    reader = threading.Thread(target=lambda: found.extend(revisions(stream, 1)))
    reader.start()
    until(lambda: bool(hub._changed._waiters))
    assert hub.moment("main", 6).revision == 6
    assert hub.moment("main", 900).revision == 6
    # What this process hears a moment later is nothing new to it.
    hub.announce({"main": 6})
    reader.join(5)
    assert found == [6]
    hub.stop()


def test_a_moment_grows_old(hub, monkeypatch):
    monkeypatch.setattr(live, "_SHARED_SECONDS", -1.0)
    assert hub.moment("main", 1).now < hub.moment("main", 1).now


def test_sites_have_moments_of_their_own(hub):
    hub.announce({"main": 5, "north": 5})
    assert hub.moment("main", 5).now != hub.moment("north", 5).now
