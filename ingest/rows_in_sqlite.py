"""Events into SQLite, where one process writes."""

from collections.abc import Mapping, Sequence
from functools import cache
from itertools import chain
from typing import Any

from sqlalchemy import Connection, func, select

from data_layer.tables import events

#: The last one is left out where no event has it: handing values over is much of the work, and few senders number their events.
COLUMNS = (
    *("event_id", "site_id", "worker_id", "timestamp", "event_type", "station_id", "count", "confidence", "source", "client_event_id"),
    *("camera_id", "model_id", "sent_at", "created_at", "sequence"),
)
# executemany gives up the GIL at each row and waits for other threads to let it go again: a statement of many rows does so once.
_ROWS_A_STATEMENT = (1_000, 100)
_CONTENT = "SELECT event_id, worker_id, timestamp, event_type, station_id, count FROM events"
# A camera that lost an answer repeats its whole batch: each repeat must cost one look into an index. Without the last term,
# which says nothing new, SQLite can't know that the partial index on client ids holds the row, and searches the whole site.
BY_CLIENT_ID = f"{_CONTENT} WHERE site_id = ? AND source = ? AND client_event_id = ? AND client_event_id <> ''"
BY_CONTENT = f"{_CONTENT} WHERE site_id = ? AND worker_id = ? AND timestamp = ? AND event_type = ? AND station_id = ? AND count = ? AND client_event_id = ''"
_SOURCE, _CLIENT_ID = COLUMNS.index("source"), COLUMNS.index("client_event_id")


@cache
def _insert_of(rows: int, columns: int) -> str:
    """The statement that inserts so many rows, where they are new. columns: how many of COLUMNS each row has."""
    row = f"({', '.join('?' * columns)})"
    return f"INSERT OR IGNORE INTO events ({', '.join(COLUMNS[:columns])}) VALUES {', '.join([row] * rows)}"  # noqa: S608 - constants only


class RowsInSqlite:
    """The only one that writes events, which is what makes its next id right."""

    def __init__(self) -> None:
        self._next_id: int | None = None

    def take_ids(self, connection: Connection, count: int) -> int:
        """See `EventRows`."""
        if self._next_id is None:
            self._next_id = (connection.scalar(select(func.max(events.c.event_id))) or 0) + 1
        first, self._next_id = self._next_id, self._next_id + count
        return first

    def insert(self, connection: Connection, rows: Sequence[tuple[Any, ...]]) -> Mapping[int, tuple[int, tuple[Any, ...]]]:
        """See `EventRows`."""
        if self._inserted(connection, rows) == len(rows):
            return {}
        first, last = rows[0][0], rows[-1][0]
        new = set(connection.scalars(select(events.c.event_id).where(events.c.event_id >= first, events.c.event_id <= last)))
        return {row[0]: _in_its_place(connection, row) for row in rows if row[0] not in new}

    @staticmethod
    def _inserted(connection: Connection, rows: Sequence[tuple[Any, ...]]) -> int:
        """Insert what is new; how many rows that were."""
        inserted = begin = 0
        for size in _ROWS_A_STATEMENT:
            while len(rows) - begin >= size:
                values = tuple(chain.from_iterable(rows[begin : begin + size]))
                inserted += connection.exec_driver_sql(_insert_of(size, len(rows[begin])), values).rowcount
                begin += size
        if begin < len(rows):
            inserted += connection.exec_driver_sql(_insert_of(1, len(rows[begin])), list(rows[begin:])).rowcount
        return inserted


def _in_its_place(connection: Connection, row: tuple[Any, ...]) -> tuple[int, tuple[Any, ...]]:
    """Our id and the content of the stored event that has this one's identity."""
    if row[_CLIENT_ID]:
        found = connection.exec_driver_sql(BY_CLIENT_ID, (row[1], row[_SOURCE], row[_CLIENT_ID])).one()
    else:
        found = connection.exec_driver_sql(BY_CONTENT, row[1:7]).one()
    event_id, *content = found
    return event_id, tuple(content)
