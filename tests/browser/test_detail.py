"""Drill-downs in a real browser."""

import csv
import io

import pytest
import requests

from tests.browser.looking import script, until

pytestmark = pytest.mark.browser


def post(page, *events):
    """Send events of this day."""
    page.ask("POST", "/api/events/batch", list(events))


def event(clock, kind="working", worker="W1", station="S1", **more):
    return {"timestamp": f"2026-01-15T{clock}:00Z", "worker_id": worker, "workstation_id": station, "event_type": kind, **more}


@pytest.fixture
def floor(real_page):
    """Alice at two stations, and somebody else; the clock shows 13:52."""
    page = real_page
    page.ask("PUT", "/api/sites/main", {"name": "Plant North", "timezone": "UTC", "min_confidence": 0.5})
    page.ask("PUT", "/api/workers/W1", {"name": "Alice Johnson"})
    page.ask("PUT", "/api/workstations/S1", {"name": "Assembly Line 1", "type": "assembly"})
    post(
        page,
        event("08:00"),
        event("09:00", "product_count", count=5),
        event("10:00", "idle", station="S2"),
        event("10:30"),
        event("11:00", "idle", confidence=0.2),
    )
    post(page, event("09:30", worker="W2"), event("12:00", "absent", worker="W2"))
    return page


def test_a_worker_from_a_deep_link(floor):
    page = floor
    page.go("/workers/W1")
    page.text("#worker-detail-name", "Alice Johnson")
    page.text("#worker-detail-words", "at Assembly Line 1 for 3 h 22")
    page.text(".detail__cards", "Working hours")
    said = page.ask("GET", "/api/metrics/workers/W1?from=2026-01-15&as_of=2026-01-15T13:52:10Z")
    page.text(".detail__cards .kpi__value", f"{said['total_active_time_hours']:.1f}")
    until(page, "document.querySelectorAll('#worker-detail-lane .bars path').length > 2")
    until(page, "document.querySelectorAll('#worker-detail-hours .bars path').length > 4")
    page.text("#worker-detail-split", "Assembly Line 1")
    page.text("#worker-detail-events", "no: low confidence")
    page.text("#worker-detail-events-note", "all 5")
    until(page, "getComputedStyle(document.querySelector('#page-body')).display === 'none'")


def test_what_is_posted_appears_and_nothing_is_mounted_anew(floor):
    page = floor
    page.go("/workers/W1")
    page.text("#worker-detail-events-note", "all 5")
    until(page, "document.querySelectorAll('#worker-detail-hours .bars path').length > 4")
    marked = ".kpi, .ag-root, .js-plotly-plot, .now"
    page.dash.driver.execute_script(f"document.querySelectorAll('#worker-detail-box :is({marked})').forEach(one => {{ one.dataset.seen = 'yes' }})")
    post(page, event("13:45", "idle", station="S2"))
    page.text("#worker-detail-words", "at S2 for 7 min")
    page.text("#worker-detail-events-note", "all 6")
    assert script(page, f"[...document.querySelectorAll('#worker-detail-box :is({marked})')].every(one => one.dataset.seen === 'yes')")


def test_what_belongs_to_somebody_else_is_not_seen(floor):
    page = floor
    page.go("/workers/W1")
    page.text("#worker-detail-name", "Alice Johnson")
    page.dash.find_element("#worker-detail-back").click()
    until(page, "document.querySelectorAll('#worker-grid a.cell-name').length === 2")
    # A server that is away: what the page shows of the first worker must not stand under the name of the second.
    page.dash.driver.execute_script("window.fetch = () => new Promise(() => {})")
    page.dash.find_element("#worker-grid .ag-center-cols-container [row-index='1'] [col-id='event_count']").click()
    until(page, "location.pathname === '/workers/W2'")
    until(page, "document.querySelector('#worker-detail-frame').className.includes('late--figures')")
    for selector in (
        "#worker-detail-name",
        ".detail__cards",
        ".detail__lane figure",
        ".detail__hours figure",
        ".detail__split .split__frame",
        ".detail__events .grid",
    ):
        assert script(page, f"getComputedStyle(document.querySelector('{selector}')).visibility") == "hidden", selector


def test_an_unknown_worker_is_told_with_the_way_back(floor):
    page = floor
    page.go("/workers/W99?range=7d")
    page.text("#worker-detail-name", "There is no worker W99 at Plant North")
    until(page, "getComputedStyle(document.querySelector('.detail__body')).display === 'none'")
    page.dash.find_element("#worker-detail-back").click()
    until(page, "location.pathname === '/workers' && location.search === '?range=7d'")
    until(page, "document.querySelectorAll('#worker-grid a.cell-name').length === 2")


def test_a_stations_hours_and_the_file_of_its_events(floor):
    page = floor
    page.go("/stations/S1?range=7d&station=S2")
    page.text("#station-detail-words", "for 3 h 22: Alice Johnson")
    page.text("#station-detail-about", "S1 · assembly")
    page.text("#station-detail-split", "W2")
    page.text("#station-detail-events-note", "all 6")
    until(page, "document.querySelector('#station-detail-csv').getAttribute('href').startsWith('/export/events.csv')")
    address = script(page, "document.querySelector('#station-detail-csv').href")
    rows = list(csv.DictReader(io.StringIO(requests.get(address, timeout=20).content.decode("utf-8-sig"), newline="")))
    assert [row["workstation_id"] for row in rows] == ["S1"] * 6
    assert [row["worker_id"] for row in rows] == ["W2", "W1", "W1", "W2", "W1", "W1"]


def test_older_events_come_when_they_are_asked_for(floor):
    page = floor
    post(page, *(event(f"{7 + number // 60:02}:{number % 60:02}", worker="W7", station="S7") for number in range(130)))
    page.go("/workers/W7")
    page.text("#worker-detail-events-note", "the newest 100")
    page.dash.driver.execute_script("document.querySelector('#worker-detail-show-older').click()")
    page.text("#worker-detail-events-note", "all 130")
    until(page, "getComputedStyle(document.querySelector('#worker-detail-show-older')).display === 'none'")
