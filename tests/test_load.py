"""Cameras send at a steady rate while ten dashboards look and a page is open: every answer is right, what was acknowledged is counted once (T9)."""

import json
import math
import threading
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest
from load import EVENTS_A_BATCH, UNITS_A_BATCH, WORKERS, batch, moment, percentile
from server_process import Server, until
from soaking import SOAKING

from benchmarks.screen import Screen, screen

pytestmark = [pytest.mark.timeout(900), pytest.mark.browser]

#: 20 batches a second are 2,000 events a second.
_BATCHES, _BATCHES_A_SECOND, _CAMERAS = (1_200, 20, 3) if SOAKING else (40, 20, 2)
#: So long a dashboard rests between two rounds of questions: a screen is told of new data every two seconds at most.
_DASHBOARDS, _REST_SECONDS = (10, 2.0) if SOAKING else (10, 0.2)
_FACTORY, _WORKERS, _STATIONS, _SERIES = (f"/api/metrics/{of}" for of in ("factory", "workers", "workstations", "series?bucket=1h"))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    made = Server(tmp_path / "factory.db")
    made.start(THREADS="128" if SOAKING else "16")
    yield made
    made.clean_up()


@pytest.fixture
def page(server: Server) -> Iterator[Screen]:
    """A browser at the overview of a site that has no events yet."""
    with screen(server.port) as opened:
        opened.open("/?range=all", "document.querySelector('.welcome')")
        yield opened


class Client(threading.Thread, ABC):
    """Somebody who asks the server something again and again; notes how long answers took, in seconds, and what was wrong."""

    def __init__(self, server: Server, over: threading.Event) -> None:
        super().__init__(daemon=True)
        self.server, self.over = server, over
        self.took: list[float] = []
        self.wrong: list[object] = []

    def run(self) -> None:
        try:
            self.work()
        except Exception as wrong:
            self.wrong.append(wrong)

    @abstractmethod
    def work(self) -> None:
        """What to ask, until it is over."""

    def ask(self, method: str, path: str, body: bytes | None = None) -> tuple[Any, str | None]:
        """The answer, which must be a 200, and the data revision that it is of."""
        began = perf_counter()
        status, headers, answer = self.server.ask(method, path, body)
        self.took.append(perf_counter() - began)
        assert status == 200, (status, answer)
        return json.loads(answer), headers["Data-Revision"]


class Camera(Client):
    """Posts every so-manyth batch when it is due; one that is late sends the next ones at once. acknowledged: when, by number."""

    def __init__(self, server: Server, over: threading.Event, numbers: range, began: float) -> None:
        super().__init__(server, over)
        self.numbers, self.began = numbers, began
        self.acknowledged: dict[int, float] = {}

    def work(self) -> None:
        for number in self.numbers:
            self.over.wait(max(0.0, self.began + number / _BATCHES_A_SECOND - perf_counter()))
            answer, _ = self.ask("POST", "/api/events/batch", batch(number))
            assert answer["success_count"] == EVENTS_A_BATCH, answer
            assert answer["duplicate_count"] == 0, answer
            self.acknowledged[number] = perf_counter()


class Ledger:
    """Figures of the site by data revision. compared: how often somebody was told what somebody else had been told before.

    They are of all there is, by the hour at most: shorter windows are counted from the events themselves, where some may be newer than the revision.
    """

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._known: defaultdict[str | None, dict[str, float]] = defaultdict(dict)
        self.compared = 0

    def note(self, revision: str | None, figures: dict[str, float]) -> None:
        """Raises AssertionError where a figure isn't what it was, in whatever answer of the same revision."""
        with self._turn:
            known = self._known[revision]
            for name, value in figures.items():
                self.compared += name in known
                assert math.isclose(known.setdefault(name, value), value, rel_tol=1e-9), (revision, name, known[name], value)


