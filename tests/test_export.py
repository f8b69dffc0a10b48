"""CSV files: the very rows of the page and of the API, unrounded, and safe to open."""

import csv
import io
from datetime import UTC, datetime

import pytest
from flask import Flask
from http_api import DAY_SHIFT, Api, assert_problem, event
from hypothesis import given
from hypothesis import strategies as st

import api as http
from app import create_app
from callbacks import export
from callbacks.context import look
from callbacks.csv_file import file_name
from callbacks.rows import shown_stations, shown_workers
from components.csv_text import BYTE_ORDER_MARK, cell, csv_lines

DAY = "2026-11-20"


@pytest.fixture
def factory(services) -> Api:
    """A morning at a site with a schedule: two workers, two stations, one event that is below the threshold."""
    server = Flask("factory")
    http.register(server, services)
    server.register_blueprint(export.bp)
    client = Api(server.test_client(), services)
    client.put("/api/sites/main", {"name": "Werk Süd / 2", "timezone": "UTC", "shifts": [DAY_SHIFT], "min_confidence": 0.5})
    client.put("/api/workers/W1", {"name": "=HYPERLINK(1)"})
    client.put("/api/workstations/S1", {"name": 'Press, "old"', "type": "press"})
    client.post_batch(
        [
            event(f"{DAY}T08:00:00Z"),
            event(f"{DAY}T08:20:00Z", "product_count", count=7),
            event(f"{DAY}T09:10:00Z", "idle", station="S2", confidence=0.25),
            event(f"{DAY}T09:40:00Z", "idle", confidence=0.9, camera_id="C1"),
            event(f"{DAY}T11:00:00Z"),
            event(f"{DAY}T08:05:00Z", worker="W2", station="S2"),
            event(f"{DAY}T10:05:00Z", worker="W2", station="S1"),
            event(f"{DAY}T10:30:00Z", "product_count", worker=None, station="S1", count=2),
        ]
    )
    assert services.refresher.wait("main", 60)
    return client


def rows_of(answer):
    """The rows of a file, as a program reads them."""
    assert answer.status_code == 200
    text = answer.get_data().decode("utf-8")
    assert text.startswith(BYTE_ORDER_MARK)
    return list(csv.DictReader(io.StringIO(text.removeprefix(BYTE_ORDER_MARK), newline="")))


def as_text(row):
    return {name: str(cell(value)) for name, value in row.items()}


@pytest.mark.parametrize("search", ["", "?range=7d", "?range=all", "?station=S2", "?type=press&worker=W1", "?range=custom&from=2026-01-01&to=2026-01-02"])
@pytest.mark.parametrize(
    ("file", "path", "key", "shown"), [("workers", "workers", "worker_id", shown_workers), ("workstations", "workstations", "station_id", shown_stations)]
)
def test_a_file_has_the_rows_of_the_grid_and_the_numbers_of_the_api(factory, search, file, path, key, shown):
    context = look(factory.services, search)
    grid = shown(context)
    found = rows_of(factory.client.get(f"/export/{file}.csv{search}"))
    assert found == [as_text(row) for row in grid]
    window = {name: moment.isoformat() for name, moment in (("from", context.window.start), ("to", context.window.end)) if moment}
    filters = {"worker_id": context.filters.worker_ids, "station_id": context.filters.station_ids, "station_type": context.filters.station_types}
    said = factory.get(f"/api/metrics/{path}", as_of=context.now.isoformat(), **window, **{name: list(ids) for name, ids in filters.items()}).json
    by_id = {row[key]: row for row in said}
    assert grid == [by_id[row[key]] for row in grid]
    assert list(found[0]) == list(said[0]) if found else not any(row["event_count"] for row in said)


def test_under_a_filter_of_the_other_kind_only_who_was_there_has_a_row(factory):
    assert [row["worker_id"] for row in rows_of(factory.client.get("/export/workers.csv?station=S2"))] == ["W2"]
    assert [row["station_id"] for row in rows_of(factory.client.get("/export/workstations.csv?worker=W1"))] == ["S1"]
    assert len(rows_of(factory.client.get("/export/workers.csv"))) == 2


def test_a_file_of_a_range_in_which_nothing_was_is_its_header(factory):
    factory.services.sites.put("empty", {}, datetime(2026, 11, 20, tzinfo=UTC))
    for file, header in (("workers", export.WORKER_FIELDS), ("workstations", export.STATION_FIELDS), ("events", export.EVENT_FIELDS)):
        assert factory.client.get(f"/export/{file}.csv?site=empty").get_data(as_text=True) == BYTE_ORDER_MARK + ",".join(header) + "\r\n"


