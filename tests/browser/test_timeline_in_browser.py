"""The timeline in a real browser: zoom, words beside the mouse, and ways to the drill-downs."""

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from callbacks import timeline
from tests.browser.looking import script, until

pytestmark = pytest.mark.browser

RANGE = "document.querySelector('#timeline-graph .js-plotly-plot').layout.xaxis.range.map(Number)"
NAMES = "[...document.querySelectorAll('#timeline-names a')].map((one) => one.innerText)"


def opened(page, query: str = "?range=shift"):
    """The page, drawn."""
    page.go("/timeline" + query)
    until(page, f"{NAMES}.length === 6")
    until(page, "document.querySelector('#timeline-graph .main-svg') && document.querySelector('#timeline-words').innerText")
    return page


def pointer(page, x: float, lane: int) -> ActionChains:
    """A mouse on a lane, at a share of its width."""
    box = script(page, "document.querySelector('#timeline-graph .nsewdrag').getBoundingClientRect().toJSON()")
    actions = ActionChains(page.dash.driver)
    actions.w3c_actions.pointer_action.move_to_location(int(box["x"] + x * box["width"]), int(box["y"] + (lane + 0.5) / 6 * box["height"]))
    return actions


def zoomed_by_mouse(page) -> list[float]:
    """Drag over a fifth of the lanes; the range shown then."""
    whole = script(page, RANGE)
    tenth = int(script(page, "document.querySelector('#timeline-graph').clientWidth") / 10)
    pointer(page, 0.2, 2).click_and_hold().move_by_offset(tenth, 0).move_by_offset(tenth, 0).release().perform()
    until(page, "!document.querySelector('#timeline-whole').disabled")
    # The server's answer is for whole milliseconds.
    until(page, f"{RANGE}[1] - {RANGE}[0] < {whole[1] - whole[0]} / 3 && {RANGE}.every(Number.isInteger)")
    return script(page, RANGE)


def test_bars_tell_all_that_is_known_of_a_state(seeded):
    page = opened(seeded)
    assert script(page, NAMES)[:2] == ["Alice Johnson", "Bob Smith"]
    page.text("#timeline-words", "6 workers, ")
    page.text("#timeline-axis .timeline__now", "now")
    pointer(page, 0.25, 0).perform()
    page.text("#timeline-graph .hoverlayer", "Alice Johnson")
    page.text("#timeline-graph .hoverlayer", "Assembly Line 1")


def test_zoom_survives_ten_refreshes(seeded):
    page = opened(seeded)
    shown = zoomed_by_mouse(page)
    for number in range(10):
        page.dash.driver.execute_script("window.drawn = document.querySelector('#timeline-graph .js-plotly-plot').data")
        event = {"timestamp": f"2026-01-15T13:5{number // 6}:{number % 6}0Z", "worker_id": "W1", "workstation_id": "S1", "event_type": "working"}
        page.ask("POST", "/api/events", event)
        until(page, "document.querySelector('#timeline-graph .js-plotly-plot').data !== window.drawn")
        assert script(page, RANGE) == shown, number
    page.dash.find_element("#timeline-whole").click()
    until(page, "document.querySelector('#timeline-whole').disabled")
    until(page, f"{RANGE}[1] - {RANGE}[0] === 9 * 3600 * 1000")


def test_keys_zoom_in_to_a_minute_and_out_again(seeded):
    page = opened(seeded)
    length = f"({RANGE}[1] - {RANGE}[0])"
    page.dash.find_element("#timeline-in").send_keys(Keys.ENTER)
    until(page, f"{length} === 4.5 * 3600 * 1000")
    first = script(page, RANGE)[0]
    page.dash.find_element("#timeline-later").send_keys(Keys.ENTER)
    until(page, f"{RANGE}[0] === {first} + 2.25 * 3600 * 1000")
    page.dash.find_element("#timeline-later").send_keys(Keys.ENTER)  # no further than the end
    for half in (2, 4, 8, 16, 32, 64, 128, 256):
        page.dash.find_element("#timeline-in").send_keys(Keys.ENTER)
        until(page, f"{length} < 4.6 * 3600 * 1000 / {half} && {length} >= 60000")
    page.dash.find_element("#timeline-in").send_keys(Keys.ENTER)
    until(page, f"{length} === 60000")
    page.dash.find_element("#timeline-whole").send_keys(Keys.ENTER)
    until(page, f"{length} === 9 * 3600 * 1000")


def test_cells_tell_their_state_and_lead_to_the_drill_down(seeded, monkeypatch):
    monkeypatch.setattr(timeline, "MOST_BARS", 20)
    page = opened(seeded)
    page.text("#timeline-note", "min a cell")
    assert script(page, "document.querySelector('#timeline-graph .js-plotly-plot').data[0].type") == "heatmap"
    pointer(page, 0.25, 1).perform()
    page.text("#timeline-tip", "Bob Smith")
    until(page, r"/^Bob Smith\nWorking\n.*10:1\d.*10:1\d/.test(document.querySelector('#timeline-tip').innerText)")
    pointer(page, 0.25, 1).click().perform()
    until(page, "location.pathname === '/workers/W2' && location.search === '?range=shift'")
    page.dash.driver.back()
    until(page, f"location.pathname === '/timeline' && {NAMES}.length === 6")


def test_lanes_of_stations_have_an_address_of_their_own(seeded):
    page = opened(seeded)
    page.dash.find_element("#timeline-by-station").click()
    until(page, f"{NAMES}[0] === 'Assembly Line 1'")
    assert script(page, "location.pathname + location.search") == "/timeline?range=shift&by=station"
    until(page, "document.querySelector('.timeline__by--on').innerText === 'By station'")
    opened(page, "?by=station&range=yesterday")
    assert script(page, NAMES)[0] == "Assembly Line 1"
    page.dash.find_element("#timeline-names a").send_keys(Keys.ENTER)
    until(page, "location.pathname === '/stations/S1'")


def test_a_phone_needs_no_sideways_scroll(seeded):
    seeded.dash.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True})
    page = opened(seeded, "?range=7d")
    until(page, "document.documentElement.scrollWidth === 390")
    labels = "[...document.querySelectorAll('#timeline-axis span')].map((one) => one.getBoundingClientRect()).sort((one, other) => one.x - other.x)"
    until(page, f"{labels}.length > 1 && {labels}.every((one, number, all) => !number || all[number - 1].right <= one.left)")
