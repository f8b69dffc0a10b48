"""The pages about all sites in a real browser: cards, ranking, a phone's width, and the report on paper."""

import base64

import pytest

from tests.browser.looking import script, until
from tests.browser.test_accessibility import USABLE, grave, shown_in, walk

pytestmark = pytest.mark.browser

DAY = {"name": "day", "days": [0, 1, 2, 3, 4], "start": "08:00", "end": "17:00"}
RANKED = "[...document.querySelectorAll('#compare-ranking-rows tr')].map((row) => row.querySelector('th').innerText)"
CHOOSE = """
const choice = document.querySelector('#compare-metric');
choice.value = '%s';
choice.dispatchEvent(new Event('change', {bubbles: true}));
"""


@pytest.fixture
def plants(seeded):
    """Plant North with its demo, Kathmandu with one worker, and a hall without events."""
    seeded.ask("PUT", "/api/sites/kathmandu", {"name": "Kathmandu Works", "timezone": "Asia/Kathmandu", "shifts": [DAY]})
    seeded.ask("PUT", "/api/sites/hall", {"name": "New hall", "timezone": "UTC"})
    day = {"worker_id": "K1", "workstation_id": "S1", "site_id": "kathmandu"}
    told = [{**day, "timestamp": f"2026-01-15T{hour:02}:00:00Z", "event_type": kind} for hour, kind in [(4, "working"), (5, "idle"), (9, "working")]]
    counted = {**day, "timestamp": "2026-01-15T04:30:00Z", "event_type": "product_count", "count": 7}
    seeded.ask("POST", "/api/events/batch", [*told, counted])
    assert seeded.services.refresher.wait("kathmandu", 60)
    return seeded


def compared(page, search=""):
    page.go("/compare" + search)
    until(page, "document.querySelectorAll('#compare-figures-rows tr').length === 4")
    until(page, "document.querySelectorAll('.compare .js-plotly-plot .main-svg').length >= 2")
    return page


def test_each_site_has_a_card_that_leads_to_its_overview(plants):
    plants.go("/")
    plants.text(".tile", "Assembly Line 1")
    until(plants, "getComputedStyle(document.querySelector('.rail__link--sites')).display !== 'none'")
    plants.dash.find_element(".rail__link--sites").click()
    until(plants, "document.querySelectorAll('.site-card').length === 3")
    names = script(plants, "[...document.querySelectorAll('.site-card h2')].map((one) => one.innerText)")
    assert names == ["Kathmandu Works", "New hall", "Plant North"]
    assert "Asia/Kathmandu, UTC+5:45" in script(plants, "document.querySelector('.site-card').innerText")
    assert "7:37 PM" in script(plants, "document.querySelector('.site-card').innerText") or "19:37" in script(
        plants, "document.querySelector('.site-card').innerText"
    )
    plants.dash.driver.execute_script("window.card = document.querySelector('.site-card')")
    plants.ask(
        "POST", "/api/events", {"timestamp": "2026-01-15T13:00:00Z", "worker_id": "W1", "workstation_id": "S1", "event_type": "product_count", "count": 5_000}
    )
    until(plants, "/5.\\d{3}|6.\\d{3}/.test(document.querySelectorAll('.site-card')[2].innerText)")
    assert script(plants, "document.contains(window.card)")
    plants.dash.find_element(".site-card__open").click()
    until(plants, "location.pathname + location.search === '/?site=kathmandu' && document.querySelector('.overview .tile')")


def test_where_there_is_one_site_the_navigation_is_as_it_was(seeded):
    seeded.go("/sites")
    until(seeded, "document.querySelectorAll('.site-card').length === 1")
    seeded.text(".sites-page__alone", "This is the only site so far")
    until(seeded, "document.body.dataset.sites === 'one'")
    assert script(seeded, "getComputedStyle(document.querySelector('.rail__link--sites')).display") == "none"
    seeded.go("/compare")
    seeded.text(".compare__alone", "nothing to compare it with")