@pytest.mark.parametrize("at_once", [1, 3, 5_000])
@pytest.mark.parametrize(
    ("search", "query"),
    [("", {}), ("?worker=W1", {"worker_id": "W1"}), ("?station=S1&worker=W1", {"station_id": "S1", "worker_id": "W1"}), ("?type=press", {"station_id": "S1"})],
)
def test_all_events_of_the_window_however_many_are_read_at_once(factory, monkeypatch, at_once, search, query):
    monkeypatch.setattr(export, "_EVENTS_AT_ONCE", at_once)
    found = rows_of(factory.client.get(f"/export/events.csv{search}"))
    said = factory.get("/api/events", **{"from": DAY}, **query).json["events"]
    assert said
    assert list(found[0]) == list(export.EVENT_FIELDS)
    assert set(export.EVENT_FIELDS) == set(said[0])
    assert [row["event_id"] for row in found] == [str(row["event_id"]) for row in said]
    assert [(row["count"], row["confidence"], row["visible"]) for row in found] == [
        tuple(str(cell(row[name])) for name in ("count", "confidence", "visible")) for row in said
    ]
    assert [datetime.fromisoformat(row["timestamp"]) for row in found] == [datetime.fromisoformat(row["timestamp"]) for row in said]


def test_filters_that_let_no_station_through_let_no_event_through(factory):
    assert len(rows_of(factory.client.get("/export/events.csv?type=press"))) > 0
    # S2 is no press: together the two filters mean nothing at all, and not everything.
    assert rows_of(factory.client.get("/export/events.csv?type=press&station=S2")) == []


def test_the_file_says_what_it_is(factory):
    answer = factory.client.get("/export/workers.csv")
    assert answer.headers["Content-Disposition"] == "attachment; filename=workers_Werk-S-d-2_2026-11-20.csv"
    assert answer.headers["Content-Type"].startswith("text/csv; charset=utf-8")
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("search", "name"),
    [
        ("", "events_Werk-S-d-2_2026-11-20.csv"),
        ("?range=7d&worker=W1", "events_W1_Werk-S-d-2_2026-11-14_to_2026-11-20.csv"),
        ("?range=all&worker=W1&worker=W2", "events_Werk-S-d-2_until_2026-11-20.csv"),
        ("?range=shift&station=S2", "events_S2_Werk-S-d-2_day_2026-11-20.csv"),
    ],
)
def test_names_of_files(factory, search, name):
    assert f"filename={name}" in factory.client.get(f"/export/events.csv{search}").headers["Content-Disposition"]


def test_a_name_without_a_single_plain_letter(factory):
    factory.services.sites.put("main", {"name": "工場"}, datetime(2026, 11, 20, tzinfo=UTC))
    assert file_name("workers", look(factory.services, "")) == "workers_site_2026-11-20.csv"


def test_an_unknown_site_is_told(factory):
    assert_problem(factory.client.get("/export/workers.csv?site=nowhere"), 404, "no site nowhere")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (0.1 + 0.2, 0.30000000000000004),
        (7, 7),
        (-3.5, -3.5),
        (True, "true"),
        ("Müller", "Müller"),
        ("=1+1", "'=1+1"),
        ("+49", "'+49"),
        ("-x", "'-x"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\tx", "'\tx"),
        ("\rx", "'\rx"),
        ("a=b", "a=b"),
        (datetime(2026, 1, 15, 8, 0, 0, 5, tzinfo=UTC), "2026-01-15T08:00:00.000005Z"),
    ],
)
def test_cells(value, text):
    assert cell(value) == text


@given(st.lists(st.tuples(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), st.floats(allow_nan=False))))
def test_what_is_written_is_read_again_and_no_text_is_a_formula(values):
    text = "".join(csv_lines(["name", "hours"], [[{"name": name, "hours": hours}] for name, hours in values]))
    found = list(csv.reader(io.StringIO(text.removeprefix(BYTE_ORDER_MARK), newline="")))
    assert found[0] == ["name", "hours"]
    assert [(name, float(hours)) for name, hours in found[1:]] == [(cell(name), hours) for name, hours in values]
    assert not any(name.startswith(("=", "+", "-", "@", "\t", "\r")) for name, _ in found[1:])


def test_a_name_that_is_a_formula_and_one_with_quotes(factory):
    (first, _), (station, *_) = rows_of(factory.client.get("/export/workers.csv")), rows_of(factory.client.get("/export/workstations.csv"))
    assert (first["name"], station["name"]) == ("'=HYPERLINK(1)", 'Press, "old"')


def test_every_file_names_a_role(services):
    app = create_app(services).server
    rules = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/export")]
    assert {rule.rule for rule in rules} == {"/export/workers.csv", "/export/workstations.csv", "/export/events.csv", "/export/sites.csv"}
    assert {app.view_functions[rule.endpoint].described.role for rule in rules} == {"viewer"}
