"""Databases with all tables and nothing in them: migrating takes longer than most tests, so it is done once a process and copied."""

import tempfile
from functools import cache
from pathlib import Path

from on_servers import WANTED, empty_server_database

from data_layer.engine import Database
from data_layer.migrate import migrate


@cache
def _migrated() -> bytes:
    with tempfile.TemporaryDirectory(prefix="factory-template-") as folder:
        path = Path(folder) / "factory.db"
        database = Database(f"sqlite:///{path}")
        migrate(database)
        database.close()
        return path.read_bytes()


def empty_database(path: Path) -> str:
    """A database without rows, there or at the server that the tests are run on; its address."""
    if WANTED != "sqlite":
        return empty_server_database()
    return empty_file(path)


def empty_file(path: Path) -> str:
    """A SQLite database without rows; its address."""
    path.write_bytes(_migrated())
    return f"sqlite:///{path}"
