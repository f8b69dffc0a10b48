"""The overview in a real browser: what is posted is what is shown, at once, and nothing that stands there moves."""

import json

import pytest
from http_api import DAY_SHIFT, event
from looking import script, until

import live

pytestmark = pytest.mark.browser

NIGHT, NOW = "2026-01-15T00:00:00Z", "2026-01-15T13:52:10Z"
TILES = "document.querySelectorAll('.tile').length"
ROWS = "[...document.querySelectorAll('.crew__link')].map((link) => link.innerText)"
MOUNTED = "document.querySelectorAll('.tile, .tile__link, .tile span, .kpi, .kpi span, .crew__row, .crew td span, .overview .js-plotly-plot')"


def leaf(key, part="value"):
    """The selector of a leaf of a card."""
    return f"""[id='{json.dumps({"kpi": key, "scope": "overview"}, separators=(",", ":"))}'] .kpi__{part}"""


@pytest.fixture
def quick(real_page, monkeypatch):
    """A page whose stream doesn't wait between two pushes."""
    monkeypatch.setattr(live, "PUSH_EVERY_SECONDS", 0.05)
    return real_page


def test_a_deep_link_fills_the_page(real_page):
    real_page.ask("POST", "/api/seed")
    real_page.go("/?range=yesterday&station=S2&worker=W2")
    real_page.text(".sentence", "station Assembly Line 2, Bob Smith alone.")
    until(real_page, f"{TILES} === 1")
    real_page.text(".tile", "Assembly Line 2")
    until(real_page, f"JSON.stringify({ROWS}) === '[\"Bob Smith\"]'")
    until(real_page, "document.querySelectorAll('#hours-graph .bars path').length > 8 && document.querySelectorAll('#units-graph .bars path').length > 4")
    api = real_page.ask("GET", "/api/metrics/factory?from=2026-01-14&to=2026-01-15&station_id=S2&worker_id=W2")
    real_page.text(leaf("units"), f"{api['total_production_count']:,}")
    real_page.text(leaf("coverage", "change"), "needs a shift schedule")
    assert script(real_page, "document.querySelector('.tile__link').pathname + document.querySelector('.tile__link').search") == (
        "/stations/S2?range=yesterday&station=S2&worker=W2"
    )


def test_an_empty_site_welcomes_and_the_demo_fills_it_without_a_reload(real_page):
    real_page.go("/")
    real_page.text(".welcome", "Main site has no events yet")
    real_page.text("#welcome-curl", f"curl -X POST {real_page.address}/api/events")
    real_page.dash.driver.execute_script("window.opened = 'before'")
    real_page.dash.find_element("#welcome-load").click()
    real_page.text("#result", "Demo data loaded")
    until(real_page, f"{TILES} === 6 && getComputedStyle(document.querySelector('.welcome')).display === 'none'")
    real_page.text(".tiles", "Alice Johnson")
    api = real_page.ask("GET", f"/api/metrics/factory?from={NIGHT}&to={NOW}&as_of={NOW}")
    for key, field in (("productive", "total_productive_time_hours"), ("rate", "average_production_rate"), ("utilization", "average_utilization_percentage")):
        real_page.text(leaf(key), f"{api[field]:,.1f}")
    until(real_page, "document.querySelectorAll('#hours-graph .bars path').length > 8")
    assert script(real_page, "window.opened") == "before"


def test_an_event_posted_by_http_appears_without_a_reload(real_page):
    real_page.go("/")
    real_page.text(".welcome", "Main site has no events yet")
    real_page.dash.driver.execute_script("window.opened = 'before'")
    real_page.ask("POST", "/api/events", event("2026-01-15T09:00:00Z"))
    real_page.text(".tile--working", "4 h 52")
    real_page.ask("POST", "/api/events/batch", [event("2026-01-15T10:00:00Z", "product_count", count=1_234_567), event("2026-01-15T13:45:00Z", "idle")])
    real_page.text(leaf("units"), "1,234,567")
    real_page.text(".tile--idle", "7 min")
    real_page.text(".crew__row--idle", "Idle")
    assert script(real_page, "window.opened") == "before"


