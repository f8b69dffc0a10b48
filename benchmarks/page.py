"""The results of a full run as docs/performance.md and its charts: texts that depend on the results alone."""

from collections.abc import Iterator, Sequence
from typing import Any

from benchmarks import charts, report
from benchmarks.figures import Figure
from benchmarks.questions import BY_DUCKDB, BY_PLAIN_LOOP, LENGTHS, WORKERS

INGEST_CHART, READING_CHART = "performance/ingest.svg", "performance/reading.svg"

#: By section: its title, and how its figures come about.
_HOW = {
    "batches": (
        "Batches",
        "Events of 100 workers in batches over HTTP, on a new database. The limit is a loop in one process on the same bodies: msgspec into typed structs, one "
        "`executemany` with `ON CONFLICT DO NOTHING` and one synced commit a batch, the same unique indexes and one on site and time; no HTTP, no judging, "
        "nothing to refresh. Loop and server take turns, and the ratio is the median of the turns' ratios, since the machine's speed drifts.\n\n"
        "*Held*: the server's refresher is stopped at the beginning of its first round, so that ingest is seen alone. *At work*: as it is delivered. "
        "*With ids*: each event has one of its sender's, and so a second index to go into.",
    ),
    "singles": (
        "Single events",
        "A POST for each event. The loop has as many events in a commit as there are connections, since no more can wait for an answer at once. "
        "`GET /health` is what the same server answers when it stores nothing.",
    ),
    "keys": (
        "Keys",
        "What the door costs: the same events to the same server, in turns by whom nobody asks and with a key.",
    ),
    "freshness": (
        "Freshness",
        "For a minute a client posts events of the present, ten batches a second. Five others post a single event a second each and ask for its metrics "
        "until the event is in them; two more ask for metrics of today and of a week, whose times include the wait for what was acknowledged before. "
        "All of them share the machine with the server.",
    ),
    "frames": (
        "Cameras that send every frame",
        "A hundred workers are seen thirty times a second for a minute, at a site whose `state_timestamps` are `whole_seconds`: of the states that say the "
        "same within a second one is stored, units as they come.",
    ),
    "reading": (
        "Metrics calls",
        "A year of 100 workers in two shifts at 100 stations. Each call is asked for windows of a day, 7, 31, 90 and 365 days, at midnights and ragged, and "
        "always cold: an event is posted and refreshed before, so that nothing kept can answer. The databases are asked in turns. "
        "With 100,000 events in a year a worker has not three a day: most of the sums that the larger databases add up are not there.\n\n"
        "DuckDB has the raw events in a table of its own, in the order in which they came, ids as enumerations, and answers by one window over each "
        "worker's events; the plain loop reads them from the product's index. Neither knows shifts or breaks; the product does.",
    ),
    "series": ("Series and timelines", "A year by local days, and who was in which state when; cold, as above."),
    "running": (
        "Starting, memory, disk, rebuilding",
        "`python -m data_layer.rebuild` makes every derived row anew and compares.",
    ),
    "pages": ("Pages", "In a browser, on the year of ten million events: from the address until the last figure is drawn."),
    "screens": ("Many screens", "Fifty open pages, each told of new data while a thousand events a second arrive."),
    "import": ("Importing history", "`python -m ingest.send`, with kills of the sender on the way."),
    "postgresql-batches": (
        "Batches into PostgreSQL",
        "As [above](#batches), on the database server of the same machine, fsync on. The limit is a loop in one process on the same bodies: msgspec into typed "
        "structs, `COPY` into a temporary table, from there an `INSERT … ON CONFLICT DO NOTHING` into the product's own tables with their partitions and "
        "indexes (where events have ids of their senders, also into the table of these), one commit a batch; no HTTP, no judging, nothing to refresh.",
    ),
    "postgresql-reading": (
        "Metrics calls on PostgreSQL",
        "The calls and windows of [above](#metrics-calls), cold, on a year in PostgreSQL that was sent by HTTP, "
        "after the vacuum that it would have had some minutes later.",
    ),
}
_PROFILE = """## Where the time goes

A sampling profile of the server, 100 times a second, on 2026-11-23; shares of the time in which any thread ran.

| ingest: batches of 1,000 on 4 connections | share | what was done |
|---|--:|---|
| inserting into SQLite, two B-trees an event | 40 % | 1,000 rows a statement, so that the interpreter is let go of once for all of them; columns that no event has are left out |
| the refresher beside it | 29 % | rests five times as long as it worked while nobody waits; its statements are made once |
| parsing and judging | 11 % | typed decoding of a whole body at once, one straight line of checks, no object of Python's own an event |

| refresh: 10,000 events/s for a minute | share | what was done |
|---|--:|---|
| counting units and events of the hour under way | 23 % | it grew through the hour; now what an event touches is counted anew by ten seconds, and the rest is remembered |
| reading events, intervals and sums around what was touched | 9 % | statements are made once; all intervals of the hours and shifts concerned are still read |
| writing what differs, summing days and weeks | 9 % | rows that stay are not written; only the days and weeks around what moved are summed |

By a stopwatch around each step of a cold metrics call, at ten million events; before and after what was done:

| cold metrics calls | before | after | what was done |
|---|--:|--:|---|
| a year: who attended which shift, and how long it was | 32 of 70 ms | 15 of 65 ms | where shifts don't overlap each is measured once, and not once for each worker; long lists come as one text |
| a year: sums over hours, days and weeks | 15 of 70 ms | 25 of 65 ms | those after are of stations too; all levels of a rollup are one statement, and who asks about stations has only theirs added up |
| 31 days, ragged ends: intervals and units within an hour | 6 of 27 ms | not taken apart | only the workers and stations asked about are read; units are grouped by five minutes only where there are buckets |

Single events on 16 connections are held up by waking threads: each takes eighteen changes of thread, 0.09 ms each on this virtual machine, and 40 % of both
cores are idle meanwhile; held to one core the same server takes in half as many again. Fewer, larger statements in the commit changed nothing. An interpreter
without a global lock, or a front end that takes events in without a thread for each, is what more would need; cameras that have more to say send batches."""  # noqa: E501 - rows of tables
_ANEW = """## Measuring anew

`make bench` takes about ten minutes: everything but the year of ten million events, the pages in a browser and the import of a history, which `make bench-full`
adds in about an hour. Both print the table and leave it in `benchmarks/results/latest.json`, which is not kept in git. `make performance` publishes a full run:
it copies that file to `benchmarks/results/published.json`, which is, and makes this page of it. `.venv/bin/python -m benchmarks --help` names the sections;
`--only` runs one of them. `make bench-postgresql` starts a PostgreSQL server of its own and measures the sections on it with a year of a million
events, `make bench-postgresql BENCH=--full` with one of ten million; `make bench-full` does that too."""


