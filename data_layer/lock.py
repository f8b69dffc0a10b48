"""The lock beside a database file that keeps its writer single."""

import fcntl
from pathlib import Path
from typing import IO


class AlreadyOpen(RuntimeError):
    """Another process holds the database for writing."""


def hold(database: Path) -> IO[str]:
    """Lock a database file for this process, until the returned file is closed or the process ends. Raises AlreadyOpen."""
    database.parent.mkdir(parents=True, exist_ok=True)
    file = database.with_name(database.name + ".lock").open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise AlreadyOpen(f"Another process is writing to {database}: stop that one first, or set DATABASE_URL to another file.") from None
    return file
