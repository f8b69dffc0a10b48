"""GET and PUT /api/sites: settings, their versions, and the numbers that follow them."""

from typing import Any

import pytest
from http_api import DAY_SHIFT, WORKED_EXAMPLE, Api, assert_problem, event

DEFAULTS = {"shifts": [], "exceptions": [], "signal_timeout_seconds": 43_200, "min_confidence": 0.0}


def settings_of(site: dict[str, Any]) -> dict[str, Any]:
    return {name: site[name] for name in DEFAULTS}


def test_main_always_exists(api: Api) -> None:
    (main,) = api.get("/api/sites").json
    assert (main["site_id"], main["timezone"], main["unknown_ids"]) == ("main", "UTC", "register")
    assert settings_of(main) == DEFAULTS


def test_create_and_change(api: Api) -> None:
    made = api.put("/api/sites/north", {"name": "Plant North", "timezone": "Europe/Berlin", "shifts": [DAY_SHIFT], "signal_timeout_seconds": 900})
    assert made.status_code == 201
    assert (made.json["name"], made.json["shifts"], made.json["signal_timeout_seconds"]) == ("Plant North", [DAY_SHIFT], 900)
    changed = api.put("/api/sites/north", {"signal_timeout_seconds": None, "min_confidence": 0.5})
    assert changed.status_code == 200
    # A field of a version that is left out has its default; name and time zone stay.
    assert settings_of(changed.json) == {**DEFAULTS, "signal_timeout_seconds": None, "min_confidence": 0.5}
    assert (changed.json["name"], changed.json["timezone"]) == ("Plant North", "Europe/Berlin")
    shown = api.get("/api/sites/north").json
    assert {**shown, "recomputing": None} == {**changed.json, "recomputing": None}
    assert [site["site_id"] for site in api.get("/api/sites").json] == ["main", "north"]


def test_what_is_shown_can_be_put(api: Api) -> None:
    shift = {"start": "22:00", "end": "06:00", "days": [0]}
    api.put("/api/sites/north", {"shifts": [shift], "exceptions": [{"date": "2026-12-25", "shifts": []}], "min_confidence": 0.25})
    shown = api.get("/api/sites/north").json
    again = api.put("/api/sites/north", {name: shown[name] for name in (*DEFAULTS, "name", "timezone", "unknown_ids", "site_id")})
    assert settings_of(again.json) == settings_of(shown)


def test_versions(api: Api) -> None:
    api.put("/api/sites/main", {"signal_timeout_seconds": 100})
    api.put("/api/sites/main", {"signal_timeout_seconds": 200, "valid_from": "2026-02-01"})
    api.put("/api/sites/main", {"signal_timeout_seconds": 300, "valid_from": "2026-03-01"})

    def versions() -> list[tuple[str | None, int]]:
        return [(version["valid_from"], version["signal_timeout_seconds"]) for version in api.get("/api/sites/main").json["versions"]]

    assert versions() == [(None, 100), ("2026-02-01", 200), ("2026-03-01", 300)]
    assert api.get("/api/sites/main").json["signal_timeout_seconds"] == 300
    # From its day on a new version replaces what was.
    api.put("/api/sites/main", {"signal_timeout_seconds": 400, "valid_from": "2026-02-01"})
    assert versions() == [(None, 100), ("2026-02-01", 400)]
    api.put("/api/sites/main", {"signal_timeout_seconds": 500})
    assert versions() == [(None, 500)]


def test_a_new_site_from_a_day_has_defaults_before(api: Api) -> None:
    made = api.put("/api/sites/north", {"signal_timeout_seconds": 60, "valid_from": "2026-02-01"})
    assert made.status_code == 201
    assert [(version["valid_from"], version["signal_timeout_seconds"]) for version in made.json["versions"]] == [(None, 43_200), ("2026-02-01", 60)]


