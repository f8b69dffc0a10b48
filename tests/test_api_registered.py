"""Workers, workstations, cameras and models: listed, created, renamed; by ids of all sorts."""

import pytest
from http_api import Api, assert_problem, event


def test_first_sight_registers(api: Api) -> None:
    assert api.get("/api/workers").json == []
    api.take_in([event(worker="W2", station="S2"), event(worker="W1", camera_id="C1")])
    assert [(row["site_id"], row["worker_id"], row["name"]) for row in api.get("/api/workers").json] == [("main", "W1", None), ("main", "W2", None)]
    assert [(row["station_id"], row["name"], row["type"]) for row in api.get("/api/workstations").json] == [("S1", None, None), ("S2", None, None)]
    assert [(row["camera_id"], row["name"]) for row in api.get("/api/cameras").json] == [("C1", None)]


def test_create_rename_and_keep_what_is_left_out(api: Api) -> None:
    made = api.put("/api/workers/W1", {"name": "Alice", "home_station_id": "S1"})
    assert (made.status_code, made.json) == (201, {"site_id": "main", "worker_id": "W1", "name": "Alice", "home_station_id": "S1"})
    renamed = api.put("/api/workers/W1", {"name": "Alice Johnson"})
    assert (renamed.status_code, renamed.json["name"], renamed.json["home_station_id"]) == (200, "Alice Johnson", "S1")
    assert api.put("/api/workers/W1", {"home_station_id": None}).json["home_station_id"] is None
    assert api.put("/api/workers/W1", {}).json["name"] == "Alice Johnson"
    made = api.put("/api/workstations/S1", {"name": "Press 1", "type": "press"})
    assert (made.status_code, made.json) == (201, {"site_id": "main", "station_id": "S1", "name": "Press 1", "type": "press"})


def test_names_stay_when_events_come(api: Api) -> None:
    api.put("/api/workers/W1", {"name": "Alice"})
    api.post(event())
    assert api.metrics("workers").json[0]["name"] == "Alice"


def test_sites_have_their_own(api: Api) -> None:
    api.put("/api/sites/north", {})
    api.put("/api/workers/W1", {"name": "Alice"})
    assert api.put("/api/workers/W1", {"name": "Nora"}, site_id="north").status_code == 201
    assert api.put("/api/workers/W2", {"site_id": "north"}).status_code == 201
    assert [row["name"] for row in api.get("/api/workers").json] == ["Alice"]
    assert [row["worker_id"] for row in api.get("/api/workers", site_id="north").json] == ["W1", "W2"]


@pytest.mark.parametrize("resource", ["workers", "workstations", "cameras", "models"])
def test_unknown_sites(api: Api, resource: str) -> None:
    assert_problem(api.get(f"/api/{resource}", site_id="atlantis"), 404, "atlantis")
    assert_problem(api.put(f"/api/{resource}/X", {}, site_id="atlantis"), 404, "atlantis")
    assert_problem(api.put(f"/api/{resource}/X", {"site_id": "atlantis"}), 404, "atlantis")


@pytest.mark.parametrize(
    ("path", "body", "word"),
    [
        ("workers/W1", {"name": ""}, "name"),
        ("workers/W1", {"name": 7}, "name"),
        ("workers/W1", {"name": "a\0b"}, "name"),
        ("workers/W1", {"name": "x" * 201}, "name"),
        ("workers/W1", {"nme": "Alice"}, "nme"),
        ("workers/W1", {"worker_id": "W2"}, "worker_id"),
        ("workers/W1", {"home_station_id": ["S1"]}, "home_station_id"),
        ("workers/W1", {"home_station_id": "x" * 129}, "home_station_id"),
        ("workers/W1", {"site_id": 7}, "site_id"),
        ("workers/" + "x" * 129, {}, "worker_id"),
        ("workstations/S1", {"type": ""}, "type"),
        ("workstations/S1", {"type": "x" * 65}, "type"),
        ("workstations/S1", {"worker_id": "S1"}, "worker_id"),
        ("cameras/a%00b", {}, "camera_id"),
    ],
)
def test_what_cannot_be(api: Api, path: str, body: dict, word: str) -> None:
    assert_problem(api.put(f"/api/{path}", body), 422, f"{word}:")
    assert api.get("/api/" + path.partition("/")[0]).json == []


def test_broken_bodies(api: Api) -> None:
    for body in (b"{", b"", b"\xff", b"[" * 100_000, b'{"name": "\\ud800"}', b'{"name": NaN}'):
        assert_problem(api.client.put("/api/workers/W1", data=body, content_type="application/json"), 400)
    assert_problem(api.client.put("/api/workers/W1", data=b"{}", content_type="text/plain"), 415, "application/json")


@pytest.mark.parametrize("resource", ["workers", "workstations", "cameras", "models"])
def test_a_misspelt_site_is_not_the_main_site(api: Api, resource: str) -> None:
    assert_problem(api.get(f"/api/{resource}", site="north"), 422, "site:")
    assert_problem(api.put(f"/api/{resource}/X1", {}, site="north"), 422, "site:")
    assert_problem(api.put(f"/api/{resource}/X1", {}, site_id=["main", "north"]), 422, "site_id:")
    assert api.get(f"/api/{resource}").json == []
