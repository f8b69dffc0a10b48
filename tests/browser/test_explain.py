"""The panel that explains a number, in a real browser."""

from datetime import timedelta

import pytest
from selenium.webdriver.common.keys import Keys

from tests.browser.looking import script, until
from tests.browser.test_accessibility import AXE

pytestmark = pytest.mark.browser

SHOWN = "document.querySelector('.offcanvas.explain.show') && document.querySelector('.explain__figure')"
PANEL_ONLY = """
const done = arguments[arguments.length - 1];
axe.run(".offcanvas.explain", {resultTypes: ["violations"]}).then((found) => done(found.violations.map((one) => one.id + ": " + one.nodes[0].html)));
"""
CLOSED = "!document.querySelector('.offcanvas.explain')"


def event(clock, kind="working", worker="W1", station="S1", **more):
    return {"timestamp": f"2026-01-15T{clock}:00Z", "worker_id": worker, "workstation_id": station, "event_type": kind, **more}


def post(page, *events):
    """Events, a second later by the server's clock."""
    object.__setattr__(page.services.clock, "moment", page.services.clock.moment + timedelta(seconds=1))
    page.ask("POST", "/api/events/batch", list(events))


@pytest.fixture
def floor(real_page):
    """Alice at work since eight, Bob since ten; the clock shows 13:52:11."""
    page = real_page
    page.ask("PUT", "/api/workers/W1", {"name": "Alice Johnson"})
    page.ask("PUT", "/api/workers/W2", {"name": "Bob Smith"})
    post(page, event("08:00"), event("09:00", "idle"), event("10:00", "product_count", count=5), event("10:30"), event("11:00", "absent"))
    post(page, event("10:00", worker="W2"), event("12:00", "idle", worker="W2"), event("13:00", "absent", worker="W2"))
    page.go("/")
    return page


def door(figure, of):
    """The button that explains a figure, in JavaScript."""
    return f"""[...document.querySelectorAll('.kpi button')].find((one) => one.id === JSON.stringify({{explain: "{figure}", of: "{of}"}}))"""


def explain(page, figure, of="factory", *, said):
    """Open the panel by keyboard, once the card shows its figure."""
    until(page, f"({door(figure, of)} || document.body).closest('.kpi')?.querySelector('.kpi__value')?.innerText === '{said}'")
    page.dash.driver.execute_script(f"{door(figure, of)}.focus()")
    page.dash.driver.switch_to.active_element.send_keys(Keys.ENTER)
    until(page, SHOWN)
    until(page, "document.querySelector('.explain__content').offsetParent")


def cells(page, number=0):
    """The rows of a table, each as its words."""
    return script(page, f"[...document.querySelectorAll('.explain__table')[{number}].rows].map((row) => [...row.cells].map((cell) => cell.innerText))")


def test_a_figure_is_what_its_rows_add_up_to(floor):
    page = floor
    explain(page, "total_productive_time_hours", said="3.5")
    page.text("#explain-title", "Productive hours, Main site")
    page.text(".explain__figure", "3.5")
    page.text("#explain-body", "3 intervals add up to 3.5 h")
    shown = cells(page)
    assert [row[-1].split("\n")[0] for row in shown] == ["h:mm:ss", "1:00:00", "2:00:00", "0:30:00", "3:30:00"]
    assert [row[2] for row in shown[1:-1]] == ["Alice Johnson", "Bob Smith", "Alice Johnson"]
    ids = [one["event_id"] for one in page.ask("GET", "/api/events?worker_id=W1")["events"]][::-1]
    assert [shown[1][0].split("\n")[1], shown[1][1].split("\n")[1]] == [f"event {ids[0]}", f"event {ids[1]}"]
    page.dash.driver.execute_script(AXE)
    assert page.dash.driver.execute_async_script(PANEL_ONLY) == []
    page.dash.driver.switch_to.active_element.send_keys(Keys.ESCAPE)
    until(page, CLOSED)
    until(page, f"document.activeElement === {door('total_productive_time_hours', 'factory')}")


def test_it_stays_as_it_is_until_it_is_asked_again(floor):
    page = floor
    explain(page, "total_production_count", said="5")
    page.dash.driver.execute_script("document.querySelector('.explain__table').dataset.seen = 'yes'")
    post(page, event("13:30", "product_count", worker=None, count=7))
    until(page, f"{door('total_production_count', 'factory')}.closest('.kpi').querySelector('.kpi__value')?.innerText === '12'")
    assert script(page, "document.querySelector('.explain__table').dataset.seen") == "yes"
    page.text(".explain__figure", "5")
    page.dash.find_element("#explain-refresh").click()
    page.text(".explain__figure", "12")
    page.text("#explain-tables", "no worker named")
    assert cells(page)[-1] == ["Total", "12"]
    page.dash.find_element("#explain-close").click()
    until(page, CLOSED)


def test_it_leads_on_and_does_not_follow(floor):
    page = floor
    explain(page, "average_utilization_percentage", said="58.3")
    page.text("#explain-body", "116.7 % ÷ 2 workers = 58.3 %")
    page.dash.driver.execute_script("window.opened = 'before'")
    [link] = [one for one in page.dash.find_elements(".explain__table a") if one.text == "Bob Smith"]
    link.click()
    until(page, "location.pathname === '/workers/W2'")
    until(page, CLOSED)
    explain(page, "utilization_percentage", "worker", said="66.7")
    page.text("#explain-title", "Utilization of Bob Smith")
    page.text("#explain-body", "2.0 h ÷ (2.0 h + 1.0 h) × 100 = 66.7 %")
    page.dash.driver.back()
    until(page, "location.pathname === '/'")
    until(page, CLOSED)
    assert script(page, "window.opened") == "before"


def test_no_value_is_explained_too(floor):
    page = floor
    explain(page, "coverage_percentage", said="—")
    page.text("#explain-body", "The site has no shifts")
    until(page, "getComputedStyle(document.querySelector('.explain__made')).display === 'none'")
