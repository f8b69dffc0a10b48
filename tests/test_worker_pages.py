"""Workers, stations and their drill-downs: callbacks as plain functions on a real database."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from http_api import DAY_SHIFT, Api, event

import callbacks
from callbacks import detail, event_list, stations, workers
from callbacks.about import about
from callbacks.context import look
from callbacks.detail import answered, events, figures
from callbacks.detail_charts import hours, lane
from callbacks.event_list import PAGE_ROWS
from components import ids
from components.detail import PARTS, STATION, WORKER
from components.wording import number
from data_layer import raw_events
from metrics.raster import STATES

DAY = "2026-11-20"
#: 12:00 UTC is 13:00 in Berlin.
EVENTS = [
    event(f"{DAY}T07:00:00Z"),
    event(f"{DAY}T07:20:00Z", "product_count", count=7),
    event(f"{DAY}T08:10:00Z", "idle", station="S2", camera_id="C1", confidence=0.25),
    event(f"{DAY}T08:40:00Z", "idle", station="S2", camera_id="C1", confidence=0.75),
    event(f"{DAY}T09:00:00Z", station="S2"),
    event(f"{DAY}T11:18:00Z"),
    event(f"{DAY}T07:05:00Z", worker="W2", station="S2"),
    event(f"{DAY}T10:30:00Z", "absent", worker="W2", station="S2"),
    event(f"{DAY}T10:00:00Z", "product_count", worker=None, station="S2", count=2),
    event("2026-11-13T09:00:00Z", worker="W3", station="S3"),
    event("2026-11-13T09:30:00Z", "absent", worker="W3", station="S3"),
]


@pytest.fixture
def factory(api: Api) -> Api:
    """A morning at Plant North, on Berlin's clock; the server's clock shows 13:00 there."""
    api.put("/api/sites/main", {"name": "Plant North", "timezone": "Europe/Berlin", "min_confidence": 0.5})
    api.put("/api/workstations/S1", {"name": "Assembly Line 1", "type": "assembly"})
    api.put("/api/workers/W1", {"name": "Alice Johnson", "home_station_id": "S1"})
    api.post_batch(EVENTS)
    assert api.services.refresher.wait("main", 60)
    return api


def scheduled(factory):
    """Shifts from 8 to 17 on weekdays."""
    factory.put("/api/sites/main", {"name": "Plant North", "timezone": "Europe/Berlin", "min_confidence": 0.5, "shifts": [DAY_SHIFT]})
    assert factory.services.refresher.wait("main", 60)
    # Screens of one moment share their answers.
    factory.services.clock.moment += timedelta(seconds=1)


def seen(factory, kind, view_id, search="", **more):
    return look(factory.services, search, view_id=view_id, **more)


def filled(factory, kind, fill, view_id, search="", **states):
    return answered(kind, fill, seen(factory, kind, view_id, search), **states)


# The tables


def test_the_table_of_workers(factory):
    leaves = workers.workers(look(factory.services, ""))
    shown = [(row["id"], row["name"], row["state_word"], row["station"]) for row in leaves["rows"]]
    assert shown == [("W1", "Alice Johnson", "Working", "Assembly Line 1"), ("W2", "W2", "Absent", "—"), ("W3", "W3", "No signal", "—")]
    assert leaves["note"] == "3 workers"
    assert (
        leaves["rows"][0]["total_active_time_hours"]
        == factory.get("/api/metrics/workers/W1", **{"from": DAY}, as_of=f"{DAY}T12:00:00Z").json["total_active_time_hours"]
    )


def test_the_table_of_stations(factory):
    leaves = stations.stations(look(factory.services, ""))
    shown = [(row["id"], row["name"], row["type"], row["state_word"], row["people"]) for row in leaves["rows"]]
    assert shown == [
        ("S1", "Assembly Line 1", "assembly", "Working", "Alice Johnson"),
        ("S2", "S2", "—", "Absent", "W2"),
        ("S3", "S3", "—", "Nobody here", "—"),
    ]
    assert leaves["note"] == "3 stations"


@pytest.mark.parametrize(
    ("page", "search", "rows", "note"),
    [
        (workers.workers, "?station=S1", ["W1"], "1 of 3 workers, their time at the chosen stations"),
        (workers.workers, "?type=assembly", ["W1"], "1 of 3 workers, their time at the chosen stations"),
        (workers.workers, "?worker=W2", ["W2"], "1 of 3 workers"),
        (stations.stations, "?worker=W2", ["S2"], "1 of 3 stations, the time of the chosen workers"),
        (stations.stations, "?station=S3&station=S1", ["S1", "S3"], "2 of 3 stations"),
    ],
)
def test_filtered_tables_say_so(factory, page, search, rows, note):
    leaves = page(look(factory.services, search))
    assert ([row["id"] for row in leaves["rows"]], leaves["note"]) == (rows, note)


# Who it is, and what it does now


@pytest.mark.parametrize(
    ("kind", "view_id", "name", "beside", "now"),
    [
        (WORKER, "W1", "Alice Johnson", "W1 · home station Assembly Line 1", "Working at Assembly Line 1 for 42 min"),
        (WORKER, "W2", "W2", "", "Absent for 1 h 30"),
        (WORKER, "W3", "W3", "", "No signal for 7 d 2 h"),
        (STATION, "S1", "Assembly Line 1", "S1 · assembly", "Working for 42 min: Alice Johnson"),
        (STATION, "S3", "S3", "", "Nobody here "),
    ],
)
def test_headers(factory, kind, view_id, name, beside, now):
    leaves = filled(factory, kind, figures, view_id, "?range=7d")
    assert (leaves["name"], leaves["about"], f"{leaves['word']} {leaves['words']}") == (name, beside, now)


@pytest.mark.parametrize(("kind", "sentence"), [(WORKER, "There is no worker X9 at Plant North"), (STATION, "There is no station X9 at Plant North")])
def test_an_unknown_id_is_told_and_shows_no_body(factory, kind, sentence):
    leaves = filled(factory, kind, figures, "X9")
    assert (leaves["name"], leaves["about"], leaves["box"]) == (sentence, "", "detail detail--unknown")
    assert filled(factory, kind, figures, "W1" if kind is WORKER else "S1")["box"] == "detail"
    for fill, states in ((lane, {}), (hours, {}), (events, {"older": None})):
        assert filled(factory, kind, fill, "X9", **states) == {"filled": "X9"}


def test_a_part_says_whose_it_is(factory):
    for kind, view_id in ((WORKER, "W2"), (STATION, "S2")):
        for fill, states in ((figures, {}), (lane, {}), (hours, {}), (events, {"older": None})):
            assert filled(factory, kind, fill, view_id, **states)["filled"] == view_id


# Figures


@pytest.mark.parametrize("search", ["", "?range=all", "?station=S2", "?type=assembly", "?worker=W2"])
@pytest.mark.parametrize(("kind", "path", "view_id"), [(WORKER, "workers", "W1"), (STATION, "workstations", "S2")])
def test_cards_show_the_numbers_of_the_api(factory, search, kind, path, view_id):
    context = seen(factory, kind, view_id, search)
    leaves = answered(kind, figures, context)
    window = {name: moment.isoformat() for name, moment in (("from", context.window.start), ("to", context.window.end)) if moment}
    if kind is WORKER:
        filters = {"station_id": list(context.filters.station_ids), "station_type": list(context.filters.station_types)}
    else:
        filters = {"worker_id": list(context.filters.worker_ids)}
    said = factory.get(f"/api/metrics/{path}/{view_id}", as_of=context.now.isoformat(), **window, **filters).json
    assert {kpi.key: leaves["cards"][kpi.key]["value"] for kpi in kind.kpis} == {kpi.key: number(said[kpi.field], kpi.digits) for kpi in kind.kpis}


def test_cards_compare_with_the_window_before(factory):
    factory.post_batch([event("2026-11-19T07:00:00Z"), event("2026-11-19T08:00:00Z", "absent")])
    assert factory.services.refresher.wait("main", 60)
    card = filled(factory, WORKER, figures, "W1")["cards"]["active"]
    assert card["change"].startswith("+")
    assert card["change"].endswith(" h")


def test_coverage_says_what_it_needs(factory):
    assert filled(factory, WORKER, figures, "W1")["cards"]["coverage"]["change"] == "needs a shift schedule"
    scheduled(factory)
    assert filled(factory, WORKER, figures, "W1", "?station=S1")["cards"]["coverage"]["change"] == "for all stations only"
    assert filled(factory, WORKER, figures, "W1")["cards"]["coverage"]["value"] != "—"


@pytest.mark.parametrize(
    ("kind", "view_id", "search", "sentence"),
    [
        (WORKER, "W3", "", "Nothing was seen of W3 in this range."),
        (WORKER, "W2", "?station=S1", "Nothing was seen of W2 in this range, under the filter of stations."),
        (STATION, "S3", "", "Nothing was seen at S3 in this range."),
        (STATION, "S1", "?worker=W2", "Nothing was seen at Assembly Line 1 in this range, under the filter of workers."),
    ],
)
def test_no_data_is_em_dashes_and_a_sentence(factory, kind, view_id, search, sentence):
    leaves = filled(factory, kind, figures, view_id, search)
    assert {card["value"] for card in leaves["cards"].values()} == {"—"}
    assert (leaves["nothing"], leaves["split"]) == (sentence, [])


def test_a_workers_hours_by_station_add_up_to_the_cards(factory):
    leaves = filled(factory, WORKER, figures, "W1")
    assert [(row["id"], row["name"]) for row in leaves["split"]] == [("S2", "S2"), ("S1", "Assembly Line 1")]
    said = factory.get("/api/metrics/workers/W1", **{"from": DAY}, as_of=f"{DAY}T12:00:00Z").json
    assert sum(row["hours"] for row in leaves["split"]) == pytest.approx(said["total_active_time_hours"] + said["total_idle_time_hours"])
    assert sum(row["share"] for row in leaves["split"]) == pytest.approx(100)
    assert [row["units"] for row in leaves["split"]] == [0, 7]


def test_a_stations_units_without_a_worker_are_not_lost_from_sight(factory):
    leaves = filled(factory, STATION, figures, "S2")
    assert {row["id"] for row in leaves["split"]} == {"W1", "W2"}
    assert leaves["split_note"] == "2 units without a worker"
    assert filled(factory, STATION, figures, "S1")["split_note"] == ""


# Charts


@pytest.mark.parametrize(("kind", "view_id", "bars"), [(WORKER, "W1", ["Working", "Idle", "Absent", "No signal"]), (STATION, "S2", ["Working", "Idle"])])
def test_the_hours_of_the_bars_are_those_of_the_cards(factory, kind, view_id, bars):
    leaves, context = filled(factory, kind, hours, view_id), seen(factory, kind, view_id)
    drawn = {trace.name: sum(trace.y) for trace in leaves["figure"].data}
    own, _ = about(kind, context).read(context)
    assert list(drawn) == bars
    working = own["total_active_time_hours"] if kind is WORKER else own["working_time_hours"]
    idle = own["total_idle_time_hours"] if kind is WORKER else own["occupancy_time_hours"] - own["working_time_hours"]
    assert (drawn["Working"], drawn["Idle"]) == (pytest.approx(working), pytest.approx(idle))
    assert leaves["note"] == "by hour"


@pytest.mark.parametrize(
    ("search", "note"),
    [("?range=yesterday", "by hour"), ("?range=7d", "by day"), ("?range=all", "by day"), ("?range=custom&from=2026-01-01&to=2026-11-20", "by week")],
)
def test_longer_windows_have_longer_bars(factory, search, note):
    leaves = filled(factory, WORKER, hours, "W1", search)
    assert leaves["note"] == note
    assert 3 <= len(leaves["figure"].data[0].y) <= 53


def test_an_empty_site_has_charts_of_nothing(factory):
    factory.services.sites.put("south", {}, datetime(2026, 11, 20, tzinfo=UTC))
    factory.put("/api/workers/W9", {"site_id": "south", "name": "Nina"})
    for search in ("?site=south", "?site=south&range=all"):
        assert sum(sum(trace.y) for trace in filled(factory, WORKER, hours, "W9", search)["figure"].data) == 0
        assert "figure" in filled(factory, WORKER, lane, "W9", search)
        assert filled(factory, WORKER, events, "W9", search, older=None)["note"] == "none in this range"


@pytest.mark.parametrize(("kind", "view_id", "beside"), [(WORKER, "W1", "Assembly Line 1"), (STATION, "S1", "Alice Johnson")])
def test_the_lane_shows_the_states_of_the_timeline(factory, kind, view_id, beside):
    drawn = filled(factory, kind, lane, view_id)["figure"]
    working = next(trace for trace in drawn.data if trace.name == "Working")
    said = factory.get("/api/timeline", by=kind.figures, as_of=f"{DAY}T12:00:00Z", **{"from": DAY, f"{kind.of}_id": view_id}).json["lanes"][0]["intervals"]
    assert [base * 1000 for base in working.base] == [datetime.fromisoformat(one["start"]).timestamp() * 1e6 for one in said if one["state"] == "working"]
    assert beside in working.customdata[0]
    assert not drawn.layout.dragmode


# Events


def test_the_events_behind_it_newest_first(factory):
    leaves = filled(factory, WORKER, events, "W1", older=None)
    shown = [(row["time"], row["word"], row["other"], row["count"], row["camera_id"], row["counted"]) for row in leaves["rows"]]
    assert shown == [
        ("12:18:00", "Working", "Assembly Line 1", None, "—", "yes"),
        ("10:00:00", "Working", "S2", None, "—", "yes"),
        ("09:40:00", "Idle", "S2", None, "C1", "yes"),
        ("09:10:00", "Idle", "S2", None, "C1", "no: low confidence"),
        ("08:20:00", "Units finished", "Assembly Line 1", 7, "—", "yes"),
        ("08:00:00", "Working", "Assembly Line 1", None, "—", "yes"),
    ]
    assert (leaves["note"], "d-none" in leaves["button"]) == ("all 6", True)


def test_a_stations_events_are_everybodys_there(factory):
    rows = filled(factory, STATION, events, "S2", older=None)["rows"]
    assert [row["other"] for row in rows] == ["W2", "—", "Alice Johnson", "Alice Johnson", "Alice Johnson", "W2"]


@pytest.mark.parametrize(
    ("search", "amount"), [("?station=S2", 3), ("?type=assembly", 3), ("?type=assembly&station=S2", 0), ("?worker=W2", 6), ("?range=yesterday", 0)]
)
def test_events_obey_the_filters(factory, search, amount):
    assert len(filled(factory, WORKER, events, "W1", search, older=None)["rows"]) == amount


def test_older_events_come_when_they_are_asked_for(factory):
    first = datetime(2026, 11, 20, 0, tzinfo=UTC)
    factory.post_batch([event((first + timedelta(seconds=number)).isoformat(), worker="W4") for number in range(2 * PAGE_ROWS + 50)])
    asked = partial(filled, factory, WORKER, events, "W4")
    some, more, everything = (asked(older=older) for older in (None, {"id": "W4", "pages": 2}, {"id": "W4", "pages": 3}))
    assert [(len(leaves["rows"]), leaves["note"], "d-none" in leaves["button"]) for leaves in (some, more, everything)] == [
        (100, "the newest 100", False),
        (200, "the newest 200", False),
        (250, "all 250", True),
    ]
    assert [row["id"] for row in more["rows"][:100]] == [row["id"] for row in some["rows"]]
    assert len({row["id"] for row in everything["rows"]}) == 250
    # What was asked for of somebody else says nothing of this one.
    assert len(asked(older={"id": "W1", "pages": 3})["rows"]) == 100


def test_a_search_goes_on_where_a_page_ended_before_it_was_full(factory, monkeypatch):
    first = datetime(2026, 11, 20, 1, tzinfo=UTC)
    factory.post_batch([event((first + timedelta(seconds=number)).isoformat(), station="S4") for number in range(20)])
    factory.post(event(f"{DAY}T00:30:00Z", station="S5"))
    monkeypatch.setattr(raw_events, "_LOOKED_AT", 1)
    monkeypatch.setattr(event_list, "PAGE_ROWS", 1)
    asked = partial(filled, factory, STATION, events, "S5")
    found = [asked(older={"id": "S5", "pages": pages}) for pages in (1, 9)]
    assert [(len(leaves["rows"]), leaves["note"], "d-none" in leaves["button"]) for leaves in found] == [(0, "none found yet", False), (1, "all 1", True)]


# Wiring


def test_every_part_of_a_page_has_its_place(services):
    for kind in (WORKER, STATION):
        placed = [part.id for part in callbacks.pages.PAGES[kind.page].detail()._traverse() if getattr(part, "id", None)]
        wanted = [ids.filled(kind.of, part) for part in PARTS] + [ids.failure(kind.name(part)) for part in PARTS] + [ids.cards(kind.of)]
        wanted += [ids.detail(kind.of, at) for leaves in (detail.FIGURES, detail.LANE, detail.HOURS, detail.EVENTS) for at, _ in leaves.values()]
        assert [one for one in wanted if one not in placed] == []


def test_states_of_lanes_have_the_names_of_states():
    assert set(STATES) == {"no_signal", "absent", "idle", "working"}
