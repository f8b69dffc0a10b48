"""The bare loop at PostgreSQL stores what it is given, into the same tables as the product."""

from collections.abc import Iterator

import pytest
from metrics_harness import temporary_database
from sqlalchemy import func, select

from benchmarks.dataset import batches, encoded, history
from benchmarks.postgresql_limit import PostgreSqlLimit
from data_layer import tables
from data_layer.engine import Database
from data_layer.server_tables import event_keys

pytestmark = pytest.mark.at_postgresql


@pytest.fixture
def database() -> Iterator[Database]:
    with temporary_database() as found:
        yield found


@pytest.mark.parametrize("client_ids", [False, True])
def test_the_bare_loop_stores_every_event_once(database: Database, client_ids: bool) -> None:
    bodies = list(batches(encoded(history(1_000), client_ids=client_ids), 100))
    with PostgreSqlLimit(database.url.render_as_string(hide_password=False)) as raw:
        raw.insert(bodies)
        raw.insert(bodies[:2])
    events = tables.events.c
    with database.read() as connection:
        counted = connection.execute(select(func.count(), func.count(events.worker_id.distinct()), func.min(events.site_id))).one()
        assert tuple(counted) == (1_000, 100, "main")
        assert connection.scalar(select(func.count()).select_from(event_keys)) == 1_000 * client_ids
