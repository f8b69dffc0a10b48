"""The documentation's page in a browser: it shows every operation, asks no other host, and its examples name this server."""

import pytest

from tests.documented import document

pytestmark = pytest.mark.browser

OTHER_HOSTS = """
    return performance.getEntriesByType("resource").map((entry) => entry.name).filter((name) => !name.startsWith(location.origin) && !name.startsWith("data:"));
"""


def test_the_page_shows_every_operation(real_page):
    operations = sum(len(methods) for methods in document()["paths"].values())
    real_page.go("/api/docs")
    real_page.dash.wait_for_element(".opblock", timeout=20)
    assert len(real_page.dash.find_elements(".opblock")) == operations
    assert real_page.dash.driver.execute_script(OTHER_HOSTS) == []
    real_page.dash.find_element("#operations-Ingest-post_events .opblock-summary-control").click()
    real_page.text("#operations-Ingest-post_events .opblock-description", f"curl -X POST {real_page.address}/api/events")


def test_it_follows_the_dashboards_theme(real_page):
    real_page.go("/api/docs")
    for theme, dark in (("dark", True), ("light", False)):
        real_page.dash.driver.execute_script("window.localStorage.setItem('factory-theme', arguments[0])", theme)
        real_page.go("/api/docs")
        real_page.dash.wait_for_element(".opblock", timeout=20)
        assert bool(real_page.dash.find_elements("html.dark-mode")) is dark
