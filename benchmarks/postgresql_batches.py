"""Batch ingest into PostgreSQL: events a second over HTTP, in turns with a bare loop of COPY and INSERT on the same bodies."""

from collections.abc import Iterator
from datetime import UTC, datetime, time

from benchmarks.batches import Case, beside, each
from benchmarks.dataset import FIRST_DAY
from benchmarks.figures import Figure
from benchmarks.postgresql import empty_database
from benchmarks.postgresql_limit import PostgreSqlLimit
from benchmarks.workbench import Workbench

SECTION = "postgresql-batches"
_CASES = (
    Case(1_000, 100_000, held=True),
    Case(1_000, 100_000, target=25_000, target_ratio=0.6),
    Case(1_000, 100_000, target=25_000, target_ratio=0.6, client_ids=True),
)


def measure(_bench: Workbench) -> Iterator[Figure]:
    """Each case on two new databases for each number of connections."""
    yield from each(_CASES, _over_http)


def _over_http(case: Case, bodies: list[list[bytes]], connections: int) -> Iterator[Figure]:
    coming = [(datetime.combine(FIRST_DAY, time(), UTC), case.events * len(bodies))]
    with empty_database(coming) as own, empty_database(coming) as bare:
        yield from beside(SECTION, case, bodies, connections, own, PostgreSqlLimit(bare))
