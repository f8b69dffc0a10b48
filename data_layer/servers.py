"""PostgreSQL and MariaDB: databases that many processes write to at once.

All that write hold one lock for their transaction. Who stores events or refreshes figures shares it with others of that kind; who
changes settings, people or history has it alone, and so finds what the single process of SQLite would find.
"""

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from hashlib import blake2b
from pathlib import Path
from typing import Any, ClassVar

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError

#: Transactions at once, of each process: its writer, its refresher and what people do.
_WRITERS, _READERS, _MORE_READERS = 8, 8, 56
_CONNECT_WITHIN_SECONDS = 5
#: Whoever is gone without a word must not hold a thread for longer, nor a lock.
_ANSWER_WITHIN_SECONDS = 60
#: So long nothing that was sent is acknowledged by the other machine's network: it is gone, however long a statement may take.
_ACKNOWLEDGE_WITHIN_SECONDS = 20
#: Where the network tells the database nothing, it takes who has said nothing for so long for gone: a pool replaces such a connection, and
#: whoever holds a lock says something more often.
_SILENT_SECONDS, _SIGN_EVERY_SECONDS = 60, 15.0


#: Events on their way into the table, as they are handed over: names, types in PostgreSQL and in MariaDB; times in µs.
_TEXT = ('text COLLATE "C"', "varchar(128)")
ARRIVING = [
    ("event_id", "bigint", "bigint"),
    ("site_id", *_TEXT),
    ("worker_id", *_TEXT),
    ("timestamp", "bigint", "bigint"),
    ("event_type", *_TEXT),
    ("station_id", *_TEXT),
    ("count", "bigint", "bigint"),
    ("confidence", "double precision", "double"),
    ("source", *_TEXT),
    ("client_event_id", *_TEXT),
    ("camera_id", *_TEXT),
    ("model_id", "bigint", "bigint"),
    ("sent_at", "bigint", "bigint"),
    ("created_at", "bigint", "bigint"),
    ("sequence", *_TEXT),
]


class _Server:
    """What both have in common."""

    is_shared = True
    #: Given to the driver when it connects, by all and by those that write.
    options: ClassVar[dict[str, Any]]
    #: Said on each new connection of those that write and of those that read.
    at_first: ClassVar[dict[str, list[str]]]
    #: Take a lock by its number, of 63 bits, if nobody has it, and give it back.
    try_lock: ClassVar[str]
    unlock: ClassVar[str]

    def __init__(self, url: URL, folder: Path) -> None:
        self.place = folder / (url.database or "factory")
        folder.mkdir(parents=True, exist_ok=True)
        self.writer = self._engine(url, "writer", pool_size=_WRITERS, max_overflow=0, isolation_level="READ COMMITTED")
        self.readers = self._engine(url, "reader", pool_size=_READERS, max_overflow=_MORE_READERS, isolation_level="REPEATABLE READ")
        with self.readers.connect() as connection:
            self.named = self._named(connection)

    def _named(self, connection: Connection) -> str:
        raise NotImplementedError

    def turn(self) -> AbstractContextManager[object]:
        """They wait for one another at the database."""
        return nullcontext()

    @contextmanager
    def only_one(self, what: str) -> Iterator[bool]:
        """See `Database.only_one`. The lock is the connection's: it goes with the process that holds it."""
        with self.writer.connect() as connection:
            number = int.from_bytes(blake2b(what.encode(), digest_size=8).digest()) >> 1
            mine = bool(connection.exec_driver_sql(self.try_lock.format(number)).scalar())
            # The lock outlives it, and a transaction that does nothing is taken for somebody's who is gone.
            connection.commit()
            try:
                with self._signs_of_life(connection) if mine else nullcontext():
                    yield mine
            finally:
                if mine and not connection.invalidated:
                    self._unlock(connection, number)

    def _signs_of_life(self, _connection: Connection) -> AbstractContextManager[object]:
        """While a connection does nothing but hold a lock."""
        return nullcontext()

    def _unlock(self, connection: Connection, number: int) -> None:
        try:
            connection.exec_driver_sql(self.unlock.format(number))
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise  # else it went with the connection

    def compact(self) -> None:
        """What was overwritten goes when the server tidies up; its files can't be emptied at will."""

    def close(self) -> None:
        """Nothing is held."""

    def _engine(self, url: URL, kind: str, **pool: Any) -> Engine:
        # The last one given back is taken first: few connections are kept busy, and a command that needs one alone has the same one throughout.
        engine = create_engine(url, hide_parameters=True, pool_pre_ping=True, pool_use_lifo=True, connect_args=self.options, **pool)
        statements = self.at_first[kind]

        @event.listens_for(engine, "connect")
        def configure(connection: Any, _record: Any) -> None:
            with connection.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)
            connection.commit()

        return engine


