"""A site's sums by local day over HTTP: asked for, and taken from its own server."""

from typing import Any

import pytest
from http_api import assert_problem, event
from two_servers import central


def told_day(**more: Any) -> dict[str, Any]:
    sums = dict.fromkeys(("active", "idle", "absent", "signal", "tracked"), 0)
    return {"day": "2026-11-10", **sums, "units": 7, "events": 1, "utilization": None, "utilized": 0, "hours_told": 0, "hours_left_out": 0, **more}


def told(revision: int, *days: dict[str, Any], **more: Any) -> dict[str, Any]:
    about = {"worker_count": 1, "station_count": 1, "has_schedule": False, "privacy": {"level": "individual", "smallest_group": 5}}
    order = {"revision": revision, "as_of": "2026-11-20T11:59:00Z", "is_all": True, "void_from": None}
    return {**order, "timezone": "UTC", **about, "days": [*days], **more}


def test_what_comes_late_changes_nothing_and_the_same_again_is_the_same(api):
    api.put("/api/sites/north", {})
    path = "/api/sites/north/sums"
    assert api.put(path, told(5, told_day())).json == {"site_id": "north", "revision_before": 0, "is_late": False}
    kept = api.get(path).json
    assert api.put(path, told(5, told_day())).json == {"site_id": "north", "revision_before": 5, "is_late": False}
    for late in ({"revision": 4}, {"revision": 4, "as_of": "2026-11-20T12:00:00Z"}, {"as_of": "2026-11-20T11:58:59Z"}):
        assert api.put(path, told(5, told_day(units=1), told_day(day="2026-11-11")) | late).json["is_late"] is True
        assert api.get(path).json == kept
    assert api.put(path, told(5, told_day(units=8), as_of="2026-11-20T11:59:01Z")).json["is_late"] is False
    assert [day["units"] for day in api.get(path).json["days"]] == [8]


def test_what_is_told_anew_from_a_day_on_leaves_nothing_before_it(api):
    api.put("/api/sites/north", {})
    path = "/api/sites/north/sums"
    api.put(path, told(1, *(told_day(day=f"2026-11-{day:02}") for day in range(1, 8))))
    api.put(path, told(2, told_day(day="2026-11-06"), void_from="2026-11-03"))
    assert [day["day"][-2:] for day in api.get(path).json["days"]] == ["01", "02", "06", "07"]
    assert [day["day"][-2:] for day in api.get(path, **{"from": "2026-11-02", "to": "2026-11-07"}).json["days"]] == ["02", "06"]


@pytest.mark.parametrize(
    ("why", "body", "word"),
    [
        ("a day twice", told(1, told_day(), told_day()), "days"),
        ("no day", told(1, told_day(day="2026-02-30")), "2026-02-30"),
        ("a text", told(1, told_day(units="7")), "units"),
        ("a negative sum", told(1, told_day(units=-1)), "units"),
        ("a sum beyond all bounds", told(1, told_day(units=2**60)), "units"),
        ("the future", told(1, as_of="2026-11-20T13:00:00Z"), "as_of"),
        ("no time", told(1, as_of="yesterday"), "as_of"),
        ("no day to begin with", told(1, void_from="2026-02-30"), "2026-02-30"),
        ("an unknown field", told(1, told_day(worker="W1")), "worker"),
        ("too many days", told(1, *[told_day()] * 4_001), "days"),
        ("a field is missing", {"revision": 1}, "missing"),
    ],
)
def test_what_makes_no_sense_is_refused(api, why, body, word):
    api.put("/api/sites/north", {})
    assert_problem(api.put("/api/sites/north/sums", body), 422, word)


def test_a_key_for_some_cameras_speaks_for_no_site(tmp_path):
    with central(tmp_path) as there:
        there.api.put("/api/sites/north", {})
        key = there.key("north", cameras=["C1"])
        answer = there.api.client.put("/api/sites/north/sums", json=told(1), headers={"Authorization": f"Bearer {key}"})
        assert_problem(answer, 403, "cameras")


def test_they_are_the_sites_own_days(api):
    api.put("/api/sites/north", {"timezone": "Europe/Berlin"})
    api.take_in([event("2026-11-10T08:00:00Z", site_id="north"), event("2026-11-10T09:00:00Z", "idle", site_id="north")])
    assert api.services.refresher.wait("north", 60)
    found = api.get("/api/sites/north/sums", **{"from": "2026-11-10", "to": "2026-11-11"}).json
    [day] = found["days"]
    assert (found["timezone"], found["worker_count"], found["privacy"]["level"]) == ("Europe/Berlin", 1, "individual")
    assert (day["day"], day["active"], day["events"], day["utilized"]) == ("2026-11-10", 3_600_000_000, 2, 1)
    # From the first event on until today.
    assert [one["day"] for one in api.get("/api/sites/north/sums").json["days"]][::10] == ["2026-11-10", "2026-11-20"]


def test_what_one_server_answers_another_one_takes(api):
    api.take_in([event("2026-11-10T08:00:00Z"), event("2026-11-10T09:00:00Z", "idle")])
    assert api.services.refresher.wait("main", 60)
    api.put("/api/sites/north", {})
    found = api.get("/api/sites/main/sums").json
    assert api.put("/api/sites/north/sums", {**found, "is_all": True, "void_from": None}).status_code == 200
    again = api.get("/api/sites/north/sums").json
    assert again == found


def test_too_many_days_at_once_are_refused(api):
    api.take_in([event("2003-11-10T08:00:00Z")])
    assert api.services.refresher.wait("main", 60)
    assert_problem(api.get("/api/sites/main/sums"), 422, "4,000")
    assert len(api.get("/api/sites/main/sums", **{"from": "2003-11-10", "to": "2003-11-12"}).json["days"]) == 2
