"""axe-core on every page, in both themes: nothing serious, nothing critical; and a keyboard reaches everything."""

from pathlib import Path

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from tests.browser.looking import script, until
from tests.browser.test_shell import PAGES

pytestmark = pytest.mark.browser

AXE = (Path(__file__).parent / "axe" / "axe.min.js").read_text()
RUN = """
const [chosen, done] = arguments;
axe.run(document, {resultTypes: ["violations"], ...chosen}).then((found) => done(found.violations.map((one) => ({
    rule: one.id, impact: one.impact, where: one.nodes.slice(0, 4).map((node) => node.target.join(" ") + ": " + node.failureSummary)
}))));
"""
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}

#: All that can be used, but for what lies inside a table (arrows lead there), and of a group of choices the one that is chosen.
USABLE = """[...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]')].filter((one) =>
    one.checkVisibility({visibilityProperty: true}) && !one.disabled && one.tabIndex >= 0 && !one.closest('.ag-root-wrapper, [inert]')
    && !(one.type === 'radio' && !one.checked) && getComputedStyle(one).pointerEvents !== 'none')"""
MOST_STEPS = 400
TABLES = "[...document.querySelectorAll('.ag-root-wrapper')].filter((one) => one.checkVisibility({visibilityProperty: true}))"


def grave(page, chosen=None):
    """Violations that keep somebody from using the page. chosen: which rules are run; by default all."""
    page.dash.driver.execute_script(AXE)
    page.dash.driver.set_script_timeout(60)
    return [one for one in page.dash.driver.execute_async_script(RUN, chosen or {}) if one["impact"] in ("serious", "critical")]


def shown_in(page, theme):
    """Switch the theme, as the button does, but at once: half-way colours have no contrast."""
    page.dash.driver.execute_script("document.head.insertAdjacentHTML('beforeend', '<style>* { transition: none !important; }</style>')")
    page.dash.driver.execute_script(f"window.factoryTheme.show('{theme}'); dash_clientside.set_props('theme', {{data: '{theme}'}})")
    until(page, f"document.documentElement.dataset.bsTheme === '{theme}'")


def walk(page):
    """Tab after Tab, until the focus leaves the page; `window.reached` has what it came to."""
    driver = page.dash.driver
    driver.execute_script("window.reached = new Set(); document.addEventListener('focusin', (event) => window.reached.add(event.target))")
    driver.execute_script("document.activeElement.blur()")
    for _ in range(MOST_STEPS // 20):
        ActionChains(driver).send_keys(*[Keys.TAB] * 20).perform()
        if script(page, "document.activeElement === document.body"):
            return


def test_nobody_is_kept_out(seeded):
    """What can be clicked can be focused, and the focus gets past every table and chart."""
    for path, filled in PAGES.items():
        seeded.go(path)
        until(seeded, f"document.querySelector('{filled}')")
        until(seeded, "document.querySelector('#badge-text').innerText.startsWith('live')")
        # A theme is other colours and nothing else: all rules are run on the one, those about colours on the other too.
        for theme, chosen in (("light", None), ("dark", COLOURS)):
            shown_in(seeded, theme)
            assert grave(seeded, chosen) == [], (path, theme)
        walk(seeded)
        assert script(seeded, f"{USABLE}.length") >= 5
        assert script(seeded, f"{USABLE}.filter((one) => !window.reached.has(one)).map((one) => one.outerHTML.slice(0, 160))") == [], path
        assert script(seeded, f"{TABLES}.filter((one) => ![...window.reached].some((focused) => one.contains(focused))).length") == 0, path
