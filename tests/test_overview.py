"""The overview and the wall screen: callbacks as plain functions on a real database."""

from datetime import timedelta

import pytest
from flask import Flask
from http_api import Api, SettableClock, event
from migrated import empty_database
from thursday import NOW, WORKERS, thursday

import api as http
import live
from callbacks import charts, floor, overview, wall
from callbacks.cards import courses, factory_cards, missing_hint
from callbacks.context import look
from callbacks.crew import crew
from callbacks.floor import floor_tiles
from components.crew import MOST_ROWS
from components.kpi_card import KPIS
from components.wording import number
from services import start_services
from settings import Settings

DAY = {"from": "2026-01-15", "to": NOW.isoformat(), "as_of": NOW.isoformat()}


@pytest.fixture(scope="module")
def plant(tmp_path_factory):
    """Plant North on a Thursday, which nobody changes."""
    services = start_services(Settings(database_url=empty_database(tmp_path_factory.mktemp("thursday") / "factory.db")), SettableClock(NOW))
    server = Flask("factory")
    http.register(server, services)
    yield thursday(Api(server.test_client(), services))
    services.close()


@pytest.fixture
def changing(api, monkeypatch):
    """Plant North on a Thursday, to be changed; a moment is never shared, so that time goes on when the clock does."""
    monkeypatch.setattr(live, "_SHARED_SECONDS", -1)
    return thursday(api)


def at(api, search=""):
    return look(api.services, search)


def later(api, **by):
    """Time goes on; screens of one moment share their answers."""
    api.services.clock.moment += timedelta(**by)


# The floor


def test_tiles_say_who_is_where_for_how_long_and_what_is_not_seen(plant):
    assert [(tile.station_id, tile.state, tile.name, tile.who, tile.since, tile.units) for tile in floor_tiles(at(plant))] == [
        ("S1", "working", "Assembly Line 1", "Alice Johnson", "42 min", "1,240 units"),
        ("S2", "idle", "Assembly Line 2", "Bob Smith", "7 min", "0 units"),
        ("S3", "working", "Quality Inspection", "Carol Diaz, David Lee", "18 min", "0 units"),
        ("S4", "no_signal", "Packaging A", "C4 silent", "5 h 52", "12 units"),
        ("S5", "no_signal", "Packaging B", "last: Eva Rossi", "1 h 22", "0 units"),
        ("S6", "absent", "S6", "Frank Müller", "11 min", "0 units"),
    ]


def test_units_are_those_of_the_range(plant):
    assert floor_tiles(at(plant, "?range=yesterday"))[0].units == "1,000 units"
    assert floor_tiles(at(plant, "?range=custom&from=2025-01-01&to=2025-01-02"))[0].units == "0 units"
    assert floor_tiles(at(plant, "?range=custom&from=2027-01-01&to=2199-01-02"))[0].units == "0 units"


def test_a_station_where_somebody_is_says_that_its_camera_is_silent(changing):
    changing.post(event("2026-01-15T13:50:00Z", "working", "W7", "S4"))
    assert changing.services.refresher.wait("main", 60)
    later(changing, seconds=1)
    assert (floor_tiles(at(changing))[3].state, floor_tiles(at(changing))[3].who) == ("working", "Gina Park · C4 silent")


def test_a_station_that_another_camera_sees_is_seen(changing):
    changing.post(event("2026-01-15T13:51:00Z", "product_count", None, "S4", camera_id="C9"))
    assert changing.services.refresher.wait("main", 60)
    later(changing, seconds=1)
    assert (floor_tiles(at(changing))[3].state, floor_tiles(at(changing))[3].who) == (None, "—")


def test_at_night_nothing_is_missed(changing):
    later(changing, hours=6)
    found = {tile.station_id: tile.state for tile in floor_tiles(at(changing))}
    assert found == dict.fromkeys(found)


