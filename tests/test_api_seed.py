"""Demo data by POST and DELETE /api/seed."""

from datetime import timedelta

from http_api import Api, SettableClock, assert_problem, event


def test_seed(api: Api) -> None:
    answer = api.client.post("/api/seed")
    assert answer.status_code == 200
    assert answer.json["message"] == "Database seeded successfully"
    workers, stations = api.get("/api/workers").json, api.get("/api/workstations").json
    assert [row["worker_id"] for row in workers] == ["W1", "W2", "W3", "W4", "W5", "W6"]
    assert [row["station_id"] for row in stations] == ["S1", "S2", "S3", "S4", "S5", "S6"]
    assert workers[0]["name"] == "Alice Johnson"
    assert stations[0]["name"] == "Assembly Line 1"
    assert all(row["type"] for row in stations)
    figures = api.figures()
    assert figures["factory"]["total_events"] == answer.json["success_count"] == len(api.stored())
    assert all(50 < row["utilization_percentage"] < 100 and row["total_units_produced"] > 0 for row in figures["workers"].values())
    days = {row[3].date().isoformat() for row in api.stored()}
    assert days == {"2026-11-18", "2026-11-19", "2026-11-20"}


def test_a_second_call_only_appends(api: Api, clock: SettableClock) -> None:
    first = api.client.post("/api/seed").json["success_count"]
    before = api.stored()
    assert api.client.post("/api/seed").json["success_count"] == first
    assert api.stored() == before
    clock.moment += timedelta(hours=26)
    again = api.client.post("/api/seed").json
    after = api.stored()
    assert after[: len(before)] == before
    added = [row[3] for row in after[len(before) :]]
    assert added
    assert clock.moment - timedelta(hours=26) < min(added) <= max(added) <= clock.moment
    assert again["duplicate_count"] == len(before)


def test_seeding_leaves_what_was_registered(api: Api) -> None:
    api.put("/api/workers/W1", {"name": "Ada"})
    api.client.post("/api/seed")
    assert api.get("/api/workers").json[0]["name"] == "Ada"
    api.client.delete("/api/seed")
    assert [row["worker_id"] for row in api.get("/api/workers").json] == ["W1"]


def test_delete_takes_exactly_the_demo_away(api: Api) -> None:
    real = [
        event("2026-11-19T08:30:00Z", worker="W1", station="S1"),
        event("2026-11-19T09:30:00Z", "product_count", worker="W1", station="S1", count=4),
        event("2026-11-19T10:30:00Z", "idle", worker="W1", station="S7"),
        # A camera that is called like the demo's source, with ids like the demo's.
        event("2026-11-19T11:30:00Z", "absent", worker="W8", station="S1", camera_id="demo", event_id="demo-2026-11-19-W1-0001"),
        event("2026-11-19T11:30:00Z", worker="W8", station="S8", camera_id="demo"),
        event("2026-11-19T12:30:00Z", worker="W9", station="S1", event_id="demo-1"),
    ]
    api.take_in(real)
    before, stored, workers, stations = api.texts("main"), api.stored(), api.get("/api/workers").json, api.get("/api/workstations").json
    made = api.client.post("/api/seed").json["success_count"]
    assert api.texts("main") != before
    answer = api.client.delete("/api/seed")
    assert (answer.status_code, answer.json["removed_count"]) == (200, made)
    assert api.stored() == stored
    # W1 was here before the demo and stays as it was.
    assert api.get("/api/workers").json == workers
    assert api.get("/api/workstations").json == stations
    assert api.texts("main") == before
    assert api.client.delete("/api/seed").json["removed_count"] == 0


def test_real_events_that_come_amid_the_demo_stay(api: Api) -> None:
    api.client.post("/api/seed")
    api.take_in([event("2026-11-19T08:30:00Z", worker="W1", station="S1"), event("2026-11-19T09:30:00Z", "idle", worker="W1", station="S1")])
    api.client.delete("/api/seed")
    assert len(api.stored()) == 2
    assert [row["worker_id"] for row in api.metrics("workers").json] == ["W1"]
    assert api.metrics("workers/W1").json["total_active_time_hours"] == 1.0
    assert [row["station_id"] for row in api.get("/api/workstations").json] == ["S1"]


def test_a_deleted_demo_can_be_loaded_again(api: Api) -> None:
    api.client.post("/api/seed")
    expected = api.texts("main")
    api.client.delete("/api/seed")
    assert api.figures() == {**api.figures(), "workers": {}, "workstations": {}}
    api.client.post("/api/seed")
    assert api.texts("main") == expected


def test_other_sites(api: Api) -> None:
    api.put("/api/sites/north", {"timezone": "America/New_York"})
    assert api.client.post("/api/seed?site_id=north").status_code == 200
    assert {row[0] for row in api.stored()} == {"north"}
    assert api.get("/api/workers").json == []
    assert api.client.delete("/api/seed").json["removed_count"] == 0
    assert_problem(api.client.post("/api/seed?site_id=atlantis"), 404, "atlantis")
    assert_problem(api.client.delete("/api/seed?site_id=atlantis"), 404, "atlantis")


def test_a_misspelt_site_is_not_the_main_site(api: Api) -> None:
    api.client.post("/api/seed")
    before = api.stored()
    assert_problem(api.client.delete("/api/seed?site=north"), 422, "site:")
    assert_problem(api.client.post("/api/seed?site=north"), 422, "site:")
    assert api.stored() == before
