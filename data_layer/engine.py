"""Connections: which database there is, who may write, and what a commit promises."""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

from dotenv import dotenv_values
from sqlalchemy import Connection, Engine
from sqlalchemy.engine import URL, make_url

from data_layer.servers import MariaDb, PostgreSql
from data_layer.sqlite import Sqlite

_FOLDER = Path(__file__).parent.parent / "data"


def configured_url() -> str:
    """The database of DATABASE_URL, by the environment or `.env`, for commands that run beside the server."""
    return _configured("DATABASE_URL") or "sqlite:///data/factory.db"


def configured_file() -> Path | None:
    """The file of that database; None where a server holds it."""
    url = make_url(configured_url())
    return Path(url.database or "") if url.get_backend_name() == "sqlite" else None


def configured_folder() -> Path:
    """The folder of DATA_FOLDER: for what is kept beside a database that is no file."""
    return Path(_configured("DATA_FOLDER") or _FOLDER)


def _configured(name: str) -> str | None:
    return os.environ.get(name) or dotenv_values().get(name)


class Product(Protocol):
    """What makes one kind of database what it is.

    writer, readers: engines. named: the product and its release. place: the database's file, or what is called like it in the folder
    where there is none: archives and lists lie beside it. is_shared: whether other processes may write to it too.
    """

    writer: Engine
    readers: Engine
    named: str
    place: Path
    is_shared: bool

    def turn(self) -> AbstractContextManager[object]:
        """Held in this process while it writes."""

    def enter(self, connection: Connection, *, beside_others: bool) -> None:
        """Begin to write among other processes, for this transaction."""

    def only_one(self, what: str) -> AbstractContextManager[bool]:
        """See `Database.only_one`."""

    def tables_alone(self) -> AbstractContextManager[object]:
        """Held by who makes and alters tables: there may be none yet."""

    def compact(self) -> None:
        """See `Database.compact`."""

    def close(self) -> None:
        """Give back what is held."""


def _product(url: URL, folder: Path) -> Product:
    kind = url.get_backend_name()
    if kind == "sqlite":
        return Sqlite(url)
    return PostgreSql(url, folder) if kind == "postgresql" else MariaDb(url, folder)


def installation_of(url: str | URL) -> str:
    """What a database is called where others are too."""
    return make_url(url).database or ""


class Database:
    """One database: readers, and writers that wait for one another.

    Reads see one committed state from their first statement to their last. What was written is on disk when `write` returns. Raises
    AlreadyOpen where another process writes to the same file. folder: for what is kept beside a database that is no file.
    """

    def __init__(self, url: str, folder: Path | None = None) -> None:
        self.url = make_url(url)
        self.product = _product(self.url, folder or configured_folder())
        self.readers = self.product.readers
        self.place = self.product.place

    @property
    def installation(self) -> str:
        """What it is called where others are too."""
        return installation_of(self.url)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection that sees one snapshot and cannot write."""
        with self.readers.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self, *, beside_others: bool = False) -> Iterator[Connection]:
        """A connection that writes, in a transaction that is on disk when the block has ended.

        No other transaction writes meanwhile. beside_others: but those that say so too, as storing events and refreshing do: they add
        what nobody else changes, or look whether somebody has. In SQLite only one of all writes at a time.
        """
        with self.product.turn(), self.product.writer.begin() as connection:
            self.product.enter(connection, beside_others=beside_others)
            yield connection

    @contextmanager
    def changing_tables(self) -> Iterator[Connection]:
        """A connection that makes and alters tables, while no other process does."""
        with self.product.tables_alone(), self.product.writer.begin() as connection:
            yield connection

    def only_one(self, what: str) -> AbstractContextManager[bool]:
        """Whether this process is the only one of all that does something while the block lasts: it saves work, and is no safeguard.

        A process that dies has given it back; one that has lost its connection too.
        """
        return self.product.only_one(what)

    def compact(self) -> None:
        """Leave nothing on disk of what was deleted or overwritten. Raises NotCompacted.

        With SQLite it takes as long as copying the database, and as much room again; nothing is written meanwhile.
        """
        self.product.compact()

    def close(self) -> None:
        """Give back the connections and the lock."""
        self.readers.dispose()
        self.product.writer.dispose()
        self.product.close()