def test_stations_stand_as_people_count_them(changing):
    for station in ("S10", "S7"):
        changing.put(f"/api/workstations/{station}", {"name": station})
    later(changing, seconds=1)
    assert [tile.station_id for tile in floor_tiles(at(changing))] == ["S1", "S2", "S3", "S4", "S5", "S6", "S7", "S10"]


def test_filters_choose_the_stations(plant):
    assert [tile.station_id for tile in floor_tiles(at(plant, "?type=packaging"))] == ["S4", "S5"]
    assert [tile.who for tile in floor_tiles(at(plant, "?station=S1&worker=W2"))] == ["Alice Johnson"]


def test_tiles_are_handed_over_in_the_order_of_their_stations(plant):
    tiles = floor.floor(at(plant))["tiles"]
    assert [tile["id"] for tile in tiles] == ["S1", "S2", "S3", "S4", "S5", "S6"]
    assert tiles[1]["word"] == "Idle"
    assert len(floor.floor(at(plant, "?station=S1"))["tiles"]) == 1


def test_the_floor_in_a_line(plant):
    leaves = floor.floor(at(plant))
    assert leaves["note"] == "6 stations · 2 working · 1 idle · 1 absent · 2 no signal"
    assert leaves["elsewhere"] == "At no station: Gina Park (no signal)"
    assert floor.floor(at(plant, "?station=S1"))["elsewhere"] == ""


# Key figures


@pytest.mark.parametrize("search", ["", "?worker=W1", "?station=S1", "?type=assembly&worker=W1"])
def test_cards_show_the_numbers_of_the_api(plant, search):
    filters = dict(pair.split("=") for pair in search.lstrip("?").split("&")) if search else {}
    named = {"worker": "worker_id", "station": "station_id", "type": "station_type"}
    api = plant.metrics("factory", **DAY, **{named[name]: value for name, value in filters.items()}).json
    cards = factory_cards(at(plant, search))
    assert {kpi.key: cards[kpi.key]["value"] for kpi in KPIS} == {kpi.key: number(api[kpi.field], kpi.digits) for kpi in KPIS}


def test_a_change_is_against_the_same_part_of_the_day_before(plant):
    cards = factory_cards(at(plant))
    assert (cards["units"]["value"], cards["units"]["change"]) == ("1,252", "+252")
    assert cards["units"]["line"] == "kpi__change kpi__change--better"
    assert factory_cards(at(plant, "?range=yesterday"))["units"]["change"] == "no data before"
    assert factory_cards(at(plant, "?range=all"))["units"]["change"] == ""


@pytest.mark.parametrize(
    ("search", "value", "unit", "change"),
    [
        ("", "4", "of 7", "3 missing"),
        ("?worker=W1", "1", "of 1", "everybody"),
        ("?worker=W6&worker=W7", "0", "of 2", "2 missing"),
        ("?station=S3", "2", "of 7", "at the chosen stations"),
        ("?type=assembly", "2", "of 7", "at the chosen stations"),
        ("?range=yesterday", "4", "of 7", "3 missing"),
    ],
)
def test_at_work_now(plant, search, value, unit, change):
    card = factory_cards(at(plant, search))["at-work"]
    assert (card["value"], card["unit"], card["change"]) == (value, unit, change)


@pytest.mark.parametrize(
    ("missing", "is_scheduled", "words"),
    [(2, True, "2 missing"), (2, None, "2 away"), (0, True, "everybody"), (0, None, "everybody"), (6, False, "no shift now")],
)
def test_who_is_missing_depends_on_who_is_expected(missing, is_scheduled, words):
    assert missing_hint(missing, is_scheduled) == words


def test_missing_coverage_says_why(changing):
    coverage = factory_cards(at(changing, "?station=S1"))["coverage"]
    assert (coverage["value"], coverage["unit"], coverage["change"]) == ("—", "", "for all stations only")
    assert factory_cards(at(changing, "?range=custom&from=2026-01-01&to=2026-01-02"))["coverage"]["change"] == "no shift attended yet"
    thursday(changing, shifts=[])
    later(changing, seconds=1)
    assert factory_cards(at(changing))["coverage"]["change"] == "needs a shift schedule"


