"""Raw events page by page: each once, newest first, whatever is stored between two pages; and at what cost."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis_profiles import core
from metrics_harness import NOW, temporary_database
from sqlalchemy import event as sqlalchemy_event

from data_layer import raw_events
from data_layer.engine import Database
from data_layer.query import Row
from data_layer.raw_events import EventsQuery, Position, Span, read_page
from data_layer.registered import UnknownId
from data_layer.scope import Scope, UnknownSite, narrowed
from data_layer.sites import put_site
from ingest.event import Event
from ingest.store import EventStore
from metrics.units import MINUTE, to_datetime, to_micros

FIRST = to_micros(datetime(2026, 1, 15, 8, tzinfo=UTC))
WORKERS, STATIONS, CAMERAS = ["", "W1", "W2", "W3"], ["S1", "S2"], [None, "C1", "C2"]
SEEN_BY = [("S1", "C1"), ("S2", "C2")]
KINDS = ["working", "idle", "absent", "product_count"]
SITES = ["main", "north"]


def an_event(minute: int, worker: str = "W1", **more: Any) -> Event:
    """An event so many minutes after the first."""
    usual = {"site_id": "main", "event_type": "working", "station_id": "S1", "count": 0, "confidence": None, "source": "", "client_event_id": ""}
    missing = dict.fromkeys(("camera_id", "model_name", "model_version", "sent_at"))
    return Event(worker_id=worker, timestamp=FIRST + minute * MINUTE, **{**usual, **missing, **more})


#: Few instants, so that many events share one.
some_events = st.lists(
    st.builds(
        an_event,
        st.integers(0, 12),
        st.sampled_from(WORKERS),
        site_id=st.sampled_from(SITES),
        event_type=st.sampled_from(KINDS),
        station_id=st.sampled_from(STATIONS),
        camera_id=st.sampled_from(CAMERAS),
    ),
    max_size=25,
)


def subset(values: Sequence[str]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.just(()) | st.lists(st.sampled_from(values), unique=True, min_size=1).map(tuple)


moments = st.none() | st.integers(-1, 13).map(lambda minute: to_datetime(FIRST + minute * MINUTE))
queries = st.builds(
    EventsQuery,
    spans=st.lists(st.builds(Span, st.sampled_from(SITES), moments, moments), min_size=1, max_size=2, unique_by=lambda span: span.site_id).map(tuple),
    worker_ids=subset(WORKERS[1:]),
    station_ids=subset(STATIONS),
    camera_ids=subset(["C1", "C2"]),
    event_types=subset(KINDS),
    limit=st.integers(1, 7),
)


class Factory:
    """A database with two sites at which everybody is registered, and the events stored in it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.store = EventStore()
        with database.write() as connection:
            put_site(connection, "north", {}, NOW)
        everybody = [an_event(-1_000, worker, site_id=site) for site in SITES for worker in WORKERS]
        everything = [an_event(-1_001, station_id=station, camera_id=camera, site_id=site) for site in SITES for station, camera in SEEN_BY]
        self.take_in(everybody + everything)

    def take_in(self, events: Sequence[Event], now: int = FIRST) -> None:
        with self.database.write() as connection:
            self.store.store(connection, events, now)

    def page(self, query: EventsQuery) -> raw_events.Page:
        with self.database.read() as connection:
            return read_page(connection, query)

    def walk(self, query: EventsQuery) -> Iterator[list[Row]]:
        """Page after page to the end."""
        page = self.page(query)
        yield page.events
        while page.next is not None:
            page = self.page(replace(query, before=page.next))
            yield page.events


@contextmanager
def factory() -> Iterator[Factory]:
    with temporary_database() as database:
        yield Factory(database)


def passes(row: Row, query: EventsQuery) -> bool:
    """Whether an event is one of those asked for."""
    wanted = (("worker_id", query.worker_ids), ("workstation_id", query.station_ids), ("camera_id", query.camera_ids), ("event_type", query.event_types))
    spans = [span for span in query.spans if span.site_id == row["site_id"]]
    in_time = any((not span.start or span.start <= row["timestamp"]) and (not span.end or row["timestamp"] < span.end) for span in spans)
    return in_time and all(not values or row[name] in values for name, values in wanted)


def everything(made: Factory) -> list[Row]:
    page = made.page(EventsQuery(spans=(Span("main"), Span("north")), limit=1_000))
    assert page.next is None
    return page.events


def newest_first(rows: list[Row]) -> list[tuple[datetime, int]]:
    places = [(row["timestamp"], row["event_id"]) for row in rows]
    assert places == sorted(set(places), reverse=True)
    return places


@core(100)
@given(
    stored=some_events,
    meanwhile=st.lists(some_events, max_size=4),
    query=queries,
    looked_at=st.sampled_from([1, 5, 40, 100_000]),
)
@example([an_event(3, worker) for worker in WORKERS], [[an_event(3, "W1", station_id="S2")]], EventsQuery(limit=2), 1)
def test_pages_repeat_and_lose_nothing(stored, meanwhile, query, looked_at):
    """Events that come while somebody pages, late ones and new ones, move no other event from its page."""
    with factory() as made, patch.object(raw_events, "_LOOKED_AT", looked_at):
        made.take_in(stored)
        wanted = {row["event_id"] for row in everything(made) if passes(row, query)}
        shown: list[Row] = []
        arriving = iter(meanwhile)
        for number, page in enumerate(made.walk(query)):
            assert len(page) <= query.limit
            assert number < 500
            shown += page
            made.take_in(next(arriving, []))
        newest_first(shown)
        assert wanted <= {row["event_id"] for row in shown}
        assert all(passes(row, query) for row in shown)


