"""Databases with all tables and nothing in them: migrating takes longer than most tests, so it is done once a process and copied."""

import tempfile
from functools import cache
from pathlib import Path

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
    """Put a database without rows there; its address."""
    path.write_bytes(_migrated())
    return f"sqlite:///{path}"
