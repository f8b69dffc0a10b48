"""The data-quality page in a real browser: what hurts appears by itself, and nothing that was set up moves."""

from datetime import datetime, timedelta

import pytest
from looking import script, settled, until
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys
from thursday import NOW

pytestmark = pytest.mark.browser

SITE = {"name": "Plant North", "timezone": "UTC", "shifts": [{"start": "08:00", "end": "16:00"}], "signal_timeout_seconds": 1800}
STATE = """
const grid = dash_ag_grid.getApi('camera-grid'), payload = document.querySelector('#quarantine-entry-payload');
return {filters: grid.getFilterModel(), across: grid.getHorizontalPixelRange().left, down: grid.getVerticalPixelRange().top,
        selected: dash_ag_grid.getApi('quarantine-grid').getSelectedRows().map(row => row.id), payload: payload.innerText, read: payload.scrollTop,
        mounted: payload.dataset.mounted}
"""


def event(clock: str, camera: str = "C3", station: str = "S3", **more) -> dict:
    fields = {"worker_id": f"W {camera}", "workstation_id": station, "event_type": "working", "camera_id": camera}
    return {"timestamp": f"2026-01-15T{clock}Z", **fields, **more}


def set_clock(page, moment: datetime) -> None:
    object.__setattr__(page.services.clock, "moment", moment)


def post(page, *events: dict) -> None:
    """Send events and one that is always taken, which is what screens are told of; a second later, since screens of one moment share their answers."""
    set_clock(page, page.services.clock.moment + timedelta(seconds=1))
    just_now = page.services.clock.moment - timedelta(seconds=30)
    page.ask("POST", "/api/events/batch", [*events, event(f"{just_now:%H:%M:%S}", "C10", "S10")])


@pytest.fixture
def quality(real_page):
    """The page of a site with twenty-one cameras, one of which was last heard at 12:28, and the clock at 13:52."""
    page = real_page
    page.ask("PUT", "/api/sites/main", SITE)
    page.ask("PUT", "/api/workstations/S3", {"name": "Inspection"})
    set_clock(page, NOW - timedelta(minutes=84, seconds=10))
    post(
        page,
        event("12:28:00"),
        *(event(f"{hour:02}:{minute}:00") for hour in range(8, 13) for minute in (10, 25)),
        *(event(f"{hour:02}:45:00") for hour in range(8, 12)),
    )
    set_clock(page, NOW)
    post(page, *(event("13:51:30", f"C{number}", f"S{number}") for number in range(10, 30)))
    page.go("/quality")
    until(page, "document.querySelectorAll('#camera-grid .ag-center-cols-container .ag-row').length > 5")
    return page


def test_says_what_hurts_and_what_comes_next_by_itself(quality):
    page = quality
    page.text(".findings", "Camera C3 silent since 12:28")
    page.text(".findings", "1.4 h of Inspection unseen")
    page.text("#quality-rate-note", "37 events")
    until(page, "document.querySelector('#coverage-chart .bars path') !== null")
    page.text("#coverage-words", "0.0 %, 0.9 h without a signal.")
    until(page, "document.querySelector('#quarantine-panel').matches('.quarantine--none')")
    page.text(".quarantine__none", "Nothing was refused.")
    post(page, event("13:52:00", kind="x"), event("13:52:01", event_type="sleeping"))
    page.text(".findings", "1 refused payload waits in the quarantine")
    page.text("#quarantine-grid", "event_type: must be one of")
    assert "Camera C3 silent" not in page.dash.find_element(".findings").text


def test_live_refreshes_move_nothing(quality):
    page = quality
    post(page, event("13:52:01", event_type="sleeping", note=[*range(40)]))
    page.text("#quarantine-grid", "event_type: must be one of")
    page.dash.driver.execute_script("document.querySelector('#quarantine-grid .ag-center-cols-container .ag-cell').click()")
    page.text("#quarantine-entry-payload", '"event_type": "sleeping"')
    page.dash.driver.execute_script(
        "const grid = dash_ag_grid.getApi('camera-grid'), payload = document.querySelector('#quarantine-entry-payload');"
        "grid.setFilterModel({events: {filterType: 'number', type: 'lessThan', filter: 10}}); grid.ensureIndexVisible(17, 'top');"
        "grid.ensureColumnVisible('low_percentage'); payload.scrollTop = 60; payload.dataset.mounted = 'since then';"
    )
    until(page, "dash_ag_grid.getApi('camera-grid').getHorizontalPixelRange().left > 0")
    # The grid scrolls on while it takes in its filter and its bar; on a busy machine that takes a while.
    settled(page, "dash_ag_grid.getApi('camera-grid').getVerticalPixelRange().top")
    before = page.dash.driver.execute_script(STATE)
    for number in range(3):
        post(page, event(f"13:52:0{number}", "C29", "S29"), event(f"13:52:0{number}", event_type="sleeping"))
        until(page, f"dash_ag_grid.getApi('camera-grid').getRowNode('C29').data.events === {number + 2}")
        until(page, f"dash_ag_grid.getApi('quarantine-grid').getDisplayedRowCount() === {number + 2}")
    after = page.dash.driver.execute_script(STATE)
    assert after == before
    assert (after["selected"], after["read"], after["down"] > 0, after["mounted"]) == (["1"], 60, True, "since then")


def test_replays_by_keyboard_what_can_be_taken_up_now(quality):
    page = quality
    post(page, event("13:58:00", "C10", "S10"), event("13:59:00", "C10", "S10"), event("13:52:01", event_type="sleeping"))
    until(page, "dash_ag_grid.getApi('quarantine-grid').getDisplayedRowCount() === 3")
    page.dash.driver.execute_script("dash_ag_grid.getApi('quarantine-grid').setFocusedCell(2, 'reason')")
    ActionChains(page.dash.driver).send_keys(Keys.ENTER).perform()
    page.text("#quarantine-entry-title", "Entry 1, received")
    page.dash.find_element("#replay").send_keys(Keys.ENTER)
    page.text("#quarantine-result", "Still refused: timestamp: 2026-01-15T13:58:00Z lies more than 5 minutes ahead")
    set_clock(page, NOW + timedelta(minutes=10))
    page.dash.find_element("#replay").send_keys(Keys.ENTER)
    page.text("#quarantine-result", "1 entry replayed: 1 new event.")
    until(page, "document.querySelector('#replay').disabled")
    page.text("#quarantine-note", "2 waiting")
    page.dash.find_element("#replay-all").send_keys(Keys.ENTER)
    page.text("#quarantine-result", "1 entry replayed: 1 new event. Still refused: event_type")
    page.text("#quarantine-note", "1 waiting")
    page.dash.find_element("#quarantine-replayed-too").send_keys(Keys.SPACE)
    until(page, "dash_ag_grid.getApi('quarantine-grid').getDisplayedRowCount() === 3")
    assert script(page, "document.querySelector('#replay-all').disabled") is False


def test_an_empty_site_says_how_to_begin(real_page):
    page = real_page
    page.go("/quality")
    page.text(".cameras__none", "No camera has sent anything yet.")
    page.text(".findings__none", "Nothing hurts the figures.")
    page.text("#coverage-words", "Coverage needs shifts")
    page.text(".quarantine__none", "Nothing was refused.")
    until(page, "document.querySelector('#replay-all').disabled")
