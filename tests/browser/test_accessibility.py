"""axe-core on every page, in both themes: nothing serious, nothing critical."""

from pathlib import Path

import pytest

from tests.browser.looking import until
from tests.browser.test_shell import PAGES

pytestmark = pytest.mark.browser

AXE = (Path(__file__).parent / "axe" / "axe.min.js").read_text()
RUN = """
const done = arguments[arguments.length - 1];
axe.run(document, {resultTypes: ["violations"]}).then((found) => done(found.violations.map((one) => ({
    rule: one.id, impact: one.impact, where: one.nodes.slice(0, 4).map((node) => node.target.join(" ") + ": " + node.failureSummary)
}))));
"""


def grave(page):
    """Violations that keep somebody from using the page."""
    page.dash.driver.execute_script(AXE)
    page.dash.driver.set_script_timeout(60)
    return [one for one in page.dash.driver.execute_async_script(RUN) if one["impact"] in ("serious", "critical")]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nobody_is_kept_out(seeded, theme):
    seeded.dash.driver.execute_script(f"localStorage.setItem('factory-theme', '{theme}')")
    for path, filled in PAGES.items():
        seeded.go(path)
        until(seeded, f"document.querySelector('{filled}')")
        until(seeded, f"document.documentElement.dataset.bsTheme === '{theme}'")
        assert grave(seeded) == [], path