class Dashboard(Client):
    """Asks what a screen shows; what it sees may only grow, and figures of one revision belong together."""

    def __init__(self, server: Server, over: threading.Event, ledger: Ledger) -> None:
        super().__init__(server, over)
        self.ledger = ledger
        self.events = self.units = 0

    def work(self) -> None:
        while not self.over.wait(_REST_SECONDS):
            self.look()
        self.look()

    def look(self) -> None:
        factory, revision = self.ask("GET", _FACTORY)
        events, units = factory["total_events"], factory["total_production_count"]
        assert (events >= self.events, units >= self.units) == (True, True), (factory, self.events, self.units)
        self.events, self.units = events, units
        self.ledger.note(revision, {"events": events, "units": units, "hours": factory["total_productive_time_hours"]})
        workers, revision = self.ask("GET", _WORKERS)
        self.ledger.note(revision, summed(workers, events="event_count", units="total_units_produced", hours="total_active_time_hours"))
        stations, revision = self.ask("GET", _STATIONS)
        self.ledger.note(revision, summed(stations, events="event_count", units="total_units_produced"))
        series, revision = self.ask("GET", _SERIES)
        [of_site] = series["sites"][0]["rows"]
        self.ledger.note(revision, {"events": sum(of_site["values"]["total_events"]), "units": sum(of_site["values"]["total_production_count"])})


def summed(rows: list[dict[str, Any]], **fields: str) -> dict[str, float]:
    return {name: sum(row[field] for row in rows) for name, field in fields.items()}


class Watch(Client):
    """Takes the newest acknowledged batch and looks until its second is in the figures. after: seconds from acknowledgement to answer."""

    def __init__(self, server: Server, over: threading.Event, cameras: list[Camera]) -> None:
        super().__init__(server, over)
        self.cameras = cameras
        self.after: list[float] = []

    def work(self) -> None:
        seen = -1
        while not self.over.wait(0.05):
            acknowledged = {number: at for camera in self.cameras for number, at in list(camera.acknowledged.items())}
            newest = max(acknowledged, default=-1)
            if newest > seen:
                seen = newest
                window = f"{_FACTORY}?from={moment(newest)}&to={moment(newest + 1)}"
                while self.ask("GET", window)[0]["total_events"] < EVENTS_A_BATCH:
                    pass
                self.after.append(perf_counter() - acknowledged[newest])


_UNITS_SHOWN = 'return document.querySelector(`[id*=\'"kpi":"units"\'] .kpi__value`)?.innerText'


def test_figures_are_right_while_events_come_in(server: Server, page: Screen, record_property: Callable[[str, object], None]) -> None:
    sent, over, began = threading.Event(), threading.Event(), perf_counter()
    cameras = [Camera(server, sent, range(number, _BATCHES, _CAMERAS), began) for number in range(_CAMERAS)]
    ledger = Ledger()
    dashboards = [Dashboard(server, over, ledger) for _ in range(_DASHBOARDS)]
    watch = Watch(server, over, cameras)
    clients = [*cameras, *dashboards, watch]
    for client in clients:
        client.start()
    for camera in cameras:
        camera.join()
    seconds = perf_counter() - began
    total = _BATCHES * EVENTS_A_BATCH
    until(lambda: server.call("GET", _FACTORY)[1]["total_events"] == total or any(client.wrong for client in clients))
    units = _BATCHES * UNITS_A_BATCH
    until(lambda: page.ask(_UNITS_SHOWN) == f"{units:,}")
    over.set()
    for client in clients:
        client.join(60)
        assert not client.is_alive()
    assert [wrong for client in clients for wrong in client.wrong] == []
    assert {(dashboard.events, dashboard.units) for dashboard in dashboards} == {(total, units)}
    assert ledger.compared > _DASHBOARDS
    assert watch.after

    assert server.rows("SELECT count(*), count(DISTINCT client_event_id) FROM events") == [(total, total)]
    assert server.call("GET", _FACTORY)[1]["total_production_count"] == units
    assert [row["event_count"] for row in server.call("GET", _WORKERS)[1]] == [total // WORKERS] * WORKERS
    assert "Traceback" not in server.log()
    assert page.errors() == []
    posts, questions = ([took for client in some for took in client.took] for some in (cameras, dashboards))
    for what, figure in {
        "events acknowledged": total,
        "questions": len(questions),
        "figures compared": ledger.compared,
        "wrong": 0,
        "ingest": f"{total / seconds:,.0f} events/s, {percentiles(posts)}",
        "metrics": percentiles(questions),
        "figures fresh": percentiles(watch.after),
    }.items():
        record_property(what, figure)


def percentiles(seconds: list[float]) -> str:
    return f"p50 {percentile(seconds, 50) * 1e3:,.0f} ms p99 {percentile(seconds, 99) * 1e3:,.0f} ms"