def test_ten_refreshes_keep_every_element_the_scroll_and_the_focus(quick):
    quick.ask("PUT", "/api/sites/main", {"shifts": [DAY_SHIFT]})
    quick.ask("POST", "/api/events/batch", [event("2026-01-15T09:00:00Z", worker=f"W{number}", station=f"S{number}") for number in range(1, 31)])
    quick.dash.driver.set_window_size(1440, 600)
    quick.go("/")
    until(quick, f"{TILES} === 30 && document.querySelectorAll('#units-graph .main-svg').length > 0")
    quick.text(".crew", "Working")
    quick.text("#badge", "live")
    quick.dash.driver.execute_script(f"{MOUNTED}.forEach((one) => {{ one.dataset.seen = 'yes' }})")
    quick.dash.driver.execute_script("window.scrollTo({top: 200, behavior: 'instant'})")
    quick.dash.driver.execute_script("document.querySelectorAll('.tile__link')[7].focus({preventScroll: true})")
    before = script(quick, f"[{MOUNTED}.length, window.scrollY, document.activeElement.pathname]")
    assert before[1] == 200
    for number in range(1, 11):
        quick.ask("POST", "/api/events", event(f"2026-01-15T10:{number:02}:00Z", "product_count", count=100))
        quick.text(leaf("units"), f"{number * 100:,}")
    quick.text(".tile", "1,000 units")
    assert script(quick, f"[{MOUNTED}.length, window.scrollY, document.activeElement.pathname]") == before
    assert script(quick, f"[...{MOUNTED}].filter((one) => one.dataset.seen !== 'yes').length") == 0
    # A station more is another list.
    quick.ask("POST", "/api/events", event("2026-01-15T11:00:00Z", worker="W31", station="S31"))
    until(quick, f"{TILES} === 31")


def test_an_empty_range_leads_to_where_there_is_something(real_page):
    real_page.ask("POST", "/api/events", event("2026-01-13T09:00:00Z"))
    real_page.go("/?range=yesterday&worker=W1")
    real_page.text(".nothing", "The site's last event is from Tue")
    until(real_page, "getComputedStyle(document.querySelector('.overview__charts')).display === 'none'")
    until(real_page, "document.querySelector('#nothing-day').href.endsWith('/?worker=W1&range=custom&from=2026-01-13&to=2026-01-13')")
    real_page.dash.find_element("#nothing-day").click()
    real_page.text(".sentence", "Tue")
    until(real_page, "getComputedStyle(document.querySelector('.nothing')).display === 'none'")
    assert script(real_page, "document.querySelector('#nothing-all').search") == "?worker=W1&range=all"


def test_a_tile_leads_to_its_station_and_back(real_page):
    real_page.ask("POST", "/api/events", event("2026-01-15T09:00:00Z", station="Saw 1/b"))
    real_page.go("/?range=all")
    real_page.text(".tile", "Saw 1/b")
    real_page.dash.find_element(".tile__link").click()
    real_page.text(".detail h1", "Saw 1/b")
    assert script(real_page, "location.pathname + location.search") == "/stations/Saw%201%2Fb?range=all"
    real_page.dash.driver.back()
    real_page.text(".tile", "Saw 1/b")


def test_a_phone_needs_no_sideways_scroll(real_page):
    real_page.ask("POST", "/api/seed")
    real_page.dash.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True})
    for path, filled in (
        ("/", ".crew__row--working"),
        ("/wall", ".wall .tile"),
        ("/?site=main&range=custom&from=2020-01-01&to=2020-01-02", ".overview--nothing"),
    ):
        real_page.go(path)
        until(real_page, f"document.querySelector('{filled}')")
        until(real_page, "innerWidth === 390 && document.documentElement.scrollWidth === 390")