def figures_of(results: dict[str, Any]) -> list[Figure]:
    """The figures of a run, in their order."""
    return [Figure.from_json(entry) for entry in results["figures"]]


def rendered(results: dict[str, Any]) -> dict[str, str]:
    """The files below docs/ that show a run, by their paths."""
    figures = figures_of(results)
    return {
        "performance.md": "\n\n".join(_page(results, figures)) + "\n",
        INGEST_CHART: _ingest_chart(figures),
        READING_CHART: _reading_chart(figures),
    }


def _page(results: dict[str, Any], figures: Sequence[Figure]) -> Iterator[str]:
    measured_on = results["machine"]
    yield "# Performance"
    yield (
        f"Measured on {results['date'][:10]} at commit `{results['commit']}` with `make bench-full` on {measured_on['cores']} cores ({measured_on['cpu']}), "
        f"{measured_on['platform']}. Server, clients and limits share the machine; every commit is on disk before it is acknowledged. "
        f"Where no number of events is given, it is {results['options']['events']:,} in a month."
    )
    yield report.conclusion(figures, measured_on, results["seconds"])
    yield f"![Events a second in batches and one by one, beside the raw loop]({INGEST_CHART})"
    yield f"![How long figures of all workers take, by length of window and events stored]({READING_CHART})"
    for section in dict.fromkeys(figure.section for figure in figures):
        yield from _section(*_HOW[section], [figure for figure in figures if figure.section == section])
    yield _PROFILE
    yield _ANEW


def _section(title: str, how: str, figures: Sequence[Figure]) -> Iterator[str]:
    yield f"## {title}"
    yield how
    yield _table(report.HEAD, [report.row(figure) for figure in figures if not figure.detail])
    if details := _by_window(figures):
        yield "Each call and window, ms, p50 / p99:"
        yield details


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---", *["--:"] * (len(head) - 1)], *([_indented(first), *others] for first, *others in rows)]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def _indented(what: str) -> str:
    """A row that goes with the one above it says so."""
    return f"… {what.strip()}" if what.startswith("  ") else what


def _by_window(figures: Sequence[Figure]) -> str:
    """The details of the metrics calls: a row for each call and window, a column for each size."""
    found: dict[str, dict[str, list[str]]] = {}
    for figure in figures:
        if figure.detail:
            call, window, events, _share = figure.detail
            found.setdefault(f"{call}, {window}", {}).setdefault(events, []).append(report.number(figure.value))
    rows = [(what, *(" / ".join(shares) for shares in sizes.values())) for what, sizes in found.items()]
    return _table(["call and window", *next(iter(found.values()))], rows) if rows else ""


def _ingest_chart(figures: Sequence[Figure]) -> str:
    """Batches and singles beside the loop."""
    shown = [figure for figure in figures if figure.section in ("batches", "singles") and figure.paired is not None]
    rows = [charts.Bar(figure.what.partition(" (limit")[0], figure.value, figure.limit or 0.0, f"  ({figure.ratio:.2f})") for figure in shown]
    names = ("this project, over HTTP", "raw loop in one process")
    return charts.bars("Events a second", "On disk before they are acknowledged; in brackets the ratio to the loop", rows, names)


def _reading_chart(figures: Sequence[Figure]) -> str:
    """All workers in ragged windows: a line for each number of events stored, and for the same asked of the raw events of the largest."""
    shown = [figure for figure in figures if figure.detail and figure.detail[3] == "p50" and figure.detail[1].endswith(", ragged")]
    largest = shown[-1].detail[2]
    series: dict[str, list[float]] = {}
    for figure in shown:
        call, _, events, _ = figure.detail
        if call == WORKERS:
            series.setdefault(events, []).append(figure.value)
        elif call in (BY_DUCKDB, BY_PLAIN_LOOP) and events == largest:
            series.setdefault(f"{call.removeprefix('workers by ')}, {events}", []).append(figure.value)
    subtitle = "p50, cold, over HTTP, by length of window and events stored; and the same question asked of the raw events"
    return charts.lines("Figures of 100 workers in a ragged window", subtitle, list(LENGTHS), series)
