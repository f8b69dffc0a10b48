"""What the writer notes beside the events: ids seen for the first time, invalidations, and the quarantine."""

import json
from collections.abc import Iterator

import msgspec
import pytest
from metrics_harness import NOW
from sqlalchemy import update
from writer_harness import WriterUnderTest, event, outcome, read, writer_under_test

from data_layer import tables
from data_layer.sites import put_site
from ingest.event import Parsed, Rejection
from metrics.units import to_micros

TEN = 1_768_471_200_000_000  # 2026-01-15T10:00:00Z


@pytest.fixture
def at_work() -> Iterator[WriterUnderTest]:
    with writer_under_test() as made:
        yield made


# Registration


def test_unknown_ids_are_registered_on_sight(at_work):
    at_work.submit(event(camera_id="C1", model_name="yolo", model_version="8"), event("11:00:00", model_name="yolo"), event("12:00:00", worker_id="W2"))
    at_work.submit(event("13:00:00", event_type="absent", workstation_id=None), event("13:00:00", event_type="product_count", worker_id=None))
    assert at_work.rows(tables.workers, "worker_id") == [("W1",), ("W2",)]
    assert at_work.rows(tables.workstations, "station_id") == [("S1",)]
    assert at_work.rows(tables.cameras, "camera_id") == [("C1",)]
    assert at_work.rows(tables.cv_models, "model_name", "model_version") == [("yolo", ""), ("yolo", "8")]
    models = {row[1]: row[0] for row in at_work.rows(tables.cv_models, "model_id", "model_version")}
    assert [row[0] for row in at_work.rows(tables.events, "model_id")] == [models["8"], models[""], None, None, None]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"worker_id": "W9"}, "worker_id: no worker W9 is registered at site main"),
        ({"workstation_id": "S9"}, "workstation_id: no workstation S9 is registered at site main"),
        ({"camera_id": "C9"}, "camera_id: no camera C9 is registered at site main"),
        ({"model_name": "M9"}, "model_name: no model M9 is registered at site main"),
    ],
)
def test_a_strict_site_refuses_unknown_ids(at_work, fields, reason):
    at_work.submit(event(camera_id="C1"))
    at_work.put("main", register_unknown=False)
    receipt = at_work.submit(event("10:30:00"), event("10:31:00", **fields), event("10:32:00"), {"event_type": "x"})
    assert outcome(receipt) == (2, 0, [1, 3])
    assert receipt.rejected[0].detail.startswith(reason)
    assert receipt.event_ids[1] == 0
    assert len(at_work.event_ids) == 3
    assert at_work.quarantined[0][0] == receipt.rejected[0].detail
    at_work.put("main", register_unknown=True)
    assert outcome(at_work.submit(event("10:31:00", **fields))) == (1, 0, [])


def test_a_strict_site_takes_events_without_a_worker_or_a_station(at_work):
    at_work.submit(event())
    at_work.put("main", register_unknown=False)
    assert outcome(at_work.submit(event(event_type="absent", workstation_id=None), event(event_type="product_count", worker_id=None))) == (2, 0, [])


# What is written beside the events


def test_invalidations_name_each_worker_and_day(at_work):
    with at_work.database.write() as connection:
        connection.execute(tables.invalidations.delete())
        put_site(connection, "plant 2", {}, NOW)
        connection.execute(tables.invalidations.delete())
    at_work.submit(
        event("12:00:00"),
        event("10:00:00"),
        event("11:00:00"),
        event("10:00:00", worker_id="W2"),
        event("10:00:00", site_id="plant 2"),
        event("09:00:00", worker_id=None, event_type="product_count"),
        event(timestamp="2026-01-16T00:00:00Z"),
        event(timestamp="2026-01-15T23:59:59.999999Z", worker_id="W2"),
        event("12:00:00"),
    )
    hour = 3_600_000_000
    assert sorted(at_work.rows(tables.invalidations, "site_id", "worker_id", "from_time", "to_time")) == [
        ("main", "", TEN - hour, TEN - hour),
        ("main", "W1", TEN, TEN + 2 * hour),
        ("main", "W1", TEN + 14 * hour, TEN + 14 * hour),
        ("main", "W2", TEN, TEN + 14 * hour - 1),
        ("plant 2", "W1", TEN, TEN),
    ]


@pytest.mark.parametrize("events", [[event()], [event(event_id="a", worker_id="W2")], [{"event_type": "x"}]], ids=["repeat", "conflict", "rejected"])
def test_what_is_not_stored_invalidates_nothing(at_work, events):
    at_work.submit(event(), event(event_id="a"))
    before = at_work.rows(tables.invalidations, "invalidation_id")
    at_work.submit(*events)
    assert at_work.rows(tables.invalidations, "invalidation_id") == before


def test_what_parsing_refused_is_quarantined_with_reason_and_payload(at_work):
    receipt = at_work.submit(event(), {"event_type": "dancing", "worker_id": "W1"}, event(confidence=2))
    assert outcome(receipt) == (1, 0, [1, 2])
    (first, payload, status), (second, *_) = at_work.quarantined
    assert (json.loads(payload), status) == ({"event_type": "dancing", "worker_id": "W1"}, "open")
    assert [first, second] == [rejection.detail for rejection in receipt.rejected]
    assert at_work.rows(tables.quarantine, "received_at") == [(to_micros(NOW),)] * 2


def test_a_body_that_nobody_can_read_is_quarantined_whole(at_work):
    at_work.writer.quarantine("The body is not JSON.", "{{{")
    assert at_work.quarantined == [("The body is not JSON.", "{{{", "open")]


def test_a_rejection_is_kept_even_if_nothing_else_came(at_work):
    assert at_work.writer.submit(Parsed([], (), [Rejection(0, "why", "[]")], 1)).new == 0
    assert at_work.quarantined == [("why", "[]", "open")]


def test_the_payload_of_a_conflict_sends_the_same_event(at_work):
    full = event(
        "10:00:00.5", event_id=7, camera_id="C1", confidence=0.25, model_name="yolo", model_version="8", sent_at="2026-01-15T10:00:01Z", site_id="main"
    )
    at_work.submit(full)
    at_work.submit(full | {"event_type": "product_count", "count": 3})
    payload = msgspec.json.decode(at_work.quarantined[0][1])
    assert read(payload).events == read(full | {"event_type": "product_count", "count": 3}).events


def test_replaying_after_the_cause_is_gone(at_work):
    """What a strict site refused can be sent again as it lies in the quarantine."""
    at_work.put("main", register_unknown=False)
    at_work.submit(event())
    with at_work.database.write() as connection:
        connection.execute(update(tables.sites).values(register_unknown=True))
    payload = json.loads(at_work.quarantined[0][1])
    assert outcome(at_work.submit(payload)) == (1, 0, [])
