"""The same number everywhere: on a card, in a table, in the drill-down, in its explanation, over the API and in the CSV."""

import csv
import io

import pytest
import requests

from components.wording import number
from tests.browser.looking import script, until

pytestmark = pytest.mark.browser


def card(page, scope, key):
    """Value on a card of the page."""
    name = '{"kpi":"%s","scope":"%s"}' % (key, scope)  # noqa: UP031 - braces are the id's own
    value = f"document.getElementById('{name}')?.querySelector('.kpi__value')?.textContent"
    until(page, f"({value} || '—') !== '—'")
    return script(page, value)


def in_grid(page, grid, row, field):
    """Raw value in a table."""
    until(page, f"document.querySelector('#{grid} [role=row] .cell-name')")
    return script(page, f"dash_ag_grid.getApi('{grid}').getRowNode('{row}').data.{field}")


def explained(page, of, figure):
    """The number of a panel that a click on a card's button opens, and its unit."""
    name = '{"explain":"%s","of":"%s"}' % (figure, of)  # noqa: UP031
    until(page, f"document.getElementById('{name}')")
    page.dash.driver.execute_script(f"document.getElementById('{name}').click()")
    until(page, "document.querySelector('.explain__figure .kpi__value') && document.querySelector('.explain__figure .kpi__value').innerText")
    return script(page, "document.querySelector('.explain__figure .kpi__value').innerText")


def test_a_worker(seeded):
    window = {"from": "2026-01-15", "as_of": seeded.services.clock.now().isoformat(), "to": seeded.services.clock.now().isoformat()}
    query = "&".join(f"{name}={requests.utils.quote(value)}" for name, value in window.items())
    api = seeded.ask("GET", f"/api/metrics/workers/W2?{query}")
    (row,) = [row for row in csv.DictReader(io.StringIO(exported(seeded, "workers"))) if row["worker_id"] == "W2"]
    seeded.go("/workers")
    for field in ("utilization_percentage", "total_active_time_hours", "total_units_produced", "coverage_percentage"):
        assert float(row[field]) == pytest.approx(api[field], abs=1e-6)
        assert in_grid(seeded, "worker-grid", "W2", field) == pytest.approx(api[field], abs=1e-6)
    seeded.go("/workers/W2")
    assert card(seeded, "worker", "utilization") == number(api["utilization_percentage"], 1)
    assert explained(seeded, "worker", "utilization_percentage").startswith(number(api["utilization_percentage"], 1))


def test_the_factory(seeded):
    now = requests.utils.quote(seeded.services.clock.now().isoformat())
    api = seeded.ask("GET", f"/api/metrics/factory?from=2026-01-15&to={now}&as_of={now}")
    workers = list(csv.DictReader(io.StringIO(exported(seeded, "workers"))))
    assert sum(float(row["total_active_time_hours"]) for row in workers) == pytest.approx(api["total_productive_time_hours"], abs=1e-6)
    seeded.go("/")
    assert card(seeded, "overview", "units") == number(api["total_production_count"])
    assert card(seeded, "overview", "productive") == number(api["total_productive_time_hours"], 1)
    assert explained(seeded, "factory", "total_production_count").startswith(number(api["total_production_count"]))


def exported(page, what):
    """The CSV of a page, without the mark that Excel wants."""
    answer = requests.get(f"{page.address}/export/{what}.csv", timeout=20)
    assert answer.ok, answer.text
    return answer.content.decode("utf-8-sig")
