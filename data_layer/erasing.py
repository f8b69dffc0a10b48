"""Forgetting a worker: what names somebody goes, what happened stays, under an id that is nobody's.

A list beside the database says who was erased, so that a backup from before, or an archive, doesn't bring anybody back. It holds ids only.
"""

import json
import os
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, select, update

from data_layer import tables
from data_layer.access_tables import users
from data_layer.disk import to_disk
from data_layer.engine import Database
from data_layer.portable import RandomText
from data_layer.query import Row
from data_layer.registered import none_has
from data_layer.sent_ids import forget_ids, note_ids
from data_layer.sites import load_site, next_revision
from data_layer.types import micros
from metrics.units import to_micros

ERASED = "erased"
#: What people call things, which may be by somebody's name: site, id and name.
_CALLED = {
    "workstation": (tables.workstations.c.site_id, tables.workstations.c.station_id, tables.workstations.c.name),
    "camera": (tables.cameras.c.site_id, tables.cameras.c.camera_id, tables.cameras.c.name),
    "site": (tables.sites.c.site_id, tables.sites.c.site_id, tables.sites.c.name),
    "purpose": (tables.privacy.c.site_id, tables.privacy.c.site_id, tables.privacy.c.purpose),
}


@dataclass(frozen=True, slots=True)
class Erasure:
    """A line of the list. replaced_by: the id under which what happened stays. at: µs UTC; who was registered later is somebody else."""

    site_id: str
    worker_id: str
    replaced_by: str
    at: int


@dataclass(frozen=True, slots=True)
class Erased:
    """What came of it. still_named_in: what else is called by the worker's name, for somebody to rename."""

    replaced_by: str
    events: int
    quarantine_entries: int
    still_named_in: list[str]


def list_of(database: Path) -> Path:
    """Where the list of a database is."""
    return database.with_name(f"{database.name}.erased")