def test_courses_are_the_figures_of_the_api_by_hour_without_the_hour_that_still_runs(plant):
    api = plant.metrics("series", **DAY, by="site", bucket="1h").json["sites"][0]["rows"][0]["values"]
    found = courses(at(plant))
    # Nobody was there before 08:00.
    assert found["total_production_count"] == api["total_production_count"][8:-1]
    assert found["average_production_rate"] == api["average_production_rate"][8:]
    assert found["coverage_percentage"] == api["coverage_percentage"][8:]
    assert found["present"][0] == api["total_productive_time_hours"][8] + api["total_idle_time_hours"][8]
    assert len(found["present"]) == 7


def test_there_is_no_course_without_data(plant):
    assert courses(at(plant, "?range=custom&from=2027-01-01&to=2027-01-02")) == {}
    assert courses(at(plant, "?range=custom&from=2025-01-01&to=2025-01-02")) == {}
    assert courses(at(plant, "?site=south&range=all")) == {}


# Charts


def test_bars_add_up_to_the_cards(plant):
    leaves = charts.charts(at(plant))
    factory = plant.metrics("factory", **DAY).json
    drawn = {trace.name: sum(trace.y) for trace in leaves["hours"].data}
    for word, state, field in (
        ("Working", "working", "total_productive_time_hours"),
        ("Idle", "idle", "total_idle_time_hours"),
        ("Absent", "absent", "total_absent_time_hours"),
        ("No signal", "no_signal", "no_signal_hours"),
    ):
        assert drawn[word] == pytest.approx(factory[field])
        assert leaves[state] == f"{number(factory[field], 1)} h"
    assert sum(leaves["units"].data[0].y) == factory["total_production_count"]
    assert (leaves["units_title"], leaves["units_note"]) == ("Units by hour", "most at 11:00: 1,200 units")


def test_the_axis_is_the_shift_and_the_future_is_empty(plant):
    for search in ("", "?range=shift"):
        drawn = charts.charts(at(plant, search))["hours"]
        assert tuple(drawn.layout.xaxis.ticktext) == ("08", "09", "10", "11", "12", "13", "14", "15", "16")
        assert [len(trace.y) for trace in drawn.data] == [7] * 4
        # 14:52:10 is in the seventh bar.
        assert drawn.layout.shapes[0].x0 == pytest.approx(5.5 + 52 / 60 + 10 / 3600)


def test_without_a_schedule_the_axis_runs_from_the_first_hour_to_midnight_and_nobody_is_missed(changing):
    thursday(changing, shifts=[])
    later(changing, seconds=1)
    leaves = charts.charts(at(changing))
    assert leaves["hours"].layout.xaxis.range[1] == 16 - 0.4
    assert leaves["no_signal"] == "—"


@pytest.mark.parametrize(
    ("search", "title"), [("?range=7d", "Units by day"), ("?range=custom&from=2025-06-01&to=2026-01-15", "Units by week"), ("?range=all", "Units by hour")]
)
def test_longer_windows_have_longer_bars(plant, search, title):
    leaves = charts.charts(at(plant, search))
    assert leaves["units_title"] == title
    assert sum(leaves["units"].data[0].y) == 2_252


def test_a_range_without_anything_is_not_drawn(plant):
    assert "hours" not in charts.charts(at(plant, "?range=custom&from=2027-01-01&to=2027-01-02"))
    assert charts.charts(at(plant, "?range=custom&from=2001-01-01&to=2002-12-02"))["working"] == "0.0 h"
    assert charts.charts(at(plant, "?range=custom&from=2000-01-01&to=2199-12-31"))["units_title"] == "Units by week"


# Workers


