"""Empty databases at a server that the tests were given: those that nobody has open any more are emptied and used again.

TEST_DATABASE names the server: postgresql or mariadb. `scripts/services` says where it is.
"""

import os
import shutil
import uuid
from datetime import UTC, datetime, timedelta
from functools import cache

from sqlalchemy import Connection, Engine, create_engine, make_url

from data_layer import partitions, server_tables
from data_layer.access_tables import users
from data_layer.engine import Database, configured_folder
from data_layer.migrate import migrate
from data_layer.tables import metadata

WANTED = os.environ.get("TEST_DATABASE", "sqlite")
_ADDRESSES = {"postgresql": "TEST_POSTGRESQL_URL", "mariadb": "TEST_MARIADB_URL"}
_made: list[str] = []

assert users.metadata is metadata


def redis_url() -> str:
    """Redis, for tests of what is shared there."""
    return os.environ["TEST_REDIS_URL"]


def broker_url() -> str:
    """RabbitMQ, for tests of workers."""
    return os.environ["TEST_BROKER_URL"]


def beside() -> dict[str, str]:
    """Settings with which all suites run on a database server: on PostgreSQL answers are kept in Redis, on MariaDB nothing is shared."""
    return {"redis_url": redis_url()} if WANTED == "postgresql" else {}


def empty_server_database() -> str:
    """The address of a database with all tables and nothing in them."""
    server = make_url(os.environ[_ADDRESSES[WANTED]])
    with _administrator().connect() as connection:
        idle = [name for name in _made[:-1] if not _is_open(connection, name)]
    if idle:
        name = idle[0]
        _made.remove(name)
        address = server.set(database=name)
        _empty(address.render_as_string(hide_password=False))
        _tidy_up(name)
    else:
        with _administrator().connect() as connection:
            name = new_database(connection)
        address = server.set(database=name)
        database = Database(address.render_as_string(hide_password=False))
        migrate(database)
        database.close()
    _made.append(name)
    return address.render_as_string(hide_password=False)


def new_database(connection: Connection) -> str:
    """The name of a database without tables, at the server that is connected to in autocommit mode."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    connection.exec_driver_sql(f"CREATE DATABASE {name}" + (" CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin" if WANTED == "mariadb" else ""))
    return name


@cache
def _administrator() -> Engine:
    return create_engine(os.environ[_ADDRESSES[WANTED]], isolation_level="AUTOCOMMIT")


def _is_open(connection: Connection, name: str) -> bool:
    asked = {
        "postgresql": f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{name}'",
        "mariadb": f"SELECT count(*) FROM information_schema.processlist WHERE db = '{name}'",
    }
    return bool(connection.exec_driver_sql(asked[WANTED]).scalar())


def _tidy_up(name: str) -> None:
    """Archives and lists of those who had a database before."""
    for left in configured_folder().glob(f"{name}*"):
        if left.is_dir():
            shutil.rmtree(left)
        else:
            left.unlink()


def _empty(address: str) -> None:
    engine = create_engine(address, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        names = [*metadata.tables, server_tables.event_keys.name]
        full = " UNION ALL ".join(f"SELECT '{name}' FROM (SELECT 1 FROM {name} LIMIT 1) AS {name}_one" for name in names)
        for name in connection.exec_driver_sql(full).scalars().all():
            connection.exec_driver_sql(f"TRUNCATE {name} RESTART IDENTITY" if WANTED == "postgresql" else f"TRUNCATE TABLE {name}")
        connection.exec_driver_sql("ALTER SEQUENCE event_numbers RESTART")
        for month in partitions.months(connection):
            if month < datetime.now(UTC) - timedelta(days=62):
                connection.exec_driver_sql(f"DROP TABLE {partitions.name_of(month)}")
    engine.dispose()
