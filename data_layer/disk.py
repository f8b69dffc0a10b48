"""The files of a database, and the disk below them."""

import os
import shutil
from pathlib import Path

from data_layer.engine import Database


def file_sizes(database: Database) -> dict[str, int]:
    """Bytes of the `database` file and of its write-ahead log, `wal`; without those that are not there."""
    path = _path(database)
    sizes: dict[str, int] = {}
    for name, file in (("database", path), ("wal", path.with_name(f"{path.name}-wal"))):
        try:
            sizes[name] = file.stat().st_size
        except OSError:
            continue  # the log goes when the last connection does
    return sizes


def free_bytes(database: Database) -> int | None:
    """Bytes left on the disk that holds the database; None where the disk doesn't say."""
    try:
        return shutil.disk_usage(_path(database).parent).free
    except OSError:
        return None


def _path(database: Database) -> Path:
    return database.place


def to_disk(path: Path) -> None:
    """Returns when a file's or a folder's content is on disk. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
