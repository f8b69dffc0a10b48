"""Cameras over HTTP: what they are called, which stations they see, what they have sent."""

from datetime import timedelta
from typing import Any

import pytest
from http_api import NOW, Api, SettableClock, assert_problem, event

NOTHING_SENT = {"last_seen_at": None, "last_event_at": None, "events": 0, "late": 0, "repeated": 0, "skew_seconds": None}


def put(api: Api, change: dict, camera_id: str = "C1", **query: Any) -> Any:
    answer = api.put(f"/api/cameras/{camera_id}", change, **query)
    assert answer.status_code in (200, 201), answer.json
    return answer.json


def one(api: Api, camera_id: str = "C1", **query: Any) -> dict:
    (row,) = [row for row in api.get("/api/cameras", **query).json if row["camera_id"] == camera_id]
    return row


def at(seconds: float) -> str:
    """So many seconds after the server's clock when the test begins."""
    return (NOW + timedelta(seconds=seconds)).isoformat()


def test_registered_by_hand_and_never_heard_of(api: Api) -> None:
    made = api.put("/api/cameras/C1", {"name": "Hall A", "station_ids": ["S2", "S1"]})
    assert made.status_code == 201
    assert made.json == {"site_id": "main", "camera_id": "C1", "name": "Hall A", "station_ids": ["S1", "S2"], **NOTHING_SENT}
    assert api.get("/api/cameras").json == [made.json]


def test_what_it_has_sent(api: Api, clock: SettableClock) -> None:
    sent = [
        event(at(-61), camera_id="C1", sent_at=at(-3)),
        event(at(-60), camera_id="C1", station="S2", sent_at=at(1)),
        event(at(0), camera_id="C1", station="S2", kind="idle"),
        event(at(0), camera_id="C1", kind="absent", station=None, sent_at=at(-1)),
        event(at(-600), camera_id="C2"),
        event(at(-500)),
    ]
    api.take_in(sent)
    assert one(api) == {
        "site_id": "main",
        "camera_id": "C1",
        "name": None,
        "station_ids": ["S1", "S2"],
        "last_seen_at": "2026-11-20T12:00:00Z",
        "last_event_at": "2026-11-20T12:00:00Z",
        "events": 4,
        "late": 1,
        "repeated": 0,
        "skew_seconds": 1.0,
    }
    clock.moment += timedelta(seconds=90)
    api.take_in(sent[:3])
    again = one(api)
    assert (again["events"], again["late"], again["repeated"], again["skew_seconds"]) == (4, 1, 3, 1.0)
    assert (again["last_seen_at"], again["last_event_at"]) == ("2026-11-20T12:01:30Z", "2026-11-20T12:00:00Z")
    assert [(row["camera_id"], row["events"], row["late"]) for row in api.get("/api/cameras").json] == [("C1", 4, 1), ("C2", 1, 1)]


def test_stations_that_somebody_named_win_over_those_reported(api: Api) -> None:
    api.post(event(camera_id="C1", station="S3"))
    assert one(api)["station_ids"] == ["S3"]
    assert put(api, {"station_ids": ["S2", "S1", "S2"]})["station_ids"] == ["S1", "S2"]
    assert put(api, {"name": "Hall A"})["station_ids"] == ["S1", "S2"]
    for nothing in ([], None):
        assert put(api, {"station_ids": ["S9"]})["station_ids"] == ["S9"]
        assert put(api, {"station_ids": nothing})["station_ids"] == ["S3"]


def test_what_is_left_out_stays(api: Api) -> None:
    put(api, {"name": "Hall A", "station_ids": ["S1"]})
    for change in ({}, {"camera_id": "C1"}, {"site_id": "main"}):
        kept = put(api, change)
        assert (kept["name"], kept["station_ids"]) == ("Hall A", ["S1"])
    assert put(api, {"name": None})["name"] is None


def test_sites_have_their_own(api: Api) -> None:
    api.put("/api/sites/north", {})
    api.post(event(camera_id="C1"))
    assert put(api, {"name": "Nord"}, site_id="north")["events"] == 0
    assert (one(api)["name"], one(api)["events"]) == (None, 1)
    assert one(api, site_id="north")["name"] == "Nord"


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"station_ids": "S1"}, "station_ids"),
        ({"station_ids": {"S1": 1}}, "station_ids"),
        ({"station_ids": [1]}, "station_ids"),
        ({"station_ids": [None]}, "station_ids"),
        ({"station_ids": [["S1"]]}, "station_ids"),
        ({"station_ids": ["S1", ""]}, "station_ids"),
        ({"station_ids": ["x" * 129]}, "station_ids"),
        ({"station_ids": ["a\0"]}, "station_ids"),
        ({"station_ids": [f"S{number}" for number in range(201)]}, "station_ids"),
        ({"station_ids": False}, "station_ids"),
        ({"name": ["a"]}, "name"),
        ({"name": " "}, "name"),
        ({"stations": ["S1"]}, "stations"),
        ({"camera_id": "C2"}, "camera_id"),
        ({"events": 5}, "events"),
    ],
    ids=str,
)
def test_what_cannot_be(api: Api, change: dict, word: str) -> None:
    assert_problem(api.put("/api/cameras/C1", change), 422, f"{word}:")
    assert api.get("/api/cameras").json == []


def test_ids_of_full_length(api: Api) -> None:
    longest = [f"{number:0>128}" for number in range(200)]
    assert put(api, {"station_ids": longest}, "c" * 128)["station_ids"] == longest


def test_a_strict_site_takes_who_was_registered_by_hand(api: Api) -> None:
    api.post(event())
    api.put("/api/sites/main", {"unknown_ids": "reject"})
    assert_problem(api.post(event("2026-01-15T09:00:00Z", camera_id="C1")), 422, "camera_id: no camera C1")
    put(api, {})
    assert api.post(event("2026-01-15T09:00:00Z", camera_id="C1")).status_code == 201
    assert (one(api)["events"], one(api)["repeated"]) == (1, 0)


def test_removing_the_demo_leaves_what_cameras_have_sent(api: Api) -> None:
    api.client.post("/api/seed")
    api.post(event(camera_id="demo", event_id="1"))
    before = api.get("/api/cameras").json
    api.client.delete("/api/seed")
    assert api.get("/api/cameras").json == before
    api.post(event(camera_id="demo", event_id="2", kind="idle"))
    assert one(api, "demo")["events"] == 2
