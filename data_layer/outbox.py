"""What a central server has still to be told: noted in the transaction that changed it, and forgotten once it is acknowledged.

                    ┌── changed_days    stretches of time whose sums may differ     ──▶ PUT   sums of whole days
a transaction ──────┤                                                                         (the same ones again change nothing)
                    └── unsent_events   events that are new                         ──▶ POST  events, by their own identity

Rows are deleted by their keys, never up to a number: transactions commit in another order than they take numbers in.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, literal, select, update

from data_layer.changes import Change
from data_layer.putting import insert_plain
from data_layer.remote_tables import changed_days, forwarding, unsent_events
from data_layer.tables import events, worker_tails
from data_layer.types import UtcMicros, micros
from metrics.units import BEGINNING, DAY, FOREVER

#: So far from a change a figure may move: a last state lasts as long as its shift, and who attends a shift is tracked through all of it.
#: What moves with the time of day is told anew all the time.
REACH = 3 * DAY
_TIMES = ("bucket", "start", "last_time")
#: In `FORWARDED`, written as text by who asks in each transaction.
FORWARDED = select(forwarding.c.site_id).where(forwarding.c.events.is_(True))


@dataclass(frozen=True, slots=True)
class Forwarding:
    """What a central server is told of a site, see `remote_tables.forwarding`."""

    site_id: str
    target: str
    as_site: str
    events: bool
    acknowledged: int
    heard_at: datetime | None
    trouble: str | None


def forwarded(connection: Connection) -> list[Forwarding]:
    """The sites of which a central server is told, by id."""
    return [Forwarding(*row) for row in connection.execute(select(forwarding).order_by(forwarding.c.site_id))]


def begin(connection: Connection, target: str, sites: Mapping[str, str], *, of_events: bool) -> None:
    """Let a central server be told of some sites (what they are called there, by id) and of no others: of all that there is of those that are new to it."""
    wanted = {site_id: (target, as_site, of_events) for site_id, as_site in sites.items()}
    for known in forwarded(connection):
        if wanted.get(known.site_id) == (known.target, known.as_site, known.events):
            del wanted[known.site_id]
            continue
        for table in (changed_days, unsent_events, forwarding):
            connection.execute(delete(table).where(table.c.site_id == known.site_id))
    for site_id, (_, as_site, _) in wanted.items():
        row = {"site_id": site_id, "target": target, "as_site": as_site, "events": of_events, "acknowledged": 0}
        connection.execute(insert(forwarding).values(row))
        tell_all_sums(connection, site_id)
        if of_events:
            theirs = select(events.c.site_id, events.c.event_id, events.c.timestamp).where(events.c.site_id == site_id)
            connection.execute(insert(unsent_events).from_select(["site_id", "event_id", "timestamp"], theirs))


def tell_all_sums(connection: Connection, site_id: str) -> None:
    """The central server is to be told the sums of all history of a site; nothing where it is told none."""
    _note(connection, site_id, BEGINNING, FOREVER)


def note_changes(connection: Connection, site_id: str, changes: Iterable[Change], low: int = FOREVER, high: int = BEGINNING) -> None:
    """Before derived rows are written: figures around them may differ, and those around the clock, which may move. low, high: and those between (µs)."""
    if not _tells_sums(connection, site_id):
        return
    clock = connection.scalar(select(func.max(micros(worker_tails.c.last_time))).where(worker_tails.c.site_id == site_id))
    marks = [low, high] if low <= high else []
    for change in changes:
        for side in (change.removed, change.added):
            marks += [int(at) for name in _TIMES if name in side.arrays and len(side) for at in (side[name].min(), side[name].max())]
    if marks:
        marks += [] if clock is None else [clock]
        _note(connection, site_id, max(BEGINNING, min(marks) - REACH), min(FOREVER, max(marks) + REACH))


def _tells_sums(connection: Connection, site_id: str) -> bool:
    return connection.scalar(select(forwarding.c.events).where(forwarding.c.site_id == site_id)) is False


def _note(connection: Connection, site_id: str, low: int, high: int) -> None:
    """One stretch takes the place of those that it meets: there are never more than there are days, however long nobody fetches them."""
    table = changed_days
    meeting = select(table.c.change_id, micros(table.c.from_time), micros(table.c.to_time)).where(
        table.c.site_id == site_id, table.c.from_time <= literal(high, UtcMicros()), table.c.to_time >= literal(low, UtcMicros())
    )
    met = [tuple(row) for row in connection.execute(meeting)]
    low, high = min([low, *(begin for _, begin, _ in met)]), max([high, *(end for _, _, end in met)])
    if met:
        connection.execute(delete(table).where(table.c.change_id.in_([change_id for change_id, *_ in met])))
    own = select(forwarding.c.site_id, literal(low, UtcMicros()), literal(high, UtcMicros())).where(
        forwarding.c.site_id == site_id, forwarding.c.events.is_(False)
    )
    connection.execute(insert(changed_days).from_select(["site_id", "from_time", "to_time"], own))


def note_unsent(connection: Connection, rows: Sequence[tuple[str, int, int]]) -> None:
    """Events that were just stored: site, our id, time (µs)."""
    if rows:
        insert_plain(connection, unsent_events, rows)


def changed(connection: Connection, site_id: str) -> list[tuple[int, int, int]]:
    """The stretches of which a central server has not been told: id, from, to (µs)."""
    table = changed_days
    rows = select(table.c.change_id, micros(table.c.from_time), micros(table.c.to_time)).where(table.c.site_id == site_id)
    return [tuple(row) for row in connection.execute(rows)]


def acknowledge(connection: Connection, site_id: str, now: datetime, *, revision: int = 0, changes: Sequence[int] = (), event_ids: Sequence[int] = ()) -> None:
    """A central server has what it was told up to a revision: forget these stretches and events."""
    for table, key, done in ((changed_days, changed_days.c.change_id, changes), (unsent_events, unsent_events.c.event_id, event_ids)):
        if done:
            connection.execute(delete(table).where(table.c.site_id == site_id, key.in_(done)))
    told = {"heard_at": now, "trouble": None, **({"acknowledged": revision} if revision else {})}
    connection.execute(update(forwarding).where(forwarding.c.site_id == site_id).values(told))


def note_trouble(connection: Connection, site_id: str, sentence: str) -> None:
    """Why a central server can't be told."""
    connection.execute(update(forwarding).where(forwarding.c.site_id == site_id).values(trouble=sentence))


def waiting(connection: Connection, site_id: str) -> tuple[int, int]:
    """How many stretches and events wait to be told."""
    counts = [connection.scalar(select(func.count()).select_from(table).where(table.c.site_id == site_id)) for table in (changed_days, unsent_events)]
    return counts[0] or 0, counts[1] or 0
