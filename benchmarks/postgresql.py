"""Databases at the PostgreSQL server of TEST_POSTGRESQL_URL, which `make bench-postgresql` starts."""

import os
import uuid
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime

from sqlalchemy import create_engine, make_url

from data_layer.engine import Database
from data_layer.migrate import migrate
from data_layer.partitions import make_for

VARIABLE = "TEST_POSTGRESQL_URL"


def is_there() -> bool:
    """Whether there is a server."""
    return VARIABLE in os.environ


@contextmanager
def empty_database(coming: Iterable[tuple[datetime, int]]) -> Iterator[str]:
    """The address of a database with all tables and nothing in them, for as long as the block lasts. Raises RuntimeError without a server.

    coming: moments, and how many events from there on: their months get partitions, as those of the present have.
    """
    if not is_there():
        raise RuntimeError(f"{VARIABLE} names no server: make bench-postgresql starts one.")
    name = f"bench_{uuid.uuid4().hex[:12]}"
    address = make_url(os.environ[VARIABLE]).set(database=name).render_as_string(hide_password=False)
    _at_the_server(f"CREATE DATABASE {name}")
    try:
        with closing(Database(address)) as database:
            migrate(database)
            with database.write() as connection:
                make_for(connection, coming)
        yield address
    finally:
        _at_the_server(f"DROP DATABASE {name} WITH (FORCE)")


def tidy_up(address: str) -> None:
    """What the server's own tidying does within some minutes of an import: figures must not depend on whether it has come by."""
    engine = create_engine(address, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql("VACUUM (ANALYZE)")
        connection.exec_driver_sql("CHECKPOINT")
    engine.dispose()


def version() -> str:
    """The server's release."""
    engine = create_engine(os.environ[VARIABLE])
    with engine.connect() as connection:
        found: str = connection.exec_driver_sql("SHOW server_version").scalar_one()
    engine.dispose()
    return found


def _at_the_server(statement: str) -> None:
    engine = create_engine(os.environ[VARIABLE], isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()
