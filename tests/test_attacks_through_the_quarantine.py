"""Confused deputies: what a key may not bring, nobody brings for it by taking it up again, whatever they may themselves."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from admission import Admission, admission
from dash_calls import ROUTE, DashCalls
from http_api import event

from access.roles import EVERYWHERE
from components import ids
from data_layer.sites import MAIN

AHEAD = "2026-11-20T12:30:00Z"  # half an hour: refused now, and not once the clock is there
NDJSON = "\n".join(json.dumps(event(site_id="south", worker=worker)) for worker in ("W1", "W2"))
LINE = json.dumps(event(site_id="south"))
PLAIN, LINES = "application/json", "application/x-ndjson"


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Admission]:
    with admission(tmp_path) as made:
        yield made


def entries(made: Admission) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = made.signed_in("chief").get("/api/quarantine").json
    return found


def stored(made: Admission) -> int:
    """How many events there are at all."""
    asked = {"site_id": ["north", "south", MAIN], "limit": 1_000}
    return len(made.signed_in("chief").get("/api/events", query_string=asked).json["events"])


def replayed_by_all_means(made: Admission) -> set[int]:
    """All entries taken up by who may everything, one by one and all at once, at each site. The statuses of the first."""
    chief = made.signed_in("chief")
    statuses = {chief.post(f"/api/quarantine/{entry['quarantine_id']}/replay").status_code for entry in entries(made)}
    calls = DashCalls(made.server, chief)
    for output in (output for output in calls.callbacks if "quarantine-result.children" in output):
        for entry in entries(made):
            for site in ("north", "south", MAIN):
                assert chief.post(ROUTE, json=calls.body(output, site, entry["quarantine_id"])).status_code in (200, 204)
    return statuses


@pytest.mark.parametrize(
    ("path", "body", "content_type"),
    [
        ("/api/events", json.dumps(event(site_id="south")), PLAIN),
        ("/api/events", json.dumps(event()), PLAIN),
        ("/api/events", json.dumps(event(site_id="new")), PLAIN),
        ("/api/events/batch", json.dumps([event(site_id="south"), event(site_id="south", worker="W2")]), PLAIN),
        ("/api/events/batch", NDJSON, LINES),
        # Unreadable as what it is called, and readable as what it is: the quarantine tells forms apart by itself.
        ("/api/events", NDJSON, PLAIN),
        ("/api/events/batch", LINE, PLAIN),
        ("/api/events", f"[{LINE}]", PLAIN),
        ("/api/events", LINE, "application/cloudevents+json"),
        ("/api/events", LINE[:-1].encode() + b', "note": "\xff"}', PLAIN),
        # Refused for something else first.
        ("/api/events", json.dumps(event(site_id="south", worker=None)), PLAIN),
        (
            "/api/events",
            json.dumps({"specversion": "1.0", "id": "1", "source": "x", "type": "t", "site_id": "north", "data": event(AHEAD, site_id="south")}),
            "application/cloudevents+json",
        ),
        ("/api/events", json.dumps(event(AHEAD, site_id="north") | {"specversion": "1.0", "id": "1", "source": "x", "type": "t", "data": event()}), PLAIN),
    ],
)
def test_what_a_key_of_one_site_sent_to_another_is_taken_up_by_nobody(own: Admission, path: str, body: str, content_type: str) -> None:
    answer = own.client().post(path, data=body, content_type=content_type, **own.with_key(own.key("ingest", "north")))
    assert answer.status_code in (400, 422)
    assert {entry["status"] for entry in entries(own)} == {"barred"}
    own.clock.moment += timedelta(hours=1)
    own.services.sites.put("new", {"name": "New"}, own.clock.now())
    assert replayed_by_all_means(own) == {409}
    assert stored(own) == 0
    assert {entry["status"] for entry in entries(own)} == {"barred"}


@pytest.mark.parametrize(
    ("site_id", "sent"),
    [
        *((EVERYWHERE, sent) for sent in ({"camera_id": "C2"}, {}, {"camera_id": ""}, {"at": AHEAD})),
        *(("north", sent) for sent in ({"camera_id": "C2"}, {"camera_id": "C2", "at": AHEAD})),
    ],
)
def test_nor_what_a_key_of_one_camera_sent_for_another(own: Admission, site_id: str, sent: dict[str, Any]) -> None:
    key = own.key("ingest", site_id, cameras=["C1"])
    assert own.client().post("/api/events", json=event(site_id="north", **sent), **own.with_key(key)).status_code == 422
    own.clock.moment += timedelta(hours=1)
    assert replayed_by_all_means(own) == {409}
    assert stored(own) == 0


def test_nor_a_body_of_its_in_another_form(own: Admission) -> None:
    body = "\n".join(json.dumps(event(site_id="north", camera_id="C2", worker=worker)) for worker in ("W1", "W2"))
    key = own.key("ingest", EVERYWHERE, cameras=["C1"])
    assert own.client().post("/api/events", data=body, content_type=PLAIN, **own.with_key(key)).status_code == 400
    assert replayed_by_all_means(own) == {409}
    assert stored(own) == 0


@pytest.mark.parametrize("site_id", ["north", EVERYWHERE])
def test_what_was_refused_for_another_reason_is_taken_up_as_before(own: Admission, site_id: str) -> None:
    key = own.key("ingest", site_id, cameras=["C1"])
    assert own.client().post("/api/events", json=event(AHEAD, site_id="north", camera_id="C1"), **own.with_key(key)).status_code == 422
    own.clock.moment += timedelta(hours=1)
    (entry,) = entries(own)
    assert entry["status"] == "open"
    assert own.signed_in("supervisor").post(f"/api/quarantine/{entry['quarantine_id']}/replay").status_code == 200
    assert stored(own) == 1


def test_a_site_made_later_takes_what_a_key_of_all_sent(own: Admission) -> None:
    own.client().post("/api/events", json=event(site_id="new"), **own.with_key(own.key("ingest", EVERYWHERE)))
    own.services.sites.put("new", {"name": "New"}, own.clock.now())
    assert replayed_by_all_means(own) == {200}
    assert {entry["status"] for entry in entries(own)} == {"replayed"}


def test_what_is_barred_is_shown_and_says_why(own: Admission) -> None:
    own.client().post("/api/events", json=event(site_id="south"), **own.with_key(own.key("ingest", "north")))
    (entry,) = entries(own)
    chief = own.signed_in("chief")
    assert "sent with a key that may not send it" in chief.post(f"/api/quarantine/{entry['quarantine_id']}/replay").json["detail"]
    calls = DashCalls(own.server, chief)
    (one,) = (output for output in calls.callbacks if "quarantine-entry-title" in output)
    shown = chief.post(ROUTE, json=calls.body(one, "south", entry["quarantine_id"])).json["response"]
    assert "sent with a key that may not send it" in shown[ids.entry("reason")]["children"]
    assert shown[ids.REPLAY]["disabled"] is True
    (table,) = (output for output in calls.callbacks if "quarantine-grid.rowData" in output)
    body = calls.body(table, "south", view={"page": "quality", "id": None})
    assert [row["status"] for row in chief.post(ROUTE, json=body).json["response"][ids.QUARANTINE_GRID]["rowData"]] == ["Barred"]
    # To who administers the key's site it is not there: it is of another.
    assert own.signed_in("local").get("/api/quarantine").json == []


@pytest.mark.parametrize("body", [LINE[:-1], json.dumps(event(worker=None, site_id=7))], ids=["no JSON", "no site"])
def test_what_a_key_of_all_sites_sends_wrongly_may_be_taken_up(own: Admission, body: str) -> None:
    """It may bring anything anywhere: whoever takes up what it sent lends it nothing."""
    key = own.with_key(own.key("ingest", EVERYWHERE))
    assert own.client().post("/api/events", data=body, content_type=PLAIN, **key).status_code in (400, 422)
    assert [entry["status"] for entry in entries(own)] == ["open"]
