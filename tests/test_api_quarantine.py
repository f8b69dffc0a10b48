"""What was refused is kept, listed, and taken up again once its cause is mended."""

import json

import pytest
from http_api import Api, assert_problem, event


def replay(api: Api, quarantine_id: int):
    return api.client.post(f"/api/quarantine/{quarantine_id}/replay")


def test_kept_and_listed_newest_first(api: Api) -> None:
    sent = [event(kind="walking"), event(worker="W2", confidence=2)]
    api.post_batch(sent)
    second, first = api.quarantined()
    assert first["quarantine_id"] < second["quarantine_id"]
    assert [json.loads(entry["payload"]) for entry in (first, second)] == sent
    assert first["reason"].startswith("event_type: ")
    assert first["status"] == "open"
    assert first["received_at"] == "2026-11-20T12:00:00Z"
    assert first["site_id"] == "main"


def test_pages(api: Api) -> None:
    api.post_batch([event(kind=f"kind{number}") for number in range(7)])
    ids = [entry["quarantine_id"] for entry in api.quarantined()]
    assert ids == sorted(ids, reverse=True)
    assert [entry["quarantine_id"] for entry in api.quarantined(limit=3)] == ids[:3]
    assert [entry["quarantine_id"] for entry in api.quarantined(limit=3, before=ids[2])] == ids[3:6]
    for name, value in (("limit", "0"), ("limit", "x"), ("limit", "-1"), ("before", "1.5"), ("before", "²")):
        assert_problem(api.get("/api/quarantine", **{name: value}), 422, f"{name}:")


def test_by_site(api: Api) -> None:
    api.put("/api/sites/north", {})
    api.post_batch([event(kind="walking"), event(kind="walking", site_id="north"), event(site_id="atlantis"), event(kind="walking", site_id=None)])
    assert len(api.quarantined(site_id="main")) == 2
    assert len(api.quarantined(site_id="north")) == 1
    # A site that does not exist is just what its events were refused for.
    assert len(api.quarantined(site_id="atlantis")) == 1
    assert len(api.quarantined()) == 4


def test_replayed_after_the_site_was_made(api: Api) -> None:
    api.post(event(site_id="north"))
    (entry,) = api.quarantined()
    assert_problem(replay(api, entry["quarantine_id"]), 422, "Still refused", "no site", "north")
    assert api.quarantined()[0]["status"] == "open"
    api.put("/api/sites/north", {"timezone": "Europe/Berlin"})
    answer = replay(api, entry["quarantine_id"])
    assert (answer.status_code, answer.json["success_count"], answer.json["total_count"]) == (200, 1, 1)
    assert api.quarantined()[0]["status"] == "replayed"
    assert len(api.quarantined()) == 1
    assert api.metrics("factory", site_id="north").json["total_events"] == 1


def test_replayed_after_the_worker_was_registered(api: Api) -> None:
    api.put("/api/sites/main", {"unknown_ids": "reject"})
    api.put("/api/workstations/S1", {})
    api.post_batch([event(camera_id="C1", event_id="a", confidence=0.5, kind="product_count", count=3, model_name="m", sent_at="2026-01-15T08:00:01Z")])
    (entry,) = api.quarantined()
    assert_problem(replay(api, entry["quarantine_id"]), 422, "W1")
    api.put("/api/workers/W1", {})
    api.put("/api/cameras/C1", {})
    api.put("/api/sites/main", {"unknown_ids": "register"})
    assert replay(api, entry["quarantine_id"]).status_code == 200
    assert api.metrics("workers/W1").json["total_units_produced"] == 3
    # It is the event that the camera sent: sent again it is a repeat.
    assert api.post(event(camera_id="C1", event_id="a", kind="product_count", count=3)).json["duplicate"] is True


def test_replayed_once_the_clock_allows(api: Api, clock) -> None:
    api.post(event("2026-11-20T13:00:00Z"))
    (entry,) = api.quarantined()
    assert_problem(replay(api, entry["quarantine_id"]), 422, "ahead")
    clock.moment = clock.moment.replace(hour=14)
    assert replay(api, entry["quarantine_id"]).status_code == 200


def test_a_second_replay_is_refused(api: Api) -> None:
    api.post(event(site_id="north"))
    api.put("/api/sites/north", {})
    (entry,) = api.quarantined()
    assert replay(api, entry["quarantine_id"]).status_code == 200
    assert_problem(replay(api, entry["quarantine_id"]), 409, "replayed already")
    assert len(api.stored()) == 1


def test_a_replay_of_what_was_sent_again_meanwhile(api: Api) -> None:
    api.post(event(site_id="north"))
    api.put("/api/sites/north", {})
    api.post(event(site_id="north"))
    (entry,) = api.quarantined()
    assert replay(api, entry["quarantine_id"]).json["duplicate_count"] == 1
    assert len(api.stored()) == 1


def test_a_conflict_stays_a_conflict(api: Api) -> None:
    api.post(event(event_id="a", camera_id="C1"))
    api.post(event(event_id="a", camera_id="C1", kind="idle"))
    (entry,) = api.quarantined()
    assert "a" in entry["reason"]
    assert json.loads(entry["payload"])["event_type"] == "idle"
    assert_problem(replay(api, entry["quarantine_id"]), 422, "was sent before")
    assert len(api.quarantined()) == 1
    assert len(api.stored()) == 1


def test_a_whole_body_stays_unreadable(api: Api) -> None:
    api.client.post("/api/events", data=b"hello \xff", content_type="application/json")
    (entry,) = api.quarantined()
    assert entry["payload"].startswith("hello")
    assert_problem(replay(api, entry["quarantine_id"]), 422, "still can't be read")
    assert api.quarantined()[0]["status"] == "open"


@pytest.mark.parametrize("quarantine_id", ["1", "0", str(2**63 - 1), str(2**63), "9" * 40, "abc", "-1", "1.5"])
def test_unknown_entries(api: Api, quarantine_id: str) -> None:
    assert_problem(api.client.post(f"/api/quarantine/{quarantine_id}/replay"), 404)


def test_a_long_payload_is_cut(api: Api) -> None:
    api.post({**event(kind="walking"), "note": "x" * 200_000})
    assert 60_000 < len(api.quarantined()[0]["payload"]) <= 65_536
