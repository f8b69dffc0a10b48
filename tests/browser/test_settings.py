"""The settings page in a real browser: what is typed stays until it is saved, and what is saved is what counts."""

from datetime import timedelta

import pytest
from http_api import DAY_SHIFT
from looking import script, until
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

pytestmark = pytest.mark.browser

SITE = {"name": "Plant North", "timezone": "UTC", "shifts": [DAY_SHIFT], "signal_timeout_seconds": 3_600}
FILLED = "document.querySelector('#setting-name')?.value === 'Plant North' && document.querySelector('#settings-state').innerText"
SHIFTS = "document.querySelectorAll('#shift-list .shift').length"


def event(clock: str, **more) -> dict:
    return {"timestamp": f"2026-01-14T{clock}Z", "worker_id": "W1", "workstation_id": "S1", "event_type": "working", **more}


def post(page, *events: dict) -> None:
    """Send events, a second later: screens of one moment share their answers."""
    object.__setattr__(page.services.clock, "moment", page.services.clock.moment + timedelta(seconds=1))
    page.ask("POST", "/api/events/batch", [*events])


def press(page, selector: str) -> None:
    """Click what may lie outside the screen."""
    page.dash.driver.execute_script("document.querySelector(arguments[0]).click()", selector)


def press_id(page, dash_id: str) -> None:
    page.dash.driver.execute_script("document.getElementById(arguments[0]).click()", dash_id)


def type_over(page, selector: str, text: str) -> None:
    """Type into a field in place of what stands there."""
    page.dash.find_element(selector).send_keys(Keys.CONTROL, "a")
    page.dash.find_element(selector).send_keys(text)


@pytest.fixture
def settings(real_page):
    """The page of a site with a worker at a station, at work on the day before."""
    page = real_page
    page.ask("PUT", "/api/sites/main", SITE)
    post(page, event("08:00:00", confidence=0.4), event("08:30:00"), event("09:10:00", event_type="idle"), event("09:30:00"))
    page.go("/settings")
    until(page, FILLED)
    return page


def test_what_is_typed_is_checked_drawn_kept_and_saved(settings):
    page = settings
    page.text("#week-note", "5 shifts and 40 scheduled hours a week.")
    press_id(page, '{"edit":"add-shift","row":"all"}')
    until(page, f"{SHIFTS} === 2")
    # The cursor stands in the new shift's name.
    until(page, """document.activeElement.id === '{"row":"w1","shift":"name"}'""")
    page.dash.driver.switch_to.active_element.send_keys("evening")
    page.text("#settings-state", "Not saved yet: shifts.")
    page.text(".week", "evening")
    type_over(page, "#setting-confidence", "5")
    page.text("#setting-confidence-error", "Must be a number from 0 to 1.")
    assert script(page, "document.querySelector('#settings-save').disabled")
    type_over(page, "#setting-confidence", "0.5")
    until(page, "!document.querySelector('#settings-save').disabled")
    press(page, ".rail__link--workers")
    until(page, "!document.querySelector('.settings')")
    press(page, ".rail__link--settings")
    until(page, f"{SHIFTS} === 2 && document.querySelector('#setting-confidence')?.value === '0.5'")
    press(page, "#preview-show")
    page.text(".preview__table", "Events that count")
    page.text(".preview__table", "−1")
    press(page, "#settings-save")
    page.text(".modal-body .changes", "evening, Mon–Fri")
    page.text(".modal-body .consequences", "All figures of this site, from its first event on, are computed anew.")
    assert page.ask("GET", "/api/sites/main")["min_confidence"] == 0.0
    press(page, "#settings-confirm")
    page.text("#settings-progress-text", "Saved. All figures follow the new settings.")
    page.text("#settings-state", "No unsaved changes.")
    saved = page.ask("GET", "/api/sites/main")
    assert (saved["min_confidence"], [shift["name"] for shift in saved["shifts"]], saved["signal_timeout_seconds"]) == (0.5, ["day", "evening"], 3_600)
    press_id(page, '{"edit":"remove-shift","row":"w1"}')
    until(page, f"{SHIFTS} === 1")
    press(page, "#settings-discard")
    until(page, f"{SHIFTS} === 2")
    page.text("#settings-state", "No unsaved changes.")