def listed(database: Path) -> list[Erasure]:
    """Who was erased from a database, the first one first."""
    path = list_of(database)
    return [Erasure(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines() if line] if path.is_file() else []


def _add(database: Path, erasure: Erasure) -> None:
    path = list_of(database)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a", encoding="utf-8") as file:
        file.write(f"{json.dumps(asdict(erasure))}\n")
    to_disk(path)
    to_disk(path.parent)


def erase(database: Database, site_id: str, worker_id: str, now: datetime, also: Callable[[Connection], None]) -> Erased:
    """Forget a worker of a site. also: what is written in the same transaction. Raises UnknownSite, UnknownId.

    The list comes first: after a crash in between, the next start does what it says.
    """
    with database.read() as connection:
        load_site(connection, site_id)
        if _worker(connection, site_id, worker_id) is None:
            raise none_has([("worker", worker_id)], [site_id])
    erasure = Erasure(site_id, worker_id, f"{ERASED}-{secrets.token_hex(6)}", to_micros(now))
    _add(_file(database), erasure)
    _owed(database).touch()
    with database.write() as connection:
        found = _forget(connection, erasure)
        also(connection)
    _compact(database)
    return found


def apply_list(database: Database) -> None:
    """Forget all whom the list names and who are there again, or still; and finish what was interrupted."""
    erasures, is_owed = listed(_file(database)), _owed(database).exists()
    if not erasures and not is_owed:
        return
    with database.write() as connection:
        here = [erasure for erasure in erasures if _is_there(connection, erasure)]
        for erasure in here:
            _forget(connection, erasure)
    if here or is_owed:
        _compact(database)


def replacements(database: Database, site_id: str) -> Mapping[str, Sequence[Erasure]]:
    """Who of a site was erased, by id, the first time first."""
    found: dict[str, list[Erasure]] = {}
    for erasure in listed(_file(database)):
        if erasure.site_id == site_id:
            found.setdefault(erasure.worker_id, []).append(erasure)
    return found


def _file(database: Database) -> Path:
    return database.place


def _owed(database: Database) -> Path:
    """There while what was overwritten may still be in the database's file or its log."""
    return _file(database).with_name(f"{_file(database).name}.compacting")


def _compact(database: Database) -> None:
    _owed(database).touch()
    database.compact()
    _owed(database).unlink()


def _is_there(connection: Connection, erasure: Erasure) -> bool:
    row = _worker(connection, erasure.site_id, erasure.worker_id)
    return row is not None and row["registered"] <= erasure.at


def _worker(connection: Connection, site_id: str, worker_id: str) -> Row | None:
    own = (tables.workers.c.site_id == site_id, tables.workers.c.worker_id == worker_id)
    row = connection.execute(select(tables.workers.c.name, micros(tables.workers.c.created_at).label("registered")).where(*own)).mappings().one_or_none()
    return None if row is None else dict(row)


def _forget(connection: Connection, erasure: Erasure) -> Erased:
    site_id, worker_id, replaced_by = erasure.site_id, erasure.worker_id, erasure.replaced_by
    row = _worker(connection, site_id, worker_id)
    name = None if row is None else row["name"]
    people, events, waiting = tables.workers, tables.events, tables.invalidations
    nobody = {"worker_id": replaced_by, "name": None, "home_station_id": None}
    connection.execute(update(people).where(people.c.site_id == site_id, people.c.worker_id == worker_id).values(nobody))
    # The sender's ids may say whose they are, and still tell two events of one moment apart.
    senders = {"client_event_id": RandomText(), "sequence": None}
    own = (events.c.site_id == site_id, events.c.worker_id == worker_id)
    forget_ids(connection, *own)
    connection.execute(update(events).where(*own, events.c.client_event_id != "").values(senders))
    note_ids(connection, *own)
    moved = connection.execute(update(events).where(*own).values(worker_id=replaced_by)).rowcount
    connection.execute(update(waiting).where(waiting.c.site_id == site_id, waiting.c.worker_id == worker_id).values(worker_id=replaced_by))
    for table in tables.OF_WORKERS:
        connection.execute(update(table).where(table.c.site_id == site_id, table.c.worker == worker_id).values(worker=replaced_by))
    next_revision(connection, site_id)
    return Erased(replaced_by, moved, _scrub(connection, site_id, worker_id, name), [*_still_named_in(connection, name)])


def mentioning(connection: Connection, site_id: str, worker_id: str, name: str | None) -> list[int]:
    """The refused payloads of a site, or of none, that hold a worker's id as a value of its own, or the name."""
    table = tables.quarantine
    texts = [json.dumps(worker_id), json.dumps(worker_id, ensure_ascii=False), *([name, json.dumps(name)[1:-1]] if name else [])]
    rows = connection.execute(select(table.c.quarantine_id, table.c.payload, table.c.reason).where((table.c.site_id == site_id) | table.c.site_id.is_(None)))
    return [row.quarantine_id for row in rows if any(text.casefold() in f"{row.payload}\n{row.reason}".casefold() for text in texts)]


def _scrub(connection: Connection, site_id: str, worker_id: str, name: str | None) -> int:
    table, found = tables.quarantine, mentioning(connection, site_id, worker_id, name)
    for quarantine_id in found:
        emptied = {"payload": "", "reason": "Erased: it named a worker who was erased.", "status": ERASED}
        connection.execute(update(table).where(table.c.quarantine_id == quarantine_id).values(emptied))
    return len(found)


def _still_named_in(connection: Connection, name: str | None) -> Iterator[str]:
    """What else is called by the name: to rename a workstation is not ours."""
    if not name:
        return
    for kind, columns in _CALLED.items():
        for site_id, id_, called in connection.execute(select(*columns)):
            if name.casefold() in (called or "").casefold():
                yield f"{kind} {id_} of site {site_id}" if kind in ("workstation", "camera") else f"{kind} of site {site_id}"
    for login, called in connection.execute(select(users.c.login, users.c.name)):
        if name.casefold() in f"{login}\n{called or ''}".casefold():
            yield f"user {login}"
