"""Identity, repeats and conflicts as the writer stores them: rule 1."""

import json

import pytest
from metrics_harness import NOW
from writer_harness import event, outcome, read

from data_layer import tables
from ingest.writer import Writer
from metrics.units import to_micros


def test_new_events_are_acknowledged_with_our_ids(at_work):
    receipt = at_work.submit(event("10:00:00"), event("10:05:00"))
    assert outcome(receipt) == (2, 0, [])
    assert receipt.event_ids == at_work.event_ids
    assert at_work.committed == [{"main"}]


@pytest.mark.parametrize("fields", [{}, {"event_id": "a"}, {"event_id": 7, "camera_id": "C1"}, {"event_type": "product_count", "count": 3}])
def test_a_repeat_is_acknowledged_with_the_id_of_the_first(at_work, fields):
    first = at_work.submit(event(**fields))
    again = at_work.submit(event(**fields), event("11:00:00"))
    assert outcome(again) == (1, 1, [])
    assert again.event_ids[0] == first.event_ids[0]
    assert again.event_ids == at_work.event_ids


@pytest.mark.parametrize("fields", [{}, {"event_id": "a"}])
def test_a_repeat_that_differs_in_confidence_alone_leaves_the_first(at_work, fields):
    at_work.submit(event(confidence=0.9, **fields))
    assert outcome(at_work.submit(event(confidence=0.1, **fields))) == (0, 1, [])
    assert at_work.rows(tables.events, "confidence") == [(0.9,)]


@pytest.mark.parametrize("fields", [{}, {"event_id": "a"}])
def test_repeats_within_a_batch(at_work, fields):
    receipt = at_work.submit(event(**fields), event("11:00:00"), event(**fields), event(**fields))
    assert outcome(receipt) == (2, 2, [])
    assert receipt.event_ids == [1, 2, 1, 1]


@pytest.mark.parametrize(
    "changed",
    [{"worker_id": "W2"}, {"workstation_id": "S2"}, {"event_type": "idle"}, {"timestamp": "2026-01-15T10:00:00.000001Z"}, {"worker_id": "w1"}],
    ids=str,
)
@pytest.mark.parametrize("same_batch", [True, False])
def test_a_client_id_with_other_content_is_a_conflict(at_work, changed, same_batch):
    first, second = event(event_id="a", camera_id="C1"), event(event_id="a", camera_id="C1") | changed
    if same_batch:
        receipt = at_work.submit(event("09:00:00"), first, second)
        assert outcome(receipt) == (2, 0, [2])
    else:
        at_work.submit(event("09:00:00"), first)
        receipt = at_work.submit(second)
        assert outcome(receipt) == (0, 0, [0])
    assert receipt.rejected[0].detail == "event_id: a was sent before with other content, as our event 2."
    assert at_work.event_ids == [1, 2]
    (reason, payload, status) = at_work.quarantined[0]
    assert (reason, status) == (receipt.rejected[0].detail, "open")
    assert read(json.loads(payload)).events == read(second).events


def test_the_counts_of_a_client_id_must_agree(at_work):
    counted = {"event_type": "product_count", "event_id": "a"}
    assert outcome(at_work.submit(event(**counted, count=1), event(**counted), event(**counted, count=2))) == (1, 1, [2])


def test_without_a_client_id_other_content_is_another_event(at_work):
    counted = {"event_type": "product_count"}
    receipt = at_work.submit(event(), event(worker_id="W2"), event(event_type="idle"), event(**counted, count=1), event(**counted, count=2), event(**counted))
    assert outcome(receipt) == (5, 1, [])


def test_the_count_of_a_state_event_is_no_content(at_work):
    assert outcome(at_work.submit(event(event_id="a", count=1), event(event_id="a", count=2), event(count=3), event())) == (2, 2, [])


def test_client_ids_belong_to_a_camera_and_a_site(at_work):
    at_work.put("plant 2")
    same = {"event_id": "7"}
    receipt = at_work.submit(
        event(**same), event(**same, camera_id="C1"), event(**same, camera_id="C2"), event(**same, site_id="plant 2"), event(**same, camera_id=""), event()
    )
    assert outcome(receipt) == (5, 1, [])
    assert receipt.event_ids == [1, 2, 3, 4, 1, 6]


def test_client_ids_compare_as_text(at_work):
    assert outcome(at_work.submit(event(event_id=7), event(event_id="7"))) == (1, 1, [])


def test_an_empty_client_id_is_none(at_work):
    assert outcome(at_work.submit(event(event_id=""), event(), event(event_id="", camera_id="C1"))) == (1, 2, [])


def test_an_event_with_a_client_id_is_no_repeat_of_one_without(at_work):
    assert outcome(at_work.submit(event(), event(event_id="a"), event(event_id="b"))) == (3, 0, [])


def test_repeats_are_known_after_a_restart(idle):
    first = Writer(idle.database, lambda: to_micros(NOW), idle.committed.append)
    first.start()
    first.submit(read(event(event_id="a"), event()))
    first.stop()
    idle.writer.start()
    receipt = idle.submit(event(), event("11:00:00"), event(event_id="a"))
    idle.writer.stop()
    assert outcome(receipt) == (1, 2, [])
    assert receipt.event_ids == [2, idle.event_ids[-1], 1]
