"""What the tables and drill-downs of workers and stations are made of."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from components import station_table, worker_table
from components.detail import STATION, WORKER, detail_class, header_leaves, older_class
from components.event_table import event_columns, event_rows, events_note
from components.grid import grid_style, link_column, page_grid_style
from components.kpi_card import STATION_KPIS, WORKER_KPIS
from components.now import Now, by_station, station_now, worker_now
from components.split_table import BY_STATION, BY_WORKER
from data_layer.query import CurrentState
from metrics.kpis import STATION_FIGURES, WORKER_FIGURES

NOW = datetime(2026, 1, 15, 13, 52, 10, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


def state(worker, what, station=None, minutes=0.0):
    return CurrentState(worker, what, station, NOW - timedelta(minutes=minutes))


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (state("W1", "working", "S1", 42), Now("working", "at Press for 42 min")),
        (state("W1", "idle", "S9", 0.5), Now("idle", "at S9 since just now")),
        (state("W1", "working", "S1", -3), Now("working", "at Press since just now")),
        # Who is absent is at no station, whichever camera said so.
        (state("W1", "absent", "S1", 72), Now("absent", "for 1 h 12")),
        (state("W1", "no_signal", None, 23), Now("no_signal", "for 23 min")),
        (CurrentState("W1", "no_signal", None, None), Now("no_signal", "was never seen")),
        (None, Now("no_signal", "was never seen")),
    ],
)
def test_what_a_worker_does_now(now, words):
    assert worker_now(now, {"S1": "Press"}, NOW) == words


def test_what_goes_on_at_a_station_is_what_its_busiest_does():
    states = [
        state("W2", "absent", "S1", 9),
        state("W3", "idle", "S1", 5),
        state("W1", "working", "S1", 42),
        state("W4", "no_signal"),
        state("W5", "idle", "S2", 1),
    ]
    here = by_station(states)
    assert {station: [one.worker_id for one in some] for station, some in here.items()} == {"S1": ["W1", "W3", "W2"], "S2": ["W5"]}
    assert station_now(here["S1"], {"W1": "Alice"}, NOW) == Now("working", "for 42 min: Alice, W3, W2")
    assert station_now([], {}, NOW) == Now(None, "")


def test_a_state_is_colour_icon_and_word():
    assert Now("idle", "for 5 min").leaves() == {"state": "now now--idle", "icon": "bi bi-pause-fill", "word": "Idle", "words": "for 5 min"}
    assert Now(None, "").leaves()["state"] == "now now--nobody"


def test_rows_of_stations_say_who_is_there():
    figures = {"station_id": "S1", "name": None, "type": None, "occupancy_time_hours": 1.23456}
    [row] = station_table.station_rows([figures], {"S1": "working"}, {"S1": "Alice"})
    assert (row["name"], row["type"], row["state"], row["people"], row["occupancy_time_hours"]) == ("S1", "—", "working", "Alice", 1.23456)
    [empty] = station_table.station_rows([figures], {})
    assert (empty["state_word"], empty["people"]) == ("Nobody here", "—")


@pytest.mark.parametrize(("table", "figures"), [(worker_table, WORKER_FIGURES), (station_table, STATION_FIGURES)])
def test_tables_show_every_field_of_the_metrics(table, figures):
    assert set(figures) <= {column["field"] for column in table.COLUMNS}


@pytest.mark.parametrize(("kpis", "figures"), [(WORKER_KPIS, WORKER_FIGURES), (STATION_KPIS, STATION_FIGURES)])
def test_cards_are_of_figures_and_told_apart(kpis, figures):
    assert {kpi.field for kpi in kpis} <= set(figures)
    assert len({kpi.key for kpi in kpis}) == len(kpis)


def test_a_link_knows_where_it_leads_and_is_found_by_its_id():
    column = link_column("other", "Station", 150, "stations", of="workstation_id")
    assert column["cellRendererParams"] == {"page": "stations", "of": "workstation_id"}
    assert "params.data.workstation_id" in column["getQuickFilterText"]["function"]


def test_a_grid_that_is_the_page_ends_with_the_screen():
    assert grid_style(100)["height"] == grid_style(12)["height"] != grid_style(11)["height"]
    few, many = page_grid_style(3)["height"], page_grid_style(100)["height"]
    assert few.startswith("min(186px,")
    assert many.startswith("min(4260px,")
    assert few.endswith(many.split(",", 1)[1])


def station(station_id, hours, units, name=None):
    return {"station_id": station_id, "name": name, "occupancy_time_hours": hours, "total_units_produced": units}


def worker(worker_id, active, idle, units):
    return {"worker_id": worker_id, "name": None, "total_active_time_hours": active, "total_idle_time_hours": idle, "total_units_produced": units}


def test_hours_divide_the_longest_first_without_those_who_have_none():
    rows = BY_STATION.rows([station("S1", 1.0, 3, "Press"), station("S2", 0.0, 0), station("S3", 3.0, 0), station("S4", 0.0, 2)])
    assert [(row["id"], row["name"], row["hours"], row["share"], row["units"]) for row in rows] == [
        ("S3", "S3", 3.0, 75.0, 0),
        ("S1", "Press", 1.0, 25.0, 3),
        ("S4", "S4", 0.0, 0.0, 2),
    ]
    assert [(row["id"], row["hours"], row["share"]) for row in BY_WORKER.rows([worker("W1", 1.0, 1.0, 0), worker("W2", 0.5, 1.5, 0)])] == [
        ("W1", 2.0, 50.0),
        ("W2", 2.0, 50.0),
    ]


def test_without_hours_nobody_has_a_share():
    assert BY_STATION.rows([station("S1", 0.0, 4)])[0]["share"] is None
    assert BY_STATION.rows([]) == []


def raw_event(at, kind="working", **more):
    return {
        "event_id": 7,
        "timestamp": datetime.fromisoformat(at),
        "worker_id": "W1",
        "workstation_id": "S1",
        "event_type": kind,
        "confidence": 0.93,
        "count": None,
        "camera_id": "C1",
        "visible": True,
    } | more


def test_rows_of_events():
    here = NOW.astimezone(BERLIN)
    [today] = event_rows([raw_event("2026-01-15T13:00:00Z")], "station", {"S1": "Press"}, here)
    assert (today["id"], today["time"], today["word"], today["other"], today["workstation_id"], today["counted"]) == (
        "7",
        "14:00:00",
        "Working",
        "Press",
        "S1",
        "yes",
    )
    [counter] = event_rows([raw_event("2026-01-14T23:30:00Z", "product_count", worker_id=None, camera_id=None, count=3)], "worker", {}, here)
    assert (counter["time"], counter["word"], counter["other"], counter["worker_id"], counter["camera_id"]) == ("00:30:00", "Units finished", "—", None, "—")
    [before] = event_rows([raw_event("2026-01-14T22:30:00Z", visible=False)], "worker", {}, here)
    assert (before["time"], before["other"], before["counted"]) == ("Wed 14 Jan, 23:30:00", "W1", "no: low confidence")
    assert "confidence" in before["why"]
    shown = {column["field"] for column in event_columns("worker")}
    assert {"time", "word", "other", "count", "confidence", "camera_id", "event_id", "counted"} <= shown


def test_a_part_of_a_list_is_neither_sorted_nor_filtered():
    assert {(column["sortable"], column["filter"]) for column in event_columns("station")} == {(False, False)}


@pytest.mark.parametrize(
    ("shown", "more", "words"),
    [
        (0, False, "none in this range"),
        (0, True, "none found yet"),
        (74, False, "all 74"),
        (100, True, "the newest 100"),
        (1000, True, "the newest 1,000; the CSV file has all"),
        (1000, False, "all 1,000"),
    ],
)
def test_how_many_events_there_are(shown, more, words):
    assert events_note(shown, more=more, most=1000) == words


def test_classes_of_a_drill_down():
    assert detail_class(known=True) != detail_class(known=False)
    assert older_class(more=True) + " d-none" == older_class(more=False)
    assert header_leaves("Alice", ["W1", None, "assembly"]) == {"name": "Alice", "about": "W1 · assembly"}
    assert {kind.name("lane") for kind in (WORKER, STATION)} == {"worker-lane", "station-lane"}
