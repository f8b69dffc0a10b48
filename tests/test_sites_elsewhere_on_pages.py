"""Sites that have servers of their own, on the pages about all sites: beside the others, with by whom and as of when, and never left out in silence."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from http_api import DAY_SHIFT, Api, SettableClock, assert_problem
from migrated import empty_database
from thursday import NOW, thursday

import api as http
from callbacks.compare import ALL_SITES, compare, compared_rows, figures, ranked, ranking
from callbacks.compare_course import course
from callbacks.context import look
from callbacks.live import answered
from callbacks.many_sites import NOTHING_BEFORE
from callbacks.sites import sites
from components.wording import NO_DATA
from metrics.units import HOUR
from services import start_services
from settings import Settings

PEOPLE = ("active", "idle", "absent", "signal", "tracked")


def told(units: int, day: str = "2026-01-15", **more: Any) -> dict[str, Any]:
    """Ten hours of work and ten idle ones."""
    sums = {"active": 10 * HOUR, "idle": 10 * HOUR, "absent": 0, "signal": 0, "tracked": 0, "units": units, "events": 4}
    return {"day": day, **sums, "utilization": 50.0, "utilized": 3, "hours_told": 0, "hours_left_out": 0, **more}


def put(api: Api, *days: dict[str, Any], as_of: str = "2026-01-15T13:50:00Z", revision: int = 1, site_id: str = "east", **more: Any) -> None:
    about = {"worker_count": 3, "station_count": 2, "has_schedule": False, "privacy": {"level": "individual", "smallest_group": 5}}
    order = {"revision": revision, "as_of": as_of, "is_all": True, "void_from": None, "timezone": "Europe/Berlin"}
    answer = api.put(f"/api/sites/{site_id}/sums", {**order, **about, "days": [*days], **more})
    assert answer.status_code == 200, answer.json


@pytest.fixture
def plants(tmp_path):
    """Plant North on a Thursday, South without anything, and East, whose own server has told of today and the day before."""
    services = start_services(Settings(database_url=empty_database(tmp_path / "factory.db")), SettableClock(NOW))
    server = Flask("factory")
    http.register(server, services)
    found = thursday(Api(server.test_client(), services))
    found.put("/api/sites/east", {"name": "Plant East", "timezone": "Europe/Berlin"})
    put(found, told(30, "2026-01-14"), told(40))
    yield found
    services.close()


def at(plants: Api, search: str = "") -> Any:
    return replace(look(plants.services, search, anywhere=True), now=plants.services.clock.now())


def named(cards: list[dict[str, Any]], name: str) -> dict[str, Any]:
    return next(card for card in cards if card["name"] == name)


def test_a_card_says_by_whom_and_as_of_when(plants):
    east = named(sites(at(plants))["cards"], "Plant East")
    shown = {one["label"]: (one["value"], one["unit"], one["hint"]) for one in east["figures"]}
    assert (east["seen"], east["keeps"], east["path"]) == ("Its own server: forwarded, as of 14:50", "Only sums of days are here", "")
    assert (shown["Units produced"], shown["Productive"], shown["Avg. utilization"]) == (("40", "", ""), ("10.0", "h", ""), ("50.0", "%", ""))
    assert shown["At work now"] == (NO_DATA, "", "only its own server knows")
    assert shown["Coverage"] == (NO_DATA, "", "needs shifts")
    assert named(sites(at(plants))["cards"], "Plant North")["path"] == "/?site=main"


def test_a_server_that_has_gone_silent_is_said_to_be(plants):
    plants.services.clock.moment += timedelta(minutes=30)
    assert named(sites(at(plants))["cards"], "Plant East")["seen"] == "Its own server: forwarded, nothing since 14:50"
    plants.services.clock.moment += timedelta(days=1)
    east = named(sites(at(plants))["cards"], "Plant East")
    assert east["seen"] == "Its own server: forwarded, nothing since Thu 15 Jan, 14:50"
    assert {one["hint"] for one in east["figures"]} == {"only its own server knows", "not known"}


def test_a_server_that_has_not_told_everything_yet_has_no_figures(plants):
    plants.put("/api/sites/west", {"name": "West", "timezone": "Europe/Berlin"})
    put(plants, told(1), site_id="west", is_all=False)
    west = named(sites(at(plants))["cards"], "West")
    assert west["seen"] == "Its own server: forwarded, not all told yet"
    assert {one["value"] for one in west["figures"]} == {NO_DATA}


def test_it_is_ranked_beside_the_others_and_counts_among_all(plants):
    of = ranked(at(plants, "?metric=total_production_count"))
    lines = {line.name: line for line in ranking(of, NOTHING_BEFORE)}
    rows = {row["site_id"]: row for row in of.found.rows}
    assert (lines["Plant East"].cells[0].text, lines["Plant East"].about, lines["Plant East"].path) == ("40", "forwarded, as of 14:50", "")
    assert of.together == 40 + rows["main"]["total_production_count"]
    assert (lines[ALL_SITES].drawn()["look"], lines["Plant East"].drawn()["look"]) == ("compare__total", "")
    assert [lines[name].drawn()["rank"] for name in ("Plant North", "Plant East", ALL_SITES)] == ["1", "2", ""]
    assert of.found.together["worker_count"] == 3 + rows["main"]["worker_count"]
    about = next(line.about for line in figures(of, NOTHING_BEFORE) if line.name == "Plant East")
    assert "Europe/Berlin" in about
    assert about.endswith(" · forwarded, as of 14:50")
    assert next(row for row in compared_rows(of) if row["site_id"] == "east")["note"] == "forwarded, as of 14:50"


def test_what_days_do_not_make_up_is_said_by_name_and_left_out_of_no_total_in_silence(plants):
    plants.put("/api/sites/east", {"name": "Plant East", "shifts": [DAY_SHIFT]})
    context = at(plants, "?range=last-shift&metric=total_production_count")
    of, page = ranked(context), compare(context)
    lines = {line.name: line for line in ranking(of, NOTHING_BEFORE)}
    assert lines["Plant East"].cells[0].text == NO_DATA
    assert lines[ALL_SITES].cells[0].beside == "2 of 3 sites"
    assert "Plant East tells sums of whole days alone, of which this range is not made up." in page["notes"]
    assert "total_production_count: 2 of 3 sites" in compared_rows(of)[-1]["note"]


def test_the_mean_over_workers_of_several_days_is_nothing_that_days_say(plants):
    of = ranked(at(plants, "?range=custom&from=2026-01-14&to=2026-01-15"))
    east = next(row for row in of.found.rows if row["site_id"] == "east")
    assert (east["total_production_count"], east["average_utilization_percentage"]) == (70, None)
    assert "Plant East tells no average utilization over several days." in compare(at(plants, "?range=custom&from=2026-01-14&to=2026-01-15"))["notes"]


def test_its_course_is_drawn_by_day_and_by_the_hour_it_is_said_to_be_missing(plants):
    by_day = course(at(plants, "?range=7d&metric=total_production_count"))
    drawn = next(trace for trace in by_day["figure"].data if trace.name == "Plant East")
    assert (list(drawn.x), list(drawn.y)) == (["2026-01-14", "2026-01-15"], [30, 40])
    assert "Not drawn" not in by_day["note"]
    by_hour = course(at(plants, "?range=today&metric=total_production_count"))
    assert "Not drawn, since its own server tells sums of days alone: Plant East." in by_hour["note"]


@pytest.mark.parametrize(
    ("why", "here", "there", "shown", "units"),
    [
        ("both show everybody", "individual", ("individual", 5), True, 40),
        ("stations alone, there", "individual", ("station", 5), False, 40),
        ("stations alone, here", "station", ("individual", 5), False, 40),
        ("groups, there", "individual", ("team", 5), True, 40),
        ("smaller groups there than here", "team", ("team", 3), False, 40),
        ("larger groups there than here", "team", ("team", 9), True, 40),
    ],
)
def test_the_stricter_of_both_rules_holds(plants, why, here, there, shown, units):
    plants.put("/api/privacy/east", {"level": here, "smallest_group": 5})
    hidden = dict.fromkeys(PEOPLE) if there[0] == "station" else {}
    more = {} if there[0] == "individual" else {"utilization": None, "utilized": 0}
    put(plants, told(units, **hidden, **more), revision=2, privacy={"level": there[0], "smallest_group": there[1]})
    [row] = [row for row in ranked(at(plants)).found.rows if row["site_id"] == "east"]
    assert row["total_production_count"] == units
    assert (row["total_productive_time_hours"] is not None) is shown
    assert (row["average_utilization_percentage"] is not None) is (here == there[0] == "individual")
    [*_, day] = plants.get("/api/sites/east/sums").json["days"]
    assert (day["active"] is not None) is shown


def test_what_only_its_own_server_knows_is_refused_and_no_zero(plants):
    assert_problem(plants.get("/api/metrics/factory", site_id="east"), 422, "/api/sites/east/sums")
    assert_problem(plants.get("/api/metrics/factory", site_id=["main", "east"]), 422, "east")
    assert_problem(plants.get("/api/metrics/series", site_id="east", bucket="1d"), 422, "server of its own")
    found = answered("overview", {}, lambda: at(plants, "?site=east").read())
    assert "has a server of its own" in found["failure"]
