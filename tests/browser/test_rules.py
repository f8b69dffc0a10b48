"""What holds on every page: the three rules for a live page in Dash, and that a keyboard reaches everything."""

from itertools import count

import pytest
from dash_bootstrap_components import Tabs
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from callbacks.pages import everything
from tests.browser.looking import script, until
from tests.browser.test_shell import PAGES
from tests.browser.test_timeline_in_browser import RANGE, opened, zoomed_by_mouse

pytestmark = pytest.mark.browser

REFRESHED = "document.querySelector('#badge-text').innerText.startsWith('live') && window.answers > 1"
#: Rows of a table come and go as it scrolls; what a chart draws is its own; text that comes is no element that was lost.
MOUNTED = "[...document.querySelectorAll('#app [id]')].filter((one) => !one.closest('.ag-root-wrapper, .js-plotly-plot, svg'))"
#: All that can be used, but for what lies inside a table (arrows lead there), and of a group of choices the one that is chosen.
USABLE = """[...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]')].filter((one) =>
    one.checkVisibility({visibilityProperty: true}) && !one.disabled && one.tabIndex >= 0 && !one.closest('.ag-root-wrapper, [inert]')
    && !(one.type === 'radio' && !one.checked) && getComputedStyle(one).pointerEvents !== 'none')"""
MOST_STEPS = 400
MOMENTS = (f"2026-01-15T13:{number // 60:02}:{number % 60:02}Z" for number in count(600))


def count_answers(page):
    """From now on `window.answers` counts the answers that the page has got."""
    page.dash.driver.execute_script("""
        window.answers = 0;
        const send = window.fetch;
        window.fetch = (...asked) => { const sent = send(...asked); sent.then(() => { window.answers += 1; }); return sent; };
    """)


def test_a_refresh_mounts_nothing_anew(seeded):
    for path, filled in PAGES.items():
        seeded.go(path)
        until(seeded, f"document.querySelector('{filled}')")
        until(seeded, "document.querySelector('#badge-text').innerText.startsWith('live')")
        count_answers(seeded)
        seeded.dash.driver.execute_script(f"window.mounted = {MOUNTED}")
        assert script(seeded, "window.mounted.length") > 30
        for _ in range(3):
            seeded.dash.driver.execute_script("window.answers = 0")
            seeded.ask("POST", "/api/events", {"timestamp": next(MOMENTS), "worker_id": "W1", "workstation_id": "S1", "event_type": "idle"})
            until(seeded, REFRESHED)
        assert script(seeded, "window.mounted.filter((one) => !document.contains(one)).map((one) => one.id)") == [], path


def test_tabs_show_one_of_them():
    """There are none; whoever adds some finds the rule here."""
    assert [part for part in everything()._traverse() if isinstance(part, Tabs) and part.active_tab is None] == []


def test_another_range_is_drawn_whole(seeded):
    """That a refresh keeps the zoom, ten times, is shown in test_timeline_in_browser.py."""
    page = opened(seeded)
    zoomed_by_mouse(page)
    page.dash.find_element("input[value='yesterday'] + label").click()
    until(page, f"{RANGE}[1] - {RANGE}[0] > 8 * 3600 * 1000")


def test_a_keyboard_reaches_everything(seeded):
    """Tab after Tab: what can be clicked can be focused, and the focus gets past every table and chart."""
    driver = seeded.dash.driver
    for path, filled in PAGES.items():
        seeded.go(path)
        until(seeded, f"document.querySelector('{filled}')")
        until(seeded, "document.querySelector('#badge-text').innerText.startsWith('live')")
        driver.execute_script("window.reached = new Set(); document.addEventListener('focusin', (event) => window.reached.add(event.target))")
        driver.execute_script("document.activeElement.blur()")
        for _ in range(MOST_STEPS // 20):
            ActionChains(driver).send_keys(*[Keys.TAB] * 20).perform()
            if script(seeded, "document.activeElement === document.body"):
                break
        assert script(seeded, f"{USABLE}.length") >= 5
        assert script(seeded, f"{USABLE}.filter((one) => !window.reached.has(one)).map((one) => one.outerHTML.slice(0, 160))") == [], path
        tables = "[...document.querySelectorAll('.ag-root-wrapper')].filter((one) => one.checkVisibility({visibilityProperty: true}))"
        assert script(seeded, f"{tables}.filter((one) => ![...window.reached].some((focused) => one.contains(focused))).length") == 0, path