def test_live_refreshes_and_other_peoples_settings_lose_nothing_that_was_typed(settings):
    page = settings
    type_over(page, "#setting-name", "Plant Nor")
    for number in range(10):
        post(page, event(f"10:00:0{number}", worker_id=f"W{number + 2}"))
        until(page, f"dash_ag_grid.getApi('register-worker-grid').getDisplayedRowCount() === {number + 2}")
    page.dash.driver.switch_to.active_element.send_keys("d")
    assert script(page, "[document.activeElement.id, document.activeElement.value]") == ["setting-name", "Plant Nord"]
    page.ask("PUT", "/api/sites/main", SITE | {"min_confidence": 0.25})
    page.text("#settings-conflict", "Somebody has changed these settings since you began.")
    press(page, "#settings-save")
    until(page, "document.querySelector('.modal.show .changes li')")
    press(page, "#settings-confirm")
    until(page, "!document.querySelector('.modal.show')")
    assert page.ask("GET", "/api/sites/main")["name"] == "Plant North"
    press(page, "#settings-keep-mine")
    page.text("#settings-state", "Not saved yet: name, minimum confidence.")
    press(page, "#settings-discard")
    until(page, "document.querySelector('#setting-name').value === 'Plant North' && document.querySelector('#setting-confidence').value === '0.25'")
    until(page, "document.querySelector('#settings-conflict').matches('.d-none')")


def test_names_are_edited_in_place_and_a_refresh_closes_no_cell(settings):
    page = settings
    grid = "dash_ag_grid.getApi('register-worker-grid')"
    until(page, f"{grid}.getDisplayedRowCount() === 1")
    page.text("#register-worker-note", "1 worker, 1 of them new")
    page.dash.driver.execute_script(f"{grid}.startEditingCell({{rowIndex: 0, colKey: 'name'}})")
    ActionChains(page.dash.driver).send_keys("Anna").perform()
    post(page, event("10:00:00", worker_id="W2"))
    until(page, f"{grid}.getDisplayedRowCount() === 2")
    ActionChains(page.dash.driver).send_keys(" Berg", Keys.ENTER).perform()
    page.text("#register-worker-result", "W1: the name is “Anna Berg” now.")
    page.text("#register-worker-note", "2 workers, 1 of them new")
    page.dash.find_element("#register-station-id").send_keys("S7", Keys.ENTER)
    page.text("#register-station-result", "S7 is registered now.")
    until(page, "dash_ag_grid.getApi('register-station-grid').getDisplayedRowCount() === 2")
    assert [worker["name"] for worker in page.ask("GET", "/api/workers")] == ["Anna Berg", None]


def test_a_new_site_gets_settings_demo_data_and_a_simulation(settings):
    page = settings
    press(page, "#site-new")
    page.dash.wait_for_element("#site-new-id", timeout=20).send_keys("south")
    press(page, "#site-new-create")
    until(page, "location.search === '?site=south' && document.querySelector('#setting-name')?.value === 'south'")
    page.text(".sites__link--on", "south")
    press(page, "#demo-load")
    page.text("#result", "Demo data loaded: ")
    until(page, "document.querySelector('.demo--loaded')")
    press(page, "#demo-ask")
    page.text(".modal-body", "“south” will be lost")
    until(page, "document.querySelector('.modal.show #demo-remove')")
    press(page, "#demo-remove")
    page.text("#result", "Demo data removed: ")
    until(page, "!document.querySelector('.demo--loaded')")
    press(page, "#simulation-start")
    page.text("#simulation-words", "The simulation runs since ")
    until(page, "document.querySelector('.simulation--data')")
    press(page, "#simulation-ask")
    page.text(".modal.show .modal-body", "“south” stops")
    press(page, "#simulation-remove")
    page.text("#result", "Simulated data removed: ")
    page.text("#simulation-words", "An invented factory")
    assert page.ask("GET", "/api/workers?site_id=south") == []


def test_a_phone_needs_no_sideways_scroll(settings):
    page = settings
    page.dash.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True})
    until(page, "innerWidth === 390 && document.documentElement.scrollWidth === 390")
    crosses = "[...document.querySelectorAll('.shift .icon-button')].map(one => one.getBoundingClientRect().right)"
    assert max(script(page, crosses)) < 380
