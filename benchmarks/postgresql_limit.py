"""The raw limit of ingest into PostgreSQL: msgspec into typed structs, COPY into a table of the connection's own, from there what is new, one commit.

No HTTP, no judging, no registering, no invalidations; the product's own tables, with their partitions and indexes, fsync on.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import count
from time import perf_counter
from typing import Any

import psycopg
from sqlalchemy import make_url

from benchmarks.raw_limit import DECODER, SentEvent

_COLUMNS = (
    *("event_id", "site_id", "worker_id", "timestamp", "event_type", "station_id", "count", "confidence", "source", "client_event_id"),
    *("camera_id", "created_at"),
)
_NAMES = ", ".join(_COLUMNS)
_ARRIVING = "CREATE TEMPORARY TABLE arriving (LIKE events) ON COMMIT DELETE ROWS"
_COPY = f"COPY arriving ({_NAMES}) FROM STDIN"
_KEY = "site_id, source, client_event_id"
_KEYS = f"INSERT INTO event_keys SELECT {_KEY}, event_id, timestamp FROM arriving WHERE client_event_id <> '' ON CONFLICT DO NOTHING"  # noqa: S608 - names of our own
_EVENTS = f"INSERT INTO events ({_NAMES}) SELECT {_NAMES} FROM arriving ON CONFLICT DO NOTHING"  # noqa: S608 - names of our own


class PostgreSqlLimit:
    """The loop on a database that has the product's tables, whose connection it keeps while it is used as a context."""

    def __init__(self, address: str) -> None:
        url = make_url(address).set(drivername="postgresql")
        self._connection = psycopg.connect(url.render_as_string(hide_password=False))
        self._connection.execute("SET TIME ZONE 'UTC'")
        self._connection.execute("SET synchronous_commit = on")
        self._connection.execute(_ARRIVING)
        self._connection.commit()
        self._numbers = count(1)

    def __enter__(self) -> "PostgreSqlLimit":
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def insert(self, bodies: Sequence[bytes], /) -> float:
        """Store JSON arrays of events, a transaction each; the seconds that took."""
        began = perf_counter()
        for body in bodies:
            events = DECODER.decode(body)
            with self._connection.cursor() as cursor:
                with cursor.copy(_COPY) as copy:
                    for row in self._rows(events):
                        copy.write_row(row)
                if events[0].event_id:
                    cursor.execute(_KEYS)
                cursor.execute(_EVENTS)
            self._connection.commit()
        return perf_counter() - began

    def _rows(self, events: Sequence[SentEvent]) -> Iterator[tuple[Any, ...]]:
        """Values in the order of _COLUMNS."""
        now = datetime.now(UTC)
        for event, number in zip(events, self._numbers, strict=False):
            yield (
                number,
                "main",
                event.worker_id,
                event.timestamp,
                event.event_type,
                event.workstation_id,
                event.count,
                event.confidence,
                event.camera_id or "" if event.event_id else "",
                event.event_id,
                event.camera_id,
                now,
            )
