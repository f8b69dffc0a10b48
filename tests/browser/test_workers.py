"""The tables of workers and stations in a real browser, and the way to a drill-down and back."""

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from tests.browser.looking import script, until

pytestmark = pytest.mark.browser

SITE = {"name": "Plant North", "timezone": "UTC"}
STATE = """
const grid = dash_ag_grid.getApi('worker-grid');
return {names: [...document.querySelectorAll('#worker-grid a.cell-name')].map(name => name.innerText), across: grid.getHorizontalPixelRange().left,
        down: grid.getVerticalPixelRange().top, selected: grid.getSelectedRows().map(row => row.id), filters: grid.getFilterModel(),
        search: document.querySelector('#worker-search').value}
"""


def post(page, *events):
    """Send events of this day."""
    page.ask("POST", "/api/events/batch", list(events))


def event(worker, clock="09:00:00", kind="working", station="S1", **more):
    return {"timestamp": f"2026-01-15T{clock}Z", "worker_id": worker, "workstation_id": station, "event_type": kind, **more}


@pytest.fixture
def crowd(real_page):
    """Sixty workers, W10 to W69, each with as many units as its number."""
    page = real_page
    page.ask("PUT", "/api/sites/main", SITE)
    numbers = range(10, 70)
    post(page, *(event(f"W{number}", station=f"S{number % 7}") for number in numbers))
    post(page, *(event(f"W{number}", "10:00:00", "product_count", station=f"S{number % 7}", count=number) for number in numbers))
    page.go("/workers?range=today")
    until(page, "document.querySelectorAll('#worker-grid a.cell-name').length > 10")
    return page


def arrange(page):
    """Sort, filter and scroll the table."""
    page.dash.driver.execute_script(
        "const grid = dash_ag_grid.getApi('worker-grid');"
        "grid.setFilterModel({total_units_produced: {filterType: 'number', type: 'greaterThan', filter: 20}});"
        "grid.applyColumnState({state: [{colId: 'total_units_produced', sort: 'desc'}]});"
        "grid.ensureIndexVisible(30, 'top');"
        "grid.ensureColumnVisible('coverage_percentage');"
    )
    until(page, "dash_ag_grid.getApi('worker-grid').getHorizontalPixelRange().left > 0")


def test_the_way_to_a_worker_and_back_leaves_the_table_as_it_was(crowd):
    page = crowd
    arrange(page)
    page.dash.driver.execute_script("document.querySelector('#worker-grid .ag-root').dataset.seen = 'yes'")
    page.dash.find_element("#worker-grid .ag-center-cols-container [row-index='33'] [col-id='event_count']").click()
    page.text("#worker-detail-name", "W36")
    assert script(page, "location.pathname + location.search") == "/workers/W36?range=today"
    before = page.dash.driver.execute_script(STATE)
    page.dash.driver.back()
    until(page, "getComputedStyle(document.querySelector('#page-body')).display !== 'none'")
    until(page, "dash_ag_grid.getApi('worker-grid').getHorizontalPixelRange().left > 0")
    after = page.dash.driver.execute_script(STATE)
    assert (after["selected"], after["filters"], after["down"]) == (["W36"], before["filters"], before["down"])
    assert after["down"] > 0
    assert after["names"] == before["names"]
    assert script(page, "document.querySelector('#worker-grid .ag-root').dataset.seen") == "yes"


def test_live_refreshes_move_nothing(crowd):
    page = crowd
    arrange(page)
    page.dash.driver.execute_script("dash_ag_grid.getApi('worker-grid').getRowNode('W39').setSelected(true)")
    before = page.dash.driver.execute_script(STATE)
    for number in range(3):
        post(page, event("W39", f"10:30:{number:02}", "product_count", station="S4", count=0))
        until(page, f"dash_ag_grid.getApi('worker-grid').getRowNode('W39').data.event_count === {number + 3}")
    after = page.dash.driver.execute_script(STATE)
    assert after == before
    assert (after["selected"], after["down"] > 0) == (["W39"], True)


def test_keyboard_and_links_lead_to_the_same_place(crowd):
    page = crowd
    page.dash.driver.execute_script("dash_ag_grid.getApi('worker-grid').setFocusedCell(2, 'total_units_produced')")
    ActionChains(page.dash.driver).send_keys(Keys.ENTER).perform()
    page.text("#worker-detail-name", "W12")
    page.dash.find_element("#worker-detail-back").click()
    until(page, "location.pathname === '/workers' && location.search === '?range=today'")
    page.dash.find_element("#range-picker input[value='7d'] + label").click()
    until(page, "document.querySelector('#worker-grid a.cell-name').getAttribute('href') === '/workers/W10?range=7d'")
    until(page, "document.querySelector('#worker-csv').getAttribute('href') === '/export/workers.csv?range=7d'")
    page.dash.find_element("#worker-grid a.cell-name").click()
    page.text("#worker-detail-name", "W10")
    assert script(page, "location.pathname + location.search") == "/workers/W10?range=7d"


def test_quick_search_finds_names_and_ids(crowd):
    page = crowd
    page.ask("PUT", "/api/workers/W11", {"name": "Alice Johnson"})
    page.dash.driver.refresh()
    until(page, "document.querySelectorAll('#worker-grid a.cell-name').length > 10")
    page.dash.find_element("#worker-search").send_keys("alice")
    until(page, "document.querySelectorAll('#worker-grid a.cell-name').length === 1")
    page.dash.clear_input("#worker-search")
    page.dash.find_element("#worker-search").send_keys("W11")
    until(page, "document.querySelectorAll('#worker-grid a.cell-name').length === 1")
    page.text("#worker-grid a.cell-name", "Alice Johnson")


def test_stations_open_too(crowd):
    page = crowd
    page.go("/stations?type=nonsense")
    until(page, "document.querySelectorAll('#station-grid a.cell-name').length === 7")
    page.dash.find_element("#station-grid .ag-center-cols-container [row-index='3'] [col-id='people']").click()
    page.text("#station-detail-name", "S3")
    page.text("#station-detail-split", "W10")
    page.dash.find_element("#station-detail-split a").click()
    page.text("#worker-detail-name", "W")
    assert script(page, "location.pathname").startswith("/workers/W")


def test_a_phone_shows_the_table(crowd):
    page = crowd
    page.dash.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True})
    until(page, "innerWidth === 390 && document.documentElement.scrollWidth === 390")
    # The names leave room for figures beside them.
    assert script(page, "document.querySelector('#worker-grid .ag-center-cols-viewport').clientWidth") > 150
