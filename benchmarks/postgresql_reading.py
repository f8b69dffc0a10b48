"""Every metrics call on a year in PostgreSQL, over the windows and as cold as those on SQLite; and the year's import by HTTP before."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from time import perf_counter

from benchmarks import questions
from benchmarks.figures import Figure
from benchmarks.past_year import DAYS, import_past_year
from benchmarks.postgresql import empty_database, tidy_up
from benchmarks.questions import CALLS
from benchmarks.reading import CALLS_A_WINDOW, Samples, Targets, beside, of_call
from benchmarks.server import serving
from benchmarks.statistics import percentile
from benchmarks.visits import Visits, today
from benchmarks.workbench import Workbench

SECTION = "postgresql-reading"
_TARGETS = Targets(p99=120)


def measure(bench: Workbench) -> Iterator[Figure]:
    """Each call in each window on the largest year of the run."""
    events = bench.sizes[-1]
    with empty_database(_coming(events)) as address:
        began = perf_counter()
        import_past_year(address, events)
        yield Figure(SECTION, f"import of a year of {events:,} events by HTTP, visible in metrics", events / (perf_counter() - began), "events/s")
        tidy_up(address)
        with serving(address) as server:
            yield from _asked(Visits(server), events)


def _coming(events: int) -> list[tuple[datetime, int]]:
    """Where in time the events will be, by the day."""
    return [(datetime.now(UTC) - timedelta(days=day), events // DAYS) for day in range(DAYS)]


def _asked(visits: Visits, events: int) -> Iterator[Figure]:
    windows = questions.windows(today())
    samples: Samples = defaultdict(list)
    for call, path in CALLS.items():
        for window in windows:
            samples[events, call, window.name] += [visits.call(path + window.query) for _ in range(CALLS_A_WINDOW)]
        yield from of_call(SECTION, samples, events, call, windows, _TARGETS)
    everything = [one for each in samples.values() for one in each]
    yield Figure(SECTION, f"all these calls together, {events:,} events: p50", percentile(everything, 50), "ms")
    yield Figure(SECTION, "  p99", percentile(everything, 99), "ms", target=_TARGETS.p99, less_is_better=True)
    yield from beside(SECTION, visits, events)
