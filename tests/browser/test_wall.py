"""The wall screen in a real browser: nothing but figures and floor, and pages that turn."""

import pytest
from http_api import event
from looking import script, until
from selenium.webdriver.common.keys import Keys

pytestmark = pytest.mark.browser

#: Names of the stations that lie in the floor's frame.
IN_SIGHT = """(() => {
    const frame = document.querySelector('.wall__floor').getBoundingClientRect();
    const inside = (box) => box.top >= frame.top - 1 && box.bottom <= frame.bottom + 1;
    const tiles = [...document.querySelectorAll('.wall .tile')].filter((tile) => inside(tile.getBoundingClientRect()));
    return tiles.map((tile) => tile.querySelector('.tile__name').innerText);
})()
"""
TURN = "dash_clientside.set_props('wall-turn', {n_intervals: %d})"


@pytest.fixture
def hall(real_page):
    """Sixty stations, more than a screen holds."""
    real_page.ask("POST", "/api/events/batch", [event("2026-01-15T09:00:00Z", worker=f"W{number}", station=f"S{number}") for number in range(1, 61)])
    return real_page


def test_it_fills_the_screen_with_figures_and_floor(hall):
    hall.go("/wall?station=S1&station=S2&range=all")
    until(hall, "document.querySelectorAll('.wall .tile').length === 2")
    hall.text(".wall .kpis", "of 60")
    hall.text(".wall__clock", ":52")
    hall.text(".wall .live", "live")
    hidden = "['.topbar', '.rail', '.sentence'].every((one) => getComputedStyle(document.querySelector(one)).display === 'none')"
    assert script(hall, hidden)
    assert script(hall, "document.documentElement.scrollHeight <= innerHeight")
    assert len(script(hall, IN_SIGHT)) == 2
    # Two tiles share the screen.
    assert script(
        hall, "document.querySelector('.wall .tile').offsetWidth > innerWidth * .45 && document.querySelector('.wall .tile').offsetHeight > innerHeight * .5"
    )


def test_pages_turn_until_all_stations_were_seen(hall):
    hall.go("/wall")
    until(hall, "document.querySelectorAll('.wall .tile').length === 60")
    until(hall, "document.querySelector('.wall__pages').innerText.startsWith('1 / ')")
    pages = int(script(hall, "document.querySelector('.wall__pages').innerText.split(' / ')[1]"))
    assert pages > 1
    seen = script(hall, IN_SIGHT)
    for page in range(2, pages + 1):
        script(hall, TURN % (page * 10))
        hall.text(".wall__pages", f"{page} / {pages}")
        until(hall, f"({IN_SIGHT}).includes('S{len(seen) + 1}')")
        seen += [name for name in script(hall, IN_SIGHT) if name not in seen]
    assert seen == [f"S{number}" for number in range(1, 61)]
    script(hall, TURN % 1_000)
    hall.text(".wall__pages", f"1 / {pages}")


def test_escape_leads_back_to_the_overview_with_the_same_filters(hall):
    hall.go("/?range=all&type=nothing&station=S3")
    hall.text(".tile", "S3")
    until(hall, "document.querySelector('#wall-link').search === '?range=all&station=S3&type=nothing'")
    hall.dash.find_element("#wall-link").click()
    until(hall, "document.querySelector('.wall .tile')")
    hall.dash.find_element("body").send_keys(Keys.ESCAPE)
    until(hall, "document.querySelector('.overview .tile') && location.pathname + location.search === '/?range=all&station=S3&type=nothing'")


def test_a_site_without_stations_says_so(real_page):
    real_page.go("/wall")
    real_page.text(".wall__nothing", "No stations yet")
