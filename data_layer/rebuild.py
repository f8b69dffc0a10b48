"""`python -m data_layer.rebuild`: make every derived row anew from the raw events, and tell whether any was different."""

import logging
import sys
from dataclasses import dataclass
from functools import partial

from sqlalchemy import ColumnElement, Connection, Table, delete, insert, text

from data_layer.alone import alone
from data_layer.catching_up import catch_up
from data_layer.engine import Database
from data_layer.sites import Site, load_site, site_ids
from data_layer.tables import DERIVED, attendance, invalidations
from data_layer.types import micros
from metrics.schedule import SHIFTS_A_DAY
from metrics.units import BEGINNING, FOREVER


@dataclass(frozen=True, slots=True)
class Comparison:
    """One table: rows after the rebuild, and how many rows came or went."""

    table: str
    rows: int
    differing: int


def rebuild(database: Database) -> list[Comparison]:
    """Catch up, put the derived rows aside, make them anew, and compare. What is new stays."""
    with database.read() as connection:
        sites = site_ids(connection)
    for site_id in sorted(sites):
        catch_up(database, site_id)
    with database.write() as connection:
        for table in DERIVED:
            connection.execute(text(f"CREATE TEMPORARY TABLE {_before(table)} AS SELECT * FROM {table.name}"))
            for site_id in sites:
                connection.execute(delete(table).where(table.c.site_id == site_id, *_unsealed(table, load_site(connection, site_id))))
        for site_id in sorted(sites):
            connection.execute(insert(invalidations).values(site_id=site_id, worker_id=None, from_time=BEGINNING, to_time=FOREVER))
    for site_id in sorted(sites):
        catch_up(database, site_id, partial(_tell, site_id))
    with database.write() as connection:
        found = [_compared(connection, table) for table in DERIVED]
        for table in DERIVED:
            connection.execute(text(f"DROP TABLE {_before(table)}"))
    return found


def _unsealed(table: Table, site: Site) -> list[ColumnElement[bool]]:
    """Which of a site's derived rows the raw events still tell; all of them where none have left."""
    sealed = site.horizons.sealed_before
    if sealed == BEGINNING:
        return []
    if table is attendance:
        return [attendance.c.shift >= site.rules.clock.day_of(sealed) * SHIFTS_A_DAY]
    # Where somebody was seen first is known by the row alone; the rest of it is compared all the same.
    key = {"intervals": "start", "worker_tails": "first_time"}.get(table.name, "bucket")
    return [micros(table.c[key]) >= sealed]


def _before(table: Table) -> str:
    return f"{table.name}_before"


def _compared(connection: Connection, table: Table) -> Comparison:
    """The rows of either side that the other one lacks; names are those of our own tables."""
    before, after = f"SELECT * FROM {_before(table)}", f"SELECT * FROM {table.name}"
    gone, come = (connection.scalar(text(f"SELECT count(*) FROM ({one} EXCEPT {other}) AS alone")) for one, other in ((before, after), (after, before)))
    rows = connection.scalar(text(f"SELECT count(*) FROM {table.name}"))
    return Comparison(table.name, int(rows or 0), int(gone or 0) + int(come or 0))


def _tell(site_id: str, progress: tuple[int, int] | None) -> None:
    if progress is not None:
        logging.getLogger(__name__).info("site %s: step %d of %d", site_id, progress[0] + 1, progress[1])


def main() -> int:
    """Rebuild the database of DATABASE_URL. Exit status 1 if anything differed, 2 if the database is in use."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    return alone(_report)


def _report(database: Database) -> int:
    found = rebuild(database)
    sys.stdout.write(f"{'table':<16}{'rows':>12}{'differing':>12}\n")
    sys.stdout.writelines(f"{entry.table:<16}{entry.rows:>12,}{entry.differing:>12,}\n" for entry in found)
    differing = sum(entry.differing for entry in found)
    sys.stdout.write("No difference.\n" if not differing else f"{differing:,} rows differed; the rebuilt ones stand now.\n")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
