"""Every metrics call over windows of a day to a year, cold: an event is posted and refreshed before each call, so that the revision is another one.

Servers on small and large databases are asked in turns: a machine whose speed drifts changes all of them alike.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from time import perf_counter

from benchmarks import questions
from benchmarks.dataset import SITE
from benchmarks.figures import Figure
from benchmarks.questions import A_MONTH, BY_DUCKDB, BY_PLAIN_LOOP, CALLS, WORKERS, Window
from benchmarks.raw_answers import InDuckDB, by_plain_loop
from benchmarks.server import serving
from benchmarks.statistics import percentile
from benchmarks.visits import Visits, today
from benchmarks.workbench import Workbench

SECTION = "reading"
CALLS_A_WINDOW = 15
_OF_DUCKDB, _OF_THE_LOOP = 1 / 20, 1 / 200
_DUCKDB_TIMES = 5
_TIMEOUT = SITE["signal_timeout_seconds"] * 1_000_000
_MEMORY_MB = 300

#: ms by events stored, call and window.
Samples = dict[tuple[int, str, str], list[float]]


@dataclass(frozen=True)
class Targets:
    """ms of a call: month, year: p50 of the windows up to that long. p99: of all. growth: of p50 from the smallest database on."""

    month: float | None = None
    year: float | None = None
    p99: float | None = None
    growth: float | None = None


_TARGETS = Targets(month=15, year=50, p99=100, growth=1.5)


def measure(bench: Workbench) -> Iterator[Figure]:
    """Each call in each window on a year of each size; whole calls over HTTP."""
    windows = questions.windows(today())
    samples: Samples = defaultdict(list)
    with ExitStack() as stack:
        visits = {events: Visits(stack.enter_context(serving(bench.year(events)))) for events in bench.sizes}
        for call, path in CALLS.items():
            for window in windows:
                for _ in range(CALLS_A_WINDOW):
                    for events, one in visits.items():
                        samples[events, call, window.name].append(one.call(path + window.query))
            for events in bench.sizes:
                yield from of_call(SECTION, samples, events, call, windows, _TARGETS if events == bench.sizes[-1] else Targets())
        for events, one in visits.items():
            yield from beside(SECTION, one, events)
    for events in bench.sizes:
        yield from _against_raw_events(bench, events, windows, samples)


def of_call(section: str, samples: Samples, events: int, call: str, windows: list[Window], targets: Targets) -> Iterator[Figure]:
    """The targets are set for the largest database, and for the mix of all windows up to a length; the slowest window of the mix stands beside."""
    at = f"{call}, {events:,} events"
    for what, target, longest in (("up to 31 days", targets.month, A_MONTH), ("up to a year", targets.year, max(window.days for window in windows))):
        mix = [samples[events, call, window.name] for window in windows if window.days <= longest]
        p50 = percentile([one for each in mix for one in each], 50)
        yield Figure(section, f"{at}, windows {what}: p50", p50, "ms", target=target, less_is_better=True)
        yield Figure(section, "  p50 of the slowest of them", max(percentile(each, 50) for each in mix), "ms")
    everything = [one for window in windows for one in samples[events, call, window.name]]
    yield Figure(section, "  p99 of all windows", percentile(everything, 99), "ms", target=targets.p99, less_is_better=True)
    yield from _growth(section, samples, events, call, windows, targets.growth)
    for window in windows:
        for share in (50, 99):
            labels = (call, window.name, f"{events:,} events", f"p{share}")
            yield Figure(section, ", ".join(labels), percentile(samples[events, call, window.name], share), "ms", detail=labels)


def _growth(section: str, samples: Samples, events: int, call: str, windows: list[Window], most: float | None) -> Iterator[Figure]:
    """How many times longer a window takes than where fewer events are stored: the window with the most."""
    smaller = sorted({size for size, *_ in samples if size < events})
    for fewer in smaller:
        growth = max(percentile(samples[events, call, window.name], 50) / percentile(samples[fewer, call, window.name], 50) for window in windows)
        target = most if fewer == smaller[0] else None
        yield Figure(section, f"  p50 by that at {fewer:,} events, the most in a window", growth, "×", target=target, less_is_better=True)


def beside(section: str, visits: Visits, events: int) -> Iterator[Figure]:
    """What reading so often has told of refreshing and memory."""
    yield Figure(section, f"one event, acknowledged → visible, {events:,} events: p50", percentile(visits.visible, 50), "ms")
    yield Figure(section, "  p99", percentile(visits.visible, 99), "ms")
    memory = visits.server.memory()
    if memory is not None:
        yield Figure(section, "  resident memory after these reads", memory, "MB", target=_MEMORY_MB, less_is_better=True)


def _against_raw_events(bench: Workbench, events: int, windows: list[Window], samples: Samples) -> Iterator[Figure]:
    """What the workers did, by means that have only the raw events; the answers are alike but for the shifts, which these two are spared."""
    copy = bench.directory / "events.duckdb"
    with InDuckDB(bench.year(events), copy) as duckdb:
        for window in (window for window in windows if window.is_ragged):
            bounds = (int(window.begin.timestamp() * 1e6), int(window.end.timestamp() * 1e6), _TIMEOUT)
            by_duckdb = percentile([_timed(partial(duckdb.ask, *bounds)) for _ in range(_DUCKDB_TIMES)], 50)
            by_loop = _timed(partial(by_plain_loop, bench.year(events), *bounds))
            own = percentile(samples[events, WORKERS, window.name], 50)
            judged = events == bench.sizes[-1] and window.days >= A_MONTH
            for what, limit, target in ((BY_DUCKDB, by_duckdb, _OF_DUCKDB), (BY_PLAIN_LOOP, by_loop, _OF_THE_LOOP)):
                labels = (what, window.name, f"{events:,} events", "p50")
                yield Figure(SECTION, ", ".join(labels), limit, "ms", detail=labels)
                if judged:
                    name = f"workers, {events:,} events, {window.name} (limit: {what.removeprefix('workers by ')}, raw events)"
                    yield Figure(SECTION, name, own, "ms", limit=limit, target_ratio=target, less_is_better=True)
    copy.unlink()


def _timed(ask: Callable[[], object]) -> float:
    began = perf_counter()
    ask()
    return (perf_counter() - began) * 1e3
