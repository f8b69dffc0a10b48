"""What the writer notes of cameras: equal to what the events say, after repeats, conflicts, rollbacks and restarts."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from statistics import median
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis_profiles import core
from metrics_harness import NOW, temporary_database
from server_process import until
from sqlalchemy import case, func, select, update
from sqlalchemy.exc import IntegrityError
from writer_harness import WriterUnderTest, event, outcome, writer_under_test

from data_layer import tables
from data_layer.cameras import camera_rows
from data_layer.engine import Database
from data_layer.query import Row
from data_layer.sites import put_site
from data_layer.types import micros
from ingest import activity
from ingest.event import Event
from ingest.store import EventStore
from metrics.units import MINUTE, SECOND, to_datetime, to_micros

FIRST = to_micros(NOW)


def an_event(at: int, camera_id: str | None = "C1", **more: Any) -> Event:
    """A working event so many µs after the first."""
    usual = {"site_id": "main", "worker_id": "W1", "event_type": "working", "station_id": "S1", "count": 0, "confidence": None, "client_event_id": ""}
    fields = {**usual, "model_name": None, "model_version": None, "sent_at": None, **more}
    return Event(timestamp=FIRST + at, camera_id=camera_id, source=(camera_id or "") if fields["client_event_id"] else "", **fields)


#: Little to choose from, so that much is repeated, by the same camera or another, and some ids come again with other content.
some_events = st.lists(
    st.builds(
        an_event,
        st.sampled_from([0, -59 * SECOND, -60 * SECOND, -60 * SECOND - 1, -5 * MINUTE, MINUTE]),
        st.sampled_from([None, "C1", "C2"]),
        site_id=st.sampled_from(["main", "north"]),
        worker_id=st.sampled_from(["W1", "W2"]),
        station_id=st.sampled_from(["S1", "S2"]),
        client_event_id=st.sampled_from(["", "", "a", "b"]),
        sent_at=st.none() | st.integers(-10, 10).map(lambda seconds: FIRST + seconds * SECOND),
    ),
    max_size=12,
)
#: What follows a transaction: the next one, a restart, or that the transaction is rolled back.
AFTERWARDS = ["on", "on", "restart", "rollback"]


@dataclass
class Told:
    """What a camera has told, by plain lists."""

    seen_at: list[int] = field(default_factory=list)
    timestamps: list[int] = field(default_factory=list)
    stations: set[str] = field(default_factory=set)
    skews: list[int] = field(default_factory=list)
    repeats: int = 0

    def listen(self, one: Event, now: int, *, repeat: bool) -> None:
        self.seen_at.append(now)
        self.timestamps.append(one.timestamp)
        self.stations.add(one.station_id)
        self.repeats += repeat
        if not repeat and one.sent_at is not None:
            self.skews.append(now - one.sent_at)


class RolledBackError(Exception):
    """A transaction that fails in the end."""


@core(100)
@given(st.lists(st.tuples(some_events, st.integers(0, 3), st.sampled_from(AFTERWARDS)), max_size=8))
def test_activity_is_what_the_events_say(transactions):
    with temporary_database() as database:
        with database.write() as connection:
            put_site(connection, "north", {}, NOW)
        store, told, now = EventStore(), defaultdict(Told), FIRST
        for events, seconds, afterwards in transactions:
            now += seconds * SECOND
            stored = stored_in(database, store, events, now, rolled_back=afterwards == "rollback")
            if stored is not None:
                for index, one in enumerate(events):
                    if one.camera_id and index not in stored.refused:
                        told[one.site_id, one.camera_id].listen(one, now, repeat=index in stored.repeats)
            store = EventStore() if afterwards == "restart" else store
        with database.read() as connection:
            shown = {(row["site_id"], row["camera_id"]): row for site in ("main", "north") for row in camera_rows(connection, site)}
        counted = counted_in(database)
        assert shown.keys() == told.keys()
        for key, row in shown.items():
            events, late = counted.get(key, (0, 0))
            assert row == expected(key, told[key], events, late)


def stored_in(database: Database, store: EventStore, events: Sequence[Event], now: int, *, rolled_back: bool) -> Any:
    try:
        with database.write() as connection:
            stored = store.store(connection, events, now)
            if rolled_back:
                raise RolledBackError
    except RolledBackError:
        store.forget()
        return None
    return stored


def counted_in(database: Database) -> dict[tuple[str, str], tuple[int, int]]:
    """Events and late ones by site and camera, counted over the events."""
    table = tables.events
    late = func.sum(case((micros(table.c.created_at) - micros(table.c.timestamp) > 60 * SECOND, 1), else_=0))
    with database.read() as connection:
        found = connection.execute(select(table.c.site_id, table.c.camera_id, func.count(), late).group_by(table.c.site_id, table.c.camera_id))
        return {(site, camera): (events, late) for site, camera, events, late in found if camera}


def expected(key: tuple[str, str], told: Told, events: int, late: int) -> Row:
    return {
        "site_id": key[0],
        "camera_id": key[1],
        "name": None,
        "station_ids": sorted(told.stations),
        "last_seen_at": to_datetime(max(told.seen_at)),
        "last_event_at": to_datetime(max(told.timestamps)),
        "events": events,
        "late": late,
        "repeated": told.repeats,
        "skew_seconds": median(told.skews) / SECOND if told.skews else None,
    }


@pytest.fixture
def database() -> Iterator[Database]:
    with temporary_database() as made:
        yield made


def camera(database: Database, camera_id: str = "C1") -> Row:
    with database.read() as connection:
        (row,) = camera_rows(connection, "main", camera_id)
    return row


@pytest.mark.parametrize(
    ("why", "behind", "late"),
    [("at once", 0, 0), ("a minute", MINUTE, 0), ("a microsecond more", MINUTE + 1, 1), ("from the future", -MINUTE, 0)],
)
def test_late_is_more_than_a_minute(database, why, behind, late):
    stored_in(database, EventStore(), [an_event(-behind)], FIRST, rolled_back=False)
    assert camera(database)["late"] == late


@pytest.mark.parametrize("together", [True, False])
def test_the_skew_is_that_of_the_latest_hundred(database, together):
    """150 events whose clock falls behind by a second each; only those with sent_at count."""
    store = EventStore()
    events = [an_event(number, sent_at=FIRST - number * SECOND if number % 2 else None) for number in range(300)]
    for part in [events] if together else [events[start : start + 7] for start in range(0, 300, 7)]:
        stored_in(database, store, part, FIRST, rolled_back=False)
    latest = [number for number in range(300) if number % 2][-100:]
    assert camera(database)["skew_seconds"] == median(latest)


def test_a_repeat_says_nothing_of_the_clock(database):
    store = EventStore()
    one = an_event(0, sent_at=FIRST)
    stored_in(database, store, [one], FIRST + SECOND, rolled_back=False)
    stored_in(database, store, [one, one], FIRST + 3_600 * SECOND, rolled_back=False)
    row = camera(database)
    assert (row["events"], row["repeated"], row["skew_seconds"]) == (1, 2, 1.0)
    assert row["last_seen_at"] == to_datetime(FIRST + 3_600 * SECOND)


def test_stations_beyond_many_are_not_kept(database):
    store = EventStore()
    for part in range(5):
        stored_in(database, store, [an_event(part * 100 + number, station_id=f"S{part * 100 + number:03}") for number in range(100)], FIRST, rolled_back=False)
    assert camera(database)["station_ids"] == [f"S{number:03}" for number in range(activity.STATIONS_KEPT)]


def test_more_cameras_than_are_remembered(database, monkeypatch):
    monkeypatch.setattr(activity, "_REMEMBERED", 3)
    store = EventStore()
    for minute in range(3):
        for cameras in (("C1", "C2"), ("C3", "C4"), ("C1", "C2", "C3", "C4", "C5")):
            # The minute keeps one camera's events from being another's.
            found = [an_event(0, name, worker_id=f"W{minute} {len(cameras)}", client_event_id=f"{minute} {len(cameras)}") for name in cameras]
            stored_in(database, store, found, FIRST, rolled_back=False)
    assert [camera(database, f"C{number}")["events"] for number in range(1, 6)] == [6, 6, 6, 6, 3]


def test_refused_events_are_not_the_cameras(at_work: WriterUnderTest) -> None:
    at_work.submit(event(camera_id="C1", event_id="a"))
    at_work.put("main", register_unknown=False)
    receipt = at_work.submit(event(camera_id="C1", event_id="a", worker_id="W2"), event(camera_id="C1", event_type="x"), event(camera_id="C2"))
    assert outcome(receipt) == (0, 0, [0, 1, 2])
    at_work.put("main", register_unknown=True)
    assert outcome(at_work.submit(event(camera_id="C1", event_id="a", event_type="idle"))) == (0, 0, [0])
    assert at_work.rows(tables.camera_activity, "camera_id", "events", "repeated") == [("C1", 1, 0)]


@pytest.mark.parametrize("error", [IntegrityError("INSERT", {}, Exception("constraint failed")), ValueError("surrogate"), RuntimeError("a bug")])
def test_what_failed_once_and_then_went_well_counts_once(error: Exception) -> None:
    """Nothing of a transaction that was rolled back is remembered: no count, no worker who was registered in it."""
    with writer_under_test() as made:
        store, errors = made.writer.store.store, [error]

        def failing_once(connection, events, now):
            stored = store(connection, events, now)
            if errors:
                raise errors.pop()
            return stored

        made.writer.store.store = failing_once
        sent = event(camera_id="C1", worker_id="W7")
        answered = made.submit(sent) if not isinstance(error, RuntimeError) else refused_then_taken(made, sent)
        assert outcome(answered) == (1, 0, [])
        assert made.rows(tables.camera_activity, "camera_id", "events", "repeated") == [("C1", 1, 0)]
        assert made.rows(tables.workers, "worker_id") == [("W7",)]
        assert made.rows(tables.cameras, "camera_id") == [("C1",)]


def refused_then_taken(made: WriterUnderTest, sent: dict) -> Any:
    with pytest.raises(RuntimeError, match="cannot store"):
        made.submit(sent)
    return made.submit(sent)


def test_events_of_one_transaction_may_come_from_many_requests(idle: WriterUnderTest) -> None:
    requests = [
        (event(f"10:0{minute}:00", camera_id="C1"), event(f"10:0{minute}:00", camera_id="C2", worker_id="W2"), event("09:00:00", worker_id="W3"))
        for minute in range(5)
    ]
    with ThreadPoolExecutor(5) as pool:
        answers = [pool.submit(idle.submit, *request) for request in requests]
        until(lambda: idle.writer.waiting == 15)
        idle.writer.start()
        assert sum(answer.result().new for answer in answers) == 11
    assert len(idle.committed) == 1
    assert idle.rows(tables.camera_activity, "camera_id", "events") == [("C1", 5), ("C2", 5)]


def test_who_was_renamed_keeps_counting(database):
    store = EventStore()
    stored_in(database, store, [an_event(0)], FIRST, rolled_back=False)
    with database.write() as connection:
        connection.execute(update(tables.cameras).values(name="Hall 1", station_ids='["S9", "S5"]'))
    stored_in(database, store, [an_event(1)], FIRST, rolled_back=False)
    row = camera(database)
    assert (row["name"], row["events"], row["station_ids"]) == ("Hall 1", 2, ["S5", "S9"])
