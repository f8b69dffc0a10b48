"""Rows of events into the table: those that are new, and what stands in the place of those that are not."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from sqlalchemy import Connection

from ingest.rows_at_servers import RowsInMariaDb, RowsInPostgreSql
from ingest.rows_in_sqlite import RowsInSqlite

#: The values of a row by the names of COLUMNS, times in µs; the last one may be left out by all.
Row = tuple[Any, ...]
#: Our id of a stored event, and its content: worker, time (µs), kind, station, count.
InPlace = tuple[int, tuple[Any, ...]]


class EventRows(Protocol):
    """The table `events` of one kind of database."""

    def take_ids(self, connection: Connection, count: int) -> int:
        """The first of so many ids in a row that nobody else takes."""

    def insert(self, connection: Connection, rows: Sequence[Row]) -> Mapping[int, InPlace]:
        """Insert the rows that are new. Of each other one, by the id it would have had, the stored one that has its identity (rule 1)."""


def rows_of(connection: Connection) -> EventRows:
    """Those of a connection's database, for one writer."""
    kinds: dict[str, type[EventRows]] = {"sqlite": RowsInSqlite, "postgresql": RowsInPostgreSql, "mysql": RowsInMariaDb, "mariadb": RowsInMariaDb}
    return kinds[connection.dialect.name]()