INVALID: list[tuple[dict[str, Any], str]] = [
    ({"timezone": "Berlin"}, "timezone"),
    ({"timezone": ""}, "timezone"),
    ({"timezone": "../../etc/passwd"}, "timezone"),
    ({"timezone": "/etc/localtime"}, "timezone"),
    ({"timezone": "Europe/Berlin\0"}, "timezone"),
    ({"timezone": 1}, "timezone"),
    ({"timezone": None}, "timezone"),
    ({"name": ""}, "name"),
    ({"name": " "}, "name"),
    ({"name": 7}, "name"),
    ({"name": "x" * 201}, "name"),
    ({"signal_timeout_seconds": 0}, "signal_timeout_seconds"),
    ({"signal_timeout_seconds": -1}, "signal_timeout_seconds"),
    ({"signal_timeout_seconds": "900"}, "signal_timeout_seconds"),
    ({"signal_timeout_seconds": True}, "signal_timeout_seconds"),
    ({"signal_timeout_seconds": 10**12}, "signal_timeout_seconds"),
    ({"signal_timeout_seconds": 10**30}, "signal_timeout_seconds"),
    ({"min_confidence": 1.1}, "min_confidence"),
    ({"min_confidence": -0.1}, "min_confidence"),
    ({"min_confidence": None}, "min_confidence"),
    ({"min_confidence": "0.5"}, "min_confidence"),
    ({"shifts": {}}, "shifts"),
    ({"shifts": None}, "shifts"),
    ({"shifts": [1]}, "shifts[0]"),
    ({"shifts": [{}]}, "shifts[0].start"),
    ({"shifts": [{"days": [0], "start": "08:00"}]}, "shifts[0].end"),
    ({"shifts": [DAY_SHIFT, {**DAY_SHIFT, "start": "8:00"}]}, "shifts[1].start"),
    ({"shifts": [{**DAY_SHIFT, "end": "24:00"}]}, "shifts[0].end"),
    ({"shifts": [{**DAY_SHIFT, "end": 17}]}, "shifts[0].end"),
    ({"shifts": [{**DAY_SHIFT, "start": "08:00:00"}]}, "shifts[0].start"),
    ({"shifts": [{**DAY_SHIFT, "days": [7]}]}, "shifts[0].days"),
    ({"shifts": [{**DAY_SHIFT, "days": ["Mon"]}]}, "shifts[0].days"),
    ({"shifts": [{**DAY_SHIFT, "days": [True]}]}, "shifts[0].days"),
    ({"shifts": [{**DAY_SHIFT, "days": 1}]}, "shifts[0].days"),
    ({"shifts": [{**DAY_SHIFT, "name": ""}]}, "shifts[0].name"),
    ({"shifts": [{**DAY_SHIFT, "name": 1}]}, "shifts[0].name"),
    ({"shifts": [{**DAY_SHIFT, "breaks": "12:00"}]}, "shifts[0].breaks"),
    *(({"shifts": [{**DAY_SHIFT, "breaks": nothing}]}, "shifts[0].breaks") for nothing in ({}, "", 0, False)),
    ({"shifts": [{**DAY_SHIFT, "breaks": [{"start": "12:00"}]}]}, "shifts[0].breaks[0].end"),
    ({"shifts": [{**DAY_SHIFT, "brakes": []}]}, "shifts[0].brakes"),
    ({"shifts": [{**DAY_SHIFT, "breaks": [{"start": "12:00", "end": "13:00", "paid": True}]}]}, "shifts[0].breaks[0].paid"),
    ({"exceptions": [{"date": "2026-12-25", "shift": []}]}, "exceptions[0].shift"),
    ({"exceptions": [{"date": "2026-W01-1"}]}, "exceptions[0].date"),
    ({"shifts": [DAY_SHIFT] * 51}, "shifts"),
    ({"exceptions": {}}, "exceptions"),
    ({"exceptions": [{"shifts": []}]}, "exceptions[0].date"),
    ({"exceptions": [{"date": "2026-02-30"}]}, "exceptions[0].date"),
    ({"exceptions": [{"date": "25.12.2026"}]}, "exceptions[0].date"),
    ({"exceptions": [{"date": "2026-12-25", "shifts": [{"start": "x", "end": "12:00"}]}]}, "exceptions[0].shifts[0].start"),
    ({"exceptions": [{"date": "2026-12-25"}, {"date": "2026-12-25"}]}, "exceptions"),
    ({"valid_from": "tomorrow"}, "valid_from"),
    ({"valid_from": 20260701}, "valid_from"),
    ({"valid_from": "2026-W01-1"}, "valid_from"),
    ({"unknown_ids": "ignore"}, "unknown_ids"),
    ({"unknown_ids": True}, "unknown_ids"),
    ({"site_id": "south"}, "site_id"),
    ({"timeout": 900}, "timeout"),
]


@pytest.mark.parametrize(("change", "field"), INVALID)
def test_invalid_settings(api: Api, change: dict[str, Any], field: str) -> None:
    before = api.get("/api/sites/main").json
    assert_problem(api.put("/api/sites/main", change), 422, f"{field}:")
    assert_problem(api.put("/api/sites/new", change), 422, f"{field}:")
    assert settings_of(api.get("/api/sites/main").json) == settings_of(before)
    assert [site["site_id"] for site in api.get("/api/sites").json] == ["main"]


@pytest.mark.parametrize("site_id", ["x" * 129, "a%00b"])
def test_ids_that_cannot_be(api: Api, site_id: str) -> None:
    assert_problem(api.put(f"/api/sites/{site_id}", {}), 422, "site_id")


@pytest.mark.parametrize("body", ["[]", "1", "null", '"x"'])
def test_a_body_that_is_no_object(api: Api, body: str) -> None:
    assert_problem(api.client.put("/api/sites/main", data=body, content_type="application/json"), 422, "JSON object")


