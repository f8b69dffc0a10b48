"""Places for requests that bring events: a burst waits, a lasting crowd is turned away until there was a place for everybody for a while."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from server_process import until

from ingest.entrance import Entrance
from ingest.writer import Unavailable

_PLACES = 4


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What the entrance takes for the time; how long a thread really waits is another matter."""
    shown = [100.0]
    monkeypatch.setattr("ingest.entrance.time.monotonic", lambda: shown[0])
    return shown


@pytest.fixture
def entrance(watch: list[float]) -> Entrance:
    return Entrance(lambda: _PLACES)


@pytest.fixture
def inside(entrance: Entrance) -> Iterator[Callable[[], Callable[[], None]]]:
    """Enters, and gives what leaves again."""
    with ExitStack() as all_of_them:

        def enter() -> Callable[[], None]:
            visit = all_of_them.enter_context(ExitStack())
            visit.enter_context(entrance.place())
            return visit.close

        yield enter


class Patient(threading.Thread):
    """Enters from a thread of its own and stays inside until told to leave."""

    def __init__(self, entrance: Entrance) -> None:
        super().__init__(daemon=True)
        self.entrance, self.inside, self.enough = entrance, threading.Event(), threading.Event()
        self.start()

    def run(self) -> None:
        with self.entrance.place():
            self.inside.set()
            self.enough.wait(60)

    def waits(self) -> None:
        until(lambda: len(self.entrance._changed._waiters) == 1)
        assert not self.inside.is_set()

    def leaves(self) -> None:
        assert self.inside.wait(60)
        self.enough.set()
        self.join(60)


@pytest.fixture
def endless(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bursts that nobody in this test outwaits."""
    monkeypatch.setattr("ingest.entrance.BURST_SECONDS", 60.0)


def test_who_comes_in_a_burst_waits_for_a_place(entrance, inside, endless):
    leave = [inside() for _ in range(_PLACES)]
    patient = Patient(entrance)
    patient.waits()
    leave[0]()
    patient.leaves()


def test_a_crowd_that_lasts_is_turned_away(inside, monkeypatch):
    monkeypatch.setattr("ingest.entrance.BURST_SECONDS", 0.01)
    for _ in range(_PLACES):
        inside()
    with pytest.raises(Unavailable) as refused:
        inside()
    assert refused.value.retry_after >= 1


def test_nobody_waits_any_longer_once_a_crowd_has_lasted(entrance, inside, watch, endless):
    leave = [inside() for _ in range(_PLACES)]
    patient = Patient(entrance)
    patient.waits()
    watch[0] += 60
    # A commit frees all places, and they are taken again.
    for each in leave:
        each()
    assert patient.inside.wait(60)
    for _ in range(_PLACES - 1):
        inside()
    with pytest.raises(Unavailable):
        inside()
    patient.leaves()


def test_a_crowd_is_over_when_all_found_a_place_for_a_while(entrance, inside, watch, endless):
    leave = [inside() for _ in range(_PLACES)]
    first = Patient(entrance)
    first.waits()
    leave[0]()
    first.leaves()
    watch[0] += 60
    inside()
    second = Patient(entrance)
    second.waits()
    leave[1]()
    second.leaves()


def test_a_place_is_given_back_whatever_happens(entrance):
    for _ in range(_PLACES + 1):
        with pytest.raises(ZeroDivisionError), entrance.place():
            raise ZeroDivisionError


def test_open_screens_take_places_from_events(services):
    threads, most = services.settings.threads, services.hub._most_streams
    free = [services.entrance._places()]
    streams = [services.hub.open("main") for _ in range(most)]
    free.append(services.entrance._places())
    for stream in streams:
        stream.close()
    assert free == [threads // 2, (threads - most) // 2]
