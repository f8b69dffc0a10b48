"""`python -m data_layer.backup FILE`: one consistent copy of the database while the server goes on writing."""

import sys
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from data_layer.disk import to_disk
from data_layer.engine import configured_file
from data_layer.sqlite import sqlite_driver


def back_up(source: Path, target: Path) -> None:
    """Write what was committed before now to a new file, compact and without a log beside it; on disk when this returns.

    It reads one snapshot, so that writers go on meanwhile. Raises FileExistsError, FileNotFoundError, OSError, and the driver's
    errors, such as for a full disk; an unfinished copy is not left behind under the target's name.
    """
    if target.exists():
        raise FileExistsError(f"{target} exists already.")
    if not source.is_file():
        raise FileNotFoundError(f"There is no database at {source}.")
    unfinished = target.with_name(f"{target.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    try:
        with closing(sqlite_driver().connect(f"file:{quote(str(source.resolve()))}?mode=ro", uri=True)) as connection:
            connection.execute("PRAGMA busy_timeout=10000")
            connection.execute("VACUUM INTO ?", (str(unfinished),))
        to_disk(unfinished)
        unfinished.rename(target)
        to_disk(target.parent)
    finally:
        unfinished.unlink(missing_ok=True)


def main(arguments: list[str]) -> int:
    """Back up the database of DATABASE_URL. Exit status 1 if that can't be done, 2 for a wrong call."""
    if len(arguments) != 1 or arguments[0].startswith("-"):
        sys.stderr.write("Usage: python -m data_layer.backup FILE\n")
        return 2
    source, target = configured_file(), Path(arguments[0])
    if source is None:
        sys.stderr.write("DATABASE_URL names a server: back it up with its own tools, pg_dump or mariadb-dump.\n")
        return 2
    try:
        back_up(source, target)
    except (OSError, sqlite_driver().Error) as error:
        sys.stderr.write(f"No backup was made: {error}\n")
        return 1
    sys.stdout.write(f"{target}: {target.stat().st_size:,} bytes.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
