"""Events into PostgreSQL and MariaDB: first all of them into a table that only this connection sees, then what is new from there.

    rows ──COPY──▶ arriving ──▶ event_keys    where a sender's id is new
                      └───────▶ events        what has such an id, or has none and is new by its content

Both inserts go in the order of the keys: two writers that bring the same events wait for one another and never in a circle.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from data_layer.putting import copy_in
from data_layer.server_tables import NUMBERS_AT_ONCE, event_numbers
from data_layer.servers import ARRIVING
from data_layer.types import INSTANT_OF, MICROS_OF

_TIMES = ("timestamp", "sent_at", "created_at")
_UNIQUE = "site_id, worker_id, timestamp, event_type, station_id, count, source, client_event_id"
_IDENTITY = f"{_UNIQUE}, event_id"
_KEY = "site_id, source, client_event_id"
_CONTENT = "a.event_id, e.event_id, e.worker_id, {micros}, e.event_type, e.station_id, e.count"
_SAME = " AND ".join(f"e.{name} = a.{name}" for name in ("site_id", "worker_id", "event_type", "station_id", "count"))
_SAME_KEY = " AND ".join(f"k.{name} = a.{name}" for name in ("site_id", "source", "client_event_id"))
_IN_PLACE = (
    f"SELECT {_CONTENT} FROM arriving a JOIN events e ON {_SAME} AND e.timestamp = {{instant}} AND e.client_event_id = '' "  # noqa: S608 - constants only
    f"WHERE a.client_event_id = '' AND e.event_id <> a.event_id UNION ALL "
    f"SELECT {_CONTENT} FROM arriving a JOIN event_keys k ON {_SAME_KEY} JOIN events e ON e.event_id = k.event_id AND e.timestamp = k.timestamp "
    f"WHERE a.client_event_id <> '' AND k.event_id <> a.event_id"
)


class _RowsAtServers:
    """What both have in common."""

    #: How microseconds become an instant and back.
    instant: str
    micros: str

    def __init__(self) -> None:
        self._next_id = self._ids_left = 0

    def take_ids(self, connection: Connection, count: int) -> int:
        """See `EventRows`. Numbers that a rollback leaves unused stay so."""
        if count > NUMBERS_AT_ONCE:
            raise ValueError(f"No transaction numbers more than {NUMBERS_AT_ONCE} events.")
        if count > self._ids_left:
            self._next_id, self._ids_left = connection.scalar(event_numbers) or 0, NUMBERS_AT_ONCE
        first = self._next_id
        self._next_id, self._ids_left = first + count, self._ids_left - count
        return first

    def insert(self, connection: Connection, rows: Sequence[tuple[Any, ...]]) -> Mapping[int, tuple[int, tuple[Any, ...]]]:
        """See `EventRows`."""
        if not rows:
            return {}
        # A savepoint that was taken back, or a part of this transaction, may have left some.
        connection.exec_driver_sql("DELETE FROM arriving")
        self._hand_over(connection, [name for name, *_ in ARRIVING][: len(rows[0])], rows)
        new = self._inserted(connection)
        if new == len(rows):
            return {}
        found = self._in_place(connection)
        if new + len(found) < len(rows):
            # Some event left without its key, by somebody's hand: the id is free.
            connection.exec_driver_sql(self._freeing())
            new += self._inserted(connection)
            found = self._in_place(connection)
        if new + len(found) != len(rows):
            raise RuntimeError(f"Of {len(rows)} events {new} were new and {len(found)} known: what became of the others can't be told.")
        return found

    def _in_place(self, connection: Connection) -> dict[int, tuple[int, tuple[Any, ...]]]:
        found = connection.exec_driver_sql(_IN_PLACE.format(micros=self.micros.format("e.timestamp"), instant=self.instant.format("a.timestamp")))
        return {own: (known_as, tuple(content)) for own, known_as, *content in found}

    def _hand_over(self, connection: Connection, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
        raise NotImplementedError

    def _inserted(self, connection: Connection) -> int:
        """Insert what is new of what is arriving; how many events that were."""
        raise NotImplementedError

    def _freeing(self) -> str:
        """The statement that forgets the ids of what is arriving whose event is gone."""
        raise NotImplementedError

    def _keys(self) -> str:
        times = self.instant.format("timestamp")
        return f"SELECT {_KEY}, event_id, {times} FROM arriving WHERE client_event_id <> '' ORDER BY {_KEY}, event_id"  # noqa: S608

    def _values(self) -> str:
        """All columns of events, as they are arriving."""
        return ", ".join(self.instant.format(f"a.{name}") if name in _TIMES else f"a.{name}" for name, *_ in ARRIVING)


_IS_GONE = "NOT EXISTS (SELECT 1 FROM events e WHERE e.event_id = k.event_id AND e.timestamp = k.timestamp)"
_NAMES = ", ".join(name for name, *_ in ARRIVING)


class RowsInPostgreSql(_RowsAtServers):
    """By COPY and one statement."""

    instant, micros = INSTANT_OF["postgresql"], MICROS_OF["postgresql"]

    def _hand_over(self, connection: Connection, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
        copy_in(connection, "arriving", columns, rows)

    def _inserted(self, connection: Connection) -> int:
        keyed = f"INSERT INTO event_keys ({_KEY}, event_id, timestamp) {self._keys()} ON CONFLICT DO NOTHING RETURNING event_id"
        new = "a.client_event_id = '' OR a.event_id IN (SELECT event_id FROM keyed)"
        chosen = f"SELECT {self._values()} FROM arriving a WHERE {new} ORDER BY {_IDENTITY}"  # noqa: S608 - constants only
        return connection.exec_driver_sql(f"WITH keyed AS ({keyed}) INSERT INTO events ({_NAMES}) {chosen} ON CONFLICT ({_UNIQUE}) DO NOTHING").rowcount

    def _freeing(self) -> str:
        return f"DELETE FROM event_keys k USING arriving a WHERE {_SAME_KEY} AND {_IS_GONE}"  # noqa: S608 - constants only


class RowsInMariaDb(_RowsAtServers):
    """By INSERT IGNORE, which skips what is there already; what else it would overlook was refused by the table of what is arriving."""

    instant, micros = INSTANT_OF["mariadb"], MICROS_OF["mariadb"]

    def _hand_over(self, connection: Connection, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
        values = ", ".join(["%s"] * len(columns))
        connection.exec_driver_sql(f"INSERT INTO arriving ({', '.join(columns)}) VALUES ({values})", list(rows))  # noqa: S608 - constants only

    def _inserted(self, connection: Connection) -> int:
        connection.exec_driver_sql(f"INSERT IGNORE INTO event_keys ({_KEY}, event_id, timestamp) {self._keys()}")
        new = f"LEFT JOIN event_keys k ON {_SAME_KEY} WHERE a.client_event_id = '' OR k.event_id = a.event_id"
        order = ", ".join(f"a.{name}" for name in _IDENTITY.split(", "))
        chosen = f"SELECT {self._values()} FROM arriving a {new} ORDER BY {order}"  # noqa: S608 - constants only
        return connection.exec_driver_sql(f"INSERT IGNORE INTO events ({_NAMES}) {chosen}").rowcount

    def _freeing(self) -> str:
        return f"DELETE k FROM event_keys k JOIN arriving a ON {_SAME_KEY} WHERE {_IS_GONE}"