def test_full_pages_as_long_as_there_are_events():
    with factory() as made:
        made.take_in([an_event(minute, worker) for minute in range(40) for worker in WORKERS])
        span = (Span("main", to_datetime(FIRST)),)
        assert [len(page) for page in made.walk(EventsQuery(spans=span, limit=50))] == [50, 50, 50, 10]
        assert [len(page) for page in made.walk(EventsQuery(spans=span, limit=40))] == [40, 40, 40, 40]
        assert [len(page) for page in made.walk(EventsQuery(spans=span, limit=1_000))] == [160]


def test_many_events_at_one_instant():
    with factory() as made:
        made.take_in([an_event(0, worker, client_event_id=f"{worker} {number}") for number in range(60) for worker in WORKERS])
        query = EventsQuery(spans=(Span("main", to_datetime(FIRST)),), limit=7)
        rows = [row for page in made.walk(query) for row in page]
        assert len(newest_first(rows)) == 240


def test_every_event_is_listed_without_a_question():
    with factory() as made:
        ids = [row["event_id"] for row in made.page(EventsQuery(limit=1_000)).events]
        assert len(ids) == len(set(ids)) == len(WORKERS) + len(SEEN_BY)


def test_a_rare_event_is_found_in_short_pages():
    """Nobody waits while a whole history is searched: a page that has looked at enough events says how to go on."""
    with factory() as made, patch.object(raw_events, "_LOOKED_AT", 100):
        made.take_in([an_event(0, "W3", event_type="idle")])
        made.take_in([an_event(minute, worker) for minute in range(1, 200) for worker in WORKERS])
        pages = list(made.walk(EventsQuery(event_types=("idle",), limit=1)))
        assert 2 < len(pages) < 20
        assert [len(page) for page in pages if page] == [1]


@pytest.mark.parametrize(
    ("query", "named"),
    [
        (EventsQuery(worker_ids=("W1", "W9", "W8")), "No worker W8, W9 at site main."),
        (EventsQuery(station_ids=("S9",)), "No workstation S9 at site main."),
        (EventsQuery(camera_ids=("C9",), spans=(Span("main"), Span("north"))), "No camera C9 at sites main, north."),
    ],
)
def test_unknown_ids(query, named):
    with factory() as made, pytest.raises(UnknownId) as raised:
        made.page(query)
    assert str(raised.value) == named


def test_an_id_that_one_of_the_sites_knows_is_known():
    with factory() as made:
        made.take_in([an_event(0, "N1", site_id="north")])
        assert [row["site_id"] for row in made.page(EventsQuery(spans=(Span("main"), Span("north")), worker_ids=("N1",))).events] == ["north"]


@pytest.mark.parametrize(("site_id", "scope"), [("atlantis", Scope()), ("north", Scope(frozenset({"main"})))])
def test_unknown_sites(site_id, scope):
    with factory() as made, narrowed(scope), pytest.raises(UnknownSite):
        made.page(EventsQuery(spans=(Span("main"), Span(site_id))))


def test_a_silent_camera_is_not_looked_for_in_what_came_since():
    with factory() as made:
        made.take_in([an_event(0, camera_id="C1")])
        made.take_in([an_event(minute, worker, camera_id="C2") for minute in range(1, 300) for worker in WORKERS])
        with patch.object(raw_events, "_LOOKED_AT", 20):
            page = made.page(EventsQuery(camera_ids=("C1",), limit=1))
        assert [row["camera_id"] for row in page.events] == ["C1"]


# What it costs


@pytest.mark.one_file
@pytest.mark.parametrize(
    "query",
    [
        EventsQuery(),
        EventsQuery(before=Position(FIRST, 5), limit=3),
        EventsQuery(station_ids=("S1",), event_types=("idle",), spans=(Span("main", to_datetime(FIRST)), Span("north"))),
        EventsQuery(camera_ids=("C1",)),
        EventsQuery(worker_ids=("W1",)),
    ],
    ids=["all", "a later page", "filters", "a camera", "a worker"],
)
def test_no_page_scans_the_events(query):
    """Each worker's events are looked up by worker and time, and each event shown by its number."""
    with factory() as made:
        plans = "\n".join(plan for statement in statements(made, query) for plan in planned(made, *statement))
    assert "events USING" in plans
    assert "SCAN events" not in plans
    looked_up = [line for line in plans.splitlines() if line.startswith("SEARCH events") and "PRIMARY KEY" not in line]
    assert len(looked_up) >= 2
    assert all("(site_id=? AND worker_id=? AND timestamp>? AND timestamp<?)" in line for line in looked_up)


@pytest.mark.one_file
def test_the_index_alone_tells_which_events_pass():
    with factory() as made:
        plans = [plan for statement in statements(made, EventsQuery(station_ids=("S1",), event_types=("idle",))) for plan in planned(made, *statement)]
    looked_up = [plan for plan in plans if plan.startswith("SEARCH events") and "PRIMARY KEY" not in plan]
    assert all("COVERING INDEX" in plan for plan in looked_up)


def statements(made: Factory, query: EventsQuery) -> list[tuple[str, Any]]:
    """The statements on events that a page asks, with their parameters."""
    asked: list[tuple[str, Any]] = []

    def note(connection, cursor, statement, parameters, context, executemany):
        if "FROM events" in statement or "JOIN events" in statement:
            asked.append((statement, parameters))

    sqlalchemy_event.listen(made.database.readers, "before_cursor_execute", note)
    made.page(query)
    sqlalchemy_event.remove(made.database.readers, "before_cursor_execute", note)
    assert len(asked) >= 3
    return asked


def planned(made: Factory, statement: str, parameters: Any) -> list[str]:
    with made.database.read() as connection:
        return [row[-1] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
