"""Every metrics call over windows of a day to a year, cold: an event is posted and refreshed before each call, so that the revision is another one.

Servers on small and large databases are asked in turns: a machine whose speed drifts changes all of them alike.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from time import perf_counter

from benchmarks import questions
from benchmarks.dataset import SITE
from benchmarks.figures import Figure
from benchmarks.questions import A_MONTH, CALLS, Window
from benchmarks.raw_answers import InDuckDB, by_plain_loop
from benchmarks.server import serving
from benchmarks.statistics import percentile
from benchmarks.visits import Visits, today
from benchmarks.workbench import Workbench

SECTION = "reading"
_CALLS = 15
_MONTH_MS, _YEAR_MS, _P99_MS, _MOST_GROWTH = 15, 50, 100, 1.5
_OF_DUCKDB, _OF_THE_LOOP = 1 / 20, 1 / 200
_DUCKDB_TIMES = 5
_TIMEOUT = SITE["signal_timeout_seconds"] * 1_000_000
_MEMORY_MB = 300

#: ms by events stored, call and window.
_Samples = dict[tuple[int, str, str], list[float]]


def measure(bench: Workbench) -> Iterator[Figure]:
    """Each call in each window on a year of each size; whole calls over HTTP."""
    windows = questions.windows(today())
    samples: _Samples = defaultdict(list)
    with ExitStack() as stack:
        visits = {events: Visits(stack.enter_context(serving(bench.year(events)))) for events in bench.sizes}
        for call, path in CALLS.items():
            for window in windows:
                for _ in range(_CALLS):
                    for events, one in visits.items():
                        samples[events, call, window.name].append(one.call(path + window.query))
            yield from (figure for events in bench.sizes for figure in _of_call(samples, events, call, windows, last=events == bench.sizes[-1]))
        for events, one in visits.items():
            yield from _beside(one, events)
    for events in bench.sizes:
        yield from _against_raw_events(bench, events, windows, samples)


def _of_call(samples: _Samples, events: int, call: str, windows: list[Window], *, last: bool) -> Iterator[Figure]:
    """The targets are set for the largest database."""
    at = f"{call}, {events:,} events"
    medians = {window.name: percentile(samples[events, call, window.name], 50) for window in windows}
    for what, target, longest in (("up to 31 days", _MONTH_MS, A_MONTH), ("up to a year", _YEAR_MS, max(window.days for window in windows))):
        slowest = max(medians[window.name] for window in windows if window.days <= longest)
        yield Figure(SECTION, f"{at}, {what}: p50 of the slowest window", slowest, "ms", target=target if last else None, less_is_better=True)
    everything = [one for window in windows for one in samples[events, call, window.name]]
    yield Figure(SECTION, "  p99 of all windows", percentile(everything, 99), "ms", target=_P99_MS if last else None, less_is_better=True)
    smallest = min(size for size, *_ in samples)
    if events > smallest:
        growth = max(medians[window.name] / percentile(samples[smallest, call, window.name], 50) for window in windows)
        what = f"  p50 by that at {smallest:,} events, the most in a window"
        yield Figure(SECTION, what, growth, "×", target=_MOST_GROWTH if last else None, less_is_better=True)
    for window in windows:
        yield Figure(SECTION, f"{at}, {window.name}: p50", medians[window.name], "ms", detail=True)
        yield Figure(SECTION, f"{at}, {window.name}: p99", percentile(samples[events, call, window.name], 99), "ms", detail=True)


def _beside(visits: Visits, events: int) -> Iterator[Figure]:
    yield Figure(SECTION, f"one event, acknowledged → visible, {events:,} events: p50", percentile(visits.visible, 50), "ms")
    yield Figure(SECTION, "  p99", percentile(visits.visible, 99), "ms")
    memory = visits.server.memory()
    if memory is not None:
        yield Figure(SECTION, "  resident memory after these reads", memory, "MB", target=_MEMORY_MB, less_is_better=True)


def _against_raw_events(bench: Workbench, events: int, windows: list[Window], samples: _Samples) -> Iterator[Figure]:
    """What the workers did, by means that have only the raw events; the answers are alike but for the shifts, which these two are spared."""
    last = events == bench.sizes[-1]
    copy = bench.directory / "events.duckdb"
    with InDuckDB(bench.year(events), copy) as duckdb:
        for window in (window for window in windows if window.days in (A_MONTH, max(one.days for one in windows))):
            own = percentile(samples[events, "workers", window.name], 50)
            bounds = (*(int(bound.timestamp() * 1e6) for bound in (window.begin, window.end)), _TIMEOUT)
            at = f"workers, {events:,} events, {window.name}"
            by_duckdb = percentile([_timed(partial(duckdb.ask, *bounds)) for _ in range(_DUCKDB_TIMES)], 50)
            target = _OF_DUCKDB if last else None
            yield Figure(SECTION, f"{at} (limit: DuckDB, raw events)", own, "ms", limit=by_duckdb, target_ratio=target, less_is_better=True)
            by_loop = _timed(partial(by_plain_loop, bench.year(events), *bounds))
            target = _OF_THE_LOOP if last else None
            yield Figure(SECTION, "  the same (limit: a plain loop over raw events)", own, "ms", limit=by_loop, target_ratio=target, less_is_better=True)
    copy.unlink()


def _timed(ask: Callable[[], object]) -> float:
    began = perf_counter()
    ask()
    return (perf_counter() - began) * 1e3
