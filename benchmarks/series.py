"""Series over a year and timelines of a day, of 100 workers, cold: a new event is in the figures before each call."""

import gzip
from collections.abc import Iterator
from datetime import date, timedelta

from benchmarks import client
from benchmarks.dataset import FIRST_DAY, LAST_DAY
from benchmarks.figures import Figure
from benchmarks.reading import Visits
from benchmarks.server import Server, serving
from benchmarks.workbench import Workbench

SECTION = "series"
_TARGET_MS = 100
_TARGET_KB = 300
_DAYS = 365
_YEAR = f"bucket=1d&from={LAST_DAY - timedelta(days=_DAYS - 1)}&to={LAST_DAY + timedelta(days=1)}"

_QUESTIONS = {
    "utilization of 100 workers": (f"/api/metrics/series?{_YEAR}&by=worker&metric=utilization_percentage", _TARGET_MS),
    "units of 100 workers": (f"/api/metrics/series?{_YEAR}&by=worker&metric=total_units_produced", _TARGET_MS),
    "coverage of 100 workers": (f"/api/metrics/series?{_YEAR}&by=worker&metric=coverage_percentage", _TARGET_MS),
    "all ten figures of 100 workers": (f"/api/metrics/series?{_YEAR}&by=worker", None),
    "occupancy of 100 workstations": (f"/api/metrics/series?{_YEAR}&by=workstation&metric=utilization_percentage", _TARGET_MS),
    "all figures of the site": (f"/api/metrics/series?{_YEAR}&by=site", None),
}


def measure(bench: Workbench) -> Iterator[Figure]:
    """A year by day, and a day's lanes: of a quiet year and of a month in which everybody is seen 300 times a day."""
    with serving(bench.history(bench.events, _DAYS).path) as server:
        visits = Visits(server)
        for what, (path, target) in _QUESTIONS.items():
            median, worst = visits.time(path)
            yield Figure(SECTION, f"a year by day, {what}: median", median, "ms", target=target, less_is_better=True)
            yield Figure(SECTION, "  p99", worst, "ms", target=None, less_is_better=True)
    with serving(bench.month(bench.events).path) as server:
        yield from _timelines(server)


def _timelines(server: Server) -> Iterator[Figure]:
    visits = Visits(server)
    day = FIRST_DAY + timedelta(days=8)
    for by in ("worker", "workstation"):
        path = f"/api/timeline?by={by}&from={day}&to={_next(day)}"
        median, worst = visits.time(path)
        yield Figure(SECTION, f"a day's lanes by {by}, 100 of them: median", median, "ms", target=_TARGET_MS, less_is_better=True)
        yield Figure(SECTION, "  p99", worst, "ms", target=None, less_is_better=True)
        packed, _ = client.fetch(server.port, path, {"Accept-Encoding": "gzip"})
        yield Figure(SECTION, "  compressed by gzip", len(packed) / 1e3, "kB", target=_TARGET_KB, less_is_better=True)
        yield Figure(SECTION, "  not compressed", len(gzip.decompress(packed)) / 1e3, "kB")


def _next(day: date) -> date:
    return day + timedelta(days=1)
