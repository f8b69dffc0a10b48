"""The first page on real services: what is posted is what is shown."""

import pytest
from selenium.webdriver.support.ui import WebDriverWait

pytestmark = pytest.mark.browser

NIGHT, NOW = "2026-01-15T00:00:00Z", "2026-01-15T13:52:10Z"
SCHEDULE = [{"name": "day", "days": [0, 1, 2, 3, 4], "start": "08:00", "end": "17:00", "breaks": [{"start": "12:00", "end": "13:00"}]}]


def until(page, condition):
    """Wait until a JavaScript expression is true."""
    WebDriverWait(page.dash.driver, 20).until(lambda driver: driver.execute_script(f"return Boolean({condition})"))


def state_event(clock, event_type, *, worker="W1", station="S1", site="main", **more):
    """An event of this day, clock in UTC."""
    return {"timestamp": f"2026-01-15T{clock}:00Z", "worker_id": worker, "workstation_id": station, "event_type": event_type, "site_id": site, **more}


def cards(page):
    """What the cards of the four factory figures say."""
    return [page.dash.find_element(f"#kpi-{key}-value").text for key in ("productive", "units", "rate", "utilization")]


def test_the_demo_comes_with_the_figures_of_the_api_and_goes_again(real_page):
    page = real_page
    page.text(".welcome", "Main site has no events yet")
    page.dash.find_element("#welcome-load").click()
    page.text("#result", "Demo data loaded")
    until(page, "document.querySelectorAll('.tile').length === 6")
    page.text(".tiles", "Alice Johnson")
    api = page.ask("GET", f"/api/metrics/factory?from={NIGHT}&to={NOW}&as_of={NOW}")
    assert api["total_production_count"] > 0
    assert cards(page) == [
        f"{api['total_productive_time_hours']:,.1f}",
        f"{api['total_production_count']:,}",
        f"{api['average_production_rate']:,.1f}",
        f"{api['average_utilization_percentage']:,.1f}",
    ]
    page.text("#kpi-coverage-change", "needs a shift schedule")
    until(page, "document.querySelector('.demo--loaded') && !document.querySelector('#demo-ask').disabled")
    page.dash.driver.execute_script("document.querySelector('#demo-ask').click()")
    page.dash.wait_for_element("#demo-remove").click()
    page.text("#result", "Demo data removed")
    page.text(".welcome", "Main site has no events yet")
    page.dash.wait_for_no_elements(".modal-body")


def test_an_event_posted_by_http_appears_without_a_reload(real_page):
    page = real_page
    page.text(".welcome", "Main site has no events yet")
    page.dash.driver.execute_script("window.opened = 'before'")
    page.ask("POST", "/api/events", state_event("09:00", "working"))
    page.text(".tile--working", "4 h 52")
    page.ask("POST", "/api/events/batch", [state_event("10:00", "product_count", count=1_234_567), state_event("13:45", "idle")])
    page.text("#kpi-units-value", "1,234,567")
    page.text(".tile--idle", "7 min")
    page.text("#worker-grid .cell-state--idle", "Idle")
    assert page.dash.driver.execute_script("return window.opened") == "before"


def test_a_site_with_a_schedule_shows_coverage_on_its_own_clock(real_page):
    page = real_page
    page.ask("PUT", "/api/sites/north", {"name": "Plant North", "timezone": "Europe/Berlin", "shifts": SCHEDULE})
    events = [("08:00", "working", "S1"), ("10:00", "idle", "S2"), ("12:30", "working", "S1"), ("13:50", "idle", "S2")]
    page.ask("POST", "/api/events/batch", [state_event(clock, kind, station=station, site="north") for clock, kind, station in events])
    page.go("/?site=north")
    page.text(".sentence", "Thu 15 Jan, 00:00 until now (14:52)")
    page.text(".sentence", "Times in Europe/Berlin")
    # On shift from 08:00 to 14:52:10 on the local clock, an hour of lunch apart; the first event came at 09:00.
    page.text("#kpi-coverage-value", "83.0")
    api = page.ask("GET", f"/api/metrics/factory?site_id=north&from=2026-01-15&as_of={NOW}")
    assert f"{api['coverage_percentage']:.1f}" == "83.0"
    page.go("/?site=north&range=custom&from=2026-01-15&to=2026-01-15&station=S2")
    page.text(".sentence", "station S2.")
    page.text("#kpi-coverage-change", "for all stations only")
    page.text(".tile--idle", "S2")
    assert len(page.dash.find_elements(".tile")) == 1
    page.go("/?site=nowhere")
    page.text("#notice", "There is no site “nowhere”")
    until(page, "getComputedStyle(document.querySelector('.overview')).display === 'none'")
