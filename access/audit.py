"""The audit trail: who did what to what, in a chain of hashes. `python -m access.audit` tells whether it is whole.

    row 1                row 2                  row 3
    hash_before: 0…  ┌─▶ hash_before: a41…  ┌─▶ hash_before: 9c7…
    hash: a41… ──────┘   hash: 9c7… ────────┘   hash: 02f…

Whoever changes a row, takes one out of the midst or puts one in breaks the chain. Rows cut off its end are noticed by whoever kept the
latest hash, which the command prints.
"""

import hashlib
import sys
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
from sqlalchemy import ColumnElement, Connection, Engine, create_engine, insert, select

from data_layer.access_tables import audit
from data_layer.engine import configured_file, configured_url
from data_layer.sqlite import sqlite_driver
from data_layer.types import micros
from metrics.units import to_micros

#: What the first row has before it.
NOTHING_BEFORE = "0" * 64
_FIELDS = ("number", "at", "actor", "action", "site_id", "subject", "details", "hash_before")


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that was done. at: µs UTC. actor: `user:…`, `key:…`, `open` or `command`. subject: the id of what it was done to. details: JSON."""

    number: int
    at: int
    actor: str
    action: str
    site_id: str
    subject: str
    details: str
    hash_before: str
    hash: str

    @property
    def computed(self) -> str:
        """The hash that it must have."""
        return _hash([getattr(self, name) for name in _FIELDS])


def note(
    connection: Connection, now: datetime, actor: str, action: str, *, site_id: str = "", subject: str = "", details: Mapping[str, object] | None = None
) -> None:
    """Add to the trail, in the transaction of what is noted: neither is there without the other. details: ids and settings, never names."""
    newest = connection.execute(select(audit.c.number, audit.c.hash).order_by(audit.c.number.desc()).limit(1)).one_or_none()
    number, before = (1, NOTHING_BEFORE) if newest is None else (newest.number + 1, newest.hash)
    told = msgspec.json.encode(dict(details or {}), order="sorted").decode()
    fields = (number, to_micros(now), actor, action, site_id, subject, told, before)
    connection.execute(insert(audit).values(**dict(zip(_FIELDS, fields, strict=True)), hash=_hash(fields)))


def entries(connection: Connection, *, after: int = 0, limit: int | None = None, action: str = "", actor: str = "") -> Iterable[Entry]:
    """The trail, the oldest first. action, actor: of these alone."""
    wanted = (audit.c.number > after, *_narrowed(action, actor))
    return (Entry(*row) for row in connection.execute(select(*_columns()).where(*wanted).order_by(audit.c.number).limit(limit)))


def newest(connection: Connection, limit: int, *, before: int | None = None, action: str = "", actor: str = "") -> list[Entry]:
    """The newest of the trail first. before: a number to go on from."""
    wanted = _narrowed(action, actor) if before is None else (audit.c.number < before, *_narrowed(action, actor))
    return [Entry(*row) for row in connection.execute(select(*_columns()).where(*wanted).order_by(audit.c.number.desc()).limit(limit))]


def known(connection: Connection, column: str) -> list[str]:
    """What there is of actions or of actors. column: action or actor."""
    return list(connection.scalars(select(audit.c[column]).distinct().order_by(audit.c[column])))


def _columns() -> list[ColumnElement[Any]]:
    return [micros(audit.c.at).label("at") if name == "at" else audit.c[name] for name in (*_FIELDS, "hash")]


def _narrowed(action: str, actor: str) -> tuple[ColumnElement[bool], ...]:
    return tuple(audit.c[name] == wanted for name, wanted in (("action", action), ("actor", actor)) if wanted)


def first_broken(trail: Iterable[Entry]) -> int | None:
    """The number of the first row that is not what it was, or before which one is missing; None where all are whole."""
    before = NOTHING_BEFORE
    for number, entry in enumerate(trail, start=1):
        if (entry.number, entry.hash_before, entry.hash) != (number, before, entry.computed):
            return number
        before = entry.hash
    return None


def _hash(fields: Iterable[object]) -> str:
    return hashlib.sha256(msgspec.json.encode(list(fields))).hexdigest()


def _reading(path: Path) -> Engine:
    """A file that nothing is written to, not even a lock."""
    driver = sqlite_driver()
    return create_engine("sqlite://", module=driver, creator=lambda: driver.connect(f"file:{quote(str(path.resolve()))}?mode=ro", uri=True))


def main() -> int:
    """Check the trail of the database of DATABASE_URL, beside a server or without one. Exit status 1 if it is broken, 2 if there is none."""
    path = configured_file()
    if path is not None and not path.is_file():
        sys.stderr.write(f"There is no database at {path}.\n")
        return 2
    engine = create_engine(configured_url()) if path is None else _reading(path)
    with closing(engine.connect()) as connection:
        trail = list(entries(connection))
    engine.dispose()
    broken = first_broken(trail)
    if broken is not None:
        sys.stdout.write(f"Row {broken} of the audit trail was changed, or one before it was taken out.\n")
        return 1
    latest = f" The latest hash is {trail[-1].hash}." if trail else ""
    sys.stdout.write(f"The audit trail is whole: {len(trail):,} rows.{latest}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
