"""Questions about one month read that month's partition and nothing else: for the statements that the application issues, by PostgreSQL's own account."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from metrics_harness import NOW, temporary_database
from plans import most_rows_read, partitions_read, statements
from sqlalchemy import insert

from data_layer import tables
from data_layer.engine import Database
from data_layer.frames import Frames
from data_layer.names import load_names
from data_layer.partitions import make, name_of, next_month
from data_layer.plan import history, passes
from data_layer.raw_events import EventsQuery, Span, read_page
from data_layer.retention.archive import Archive
from data_layer.retention.sealing import Sealing
from data_layer.retention.steps import Pace
from data_layer.sites import load_site
from metrics.columns import columns
from metrics.schedule import SiteRules
from metrics.units import HOUR, to_micros
from metrics.window import Filters

pytestmark = pytest.mark.at_postgresql

WORKERS = [f"W{number}" for number in range(20)]
MONTHS = [datetime(2024, month, 1, tzinfo=UTC) for month in range(1, 9)]
LOW, HIGH = datetime(2024, 5, 14, tzinfo=UTC), datetime(2024, 5, 16, tzinfo=UTC)
SPAN = to_micros(LOW), to_micros(HIGH)


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    """Eight months of twenty workers, with statistics: the planner has a choice."""
    with temporary_database() as found:
        with found.write() as connection:
            make(connection, MONTHS)
            named = {"site_id": "main", "created_at": NOW}
            connection.execute(insert(tables.workers), [named | {"worker_id": worker} for worker in WORKERS])
            connection.execute(insert(tables.workstations), [named | {"station_id": f"S{number}"} for number in range(5)])
            connection.exec_driver_sql(_EVENTS, {"first": MONTHS[0], "end": next_month(MONTHS[-1])})
            tails = "SELECT site_id, worker_id, min(timestamp), max(timestamp), 'working', 'S1' FROM events GROUP BY 1, 2"
            connection.exec_driver_sql(f"INSERT INTO worker_tails (site_id, worker, first_time, last_time, state, station) {tails}")
            connection.exec_driver_sql(_INTERVALS)
        with found.product.writer.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE intervals, worker_tails")
            for month in MONTHS:  # as the server does by itself: of the partitions, and not of the table over them
                connection.exec_driver_sql(f"VACUUM ANALYZE {name_of(month)}")
        yield found


#: Every five minutes for each worker in turn.
_EVENTS = """
INSERT INTO events (event_id, site_id, worker_id, timestamp, event_type, station_id, count, created_at)
SELECT number, 'main', 'W' || number %% 20, at, (ARRAY['working', 'idle', 'product_count'])[1 + number / 20 %% 3], 'S' || number %% 5, 1, at
FROM generate_series(%(first)s::timestamptz, %(end)s::timestamptz - interval '1 second', interval '5 minutes') WITH ORDINALITY AS each (at, number)
"""
#: From each event on until shortly before the next one.
_INTERVALS = """
INSERT INTO intervals (site_id, worker, start, "end", state, station, held)
SELECT 'main', worker_id, timestamp, timestamp + interval '95 minutes', 'working', station_id, 0 FROM events
"""

Ask = Callable[[Frames, SiteRules], Any]
EVERYONE = list(range(1, len(WORKERS) + 1))


def spans(low: int, high: int) -> Any:
    return columns(worker=EVERYONE).assign(low=low, high=high)


def read_for(database: Database, ask: Ask) -> set[str]:
    """The partitions that a question is answered from."""
    with statements(database) as asked, database.read() as connection:
        ask(Frames(connection, "main", load_names(connection, "main")), load_site(connection, "main").rules)
    assert any("events" in statement for statement, _ in asked)
    return partitions_read(database, asked)


@pytest.mark.parametrize(
    "ask",
    [
        lambda frames, rules: frames.reach(spans(*SPAN), rules),
        lambda frames, rules: frames.reach(spans(*SPAN).rows(slice(0, 1)), rules),
        lambda frames, rules: passes(frames, rules, spans(*SPAN)),
        lambda frames, rules: frames.events_of(columns(worker=EVERYONE).assign(begin=SPAN[0], until=SPAN[1]), rules),
        lambda frames, rules: frames.output_by_hour(EVERYONE, *SPAN, rules),
        lambda frames, rules: frames.outputs_by_cell([SPAN], HOUR, rules),
        lambda frames, rules: frames.outputs_between([SPAN], rules, Filters(), by_cell=True),
        lambda frames, rules: frames.outputs_between([SPAN], rules, Filters(frozenset({1})), by_cell=False),
    ],
    ids=["reach", "reach of one", "passes", "events", "by hour", "by cell", "outputs", "outputs of one"],
)
def test_the_refreshers_and_the_readers_questions(database, ask):
    assert read_for(database, ask) == {"events_2024_05"}


def test_a_workers_first_and_last_event_are_where_they_were_before(database):
    found = read_for(database, lambda frames, rules: frames.extents(EVERYONE, rules, frames.tails(EVERYONE)))
    assert {name for name in found if name.startswith("events_2024")} == {"events_2024_01", "events_2024_08"}


def test_where_nothing_is_known_before_they_are_looked_for_everywhere(database):
    found = read_for(database, lambda frames, rules: frames.extents(EVERYONE, rules, frames.tails(EVERYONE).rows(slice(0, 0))))
    assert len([name for name in found if name.startswith("events_2024")]) == len(MONTHS)


def test_history_since_a_day_leaves_out_the_months_before(database):
    found = read_for(database, lambda frames, _: history(frames, SPAN[0]))
    assert {name for name in found if name.startswith("events_2024")} == {f"events_2024_{month:02}" for month in range(5, 9)}


@pytest.mark.parametrize("more", [{}, {"worker_ids": ("W3",)}, {"event_types": ("idle",)}], ids=["all", "of one", "of a kind"])
@pytest.mark.parametrize("limit", [10, 400])
def test_pages_of_raw_events(database, more, limit):
    query = EventsQuery(spans=(Span("main", LOW, HIGH),), limit=limit, **more)

    def ask(frames: Frames, _rules: SiteRules) -> None:
        assert read_page(frames.connection, query).events

    assert read_for(database, ask) == {"events_2024_05"}


def test_the_latest_page_reads_the_latest_months(database):
    found = read_for(database, lambda frames, _: read_page(frames.connection, EventsQuery()))
    assert {name for name in found if name.startswith("events_2024")} == {"events_2024_08"}


def test_slices_that_are_sealed(database):
    class Open:
        """Where the seal was before."""

        horizons = type("Horizons", (), {"sealed_before": SPAN[0]})

    sealing = Sealing(database, Archive(Path()), "main", 0, SPAN[1], lambda: True, Pace())

    def ask(frames: Frames, _rules: SiteRules) -> None:
        site = load_site(frames.connection, "main")
        assert sealing._slices(Open)  # type: ignore[arg-type]
        assert sealing._rows(frames.connection, SPAN[0], SPAN[0] + HOUR)
        assert sealing._cells(frames.connection, site, SPAN[0], SPAN[0] + HOUR)

    assert read_for(database, ask) == {"events_2024_05"}


@pytest.mark.parametrize("workers", [None, EVERYONE, EVERYONE[:1]], ids=["everyone", "all of them", "one"])
@pytest.mark.parametrize("hours", [1, 2], ids=["one end", "both ends"])
def test_the_ragged_ends_of_a_window_read_the_intervals_around_them(database: Database, workers: list[int] | None, hours: int) -> None:
    ends = [(SPAN[0], SPAN[0] + HOUR), (SPAN[1], SPAN[1] + HOUR)][:hours]
    with statements(database) as asked, database.read() as connection:
        found = Frames(connection, "main", load_names(connection, "main")).intervals_of(workers, ends)
    people = len(EVERYONE if workers is None else workers)
    assert set(found["worker"].tolist()) == set(EVERYONE if workers is None else workers)
    # Of each worker and end those asked for, one before and some at the bounds: not what was before them, which is a thousand times as much.
    asked = [(statement, parameters) for statement, parameters in asked if "intervals" in statement]
    assert most_rows_read(database, asked, "intervals") <= 6 * people * hours
