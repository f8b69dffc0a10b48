"""The quality of a site's data: equal to what a naive count of the events says, and bounded however many there are."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis_profiles import core
from metrics_harness import NOW, temporary_database
from sqlalchemy import insert, select

from data_layer import counted, refused, tables
from data_layer.engine import Database
from data_layer.quality import Quality, Tally, read_quality
from data_layer.query import MetricsQuery
from data_layer.scope import UnknownSite
from data_layer.sites import put_site
from data_layer.types import micros
from ingest import quarantine
from ingest.event import Event
from ingest.store import EventStore
from metrics.units import DAY, HOUR, MINUTE, SECOND, to_datetime, to_micros

END = to_micros(NOW)
START = END - 2 * HOUR


def an_event(at: int, camera_id: str | None = "C1", **more: Any) -> Event:
    """A working event so many µs before now."""
    usual = {"site_id": "main", "worker_id": "W1", "event_type": "working", "station_id": "S1", "count": 0, "confidence": None, "client_event_id": ""}
    fields = {**usual, "model_name": None, "model_version": None, "sent_at": None, **more}
    return Event(timestamp=END - at, camera_id=camera_id, source=(camera_id or "") if fields["client_event_id"] else "", **fields)


def store(database: Database, events: Sequence[Event], received: int = END) -> None:
    with database.write() as connection:
        EventStore().store(connection, events, received)


def quality(database: Database, start: int | None = START, end: int | None = END, now: int = END, site_id: str = "main") -> Quality:
    ends = {"start": None if start is None else to_datetime(start), "end": None if end is None else to_datetime(end)}
    return read_quality(database, MetricsQuery(site_id=site_id, as_of=to_datetime(now), **ends))


@pytest.fixture
def database() -> Iterator[Database]:
    with temporary_database() as made:
        yield made


#: Little to choose from, so that much falls into one second, and onto both edges of the window.
batches = st.lists(
    st.tuples(
        st.lists(
            st.builds(
                an_event,
                st.sampled_from([0, 1, MINUTE - 2, MINUTE - 1, MINUTE, MINUTE + 1, HOUR - 300_000, HOUR - 1, HOUR, 2 * HOUR, 2 * HOUR + 1]),
                st.sampled_from([None, "C1", "C2"]),
                site_id=st.sampled_from(["main", "main", "north"]),
                worker_id=st.sampled_from(["W1", "W2", "", ""]),
                event_type=st.sampled_from(["working", "idle", "product_count"]),
                station_id=st.sampled_from(["S1", "S2"]),
                confidence=st.sampled_from([None, 0.3, 0.5, 0.9]),
            ).map(lambda one: one._replace(event_type="product_count", count=1) if not one.worker_id else one),
            max_size=15,
        ),
        st.sampled_from([0, SECOND, MINUTE, HOUR]),
    ),
    max_size=4,
)


@core(100)
@given(batches, st.sampled_from([0.0, 0.5]))
def test_counts_are_those_of_a_naive_count(batches, min_confidence):
    with temporary_database() as database:
        with database.write() as connection:
            put_site(connection, "main", {"min_confidence": min_confidence}, NOW)
            put_site(connection, "north", {}, NOW)
        for events, later in batches:
            store(database, events, END + later)
        found = quality(database)
        expected = naive(database, min_confidence)
        assert {camera.camera_id: camera.tally for camera in found.cameras if camera.tally.events} == {key: one for key, one in expected.items() if key}
        assert found.without_camera == expected[None]
        assert found.tally == added([*expected.values()])
        assert found.counted_from is None


def naive(database: Database, min_confidence: float) -> dict[str | None, Tally]:
    """Counts in [START, END) by camera, over a list of all events."""
    table = tables.events
    with database.read() as connection:
        columns = (table.c.camera_id, table.c.worker_id, table.c.station_id, micros(table.c.timestamp), micros(table.c.created_at), table.c.confidence)
        rows = [row for row in connection.execute(select(*columns).where(table.c.site_id == "main").order_by("timestamp", "event_id")) if START <= row[3] < END]
    seen: set[tuple] = set()
    found: dict[str | None, list[dict[str, float]]] = defaultdict(list, {None: []})
    for camera, worker, station, at, received, confidence in rows:
        second = (worker, station, at // SECOND)
        late = received - at > MINUTE
        found[camera].append(
            {
                "late": late,
                "longest_delay_seconds": (received - at) / 1e6 if late else 0.0,
                "low_confidence": confidence is not None and confidence < min_confidence,
                "possible_duplicates": bool(worker) and second in seen,
            }
        )
        seen.add(second)
    return {camera: tallied(some) for camera, some in found.items()}


def tallied(some: list[dict[str, float]]) -> Tally:
    sums = {name: sum(one[name] for one in some) for name in ("late", "low_confidence", "possible_duplicates")}
    return Tally(len(some), len(some) / 120, longest_delay_seconds=max((one["longest_delay_seconds"] for one in some), default=0.0), **sums)


def added(some: list[Tally]) -> Tally:
    sums = {name: sum(getattr(one, name) for one in some) for name in ("events", "late", "low_confidence", "possible_duplicates")}
    return Tally(rate=sums["events"] / 120, longest_delay_seconds=max(one.longest_delay_seconds for one in some), **sums)


def test_a_camera_with_all_it_has_sent(database):
    with database.write() as connection:
        put_site(connection, "main", {"min_confidence": 0.5}, NOW)
    sent = [an_event(HOUR - number * MINUTE, confidence=0.4 if number else None, sent_at=END - 3 * SECOND) for number in range(3)]
    store(database, sent)
    store(database, sent)
    (camera,) = quality(database).cameras
    assert (camera.camera_id, camera.name, camera.station_ids, camera.repeated, camera.skew_seconds) == ("C1", None, ("S1",), 3, 3.0)
    assert (camera.last_seen_at, camera.last_event_at) == (NOW, NOW - timedelta(minutes=58))
    assert camera.tally == Tally(3, 3 / 120, late=3, longest_delay_seconds=3600.0, low_confidence=2)


def test_a_site_without_events(database):
    found = quality(database)
    assert (found.cameras, found.tally, found.last_seen_at, found.counted_from) == ((), Tally(rate=0.0), None, None)
    assert quality(database, start=None, end=None).tally.rate is None
    with pytest.raises(UnknownSite):
        quality(database, site_id="nowhere")


def test_a_window_without_bounds_begins_with_the_first_event(database):
    store(database, [an_event(90 * MINUTE), an_event(MINUTE)])
    assert quality(database, start=None, end=None).tally.rate == 2 / 90


def test_a_window_in_the_future(database):
    store(database, [an_event(MINUTE)])
    assert quality(database, END + DAY, END + 2 * DAY).tally == Tally()


def test_archived_events_are_not_counted_and_the_page_says_since_when(database):
    store(database, [an_event(number * 6 * MINUTE) for number in range(1, 21)])
    with database.write() as connection:
        connection.execute(insert(tables.retention).values(site_id="main", sealed_before=END - HOUR))
    found = quality(database, START)
    assert (found.counted_from, found.archived, found.tally.events) == (to_datetime(END - HOUR), True, 10)


@pytest.mark.parametrize(
    ("why", "most", "start", "begins", "events"),
    [
        ("as many as may be", 20, START, None, 20),
        ("one too many", 19, START, END - HOUR, 10),
        ("far too many", 1, START, END - 5 * MINUTE, 0),
        ("of all time", 19, None, END - HOUR, 10),
        ("of all time, as many as may be", 20, None, None, 20),
    ],
)
def test_of_too_many_events_the_latest_stretch_is_counted(database, monkeypatch, why, most, start, begins, events):
    monkeypatch.setattr(counted, "MOST_EVENTS", most)
    store(database, [an_event(number * 6 * MINUTE) for number in range(1, 21)])
    found = quality(database, start)
    assert found.counted_from == (None if begins is None else to_datetime(begins))
    assert found.tally.events == events


def test_even_too_many_for_the_shortest_stretch_are_counted(database, monkeypatch):
    monkeypatch.setattr(counted, "MOST_EVENTS", 1)
    store(database, [an_event(number * SECOND) for number in range(1, 21)])
    assert quality(database).tally.events == 20


def test_duplicates_at_the_edge_of_a_window_belong_to_it_alone(database):
    """Of a second that the window cuts, only what lies in it can be twice."""
    half = SECOND // 2
    store(database, [an_event(half + part, "C1", event_type=kind) for part, kind in ((-1, "idle"), (1, "working"), (2, "idle"), (3, "working"))])
    assert quality(database, START, END - half, now=END).tally.possible_duplicates == 2
    assert quality(database, END - half, END, now=END).tally.possible_duplicates == 0


def test_what_was_refused_belongs_to_the_camera_that_it_names(database):
    refuse(database, '{"camera_id": "C1"}', '{"specversion": "1.0", "data": {"camera_id": "C1"}}', '{"camera_id": 7}', "no JSON", "[1]", '{"camera_id": "C2"}')
    refuse(database, '{"camera_id": "C1"}', at=START - 1)
    refuse(database, '{"camera_id": "C1"}', at=END)
    refuse(database, '{"camera_id": "C1"}', site_id="north")
    refuse(database, '{"camera_id": "C1"}', site_id=None)
    refuse(database, '{"camera_id": "C1"}', site_id="atlantis")
    store(database, [an_event(MINUTE)])
    with database.write() as connection:
        quarantine.mark_replayed(connection, 1)
    found = quality(database)
    assert found.refusals == refused.Refusals(open=9, in_window=8, by_camera=Counter({"C1": 4, "": 3, "C2": 1}))
    assert (found.tally.refused, found.cameras[0].tally.refused) == (8, 4)


def refuse(database: Database, *payloads: str, site_id: str | None = "main", at: int = END - 1) -> None:
    with database.write() as connection:
        if site_id == "north":
            put_site(connection, "north", {}, NOW)
        quarantine.keep(connection, [quarantine.Kept(site_id, "no reason", payload) for payload in payloads], at)


@pytest.mark.parametrize(("amount", "start", "more", "in_window"), [(3, START, False, False), (4, START, True, True), (4, END - 1, True, False)])
def test_only_the_latest_refusals_are_counted(database, monkeypatch, amount, start, more, in_window):
    monkeypatch.setattr(refused, "MOST_COUNTED", 3)
    refuse(database, *["{}"] * amount, at=END - 2)
    found = quality(database, start).refusals
    assert (found.open, found.more, found.more_in_window) == (3, more, in_window)


def test_a_long_payload_is_not_searched(database):
    refuse(database, '{"camera_id": "C1", "x": "' + "x" * 10_000 + '"}')
    assert quality(database).refusals.by_camera == {"": 1}


def test_pages_of_what_was_refused(database):
    refuse(database, *(f'{{"number": {number}}}' for number in range(7)))
    refuse(database, "{}", site_id="north")
    with database.write() as connection:
        quarantine.mark_replayed(connection, 5)

    def page(limit: int, *, everything: bool = False) -> tuple[list[int], bool]:
        with database.read() as connection:
            found = refused.page(connection, "main", limit=limit, everything=everything, characters=5)
        assert all(entry["payload"] == '{"num' for entry in found.entries)
        return [entry["quarantine_id"] for entry in found.entries], found.older

    assert page(3) == ([7, 6, 4], True)
    assert page(6) == ([7, 6, 4, 3, 2, 1], False)
    assert page(3, everything=True) == ([7, 6, 5], True)
    with database.read() as connection:
        whole = {"site_id": "main", "received_at": to_datetime(END - 1), "reason": "no reason", "status": "open", "payload": '{"number": 0}'}
        assert refused.entry(connection, "main", 1) == {"quarantine_id": 1, **whole}
        assert refused.entry(connection, "main", 8) is None
        assert refused.entry(connection, "north", 8)["site_id"] == "north"


SHIFT = {"shifts": [{"start": "20:00", "end": "00:00"}]}


def known(database: Database, camera_id: str, station_ids: str | None, since: int) -> None:
    with database.write() as connection:
        connection.execute(insert(tables.cameras).values(site_id="main", camera_id=camera_id, station_ids=station_ids, created_at=since))


def lapses(found: Quality) -> dict[str, tuple]:
    return {camera.camera_id: (camera.lapse.since, camera.lapse.unseen) for camera in found.cameras if camera.lapse}


def test_a_camera_falls_silent(database):
    """Shift 20:00 to midnight, and midnight it is: C3 spoke each minute until 22:36."""
    with database.write() as connection:
        put_site(connection, "main", SHIFT, NOW)
    last = END - 84 * MINUTE
    for number in range(100):
        store(database, [an_event(84 * MINUTE + number * MINUTE, "C3", station_id="S3")], last)
    store(database, [an_event(MINUTE, "C4", station_id="S4")])
    found = quality(database, END - 4 * HOUR)
    assert lapses(found) == {"C3": (to_datetime(last), (("S3", 1.4),))}
    # In the window before it fell silent it was heard.
    assert lapses(quality(database, END - 4 * HOUR, END - 90 * MINUTE, now=END)) == {}


def test_outside_the_shifts_nobody_is_expected_to_speak(database):
    with database.write() as connection:
        put_site(connection, "main", SHIFT, NOW)
    for number in range(100):
        store(database, [an_event(number * MINUTE, "C3", station_id="S3")], END)
    assert lapses(quality(database, END - DAY, END + 19 * HOUR, now=END + 19 * HOUR)) == {}


def test_a_camera_that_never_spoke(database):
    known(database, "C9", '["S9"]', END - 10 * DAY)
    known(database, "C8", '["S8"]', END)
    assert lapses(quality(database, END - 3 * HOUR)) == {"C9": (None, (("S9", 3.0),))}


def test_a_past_window_in_which_a_camera_was_silent(database):
    """C1 spoke before the window and after it: how long before, nobody knows any more."""
    known(database, "C1", '["S1"]', END - 10 * DAY)
    store(database, [an_event(5 * DAY), an_event(MINUTE)])
    assert lapses(quality(database, END - 2 * DAY, END - DAY)) == {"C1": (to_datetime(END - 2 * DAY), (("S1", 24.0),))}
