"""Wishes for workers: how often one is sent, and what this server does where nobody fulfils it."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from server_process import until

from data_layer.refreshing import Standing
from jobs import sending
from jobs.queue import Queue
from jobs.sending import Sending


class Own:
    """Stands for this process's own refresher."""

    alive = True

    def __init__(self) -> None:
        self.did: list[str] = []
        self.hurries = 0

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def notify(self, behind: Mapping[str, Standing]) -> None:
        self.did += behind

    @contextmanager
    def hurried(self) -> Iterator[None]:
        self.hurries += 1
        yield
        self.hurries -= 1


class Sent:
    """Hands over a clock that tests set, and a broker that may be away."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now, self.away = 1_000.0, False
        self.wishes: list[str] = []
        self.own = Own()
        self.hands = Sending(self._send, self.own)
        monkeypatch.setattr(sending.time, "monotonic", lambda: self.now)

    def _send(self, site_id: str) -> None:
        if self.away:
            raise ConnectionError("no broker")
        self.wishes.append(site_id)

    def seen(self, after: float = 0.0, **revisions: int) -> tuple[list[str], list[str]]:
        """What was sent, and done here, when these sites were seen behind so many seconds later."""
        self.now += after
        sent, did = len(self.wishes), len(self.own.did)
        for site_id, revision in revisions.items():
            self.hands._see_to(site_id, Standing(revision, 1, 1))
        return self.wishes[sent:], self.own.did[did:]


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Sent:
    return Sent(monkeypatch)


def test_a_site_is_asked_for_once_until_something_has_come_of_it(sent: Sent) -> None:
    assert sent.seen(main=3) == (["main"], [])
    assert sent.seen(1, main=3) == ([], [])
    assert sent.seen(0, main=4, north=1) == (["main", "north"], [])


def test_a_busy_site_is_asked_for_twice_a_second(sent: Sent) -> None:
    assert sent.seen(main=3) == (["main"], [])
    assert [sent.seen(0.1, main=revision)[0] for revision in range(4, 14)].count(["main"]) == 2


def test_who_waits_for_figures_is_not_kept_waiting(sent: Sent) -> None:
    assert sent.seen(main=3) == (["main"], [])
    with sent.hands.hurried():
        assert sent.own.hurries == 1
        assert sent.seen(0.02, main=4) == (["main"], [])
        # But nothing is asked twice: whoever is at it goes on.
        assert sent.seen(0.02, main=4) == ([], [])
    assert sent.seen(0.02, main=5) == ([], [])


def test_what_nobody_does_is_asked_again_and_done_here(sent: Sent) -> None:
    assert sent.seen(main=3) == (["main"], [])
    assert sent.seen(4.9, main=3) == ([], [])
    assert sent.seen(0.2, main=3) == (["main"], ["main"])
    assert sent.seen(1, main=3) == ([], [])
    assert sent.seen(5, main=3) == (["main"], ["main"])


def test_without_a_broker_all_is_done_here(sent: Sent, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    sent.away = True
    assert sent.seen(main=3, north=1) == ([], ["main", "north"])
    assert sent.hands.warning == "The message broker does not answer: this server refreshes by itself."
    sent.away = False
    # It is left alone for a while.
    assert sent.seen(1, main=4) == ([], ["main"])
    assert sent.seen(5, main=5) == (["main"], [])
    assert sent.hands.warning is None
    assert [record.levelname for record in caplog.records if record.name == "jobs.sending"] == ["WARNING", "INFO"]


def test_its_thread_sends_what_was_seen_last(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go_on = threading.Event(), threading.Event()
    wishes: list[str] = []

    def send(site_id: str) -> None:
        begun.set()
        assert go_on.wait(20)
        wishes.append(site_id)

    hands = Sending(send, Own())
    hands.start()
    hands.notify({"main": Standing(1, 1, 1)})
    assert begun.wait(20)
    for site_id in ("north", "south"):
        hands.notify({site_id: Standing(1, 1, 1)})
    go_on.set()
    until(lambda: wishes == ["main", "south"])
    assert hands.alive
    hands.stop()
    assert not hands.alive


@pytest.mark.parametrize("url", ["amqp://factory:x@127.0.0.1:1//", "redis://127.0.0.1:1/1"])
def test_a_broker_that_is_not_there_is_an_error_at_once(url: str) -> None:
    with pytest.raises(Exception, match="refused"):
        Queue(url, "x").ask_to_refresh("main")


@pytest.mark.parametrize(("url", "wanted"), [("amqp://h//", {"confirm_publish": True}), ("redis://h/1", {"visibility_timeout": 21_600})])
def test_what_a_broker_is_asked_to_promise(url: str, wanted: dict[str, Any]) -> None:
    conf = Queue(url, "x").app.conf
    assert wanted.items() <= conf.broker_transport_options.items()
    assert (conf.task_acks_late, conf.task_reject_on_worker_lost, conf.worker_prefetch_multiplier) == (True, True, 1)
    # Nothing that is read from the broker can be code.
    assert conf.accept_content == ["json"]