def test_workers_stand_by_what_they_do(plant):
    leaves = crew(at(plant))
    assert [(row["name"], row["word"], row["station"]) for row in leaves["rows"]] == [
        ("Alice Johnson", "Working", "S1 · Assembly Line 1"),
        ("Carol Diaz", "Working", "S3 · Quality Inspection"),
        ("Bob Smith", "Idle", "S2 · Assembly Line 2"),
        ("David Lee", "Idle", "S3 · Quality Inspection"),
        ("Frank Müller", "Absent", "S6"),
        ("Eva Rossi", "No signal", "—"),
        ("Gina Park", "No signal", "—"),
    ]
    assert leaves["note"] == "7 workers · sorted by state"


def test_rows_show_the_numbers_of_the_api(plant):
    api = {row["worker_id"]: row for row in plant.metrics("workers", **DAY).json}
    rows = {row["name"]: row for row in crew(at(plant))["rows"]}
    for worker, name in WORKERS.items():
        share = api[worker]["utilization_percentage"]
        assert rows[name]["utilization"] == ("—" if share is None else f"{number(share, 1)} %")
        assert (rows[name]["active"], rows[name]["rate"]) == (number(api[worker]["total_active_time_hours"], 1), number(api[worker]["units_per_hour"], 1))
        assert (rows[name]["units"], rows[name]["path"]) == (number(api[worker]["total_units_produced"]), f"/workers/{worker}")
    assert rows["Gina Park"]["share"] == 0.0


def test_of_many_workers_only_the_first_are_shown(changing):
    for number_ in range(8, 21):
        changing.put(f"/api/workers/W{number_}", {"name": f"Worker {number_}"})
    later(changing, seconds=1)
    leaves = crew(at(changing))
    assert (len(leaves["rows"]), leaves["note"]) == (MOST_ROWS, "12 of 20 workers · sorted by state")
    assert crew(at(changing, "?station=S2"))["note"] == "1 worker"


# The page


def test_what_the_page_shows(changing):
    assert overview.overview(at(changing))["page"] == "overview overview--everything"
    nothing = overview.overview(at(changing, "?range=custom&from=2026-01-10&to=2026-01-11"))
    assert (nothing["page"], nothing["last_day"]) == ("overview overview--nothing", "2026-01-15")
    assert nothing["nothing"] == "Nothing was seen in this range. The site's last event is from today, 14:45."
    assert nothing["cards"]["rate"]["value"] == "—"
    later(changing, days=1)
    assert overview.overview(at(changing))["nothing"] == "Nothing was seen in this range. The site's last event is from Thu 15 Jan, 14:45."
    welcome = overview.overview(at(changing, "?site=south"))
    assert set(welcome) == {"page", "welcome"}
    assert (welcome["page"], welcome["welcome"].partition(".")[0]) == ("overview overview--welcome", "South has no events yet")


@pytest.mark.parametrize(
    ("search", "words"),
    [
        ("?range=custom&from=2026-03-01&to=2026-03-02", "This range has not begun yet."),
        ("?worker=W7", "Nothing was seen in this range for these stations and workers. The site's last event is from today, 14:45."),
    ],
)
def test_an_empty_range_says_why(plant, search, words):
    assert overview.overview(at(plant, search))["nothing"] == words


def test_time_without_an_event_is_something(changing):
    """A state that was told before the window may last in it."""
    night = {"name": "night", "start": "22:00", "end": "06:00"}
    thursday(changing, shifts=[night])
    changing.services.clock.moment = NOW.replace(hour=23, minute=5)
    changing.post(event("2026-01-15T22:10:00Z", "working", "W1", "S1"))
    assert changing.services.refresher.wait("main", 60)
    found = at(changing)
    assert found.read(stations=False).factory["total_events"] == 0
    assert overview.has_anything(found)


def test_the_wall_has_the_same_figures(plant):
    leaves = wall.wall(at(plant))
    assert leaves["cards"] == factory_cards(at(plant))
    assert (leaves["site"], leaves["nothing"]) == ("Plant North", "")
    assert leaves["data"] == {"zone": "Europe/Berlin", "now": NOW.timestamp() * 1000}
    assert wall.wall(at(plant, "?site=south"))["nothing"] == "No stations yet: they appear here with their first event."
