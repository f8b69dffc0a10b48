"""How a worker's hours divide among the stations: the stations' own figures under a filter of that worker, and sums of its own."""

import pytest
from golden_cases import load_cases
from hypothesis import given
from hypothesis_profiles import core
from metrics_harness import SiteUnderTest, site_under_test
from strategies import cases

from data_layer.query import MetricsQuery

GOLDEN = {case.name: case for case in load_cases()}
HOURS, UNITS = "occupancy_time_hours", "total_units_produced"


def assert_split(site: SiteUnderTest, query: dict) -> None:
    """Of each worker by itself, rows and bits are those of the plain question."""
    for worker, own in site.read(query)["workers"].items():
        asked = MetricsQuery(**{**site.asked(query), "worker_ids": (worker,)})
        plain = [row for row in site.reader.read(asked).workstations if row[HOURS] or row[UNITS]]
        found = site.reader.split(asked)
        assert [(row["station_id"], row["name"], row["type"], row[HOURS], row[UNITS]) for row in found] == [
            (row["station_id"], row["name"], row["type"], row[HOURS], row[UNITS]) for row in plain
        ]
        assert sum(row[HOURS] for row in found) == pytest.approx(own["total_active_time_hours"] + own["total_idle_time_hours"], abs=1e-9)
        assert sum(row[UNITS] for row in found) == own[UNITS]


@pytest.mark.parametrize("name", GOLDEN)
def test_golden_cases(name):
    case = GOLDEN[name]
    with site_under_test(case.site) as site:
        site.post(case.events)
        assert_split(site, case.query)


@core(15)
@given(case=cases(max_runs=3))
def test_agrees_with_the_plain_question(case):
    site, events, query = case
    with site_under_test(site) as under_test:
        under_test.post(events)
        assert_split(under_test, query)
