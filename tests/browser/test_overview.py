"""The first page in a real browser."""

import pytest
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from tests.fakes import FakeServices

pytestmark = pytest.mark.browser

WORKERS = "#worker-grid .ag-center-cols-container [role=row]"
NAMES = "#worker-grid .cell-name"


def until(page, condition):
    """Wait until a JavaScript expression is true."""
    WebDriverWait(page.dash.driver, 20).until(lambda driver: driver.execute_script(f"return Boolean({condition})"))


def script(page, expression):
    return page.dash.driver.execute_script(f"return {expression}")


def names(page):
    """Names of the workers from top to bottom."""
    return script(
        page, f"[...document.querySelectorAll('{NAMES}')].sort((a, b) => a.getBoundingClientRect().y - b.getBoundingClientRect().y).map(n => n.innerText)"
    )


def refreshed(page):
    """Wait for an answer from after this moment: a new figure has reached the page."""
    page.services.metrics.factory["total_production_count"] += 1000
    page.text("#kpi-units-value", f"{page.services.metrics.factory['total_production_count']:,}")


def test_shows_figures_floor_and_tables_and_asks_no_other_host(open_page):
    page = open_page(FakeServices())
    page.text("#kpi-productive-value", "31.4")
    page.text("#kpi-at-work-unit", "of 6")
    page.text(".sentence", "Times in Europe/Berlin")
    page.text(".tile--idle", "Bob Smith")
    page.text(WORKERS, "Working")
    page.text("#badge", "updated")
    until(page, f"document.querySelectorAll('{NAMES}').length === 6")
    hosts = script(page, "[...new Set(performance.getEntriesByType('resource').map(r => new URL(r.name).host))]")
    assert hosts == [page.dash.server_url.split("//")[1]]
    assert script(page, "document.fonts.check('16px bootstrap-icons')")


def test_a_refresh_keeps_sort_filter_search_and_the_very_elements(open_page):
    page = open_page(FakeServices())
    until(page, f"document.querySelectorAll('{NAMES}').length === 6")
    page.dash.driver.execute_script(
        "const grid = dash_ag_grid.getApi('worker-grid');"
        "grid.setFilterModel({total_units_produced: {filterType: 'number', type: 'greaterThan', filter: 50}});"
        "grid.applyColumnState({state: [{colId: 'total_units_produced', sort: 'asc'}]});"
        "grid.ensureColumnVisible('coverage_percentage');"
    )
    page.dash.find_element("#worker-search").send_keys("working")
    until(page, f"document.querySelectorAll('{NAMES}').length === 3")
    page.dash.driver.execute_script("document.querySelectorAll('.tile, .kpi, .ag-root').forEach(one => { one.dataset.seen = 'yes' })")
    before = names(page), script(page, "dash_ag_grid.getApi('worker-grid').getHorizontalPixelRange().left")
    assert before[0] == ["David Lee", "Carol Diaz", "Alice Johnson"]
    assert before[1] > 0
    refreshed(page)
    assert (names(page), script(page, "dash_ag_grid.getApi('worker-grid').getHorizontalPixelRange().left")) == before
    assert script(page, "[...document.querySelectorAll('.tile, .kpi, .ag-root')].every(one => one.dataset.seen === 'yes')")


def test_the_address_is_the_filter(open_page):
    page = open_page(FakeServices(), "/?range=yesterday&station=S2")
    page.text(".sentence", "Yesterday, Wed 14 Jan, station Assembly Line 2.")
    page.text("#station-filter", "Assembly Line 2")
    until(page, "document.querySelectorAll('.tile').length === 1")
    page.dash.find_element("#range-picker input[value='7d'] + label").click()
    page.text(".sentence", "The last 7 days")
    assert script(page, "location.search") == "?range=7d&station=S2"
    page.dash.driver.back()
    page.text(".sentence", "Yesterday")
    page.text("#range-picker .ranges__choice--on", "Yesterday")
    page.go("/?site=south")
    page.text(".sentence", "Times in UTC")
    until(page, "document.querySelector('#site-picker').value === 'south'")
    page.go("/?site=nowhere")
    page.text("#notice", "There is no site “nowhere”")
    until(page, "document.querySelector('#site-picker').value === 'nowhere'")
    page.dash.find_element("#site-picker option[value='main']").click()
    page.text(".sentence", "Times in Europe/Berlin")


def test_an_empty_site_welcomes_loads_the_demo_and_lets_it_go_again(open_page):
    page = open_page(FakeServices.empty())
    page.text(".welcome", "Waiting for the first event")
    page.text("#welcome-curl", f"curl -X POST {page.dash.server_url}/api/events")
    page.dash.find_element("#welcome-load").click()
    page.text("#result", "Demo data loaded: 1,180 new events.")
    page.text("#kpi-units-value", "412")
    until(page, "document.querySelectorAll('.tile').length === 6")
    until(page, "!document.querySelector('#demo-ask').disabled && document.querySelector('.demo--loaded')")
    page.dash.driver.execute_script("document.querySelector('#demo-ask').click()")
    page.text(".modal-body", "“Plant North” will be lost")
    assert page.services.demo.loaded
    page.dash.wait_for_element("#demo-remove").click()
    page.text("#result", "Demo data removed: 1,180 events.")
    page.text(".welcome", "Plant North has no events yet")
    page.dash.wait_for_no_elements(".modal-body")


def test_a_failure_is_told_in_place_and_passes(open_page):
    services = FakeServices()
    services.working_on = (2, 28)
    page = open_page(services)
    page.text("#kpi-productive-value", "31.4")
    page.text("#badge", "recomputing, step 3 of 28")
    page.services.metrics.failure = RuntimeError("the disk is gone: /secret/path")
    page.text("#notice", "What you see is from 14:52:10.")
    assert "secret" not in page.dash.find_element("body").text
    assert page.dash.find_element("#kpi-productive-value").text == "31.4"
    page.dash.find_element("#range-picker input[value='7d'] + label").click()
    until(page, "getComputedStyle(document.querySelector('.overview')).display === 'none'")
    page.services.metrics.failure = None
    page.text(".sentence", "The last 7 days")
    until(page, "getComputedStyle(document.querySelector('#notice')).display === 'none'")


def test_the_theme_stays_and_a_phone_needs_no_sideways_scroll(open_page):
    page = open_page(FakeServices())
    page.text("#kpi-productive-value", "31.4")
    first = script(page, "document.documentElement.dataset.bsTheme")
    page.dash.find_element("#theme-button").send_keys(Keys.ENTER)
    until(page, f"document.documentElement.dataset.bsTheme !== '{first}'")
    page.dash.driver.refresh()
    page.text("#kpi-productive-value", "31.4")
    chosen = script(page, "document.documentElement.dataset.bsTheme")
    assert {first, chosen} == {"light", "dark"}
    assert script(page, "document.body.dataset.agThemeMode") == chosen
    page.dash.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True})
    until(page, "innerWidth === 390 && document.documentElement.scrollWidth === 390")
    assert script(page, "getComputedStyle(document.querySelector('.kpis')).gridTemplateColumns.split(' ').length") == 2
