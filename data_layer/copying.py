"""`python -m data_layer.copying FILE`: copy a SQLite database into the empty one of DATABASE_URL, and verify that all figures are the same.

The file is only read, with its server stopped; what was committed before is copied. Afterwards the copy is compared with it: the
number of rows of each table, and all metrics of each site.
"""

import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import astuple, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, func, select

from data_layer import tables
from data_layer.access_tables import users
from data_layer.catching_up import catch_up
from data_layer.engine import Database, configured_url
from data_layer.lock import AlreadyOpen
from data_layer.migrate import migrate
from data_layer.partitions import make_for
from data_layer.portable import quotient
from data_layer.putting import insert_values
from data_layer.query import MetricsQuery
from data_layer.reader import MetricsReader
from data_layer.refresher import Refresher
from data_layer.sent_ids import note_ids
from data_layer.server_tables import number_from
from data_layer.sites import site_ids
from data_layer.types import micros
from metrics.units import DAY, to_datetime

_ROWS_AT_ONCE = 10_000

assert users.metadata is tables.metadata  # all of them are known by now


class NotCopied(RuntimeError):
    """Why a database can't be copied, or the copy not be trusted; the text is a sentence."""


@dataclass(frozen=True, slots=True)
class Copied:
    """What was copied and found the same: rows by table, and sites whose metrics were compared."""

    rows: dict[str, int]
    sites: int


def copy(source: Database, target: Database) -> Copied:
    """Copy all tables in one transaction, and compare. Raises NotCopied; nothing is in the target then that was not there before.

    Both are brought up to date first; figures that were waiting to be worked out are, in the source.
    """
    with target.read() as connection:
        if connection.scalar(select(func.count()).select_from(tables.sites)):
            raise NotCopied("The database of DATABASE_URL holds sites already: copy into an empty one.")
    with source.read() as connection:
        sites = sorted(site_ids(connection))
    for site_id in sites:
        catch_up(source, site_id)
    with source.read() as read, target.write() as write:
        make_for(write, _events_by_day(read))
        rows = {table.name: _copied(read, write, table) for table in tables.metadata.sorted_tables}
        note_ids(write)
        there = {name: write.scalar(select(func.count()).select_from(tables.metadata.tables[name])) for name in rows}
        if there != rows:
            raise NotCopied(f"Not all rows have arrived: {sorted(name for name in rows if rows[name] != there[name])}.")
        # The last of all: in MariaDB it ends the transaction.
        number_from(write)
    for site_id in sites:
        if _figures(source, site_id) != _figures(target, site_id):
            raise NotCopied(f"All rows are there, but the figures of site {site_id} differ: don't use the copy.")
    return Copied(rows, len(sites))


def _events_by_day(read: Connection) -> list[tuple[datetime, int]]:
    """How many events there are on each day of UTC."""
    day = quotient(micros(tables.events.c.timestamp), DAY).label("day")
    return [(to_datetime(number * DAY), count) for number, count in read.execute(select(day, func.count()).group_by(day))]


def _copied(read: Connection, write: Connection, table: Table) -> int:
    """Copy a table; how many rows it has."""
    count = 0
    for rows in _pages(read, table):
        insert_values(write, table, rows)
        count += len(rows)
    return count


def _pages(read: Connection, table: Table) -> Iterator[list[tuple[Any, ...]]]:
    with read.execution_options(yield_per=_ROWS_AT_ONCE).execute(select(table)) as found:
        for rows in found.partitions():
            yield [tuple(row) for row in rows]


def _figures(database: Database, site_id: str) -> tuple[Any, ...]:
    """All metrics over all time, as they are stored: this refresher never begins."""
    return astuple(MetricsReader(database, Refresher(database), patience=0).read(MetricsQuery(site_id=site_id)))


def main(arguments: list[str]) -> int:
    """Copy a file into the database of DATABASE_URL. Exit status 1 if that can't be done, 2 for a wrong call or a file in use."""
    if len(arguments) != 1 or arguments[0].startswith("-") or not Path(arguments[0]).is_file():
        sys.stderr.write("Usage: python -m data_layer.copying FILE, with DATABASE_URL naming a server's empty database\n")
        return 2
    try:
        with closing(Database(f"sqlite:///{arguments[0]}")) as source, closing(Database(configured_url())) as target:
            migrate(source)
            migrate(target)
            found = copy(source, target)
    except AlreadyOpen as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except NotCopied as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.writelines(f"{name:<20}{rows:>14,}\n" for name, rows in sorted(found.rows.items()) if rows)
    sys.stdout.write(f"All of it is there, and the figures of {found.sites} sites are the same.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
