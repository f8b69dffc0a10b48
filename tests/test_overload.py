"""Five times as much comes in as can be stored: the rest is turned away in good order, and nothing acknowledged is lost (T10)."""

import asyncio
import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from http.client import HTTPException
from pathlib import Path
from time import perf_counter

import psutil
import pytest
from load import EVENTS_A_BATCH, UNITS_A_BATCH, Answer, Crowd, batch, percentile
from server_process import Server, until
from soaking import SOAKING

pytestmark = pytest.mark.timeout(900)

#: Batches to learn the capacity from; seconds of overload at that capacity; the server's threads; connections of the crowd.
_TO_LEARN, _SECONDS, _THREADS, _CONNECTIONS = (600, 60, 128, 300) if SOAKING else (40, 3, 8, 40)
_TIMES_CAPACITY = 5
_LOOK_EVERY_SECONDS = 0.1
#: Memory goes up and down by less with the refresher's rounds; in the long version a fifth of what is refused in half of the time is more.
_MOST_GROWTH_BYTES = 64 * 1024 * 1024
_FIGURES = "/api/metrics/factory"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    made = Server(tmp_path / "factory.db")
    made.start(THREADS=str(_THREADS))
    yield made
    made.clean_up()


class Onlooker(threading.Thread):
    """Looks at something again and again while others crowd in; notes what was seen, and when."""

    def __init__(self, look: Callable[[], object]) -> None:
        super().__init__(daemon=True)
        self.look, self.over = look, threading.Event()
        self.seen: list[tuple[float, float, object]] = []

    def run(self) -> None:
        while not self.over.wait(_LOOK_EVERY_SECONDS):
            began = perf_counter()
            try:
                seen = self.look()
            except (OSError, HTTPException) as failure:
                seen = failure
            self.seen.append((began, perf_counter() - began, seen))

    def ends(self) -> None:
        self.over.set()
        self.join(60)
        assert self.seen


def learned_capacity(server: Server) -> float:
    """Batches a second when each sender waits for its answer; all is refreshed afterwards."""
    crowd = Crowd(server.port)
    capacity = asyncio.run(crowd.one_after_the_other(range(_TO_LEARN), connections=8))
    assert Counter(answer.status for answer in crowd.answers) == {200: _TO_LEARN}
    until(lambda: not server.rows("SELECT 1 FROM invalidations LIMIT 1"))
    return capacity


def assert_refused_in_good_order(answer: Answer) -> None:
    """An answer that a sender knows what to do with."""
    assert answer.status in (429, 503)
    assert int(answer.headers["retry-after"]) >= 1
    assert answer.headers["content-type"] == "application/problem+json"
    assert json.loads(answer.body)["status"] == answer.status


def assert_stored_once(server: Server, acknowledged: set[int]) -> int:
    """All of what was acknowledged, whole batches only, nothing twice; returns how many batches are stored."""
    found = {
        int(number): (events, ids)
        for number, events, ids in server.rows("""
        SELECT substr(client_event_id, 1, 8) AS number, count(*), count(DISTINCT client_event_id) FROM events GROUP BY number
    """)
    }
    assert acknowledged <= set(found)
    assert set(found.values()) == {(EVENTS_A_BATCH, EVENTS_A_BATCH)}
    return len(found)


def recovered(server: Server, number: int) -> tuple[float, float]:
    """Seconds from now until a batch is taken, and until the figures have everything that is stored."""
    began = perf_counter()
    until(lambda: server.ask("POST", "/api/events/batch", batch(number))[0] == 200)
    taken = perf_counter() - began
    [(stored,)] = server.rows("SELECT count(*) FROM events")
    until(lambda: server.call("GET", _FIGURES)[1]["total_events"] == stored)
    return taken, perf_counter() - began


def test_what_is_too_much_is_turned_away_and_nothing_acknowledged_is_lost(server: Server, record_property: Callable[[str, object], None]) -> None:
    capacity = learned_capacity(server)
    offered = range(_TO_LEARN, _TO_LEARN + int(_TIMES_CAPACITY * capacity * _SECONDS))
    process = psutil.Process(server.workers[0])
    health, figures = (Onlooker(lambda path=path: server.call("GET", path)) for path in ("/health", _FIGURES))
    memory = Onlooker(lambda: process.memory_info().rss)
    onlookers, crowd = (health, figures, memory), Crowd(server.port)
    for onlooker in onlookers:
        onlooker.start()
    began = perf_counter()
    unsent = asyncio.run(crowd.regardless(offered, _TIMES_CAPACITY * capacity, _CONNECTIONS))
    seconds = perf_counter() - began
    for onlooker in onlookers:
        onlooker.ends()
    accepted_again, fresh_again = recovered(server, offered.stop)

    assert crowd.failures == []
    taken = [answer for answer in crowd.answers if answer.status == 200]
    refused = [answer for answer in crowd.answers if answer.status != 200]
    assert taken
    assert refused
    for answer in refused:
        assert_refused_in_good_order(answer)
    assert [answer for _, _, answer in health.seen if answer != (200, {"status": "healthy"})] == []
    assert [answer for _, _, answer in figures.seen if not isinstance(answer, tuple) or answer[0] != 200] == []
    totals = [answer["total_events"] for _, _, (_, answer) in figures.seen]
    assert totals == sorted(totals)
    stored = assert_stored_once(server, {answer.number for answer in taken} | {*range(_TO_LEARN), offered.stop})
    whole = server.call("GET", _FIGURES)[1]
    assert (whole["total_events"], whole["total_production_count"]) == (stored * EVENTS_A_BATCH, stored * UNITS_A_BATCH)
    middle = began + seconds / 2
    peaks = [max(seen for at, _, seen in memory.seen if (at < middle) == first) for first in (True, False)]
    assert peaks[1] <= peaks[0] + _MOST_GROWTH_BYTES

    goodput = len(taken) / seconds
    for what, figure in {
        "events acknowledged": len(taken) * EVENTS_A_BATCH,
        "batches refused": len(refused),
        "batches without a free connection": unsent,
        "lost": 0,
        "twice": 0,
        "capacity": f"{capacity * EVENTS_A_BATCH:,.0f} events/s",
        "stored under overload": f"{goodput * EVENTS_A_BATCH:,.0f} events/s ({goodput / capacity:.0%})",
        "refused within": f"p99 {percentile([answer.seconds for answer in refused], 99):.2f} s",
        "health": f"p99 {percentile([took for _, took, _ in health.seen], 99):.2f} s",
        "figures": f"p99 {percentile([took for _, took, _ in figures.seen], 99):.2f} s",
        "memory": f"{peaks[0] >> 20} MiB, then {peaks[1] >> 20} MiB, {process.memory_info().rss >> 20} MiB at the end",
        "accepted again after": f"{accepted_again:.2f} s",
        "figures fresh again after": f"{fresh_again:.1f} s",
    }.items():
        record_property(what, figure)