def test_the_choice_of_the_figure_is_in_the_address(plants):
    page = compared(plants, "?metric=total_production_count&range=7d")
    assert script(page, RANKED) == ["Plant North", "Kathmandu Works", "New hall", "All sites"]
    until(page, "document.querySelector('#compare-metric').value === 'total_production_count'")
    assert script(page, "document.querySelector('#compare-csv').getAttribute('href')") == "/export/sites.csv?metric=total_production_count&range=7d"
    page.dash.driver.execute_script(CHOOSE % "total_idle_time_hours")
    page.text("#compare-ranking-title", "Ranking by idle hours")
    until(page, "location.search === '?range=7d&metric=total_idle_time_hours'")
    until(page, f"{RANKED}[0] === 'New hall'")
    page.dash.driver.back()
    page.text("#compare-ranking-title", "Ranking by units produced")
    until(page, "document.querySelector('#compare-metric').value === 'total_production_count'")
    page.dash.find_element("input[value='yesterday'] + label").click()
    page.text("#compare-words", "Yesterday at 3 sites")
    page.dash.find_element("#sites-tab-sites").click()
    until(page, "document.querySelectorAll('.site-card').length === 3")
    assert script(page, "location.pathname") == "/sites"


def test_a_button_prints_a_report_without_what_paper_has_no_use_for(plants):
    page = compared(plants)
    page.dash.driver.execute_script("window.print = () => { window.printed = true; }")
    page.dash.find_element("#compare-print").click()
    until(page, "window.printed === true")
    shown_in(page, "dark")
    driver = page.dash.driver
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    seen = "(selector) => [...document.querySelectorAll(selector)].filter((one) => one.checkVisibility()).length"
    assert [script(page, f"({seen})('{one}')") for one in (".topbar", ".rail", ".compare__head", ".notice")] == [0, 0, 0, 0]
    assert script(page, f"({seen})('.compare__title, .compare__made, .compare__words, .compare__table, .compare .js-plotly-plot')") == 6
    assert script(page, "getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert script(page, "getComputedStyle(document.querySelector('.compare__total .compare__name')).color") == "rgb(28, 36, 48)"
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    width = "Math.round(document.querySelector('.compare__course .js-plotly-plot .main-svg').getBoundingClientRect().width)"
    # What was drawn for paper is drawn for the screen again a moment later.
    until(page, f"Math.abs({width} - document.querySelector('.compare__course .js-plotly-plot').clientWidth) <= 1")
    before = script(page, width)
    paper = base64.b64decode(driver.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})["data"])
    # A4, upright sheets turned on their side.
    assert paper.count(b"/MediaBox [0 0 841.9") == paper.count(b"/MediaBox") == 2
    until(page, f"{width} === {before}")


def test_both_pages_keep_nobody_out_and_fit_a_phone(plants):
    for path, filled in {"/sites": ".site-card", "/compare": ".compare__total"}.items():
        plants.go(path)
        until(plants, f"document.querySelector('{filled}')")
        until(plants, "document.querySelector('#badge-text').innerText.startsWith('live')")
        for theme in ("light", "dark"):
            shown_in(plants, theme)
            assert grave(plants) == [], (path, theme)
        walk(plants)
        assert script(plants, f"{USABLE}.filter((one) => !window.reached.has(one)).map((one) => one.outerHTML.slice(0, 160))") == [], path
        plants.dash.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True})
        until(plants, "innerWidth === 390 && document.documentElement.scrollWidth === 390")
        small = "[...document.querySelectorAll('.site-tabs__tab, .compare__head button, .compare__head a, .compare__head select, .site-card__open')]"
        assert script(plants, f"{small}.filter((one) => one.checkVisibility() && one.getBoundingClientRect().height < 43.5).map((one) => one.outerHTML)") == []
        plants.dash.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
