"""SQLite: one file, one writing process, and what its connections must be told for a commit to mean what it says."""

import logging
import sqlite3
import threading
from contextlib import AbstractContextManager, closing, nullcontext
from pathlib import Path
from types import ModuleType
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
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


class NotCompacted(RuntimeError):
    """The file is in use by somebody else, or the disk has no room for another copy; the message is the driver's."""


class Sqlite:
    """A database file: a pool of readers, and a single writer that a lock file keeps single."""

    is_shared = False

    def __init__(self, url: URL) -> None:
        if not url.database or url.database == ":memory:":
            raise ValueError("The database must be a file: in memory each connection would have one of its own.")
        self.driver = sqlite_driver()
        self.named = f"SQLite {self.driver.sqlite_version}"
        self.place = Path(url.database)
        self._turn = threading.Lock()
        self._lock_file = hold(self.place)
        self._journal_mode = self._choose_journal_mode()
        self.writer = self._engine(url, pool_size=1, begin="BEGIN IMMEDIATE", readonly=False)
        self.readers = self._engine(url, pool_size=4, begin="BEGIN", readonly=True)

    def turn(self) -> AbstractContextManager[object]:
        """There is one connection that writes."""
        return self._turn

    def enter(self, connection: Connection, *, beside_others: bool) -> None:
        """Who has the turn has the database."""

    def only_one(self, _what: str) -> AbstractContextManager[bool]:
        """No other process has the file."""
        return nullcontext(True)

    def tables_alone(self) -> AbstractContextManager[object]:
        """As for any write."""
        return self._turn

    def compact(self) -> None:
        """Write the file anew, and empty its log. Raises NotCompacted."""
        with self._turn, closing(self.writer.raw_connection()) as connection:
            cursor = connection.cursor()
            try:
                cursor.execute("VACUUM")
                if self._journal_mode == "WAL":
                    self._empty_log(cursor)
            except self.driver.Error as error:
                raise NotCompacted(str(error)) from error

    def _empty_log(self, cursor: Any) -> None:
        """Readers finish in moments, and only those that began before are in the way."""
        for _ in range(_TRIES_TO_EMPTY):
            busy, _, _ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if not busy:
                return
        raise self.driver.OperationalError("the log could not be emptied: something keeps reading")

    def close(self) -> None:
        """Give back the lock."""
        self._lock_file.close()

    def _choose_journal_mode(self) -> str:
        version = self.driver.sqlite_version_info
        if wal_is_safe(version):
            return "WAL"
        log.warning("SQLite %s can lose commits in WAL mode: falling back to journal_mode=DELETE, which is slower.", ".".join(map(str, version)))
        return "DELETE"

    def _engine(self, url: URL, *, pool_size: int, begin: str, readonly: bool) -> Engine:
        overflow = 0 if pool_size == 1 else 60
        # Errors are logged, events are not: they name people.
        engine = create_engine(url, module=self.driver, poolclass=QueuePool, pool_size=pool_size, max_overflow=overflow, hide_parameters=True)
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