class PostgreSql(_Server):
    """PostgreSQL 13 or newer."""

    _LOCK = 0x466163746F7279  # "Factory"
    try_lock = "SELECT pg_try_advisory_lock({})"
    unlock = "SELECT pg_advisory_unlock({})"
    options: ClassVar[dict[str, Any]] = {
        "connect_timeout": _CONNECT_WITHIN_SECONDS,
        "application_name": "factory-dashboard",
        "keepalives": 1,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 1000 * _ACKNOWLEDGE_WITHIN_SECONDS,
    }
    _ANY: ClassVar[list[str]] = [
        "SET TIME ZONE 'UTC'",
        "SET jit = off",
        f"SET idle_in_transaction_session_timeout = '{_ANSWER_WITHIN_SECONDS}s'",
        # The same from the other side: else the lock of somebody who vanished would be held for hours.
        "SET tcp_keepalives_idle = 10",
        "SET tcp_keepalives_interval = 5",
        "SET tcp_keepalives_count = 3",
        f"SET tcp_user_timeout = '{_ACKNOWLEDGE_WITHIN_SECONDS}s'",
    ]
    at_first: ClassVar[dict[str, list[str]]] = {
        # Whatever the server's settings say: what was acknowledged is on its disk.
        "writer": [
            *_ANY,
            "SET synchronous_commit = on",
            f"CREATE TEMPORARY TABLE arriving ({', '.join(f'{name} {kind}' for name, kind, _ in ARRIVING)}) ON COMMIT DELETE ROWS",
        ],
        # A year by day of a hundred workers is grouped in memory; with PostgreSQL's own 4 MB it goes by the disk.
        "reader": [*_ANY, "SET default_transaction_read_only = on", "SET work_mem = '32MB'"],
    }

    def _named(self, connection: Connection) -> str:
        return f"PostgreSQL {connection.exec_driver_sql('SHOW server_version').scalar_one()}"

    def enter(self, connection: Connection, *, beside_others: bool) -> None:
        """Take the lock, shared or alone."""
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock{'_shared' if beside_others else ''}({self._LOCK})")

    @contextmanager
    def tables_alone(self) -> Iterator[None]:
        """The lock knows no tables."""
        with self.writer.begin() as connection:
            self.enter(connection, beside_others=False)
            yield


class MariaDb(_Server):
    """MariaDB 10.10 or newer."""

    options: ClassVar[dict[str, Any]] = {
        "charset": "utf8mb4",
        "connect_timeout": _CONNECT_WITHIN_SECONDS,
        "read_timeout": _ANSWER_WITHIN_SECONDS,
        "write_timeout": _ANSWER_WITHIN_SECONDS,
    }
    _ANY: ClassVar[list[str]] = [
        "SET SESSION time_zone = '+00:00'",
        "SET SESSION sql_mode = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'",
        f"SET SESSION idle_transaction_timeout = {_ANSWER_WITHIN_SECONDS}",
        f"SET SESSION wait_timeout = {_SILENT_SECONDS}",
        # Lists of rows come as one text, which would be cut off at a megabyte.
        "SET SESSION group_concat_max_len = 1073741824",
    ]
    at_first: ClassVar[dict[str, list[str]]] = {
        "writer": [
            *_ANY,
            f"CREATE TEMPORARY TABLE arriving ({', '.join(f'`{name}` {kind}' for name, _, kind in ARRIVING)}) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin",
        ],
        "reader": [*_ANY, "SET SESSION TRANSACTION READ ONLY"],
    }
    #: It has no shared locks but those of rows: this is one.
    TURN = "factory_turn"
    # Their names are the whole server's, and of 64 characters.
    try_lock = "SELECT GET_LOCK(concat(left(sha1(database()), 16), '{}'), 0)"
    unlock = "SELECT RELEASE_LOCK(concat(left(sha1(database()), 16), '{}'))"

    @contextmanager
    def _signs_of_life(self, connection: Connection) -> Iterator[None]:
        over = threading.Event()

        def give() -> None:
            with suppress(DBAPIError):  # the lock is lost with the connection
                while not over.wait(_SIGN_EVERY_SECONDS):
                    connection.exec_driver_sql("DO 0")
                    connection.commit()

        thread = threading.Thread(target=give, name="signs of life", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _named(self, connection: Connection) -> str:
        return f"MariaDB {connection.exec_driver_sql('SELECT version()').scalar_one()}"

    def enter(self, connection: Connection, *, beside_others: bool) -> None:
        """Take the row, shared or alone."""
        connection.exec_driver_sql(f"SELECT turn FROM {self.TURN} {'LOCK IN SHARE MODE' if beside_others else 'FOR UPDATE'}")  # noqa: S608 - constants only

    @contextmanager
    def tables_alone(self) -> Iterator[None]:
        """The row may not be there yet, and is let go with each table made."""
        with self.writer.connect() as connection:
            connection.exec_driver_sql(f"SELECT GET_LOCK('{self.TURN}', {_ANSWER_WITHIN_SECONDS})")
            try:
                yield
            finally:
                connection.exec_driver_sql(f"SELECT RELEASE_LOCK('{self.TURN}')")


#: Deadlocks, and what could not be put in an order with others: by PostgreSQL's names and MariaDB's numbers.
_IN_THE_WAY = {"40P01", "40001", 1213, 1205, 1020}


def was_in_the_way(error: DBAPIError) -> bool:
    """Whether the database has given up a transaction for the sake of others: done again, it goes well."""
    cause: Any = error.orig
    return bool({getattr(cause, "sqlstate", None), *getattr(cause, "args", ())[:1]} & _IN_THE_WAY)


def is_server(connection: Connection) -> bool:
    """Whether other processes may write to a connection's database."""
    return connection.dialect.name != "sqlite"
