"""Senders' ids as servers know them: `event_keys` follows what is done to events outside of ingest. SQLite needs no such table."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, select

from data_layer.putting import insert_new
from data_layer.server_tables import event_keys, event_numbers
from data_layer.servers import is_server
from data_layer.sql import listed
from data_layer.tables import events

Row = dict[str, Any]
_KEY = ("site_id", "source", "client_event_id")


def delete_events(connection: Connection, *which: ColumnElement[bool]) -> int:
    """Delete events, and that their senders' ids are known. How many that were."""
    forget_ids(connection, *which)
    return connection.execute(delete(events).where(*which)).rowcount


def forget_ids(connection: Connection, *which: ColumnElement[bool]) -> None:
    """Before the ids of some events go or change."""
    if is_server(connection):
        same = (event_keys.c[name] == events.c[name] for name in _KEY)
        connection.execute(delete(event_keys).where(*same, event_keys.c.event_id == events.c.event_id, *which))


def note_ids(connection: Connection, *which: ColumnElement[bool]) -> None:
    """After some events have come or got other ids."""
    if is_server(connection):
        columns = [*_KEY, "event_id", "timestamp"]
        found = select(*(events.c[name] for name in columns)).where(events.c.client_event_id != "", *which)
        connection.execute(insert(event_keys).from_select(columns, found))


def note_rows(connection: Connection, rows: Sequence[Row]) -> None:
    """As `note_ids`, after these rows have come."""
    if is_server(connection):
        columns = [*_KEY, "event_id", "timestamp"]
        insert_new(connection, event_keys, [{name: row[name] for name in columns} for row in rows if row["client_event_id"]])


def known_ids(connection: Connection, rows: Sequence[Row]) -> set[tuple[str, str, str]]:
    """Site, source and sender's id of those rows of events whose ids are known."""
    named = [tuple(row[name] for name in _KEY) for row in rows if row["client_event_id"]]
    if not named or not is_server(connection):
        return set()
    asked = listed("asked", dict.fromkeys(_KEY, str), named)
    same = and_(*(event_keys.c[name] == asked.c[name] for name in _KEY))
    return {tuple(row) for row in connection.execute(select(*(asked.c[name] for name in _KEY)).select_from(asked.join(event_keys, same)))}


def numbered(connection: Connection, rows: Sequence[Row]) -> list[Row]:
    """Rows of events with numbers that no other has; SQLite gives them by itself."""
    if not rows or not is_server(connection):
        return [*rows]
    first = connection.scalar(event_numbers) or 0
    return [row | {"event_id": first + place} for place, row in enumerate(rows)]
