"""Series over a year of 100 workers, timelines of a day of all and of a month of some, cold: a new event is in the figures before each call."""

import gzip
from collections.abc import Iterator
from datetime import timedelta

from benchmarks import client
from benchmarks.dataset import FIRST_DAY
from benchmarks.figures import Figure
from benchmarks.server import Server, serving
from benchmarks.visits import Visits, today
from benchmarks.workbench import Workbench

SECTION = "series"
_TARGET_MS = 100
_TARGET_KB = 300
_DAYS, _MONTH_DAYS = 365, 31
#: Who the month's lanes are of: those of everybody would be more intervals than one answer may have.
_OF_A_MONTH = 15
_YEAR = f"bucket=1d&from={today() - timedelta(days=_DAYS - 1)}&to={today() + timedelta(days=1)}"

_QUESTIONS = {
    "utilization of 100 workers": (f"/api/metrics/series?{_YEAR}&by=worker&metric=utilization_percentage", _TARGET_MS),
    "units of 100 workers": (f"/api/metrics/series?{_YEAR}&by=worker&metric=total_units_produced", _TARGET_MS),
    "coverage of 100 workers": (f"/api/metrics/series?{_YEAR}&by=worker&metric=coverage_percentage", _TARGET_MS),
    "all ten figures of 100 workers": (f"/api/metrics/series?{_YEAR}&by=worker", None),
    "occupancy of 100 workstations": (f"/api/metrics/series?{_YEAR}&by=workstation&metric=utilization_percentage", _TARGET_MS),
    "all figures of the site": (f"/api/metrics/series?{_YEAR}&by=site", None),
}


def measure(bench: Workbench) -> Iterator[Figure]:
    """A year by day, of the largest year of the run, the lanes of a day, and some of a month, in which everybody is seen 300 times a day."""
    events = bench.sizes[-1]
    with serving(bench.year(events)) as server:
        visits = Visits(server)
        for what, (path, target) in _QUESTIONS.items():
            median, worst = visits.time(path)
            yield Figure(SECTION, f"a year by day, {events:,} events, {what}: p50", median, "ms", target=target, less_is_better=True)
            yield Figure(SECTION, "  p99", worst, "ms")
    with serving(bench.month().path) as server:
        yield from _timelines(server)


def _timelines(server: Server) -> Iterator[Figure]:
    visits = Visits(server)
    for by, parameter, letter in (("worker", "worker_id", "W"), ("workstation", "station_id", "S")):
        some = "".join(f"&{parameter}={letter}{number:03}" for number in range(1, _OF_A_MONTH + 1))
        for span, days, chosen, target_ms, target_kb in (("day", 1, "", _TARGET_MS, _TARGET_KB), ("month", _MONTH_DAYS, some, None, None)):
            path = f"/api/timeline?by={by}&from={FIRST_DAY + timedelta(days=1)}&to={FIRST_DAY + timedelta(days=1 + days)}{chosen}"
            median, worst = visits.time(path)
            whose = f"{_OF_A_MONTH if chosen else 100} of them"
            yield Figure(SECTION, f"a {span}'s lanes by {by}, {whose}: p50", median, "ms", target=target_ms, less_is_better=True)
            yield Figure(SECTION, "  p99", worst, "ms")
            packed, _ = client.fetch(server.port, path, {"Accept-Encoding": "gzip"})
            yield Figure(SECTION, "  compressed by gzip", len(packed) / 1e3, "kB", target=target_kb, less_is_better=True)
            yield Figure(SECTION, "  not compressed", len(gzip.decompress(packed)) / 1e3, "kB")
