"""A writer on a database of its own, and events to hand it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

from metrics_harness import NOW, temporary_database
from sqlalchemy import Table, select

from data_layer import tables
from data_layer.engine import Database
from data_layer.sites import put_site
from data_layer.types import micros
from ingest.event import Parsed, SiteRules
from ingest.parse import parse_batch
from ingest.writer import Receipt, Writer
from metrics.units import to_micros

SITES = {"main": SiteRules("UTC"), "plant 2": SiteRules("UTC")}


class WriterUnderTest:
    """A writer on a database of its own, and what is in it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.committed: list[set[str]] = []
        self.writer = Writer(database, lambda: to_micros(NOW), self.committed.append)

    def submit(self, *events: dict) -> Receipt:
        return self.writer.submit(read(*events))

    def rows(self, table: Table, *columns: str) -> list[tuple]:
        # Times as microseconds: they compare more readily.
        chosen = [micros(table.c[name]) if name.endswith(("time", "timestamp", "_at")) else table.c[name] for name in columns]
        with self.database.read() as connection:
            return [tuple(row) for row in connection.execute(select(*chosen).order_by(*table.primary_key.columns))]

    def put(self, site_id: str, **change: object) -> None:
        with self.database.write() as connection:
            put_site(connection, site_id, change, NOW)

    @property
    def event_ids(self) -> list[int]:
        return [row[0] for row in self.rows(tables.events, "event_id")]

    @property
    def quarantined(self) -> list[tuple]:
        return self.rows(tables.quarantine, "reason", "payload", "status")


@contextmanager
def writer_under_test(*, at_work: bool = True) -> Iterator[WriterUnderTest]:
    """A writer; unless at work its thread has not begun."""
    with temporary_database() as database:
        made = WriterUnderTest(database)
        if at_work:
            made.writer.start()
        yield made
        made.writer.stop()


def event(at: str = "10:00:00", /, **changes: object) -> dict:
    """A working event of W1 at S1 on 15 January 2026; None leaves a field out."""
    fields = {"timestamp": f"2026-01-15T{at}Z", "worker_id": "W1", "workstation_id": "S1", "event_type": "working"} | changes
    return {name: value for name, value in fields.items() if value is not None}


def read(*events: dict) -> Parsed:
    return parse_batch(json.dumps(events).encode(), SITES, to_micros(NOW))


def outcome(receipt: Receipt) -> tuple[int, int, list[int]]:
    """New, repeated, and the indices of the rejected."""
    assert receipt.new + receipt.repeated + len(receipt.rejected) == receipt.total
    return receipt.new, receipt.repeated, [rejection.index for rejection in receipt.rejected]
