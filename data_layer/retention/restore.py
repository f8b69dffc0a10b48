"""`python -m data_layer.retention.restore [SITE …]`: bring back all archived events of some sites, or of all, and unseal their history.

Events come from the files; intervals and sums are worked out from them anew, under the settings that each day has. The site keeps
everything for ever from then on, until it is told otherwise.
"""

import logging
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

import duckdb
from sqlalchemy import Connection, delete, insert, select

from data_layer import tables
from data_layer.alone import alone
from data_layer.catching_up import catch_up
from data_layer.engine import Database
from data_layer.erasing import ERASED, Erasure, replacements
from data_layer.horizons import ALL_FOR_EVER, SINCE_EVER, move_horizons, store_retention
from data_layer.partitions import InUse, keep_up
from data_layer.putting import insert_new
from data_layer.retention.archive import Archive, Damaged, Row
from data_layer.retention.sealing import EVENT_COLUMNS
from data_layer.scope import UnknownSite
from data_layer.sent_ids import known_ids, note_rows, numbered
from data_layer.sites import load_site, next_revision, site_ids
from data_layer.types import micros
from metrics.units import BEGINNING, FOREVER

_NAMES = [name for name, _ in EVENT_COLUMNS]
#: What tells an event from others, apart from its number.
_CONTENT = ("worker_id", "timestamp", "event_type", "station_id", "count", "source", "client_event_id")

Model = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back: files that were read, and events that were not there."""

    files: int
    events: int


def restore(database: Database, site_id: str) -> Restored:
    """Put a site's archived events back, unseal its history, and work it all out anew.

    All files are checked before the first row is stored. After a crash it is done again: what is stored already is recognised.
    Raises Damaged, UnknownSite.
    """
    with database.read() as connection:
        load_site(connection, site_id)
    archive = Archive.of(database.place, site_id)
    entries = [entry for entry in archive.entries() if entry.table == "events"]
    for entry in entries:
        archive.check(entry)
    with database.write() as connection:
        # Else the next run would take away again what has come back.
        store_retention(connection, site_id, ALL_FOR_EVER)
    came, erased = 0, replacements(database, site_id)
    for entry in entries:
        for rows in archive.read(entry, EVENT_COLUMNS):
            with database.write() as connection:
                came += _store(connection, site_id, rows, erased)
    _unseal(database, site_id)
    with suppress(InUse):  # The server does it later.
        keep_up(database, datetime.now(UTC))
    catch_up(database, site_id)
    return Restored(len(entries), came)


def _store(connection: Connection, site_id: str, rows: Sequence[Row], erased: Mapping[str, Sequence[Erasure]]) -> int:
    """Store archived events that are not there; how many that were. Numbers that other events have by now are not taken again."""
    found = [_of_nobody(dict(zip(_NAMES, row, strict=True)), erased) for row in rows]
    models = _models(connection, site_id, {(row["model_name"], row["model_version"]) for row in found if row["model_name"] is not None})
    for row in found:
        name, version = row.pop("model_name"), row.pop("model_version")
        row |= {"site_id": site_id, "model_id": None if name is None else models[name, version]}
    taken = _numbered(connection, [row["event_id"] for row in found])
    ours = ("site_id", *_CONTENT)
    as_they_were, renumbered = [], []
    for row in found:
        if taken.get(row["event_id"]) in (None, tuple(row[name] for name in ours)):
            as_they_were.append(row)
        else:
            renumbered.append({name: value for name, value in row.items() if name != "event_id"})
    known = known_ids(connection, found)
    came = 0
    for values in (as_they_were, numbered(connection, renumbered)):
        new = [row for row in values if (row["site_id"], row["source"], row["client_event_id"]) not in known]
        came += insert_new(connection, tables.events, new)
        note_rows(connection, new)
    return came


def _of_nobody(event: dict[str, Any], erased: Mapping[str, Sequence[Erasure]]) -> dict[str, Any]:
    """An event as it is, or as erasing its worker has left it; the sender's id would say whose it was."""
    replaced_by = next((erasure.replaced_by for erasure in erased.get(event["worker_id"], ()) if event["created_at"] <= erasure.at), None)
    if replaced_by is None:
        return event
    senders = f"{ERASED}-{event['event_id']}" if event["client_event_id"] else ""
    return event | {"worker_id": replaced_by, "client_event_id": senders, "sequence": None}


def _numbered(connection: Connection, event_ids: Sequence[int]) -> dict[int, Row]:
    """The stored events that have some numbers: site and content."""
    table = tables.events
    columns = [table.c.event_id, table.c.site_id, *(micros(table.c[name]) if name == "timestamp" else table.c[name] for name in _CONTENT)]
    return {row[0]: tuple(row[1:]) for row in connection.execute(select(*columns).where(table.c.event_id.in_(event_ids)))}


def _models(connection: Connection, site_id: str, named: set[Model]) -> dict[Model, int]:
    """The numbers of models; they are registered where they are not."""
    table = tables.cv_models
    own = select(table.c.model_name, table.c.model_version, table.c.model_id).where(table.c.site_id == site_id)

    def known() -> dict[Model, int]:
        return {(name, version): number for name, version, number in connection.execute(own)}

    created = connection.scalar(select(tables.sites.c.created_at).where(tables.sites.c.site_id == site_id))
    for name, version in named - known().keys():
        connection.execute(insert(table).values(site_id=site_id, model_name=name, model_version=version, created_at=created))
    return known()


def _unseal(database: Database, site_id: str) -> None:
    with database.write() as connection:
        move_horizons(connection, site_id, **asdict(SINCE_EVER))
        connection.execute(delete(tables.output_cells).where(tables.output_cells.c.site_id == site_id))
        everything = {"site_id": site_id, "worker_id": None, "from_time": BEGINNING, "to_time": FOREVER}
        connection.execute(insert(tables.invalidations).values(everything))
        next_revision(connection, site_id)


def main(arguments: list[str]) -> int:
    """Restore the sites named, or all. Exit status 1 if one can't be, 2 if the database is in use or the call is wrong."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    if any(argument.startswith("-") for argument in arguments):
        sys.stderr.write("Usage: python -m data_layer.retention.restore [SITE …]\n")
        return 2
    return alone(partial(_restored, wanted=arguments))


def _restored(database: Database, wanted: Sequence[str]) -> int:
    try:
        with database.read() as connection:
            sites = wanted or sorted(site_ids(connection))
        for site_id in sites:
            came = restore(database, site_id)
            sys.stdout.write(f"{site_id}: {came.events:,} events from {came.files:,} files; retention is off until it is set again.\n")
    except (Damaged, UnknownSite, OSError, duckdb.Error) as error:
        sys.stderr.write(f"Not restored: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
