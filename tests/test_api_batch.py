"""POST /api/events/batch: many events, each judged on its own."""

import gzip
import json

import pytest
from http_api import PROBLEM, Api, assert_problem, event, minutely

from ingest.rows_in_sqlite import BY_CLIENT_ID, BY_CONTENT

BATCH = "/api/events/batch"


def test_some_good_some_repeated_some_bad(api: Api) -> None:
    good = minutely(3)
    answer = api.post_batch([good[0], good[1], good[0], event(kind="walking"), good[2]])
    assert answer.status_code == 207
    body = answer.json
    (error,) = body.pop("errors")
    assert body == {
        "message": "4/5 events ingested successfully",
        "success_count": 4,
        "total_count": 5,
        "duplicate_count": 1,
        "rejected_count": 1,
    }
    assert error["index"] == 3
    assert error["detail"].startswith("event_type: ")
    assert len(api.stored()) == 3


def test_all_good(api: Api) -> None:
    answer = api.post_batch(minutely(50))
    assert (answer.status_code, answer.json["message"], answer.json["errors"]) == (200, "50/50 events ingested successfully", [])


def test_all_repeated(api: Api) -> None:
    api.post_batch(minutely(5))
    answer = api.post_batch(minutely(5))
    assert (answer.status_code, answer.json["success_count"], answer.json["duplicate_count"]) == (200, 5, 5)


def test_all_bad(api: Api) -> None:
    answer = api.post_batch([event(kind="walking"), 1])
    assert (answer.status_code, answer.content_type) == (422, PROBLEM)
    assert (answer.json["success_count"], answer.json["rejected_count"], answer.json["total_count"]) == (0, 2, 2)
    assert [error["index"] for error in answer.json["errors"]] == [0, 1]
    assert "walking" in answer.json["detail"]


def test_nothing(api: Api) -> None:
    answer = api.post_batch([])
    assert (answer.status_code, answer.json["total_count"], answer.json["success_count"]) == (200, 0, 0)


def test_no_json_is_quarantined_whole(api: Api) -> None:
    body = b'[{"timestamp": oops'
    assert_problem(api.client.post(BATCH, data=body, content_type="application/json"), 400, "not JSON")
    (entry,) = api.quarantined()
    assert entry["payload"] == body.decode()
    assert entry["site_id"] is None


def test_nan_costs_its_own_event_only(api: Api) -> None:
    good, bad = minutely(1), event("2026-01-15T09:00:00Z", confidence=float("nan"), site_id="main")
    answer = api.client.post(BATCH, data=json.dumps([*good, bad]), content_type="application/json")
    assert (answer.status_code, answer.json["success_count"]) == (207, 1)
    # What is kept is found by its site all the same.
    assert len(api.quarantined(site_id="main")) == 1


def test_a_conflict_in_a_batch(api: Api) -> None:
    answer = api.post_batch([event(event_id="a"), event("2026-01-15T09:00:00Z", event_id="a"), event("2026-01-15T10:00:00Z")])
    assert answer.status_code == 207
    assert [error["index"] for error in answer.json["errors"]] == [1]
    assert "was sent before" in answer.json["errors"][0]["detail"]
    assert len(api.stored()) == 2


@pytest.mark.parametrize(("count", "status"), [(10_000, 200), (10_001, 413)])
def test_at_most_ten_thousand(api: Api, count: int, status: int) -> None:
    answer = api.post_batch([event()] * count)
    assert answer.status_code == status
    if status == 413:
        assert_problem(answer, 413, "10,000")
        assert api.stored() == []


def test_several_sites_in_one_batch(api: Api) -> None:
    api.put("/api/sites/north", {})
    answer = api.post_batch([event(), event(site_id="north"), event(site_id="south")])
    assert (answer.status_code, [error["index"] for error in answer.json["errors"]]) == (207, [2])
    assert [row[0] for row in api.stored()] == ["main", "north"]


def test_gzip(api: Api) -> None:
    body = gzip.compress(json.dumps(minutely(100)).encode())
    answer = api.client.post(BATCH, data=body, content_type="application/json", headers={"Content-Encoding": "gzip"})
    assert (answer.status_code, answer.json["success_count"]) == (200, 100)
    parts = gzip.compress(b"[" + json.dumps(event()).encode()) + gzip.compress(b"]")
    assert api.client.post(BATCH, data=parts, content_type="application/json", headers={"Content-Encoding": "gzip"}).status_code == 200


def test_utf8_beyond_ascii(api: Api) -> None:
    api.post_batch([event(worker="Jürgen 🏭", station="Fräse")])
    assert [row["worker_id"] for row in api.get("/api/workers").json] == ["Jürgen 🏭"]
    assert api.metrics("workers/Jürgen 🏭").json["event_count"] == 1
    assert api.metrics("workstations", station_id="Fräse").json[0]["event_count"] == 1


def test_what_is_acknowledged_counts_at_once(api: Api) -> None:
    for number, sent in enumerate(minutely(20), start=1):
        api.post_batch([sent])
        answer = api.get("/api/metrics/factory")
        assert answer.json["total_events"] == number or answer.headers["Data-Stale"] == "true"


@pytest.mark.one_file
@pytest.mark.parametrize(("statement", "index", "columns"), [(BY_CLIENT_ID, "ux_events_client_id", 3), (BY_CONTENT, "ux_events_identity", 6)])
def test_a_repeat_costs_one_look_into_an_index(api: Api, statement: str, index: str, columns: int) -> None:
    """A camera that lost an answer repeats its whole batch; searching the site for each event would take half a minute."""
    with api.services.database.read() as connection:
        (plan,) = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", ("",) * columns).mappings().all()
    assert index in plan["detail"]
    assert plan["detail"].count("=?") >= columns


@pytest.mark.parametrize("ids", [False, True])
def test_a_whole_batch_again(api: Api, ids: bool) -> None:
    events = [{**sent, **({"event_id": number} if ids else {})} for number, sent in enumerate(minutely(2_000))]
    api.take_in(events)
    answer = api.post_batch(list(reversed(events)))
    assert (answer.status_code, answer.json["duplicate_count"]) == (200, 2_000)
    assert len(api.stored()) == 2_000
