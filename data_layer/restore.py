"""`python -m data_layer.restore BACKUP`: put a backup in the place of the database, which is moved aside; with the server stopped."""

import shutil
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from data_layer.disk import to_disk
from data_layer.engine import Database, configured_file, configured_url
from data_layer.erasing import apply_list
from data_layer.lock import AlreadyOpen, hold
from data_layer.migrate import migrate
from data_layer.sqlite import sqlite_driver

#: What SQLite keeps beside a database's file, and belongs to it.
_BESIDE = ("-wal", "-shm", "-journal")


class NoBackup(ValueError):
    """A file that no server could start on; the text is a sentence."""


def put_back(backup: Path, database: Path) -> Path | None:
    """Let a database be what a backup holds; where the one before is now, None if there was none.

    The backup is checked first and stays; the database before is moved aside whole, with what is not in its file yet.
    Raises NoBackup, AlreadyOpen, OSError and the driver's errors.
    """
    _check(backup)
    with closing(hold(database)):
        arriving = database.with_name(f"{database.name}.arriving")
        shutil.copyfile(backup, arriving)
        to_disk(arriving)
        aside = _move_aside(database)
        arriving.rename(database)
        to_disk(database.parent)
    return aside


def _check(backup: Path) -> None:
    if not backup.is_file():
        raise NoBackup(f"There is no file {backup}.")
    driver = sqlite_driver()
    with closing(driver.connect(f"file:{quote(str(backup.resolve()))}?mode=ro&immutable=1", uri=True)) as connection:
        try:
            found = connection.execute("PRAGMA integrity_check").fetchone()[0]
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
        except driver.DatabaseError as error:
            raise NoBackup(f"{backup} is no database that can be read: {error}.") from None
    if found != "ok" or not {"events", "alembic_version"} <= tables:
        raise NoBackup(f"{backup} is {'damaged: ' + found if found != 'ok' else 'no database of this product'}.")


def _move_aside(database: Path) -> Path | None:
    """Rename a database's files, all alike, so that they still are a database together."""
    if not database.exists():
        return None
    aside = database.with_name(f"{database.name}.replaced-{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}")
    for beside in (*_BESIDE, ""):
        file = database.with_name(database.name + beside)
        if file.exists():
            file.rename(aside.with_name(aside.name + beside))
    return aside


def main(arguments: list[str]) -> int:
    """Restore the database of DATABASE_URL. Exit status 1 if that can't be done, 2 for a wrong call or a database in use."""
    if len(arguments) != 1 or arguments[0].startswith("-"):
        sys.stderr.write("Usage: python -m data_layer.restore BACKUP\n")
        return 2
    url, database = configured_url(), configured_file()
    if database is None:
        sys.stderr.write("DATABASE_URL names a server: restore it with its own tools, pg_restore or mariadb; the next start forgets again who was erased.\n")
        return 2
    try:
        aside = put_back(Path(arguments[0]), database)
        opened = Database(url)
        migrate(opened)
        apply_list(opened)
        opened.close()
    except AlreadyOpen as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except (NoBackup, OSError, sqlite_driver().Error) as error:
        sys.stderr.write(f"Nothing was restored: {error}\n")
        return 1
    sys.stdout.write(f"{database} is what {arguments[0]} holds.{f' The one before is {aside}.' if aside else ''}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
