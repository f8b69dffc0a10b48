"""Connections: how the database is opened, who may write, and what a commit promises."""

import logging
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from dotenv import dotenv_values
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.pool import QueuePool

from data_layer.lock import hold

log = logging.getLogger(__name__)

#: SQLite releases without the defect that can corrupt a WAL file or lose commits when two connections write or checkpoint at once.
_SAFE_WAL = ((3, 51, 3), (3, 50, 7), (3, 44, 6))
_BUSY_TIMEOUT_MS = 5_000
_CACHE_KIB = 8_192
#: Each waits for readers as long as _BUSY_TIMEOUT_MS.
_TRIES_TO_EMPTY = 6


def sqlite_driver() -> ModuleType:
    """The newest SQLite at hand: pysqlite3 brings its own where it has a wheel."""
    try:
        import pysqlite3
    except ImportError:
        return sqlite3
    return pysqlite3 if pysqlite3.sqlite_version_info > sqlite3.sqlite_version_info else sqlite3


def wal_is_safe(version: tuple[int, int, int]) -> bool:
    """Whether this SQLite keeps its promises in WAL mode."""
    newest = _SAFE_WAL[0]
    return version >= newest or any(version[:2] == fixed[:2] and version >= fixed for fixed in _SAFE_WAL)


def configured_url() -> str:
    """The database of DATABASE_URL, by the environment or `.env`, for commands that run beside the server."""
    return os.environ.get("DATABASE_URL") or dotenv_values().get("DATABASE_URL") or "sqlite:///data/factory.db"


class Database:
    """One database: a pool of readers, and a single writer that a lock file keeps single.

    Reads see one committed state from their first statement to their last. Writes are serialized and on disk when `write`
    returns. Raises AlreadyOpen where another process writes to the same file.
    """

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.driver = sqlite_driver()
        self._turn = threading.Lock()
        path = self.url.database
        if not path or path == ":memory:":
            raise ValueError("The database must be a file: in memory each connection would have one of its own.")
        self._lock_file = hold(Path(path))
        self._journal_mode = self._choose_journal_mode()
        self._writer = self._engine(pool_size=1, begin="BEGIN IMMEDIATE", readonly=False)
        self.readers = self._engine(pool_size=4, begin="BEGIN", readonly=True)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection that sees one snapshot and cannot write."""
        with self.readers.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """The writing connection, in a transaction that is on disk when the block has ended."""
        with self._turn, self._writer.begin() as connection:
            yield connection

    def compact(self) -> None:
        """Write the file anew without what was deleted or overwritten, and empty its log. Raises the driver's error where others keep it in use.

        It takes as long as copying the database, and as much room again; nothing is written meanwhile.
        """
        with self._turn, closing(self._writer.raw_connection()) as connection:
            cursor = connection.cursor()
            cursor.execute("VACUUM")
            if self._journal_mode == "WAL":
                self._empty_log(cursor)

    def _empty_log(self, cursor: Any) -> None:
        """Readers finish in moments, and only those that began before are in the way."""
        for _ in range(_TRIES_TO_EMPTY):
            busy, _, _ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if not busy:
                return
        raise self.driver.OperationalError("the log could not be emptied: something keeps reading")

    def close(self) -> None:
        """Give back the connections and the lock."""
        self.readers.dispose()
        self._writer.dispose()
        self._lock_file.close()

    def _choose_journal_mode(self) -> str:
        version = self.driver.sqlite_version_info
        if wal_is_safe(version):
            return "WAL"
        log.warning("SQLite %s can lose commits in WAL mode: falling back to journal_mode=DELETE, which is slower.", ".".join(map(str, version)))
        return "DELETE"

    def _engine(self, *, pool_size: int, begin: str, readonly: bool) -> Engine:
        overflow = 0 if pool_size == 1 else 60
        # Errors are logged, events are not: they name people.
        engine = create_engine(self.url, module=self.driver, poolclass=QueuePool, pool_size=pool_size, max_overflow=overflow, hide_parameters=True)
        pragmas = [
            f"busy_timeout={_BUSY_TIMEOUT_MS}",
            f"journal_mode={self._journal_mode}",
            # NORMAL would acknowledge before the data is on disk.
            "synchronous=FULL",
            f"cache_size=-{_CACHE_KIB if readonly else 4 * _CACHE_KIB}",
            "temp_store=MEMORY",
            f"query_only={'ON' if readonly else 'OFF'}",
        ]

        @event.listens_for(engine, "connect")
        def configure(connection: Any, _record: Any) -> None:
            connection.isolation_level = None  # the driver must not begin transactions of its own
            for pragma in pragmas:
                connection.execute(f"PRAGMA {pragma}")

        @event.listens_for(engine, "begin")
        def begin_transaction(connection: Connection) -> None:
            connection.exec_driver_sql(begin)

        return engine
