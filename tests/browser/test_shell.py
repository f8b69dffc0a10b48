"""What stands around every page: addresses, filters, theme, and the live stream."""

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait
from server_process import Server

from tests.browser.looking import script, until

pytestmark = pytest.mark.browser

PAGES = {
    "/": ".tile",
    "/workers": "#worker-grid [role=row] .cell-name",
    "/workers/W1": ".kpi__value",
    "/stations": "#station-grid [role=row] .cell-name",
    "/stations/S1": ".kpi__value",
    "/timeline": ".js-plotly-plot .main-svg",
    "/quality": ".js-plotly-plot .main-svg",
    "/sites": ".site-card",
    "/compare": ".compare--alone .compare__alone",
    "/settings": ".app--settings .panel",
    "/wall": ".tile",
}


def address(page):
    """Path and query string of the page."""
    return script(page, "location.pathname + location.search")


def test_every_page_opens_by_its_address_and_asks_no_other_host(seeded):
    for path, filled in PAGES.items():
        seeded.go(path)
        until(seeded, f"document.querySelector('{filled}')")
        until(seeded, "document.querySelector('.notice--bad') === null")
        hosts = script(seeded, "[...new Set(performance.getEntriesByType('resource').map((one) => new URL(one.name).host))]")
        assert hosts == [seeded.address.split("//")[1]], path
    assert script(seeded, "document.fonts.check('16px bootstrap-icons')")


def test_an_address_that_leads_nowhere_says_so_and_shows_a_way_back(seeded):
    seeded.go("/nowhere/at/all")
    seeded.text(".missing", "There is no such page")
    seeded.dash.driver.find_element(By.LINK_TEXT, "Go to the overview").click()
    until(seeded, "document.querySelector('.tile')")


def test_filters_live_in_the_address(seeded):
    seeded.go("/")
    seeded.text(".sentence", "Today, Thu")
    seeded.dash.find_element("input[value='7d'] + label").click()
    seeded.text(".sentence", "The last 7 days")
    assert address(seeded) == "/?range=7d"
    seeded.dash.driver.back()
    seeded.text(".sentence", "Today, Thu")
    assert address(seeded) == "/"
    seeded.dash.driver.forward()
    seeded.text(".sentence", "The last 7 days")


def test_a_shared_address_shows_the_same_view(seeded):
    seeded.go("/?range=shift&station=S2&station=S1&type=assembly&worker=W1&nonsense=1")
    seeded.text(".sentence", "Day shift")
    seeded.text(".sentence", "2 stations (Assembly Line 1, Assembly Line 2) of stations of type assembly, Alice Johnson alone")
    seeded.text("#filter-summary", "2 stations, assembly, Alice Johnson")
    assert address(seeded) == "/?range=shift&station=S2&station=S1&type=assembly&worker=W1&nonsense=1"


def test_links_to_other_pages_keep_the_filters(seeded):
    seeded.go("/?range=yesterday&worker=W1")
    seeded.text(".sentence", "Yesterday")
    seeded.dash.find_element(".rail__link--workers").click()
    until(seeded, "document.querySelector('#worker-grid [role=row] .cell-name')")
    assert address(seeded) == "/workers?range=yesterday&worker=W1"
    seeded.text(".sentence", "Yesterday")


def test_an_unknown_site_is_named_and_another_can_be_chosen(seeded):
    seeded.go("/?site=atlantis")
    seeded.text("#notice", "There is no site “atlantis”. Choose another one above.")
    until(seeded, "document.querySelector('#site-picker').selectedOptions[0].label === 'atlantis (no such site)'")
    seeded.dash.driver.execute_script(
        "const picker = document.querySelector('#site-picker'); picker.value = 'main'; picker.dispatchEvent(new Event('change', {bubbles: true}))"
    )
    until(seeded, "document.querySelector('.notice--bad') === null")
    seeded.text(".sentence", "Today, Thu")
    # The browser notes by itself that there is no stream of a site that isn't there.
    assert [line["message"].partition(" - ")[0] for line in seeded.dash.get_logs()] == [f"{seeded.address}/live/atlantis"]


def test_the_theme_is_switched_for_figures_too_and_kept(seeded):
    seeded.go("/")
    until(seeded, "document.querySelector('.js-plotly-plot .main-svg .xtick text')")
    until(seeded, "document.documentElement.dataset.bsTheme === 'light'")
    before = script(seeded, "getComputedStyle(document.querySelector('.js-plotly-plot .xtick text')).fill")
    seeded.dash.find_element("#theme-button").click()
    until(seeded, "document.documentElement.dataset.bsTheme === 'dark'")
    until(seeded, f"getComputedStyle(document.querySelector('.js-plotly-plot .xtick text')).fill !== '{before}'")
    seeded.go("/workers")
    until(seeded, "document.documentElement.dataset.bsTheme === 'dark' && document.body.dataset.agThemeMode === 'dark'")


def test_a_page_that_nobody_looks_at_keeps_no_stream(seeded):
    seeded.go("/")
    seeded.text("#badge", "live")
    hub = seeded.services.hub
    WebDriverWait(seeded.dash.driver, 20).until(lambda _: hub.streams == 1)
    hide = "Object.defineProperty(document, 'hidden', {value: %s, configurable: true}); document.dispatchEvent(new Event('visibilitychange'))"
    seeded.dash.driver.execute_script(hide % "true")
    seeded.text("#badge", "paused")
    seeded.dash.driver.execute_script(hide % "false")
    seeded.text("#badge", "live")


def test_a_restarted_server_is_noticed_and_found_again(tab, tmp_path):
    server = Server(tmp_path / "factory.db")
    server.start()
    try:
        server.call("POST", "/api/seed")
        tab.driver.get(f"http://127.0.0.1:{server.port}/?range=all")
        tab.wait_for_contains_text("#badge", "live", timeout=20)
        server.terminate()
        tab.wait_for_contains_text("#badge", "reconnecting", timeout=20)
        server.start()
        tab.wait_for_contains_text("#badge", "live", timeout=20)
        server.call("PUT", "/api/sites/main", {"name": "Renamed"})
        server.call("PUT", "/api/workers/W1", {"name": "Alicia Johansson"})
        tab.wait_for_contains_text(".page", "Alicia Johansson", timeout=20)
    finally:
        server.clean_up()
