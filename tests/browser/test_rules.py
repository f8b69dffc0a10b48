"""What holds on every page: the three rules for a live page in Dash."""

from itertools import count

import pytest
from dash_bootstrap_components import Tabs

from callbacks.pages import everything
from tests.browser.looking import script, until
from tests.browser.test_shell import PAGES
from tests.browser.test_timeline_in_browser import RANGE, opened, zoomed_by_mouse

pytestmark = pytest.mark.browser

REFRESHED = "document.querySelector('#badge-text').innerText.startsWith('live') && window.answers > 1"
#: Rows of a table come and go as it scrolls; what a chart draws is its own; text that comes is no element that was lost.
MOUNTED = "[...document.querySelectorAll('#app [id]')].filter((one) => !one.closest('.ag-root-wrapper, .js-plotly-plot, svg'))"
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