def test_unknown_site(api: Api) -> None:
    assert_problem(api.get("/api/sites/atlantis"), 404, "site", "atlantis")


def test_changed_settings_give_the_new_numbers(api: Api) -> None:
    api.take_in(WORKED_EXAMPLE)
    assert api.metrics("workers/W1").json["total_active_time_hours"] == 3.5
    api.put("/api/sites/main", {"signal_timeout_seconds": 3_600})
    # 10:30 to 12:00 is too long for an hour's timeout.
    assert api.metrics("workers/W1").json["total_active_time_hours"] == 2.0
    api.put("/api/sites/main", {"signal_timeout_seconds": 3_600, "shifts": [{**DAY_SHIFT, "start": "09:30", "end": "11:30", "breaks": []}]})
    row = api.metrics("workers/W1").json
    assert (row["tracked_time_hours"], row["total_idle_time_hours"]) == (2.0, 0.5)
    api.put("/api/sites/main", {})
    assert api.metrics("workers/W1").json["total_active_time_hours"] == 3.5


def test_a_later_version_leaves_the_days_before_alone(api: Api) -> None:
    for day in (14, 15, 16):
        api.take_in([event(f"2026-01-{day}T08:00:00Z"), event(f"2026-01-{day}T10:00:00Z", "idle")])
    api.put("/api/sites/main", {"signal_timeout_seconds": 3_600, "valid_from": "2026-01-15"})
    days = [{"from": f"2026-01-{day}", "to": f"2026-01-{day + 1}"} for day in (14, 15, 16)]
    assert [api.metrics("factory", **day).json["total_productive_time_hours"] for day in days] == [2.0, 0.0, 0.0]


def test_a_change_of_time_zone(api: Api) -> None:
    shift = {"days": [3], "start": "08:00", "end": "09:00"}
    api.put("/api/sites/main", {"shifts": [shift]})
    # A Thursday; 08:00 in Berlin is 07:00 UTC.
    api.take_in([event(f"2026-01-15T{clock}:00Z") for clock in ("06:30", "07:15", "08:15", "09:15")])
    tracked = [api.metrics("workers/W1").json["tracked_time_hours"]]
    api.put("/api/sites/main", {"shifts": [shift], "timezone": "Asia/Tokyo"})
    tracked.append(api.metrics("workers/W1").json["tracked_time_hours"])
    api.put("/api/sites/main", {"shifts": [shift], "timezone": "Europe/Berlin"})
    tracked.append(api.metrics("workers/W1").json["tracked_time_hours"])
    assert tracked == [1.0, 0.0, 1.0]


def test_a_site_may_refuse_ids_it_does_not_know(api: Api) -> None:
    api.put("/api/sites/main", {"unknown_ids": "reject"})
    assert_problem(api.post(event()), 422, "worker_id", "W1", "registered")
    api.put("/api/workers/W1", {"name": "Alice"})
    assert_problem(api.post(event()), 422, "workstation_id", "S1")
    api.put("/api/workstations/S1", {})
    assert api.post(event()).status_code == 201
    assert_problem(api.post(event(camera_id="C1")), 422, "camera_id", "C1")
    api.put("/api/cameras/C1", {})
    assert api.post(event("2026-01-15T09:00:00Z", camera_id="C1")).status_code == 201
    answer = api.post_batch([event("2026-01-15T10:00:00Z"), event("2026-01-15T10:00:00Z", worker="W2"), event("2026-01-15T11:00:00Z")])
    assert (answer.status_code, [error["index"] for error in answer.json["errors"]]) == (207, [1])
    api.put("/api/sites/main", {"unknown_ids": "register"})
    assert api.post(event(worker="W9", station="S9")).status_code == 201


def test_an_unknown_model_may_be_refused_too(api: Api) -> None:
    api.take_in([event(model_name="yolo", model_version="8", camera_id="C1")])
    api.put("/api/sites/main", {"unknown_ids": "reject"})
    assert api.post(event("2026-01-15T09:00:00Z", model_name="yolo", model_version="8")).status_code == 201
    assert_problem(api.post(event("2026-01-15T10:00:00Z", model_name="other")), 422, "model_name", "other")


def test_a_day_in_the_wrong_place_does_not_change_all_history(api: Api) -> None:
    answer = api.put("/api/sites/main", {"min_confidence": 0.5}, valid_from="2026-07-01")
    assert_problem(answer, 422, "valid_from:")
    assert api.get("/api/sites/main").json["min_confidence"] == 0.0


def test_a_site_without_a_name_is_called_by_its_id_even_a_blank_one(api: Api) -> None:
    """The fixture holds every answer against the document."""
    answer = api.put("/api/sites/%20", {})
    assert (answer.status_code, answer.json["name"]) == (201, " ")
