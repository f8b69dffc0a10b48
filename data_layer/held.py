"""Everything that is held about one worker: a table after the other, events in the archive too."""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, select

from data_layer import tables
from data_layer.access_tables import audit
from data_layer.erasing import mentioning
from data_layer.query import Row
from data_layer.registered import none_has
from data_layer.retention.archive import Archive
from data_layer.retention.sealing import EVENT_COLUMNS
from data_layer.sites import load_site
from metrics.units import to_datetime

_AT_ONCE = 5_000
_INSTANTS = ("timestamp", "sent_at", "created_at")

Rows = Iterator[Row]


def held(connection: Connection, database: Path, site_id: str, worker_id: str) -> Iterator[tuple[str, Rows]]:
    """Tables by name; their rows must be read before the next one is asked for. Raises UnknownSite, UnknownId, and the archive's Damaged."""
    load_site(connection, site_id)
    people = tables.workers
    [*worker] = _rows(connection, people, people.c.site_id == site_id, people.c.worker_id == worker_id)
    if not worker:
        raise none_has([("worker", worker_id)], [site_id])
    yield "worker", iter(worker)
    yield "events", _rows(connection, tables.events, tables.events.c.site_id == site_id, tables.events.c.worker_id == worker_id)
    for table in tables.OF_WORKERS:
        yield table.name, _rows(connection, table, table.c.site_id == site_id, table.c.worker == worker_id)
    refused = tables.quarantine
    yield "quarantine", _rows(connection, refused, refused.c.quarantine_id.in_(mentioning(connection, site_id, worker_id, worker[0]["name"])))
    yield "audit", _rows(connection, audit, audit.c.site_id == site_id, audit.c.subject == worker_id)
    yield "archived_events", _archived(database, site_id, worker_id)


def _rows(connection: Connection, table: Table, *own: Any) -> Rows:
    found = connection.execution_options(yield_per=_AT_ONCE).execute(select(table).where(*own))
    return (dict(row) for row in found.mappings())


def _archived(database: Path, site_id: str, worker_id: str) -> Rows:
    archive, names = Archive.of(database, site_id), [name for name, _ in EVENT_COLUMNS]
    for entry in archive.entries():
        if entry.table == "events":
            rows = (dict(zip(names, row, strict=True)) for row in chain.from_iterable(archive.read(entry, EVENT_COLUMNS)))
            yield from (row | {name: row[name] and to_datetime(row[name]) for name in _INSTANTS} for row in rows if row["worker_id"] == worker_id)
