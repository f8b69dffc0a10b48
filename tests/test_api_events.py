"""POST /api/events: one event in, by docs/api.md."""

import pytest
from http_api import Api, SettableClock, assert_problem, event


def test_a_new_event(api: Api) -> None:
    sent = {
        "timestamp": "2026-01-15T10:15:00Z",
        "worker_id": "W1",
        "workstation_id": "S3",
        "event_type": "working",
        "confidence": 0.93,
        "count": 1,
    }
    answer = api.post(sent)
    assert answer.status_code == 201
    assert answer.json == {"message": "Event ingested successfully", "event_id": answer.json["event_id"], "duplicate": False}
    assert isinstance(answer.json["event_id"], int)
    assert api.metrics("factory").json["total_events"] == 1


def test_a_repeat_is_acknowledged_and_not_stored_again(api: Api) -> None:
    first = api.post(event())
    again = api.post(event())
    assert again.status_code == 200
    assert again.json == {**first.json, "duplicate": True}
    assert len(api.stored()) == 1


@pytest.mark.parametrize(
    ("why", "first", "second", "repeats"),
    [
        ("the same moment in another zone", event("2026-01-15T08:00:00Z"), event("2026-01-15T09:00:00+01:00"), True),
        ("no offset is the site's zone, UTC here", event("2026-01-15T08:00:00Z"), event("2026-01-15T08:00:00"), True),
        ("confidence is no content", event(confidence=0.9), event(confidence=0.5), True),
        ("a count on a state event is ignored", event(count=1), event(count=7), True),
        ("a missing count is 1", event(kind="product_count"), event(kind="product_count", count=1), True),
        ("two counts at one moment", event(kind="product_count", count=2), event(kind="product_count", count=3), False),
        ("another station", event(station="S1"), event(station="S2"), False),
        ("an id of its own", event(), event(event_id="a"), False),
        ("ids compare as text", event(event_id=7), event(event_id="7"), True),
        ("an empty id is none", event(), event(event_id=""), True),
        ("another camera's id", event(event_id="a", camera_id="C1"), event(event_id="a", camera_id="C2"), False),
        ("the same camera's id", event(event_id="a", camera_id="C1"), event(event_id="a", camera_id="C1"), True),
        ("without an id the camera doesn't matter", event(camera_id="C1"), event(camera_id="C2"), True),
    ],
)
def test_identity(api: Api, why: str, first: dict, second: dict, repeats: bool) -> None:
    assert api.post(first).status_code == 201
    answer = api.post(second)
    assert answer.json["duplicate"] is repeats, why
    assert len(api.stored()) == 2 - repeats


def test_ids_are_the_sites_own(api: Api) -> None:
    api.put("/api/sites/north", {})
    assert api.post(event(event_id="a")).status_code == 201
    assert api.post(event(event_id="a", site_id="north")).status_code == 201
    assert [row["worker_id"] for row in api.get("/api/workers", site_id="north").json] == ["W1"]


def test_a_conflict_is_quarantined(api: Api) -> None:
    api.post(event(event_id="a"))
    assert_problem(api.post(event(event_id="a", kind="idle")), 422, "event_id", "a was sent before with other content")
    assert [entry["reason"].split(":")[0] for entry in api.quarantined()] == ["event_id"]
    assert len(api.stored()) == 1


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (event(kind="walking"), ["event_type", "working, idle, absent, product_count", "walking"]),
        (event(at=None), ["timestamp", "missing"]),
        (event(worker=None), ["worker_id", "missing"]),
        (event(station=None), ["workstation_id", "missing"]),
        (event(worker=7), ["worker_id", "string"]),
        (event(confidence=1.5), ["confidence", "from 0 to 1"]),
        (event(kind="product_count", count=-1), ["count", "whole number"]),
        (event(kind="product_count", count=1.5), ["count", "whole number"]),
        (event(at="yesterday"), ["timestamp", "RFC 3339", "yesterday"]),
        (event(at="1999-12-31T23:59:59Z"), ["timestamp", "before 2000"]),
        (event(site_id="atlantis"), ["site_id", "no site", "atlantis"]),
        (event(worker="x" * 129), ["worker_id", "128"]),
        (event(worker="a\0b"), ["worker_id", "NUL"]),
    ],
)
def test_a_refusal_names_the_field_and_is_kept(api: Api, sent: dict, words: list[str]) -> None:
    assert_problem(api.post(sent), 422, *words)
    kept = api.quarantined()
    assert len(kept) == 1
    assert kept[0]["reason"].startswith(f"{words[0]}:")
    assert api.stored() == []


def test_what_may_be_missing(api: Api) -> None:
    assert api.post(event(kind="absent", station=None)).status_code == 201
    assert api.post(event(kind="product_count", worker=None)).status_code == 201
    assert api.post(event(kind="product_count", count=None)).status_code == 201
    assert api.figures()["factory"]["total_production_count"] == 2


def test_the_future_is_five_minutes_away(api: Api, clock: SettableClock) -> None:
    assert api.post(event("2026-11-20T12:05:00Z")).status_code == 201
    late = event("2026-11-20T12:05:00.000001Z")
    assert_problem(api.post(late), 422, "timestamp", "5 minutes ahead")
    clock.moment = clock.moment.replace(minute=1)
    assert api.post(late).status_code == 201


def test_times_without_offset_are_read_in_the_sites_zone(api: Api) -> None:
    api.put("/api/sites/berlin", {"timezone": "Europe/Berlin"})
    assert api.post(event("2026-07-15T10:00:00", site_id="berlin")).status_code == 201
    assert api.post(event("2026-07-15T08:00:00Z", site_id="berlin")).json["duplicate"] is True
    # A later change of zone leaves what was read.
    api.put("/api/sites/berlin", {"timezone": "UTC"})
    assert api.post(event("2026-07-15T08:00:00Z", site_id="berlin")).json["duplicate"] is True


def test_everything_besides_is_taken(api: Api) -> None:
    more = {"camera_id": "C1", "model_name": "yolo", "model_version": "8", "sent_at": "2026-01-15T08:00:01Z", "site_id": "main", "event_id": 12, "note": [1]}
    assert api.post(event(**more)).status_code == 201
    assert [row["camera_id"] for row in api.get("/api/cameras").json] == ["C1"]


def test_null_is_left_out(api: Api) -> None:
    assert api.client.post("/api/events", json={**event(), "event_id": None, "camera_id": None, "site_id": None, "count": None}).status_code == 201
    assert api.post(event()).json["duplicate"] is True
