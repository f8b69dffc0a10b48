"""The raw limit of ingest: msgspec into typed structs, one executemany a batch, one commit, fsync on, in this process.

No HTTP, no judging, no invalidations; the same columns, the same identity, and the index a product would need to read by time.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Literal

import msgspec
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from data_layer.sqlite import sqlite_driver
from data_layer.tables import events

_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "cache_size=-32768", "temp_store=MEMORY")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_COLUMNS = [column.name for column in events.columns if column.name != "event_id"]
_INSERT = f"INSERT INTO events ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))}) ON CONFLICT DO NOTHING"  # noqa: S608 - names of our own


class SentEvent(msgspec.Struct, gc=False):
    """An event as the benchmark's senders write it."""

    timestamp: datetime
    worker_id: str
    workstation_id: str
    event_type: Literal["working", "idle", "absent", "product_count"]
    confidence: float | None = None
    count: int = 0
    event_id: str = ""
    camera_id: str | None = None


DECODER = msgspec.json.Decoder(list[SentEvent])


class RawLimit:
    """The loop on a database of its own, which it keeps while it is used as a context."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite_driver().connect(str(path))
        self._connection.isolation_level = None
        for statement in (*(f"PRAGMA {pragma}" for pragma in _PRAGMAS), *_schema()):
            self._connection.execute(statement)

    def __enter__(self) -> "RawLimit":
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def insert(self, bodies: Sequence[bytes], a_commit: int = 1) -> float:
        """Store JSON arrays of events, so many arrays a transaction; the seconds that took."""
        began = perf_counter()
        for begin in range(0, len(bodies), a_commit):
            self._connection.execute("BEGIN IMMEDIATE")
            for body in bodies[begin : begin + a_commit]:
                self._connection.executemany(_INSERT, _rows(body))
            self._connection.execute("COMMIT")
        return perf_counter() - began


def _schema() -> list[str]:
    dialect = sqlite.dialect()
    indexes = [str(CreateIndex(index).compile(dialect=dialect)) for index in events.indexes]
    return [str(CreateTable(events).compile(dialect=dialect)), *indexes, "CREATE INDEX ix_events_time ON events (site_id, timestamp)"]


def _rows(body: bytes) -> list[tuple[object, ...]]:
    """Values in the order of the table's columns."""
    now = (datetime.now(UTC) - _EPOCH) // _MICROSECOND
    return [
        (
            "main",
            event.worker_id,
            (event.timestamp - _EPOCH) // _MICROSECOND,
            event.event_type,
            event.workstation_id,
            event.count,
            event.confidence,
            event.camera_id or "" if event.event_id else "",
            event.event_id,
            event.camera_id,
            None,
            None,
            now,
            None,
        )
        for event in DECODER.decode(body)
    ]
