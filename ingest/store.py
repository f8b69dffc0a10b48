"""Events into tables: identity, repeats and conflicts (rule 1 of docs/metrics.md), registration and invalidations, in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import chain

from sqlalchemy import Connection, func, insert, select

from data_layer.faultpoint import faultpoint
from data_layer.tables import events as events_table
from data_layer.tables import invalidations
from ingest.activity import CameraActivity
from ingest.event import Event
from ingest.registry import Registry
from metrics.units import DAY

#: The last one is left out where no event has it: handing values over is much of the work, and few senders number their events.
_COLUMNS = (
    *("event_id", "site_id", "worker_id", "timestamp", "event_type", "station_id", "count", "confidence", "source", "client_event_id"),
    *("camera_id", "model_id", "sent_at", "created_at", "sequence"),
)
# executemany gives up the GIL at each row and waits for other threads to let it go again: a statement of many rows does so once.
_ROWS_A_STATEMENT = (1_000, 100)
_CONTENT = "SELECT event_id, worker_id, timestamp, event_type, station_id, count FROM events"
# A camera that lost an answer repeats its whole batch: each repeat must cost one look into an index. Without the last term,
# which says nothing new, SQLite can't know that the partial index on client ids holds the row, and searches the whole site.
BY_CLIENT_ID = f"{_CONTENT} WHERE site_id = ? AND source = ? AND client_event_id = ? AND client_event_id <> ''"
BY_CONTENT = f"{_CONTENT} WHERE site_id = ? AND worker_id = ? AND timestamp = ? AND event_type = ? AND station_id = ? AND count = ? AND client_event_id = ''"


@cache
def _insert_of(rows: int, columns: int) -> str:
    """The statement that inserts so many rows, where they are new. columns: how many of _COLUMNS each row has."""
    row = f"({', '.join('?' * columns)})"
    return f"INSERT OR IGNORE INTO events ({', '.join(_COLUMNS[:columns])}) VALUES {', '.join([row] * rows)}"  # noqa: S608 - constants only


@dataclass
class Stored:
    """What became of some events: our id of each (of the one already stored for a repeat, 0 if refused), which ones repeated
    another, and why some were refused."""

    event_ids: list[int]
    repeats: set[int] = field(default_factory=set)
    refused: dict[int, str] = field(default_factory=dict)

    def sorted_out(self, events: Sequence[Event]) -> tuple[Sequence[Event], Sequence[Event]]:
        """Of these events those that were new and those that repeated others."""
        if not self.repeats and not self.refused:
            return events, ()
        new = [event for index, event in enumerate(events) if index not in self.repeats and index not in self.refused]
        return new, [event for index, event in enumerate(events) if index in self.repeats]


@dataclass
class EventStore:
    """Writes events on the writer's connection; the only one to do so, which is what makes its next id right."""

    registry: Registry = field(default_factory=Registry)
    activity: CameraActivity = field(default_factory=CameraActivity)
    _next_id: int | None = None

    def forget(self) -> None:
        """After a rollback: what was remembered of it didn't happen."""
        self.registry.forget()
        self.activity.forget()

    def store(self, connection: Connection, events: Sequence[Event], now: int) -> Stored:
        """Store events that are new, recognise the rest. now: µs UTC."""
        self.registry.load(connection)
        refused = self.registry.refused(connection, events)
        wanted = [event for index, event in enumerate(events) if index not in refused] if refused else events
        self.registry.register(connection, wanted, now)
        faultpoint("store: ids registered")
        first = self._take_ids(connection, len(events))
        models = self.registry.models
        last = 14 if any(event[13] for event in events) else 13
        rows = [
            (first + index, *event[:10], models[event[0], event[10], event[11] or ""] if event[10] else None, event[12], now, *event[13:last])
            for index, event in enumerate(events)
            if index not in refused
        ]
        stored = Stored([0 if index in refused else first + index for index in range(len(events))], refused=refused)
        if self._insert(connection, rows) < len(rows):
            _recognise(connection, events, first, stored)
        faultpoint("store: events inserted")
        new, repeats = stored.sorted_out(events)
        if new:
            _invalidate(connection, new)
        faultpoint("store: invalidations noted")
        self.activity.note(connection, new, repeats, now)
        return stored

    def _take_ids(self, connection: Connection, count: int) -> int:
        if self._next_id is None:
            self._next_id = (connection.scalar(select(func.max(events_table.c.event_id))) or 0) + 1
        first, self._next_id = self._next_id, self._next_id + count
        return first

    @staticmethod
    def _insert(connection: Connection, rows: Sequence[tuple[object, ...]]) -> int:
        """Insert what is new; how many rows that were."""
        inserted = begin = 0
        for size in _ROWS_A_STATEMENT:
            while len(rows) - begin >= size:
                values = tuple(chain.from_iterable(rows[begin : begin + size]))
                inserted += connection.exec_driver_sql(_insert_of(size, len(rows[begin])), values).rowcount
                begin += size
        if begin < len(rows):
            inserted += connection.exec_driver_sql(_insert_of(1, len(rows[begin])), list(rows[begin:])).rowcount
        return inserted


def _recognise(connection: Connection, events: Sequence[Event], first: int, stored: Stored) -> None:
    """Tell repeats from conflicts among the events that were not inserted, and find what is stored in their place."""
    table = events_table
    ids = connection.scalars(select(table.c.event_id).where(table.c.event_id >= first, table.c.event_id < first + len(events)))
    inserted = set(ids)
    for index, event in enumerate(events):
        if index in stored.refused or first + index in inserted:
            continue
        event_id, content = _in_its_place(connection, event)
        if content == event[1:6]:
            stored.repeats.add(index)
            stored.event_ids[index] = event_id
        else:
            stored.refused[index] = f"event_id: {event.client_event_id} was sent before with other content, as our event {event_id}."
            stored.event_ids[index] = 0


def _in_its_place(connection: Connection, event: Event) -> tuple[int, tuple[object, ...]]:
    """Our id and the content of the stored event that has this one's identity."""
    if event.client_event_id:
        row = connection.exec_driver_sql(BY_CLIENT_ID, (event.site_id, event.source, event.client_event_id)).one()
    else:
        row = connection.exec_driver_sql(BY_CONTENT, event[:6]).one()
    event_id, *found = row
    return event_id, tuple(found)


def _invalidate(connection: Connection, events: Sequence[Event]) -> None:
    """Note what must be refreshed: a row for each site, worker and UTC day, so that one stray timestamp doesn't widen the rest."""
    touched: dict[tuple[str, str, int], list[int]] = {}
    for event in events:
        at = event[2]
        span = touched.get((event[0], event[1], at // DAY))
        if span is None:
            touched[event[0], event[1], at // DAY] = [at, at]
        elif at < span[0]:
            span[0] = at
        elif at > span[1]:
            span[1] = at
    rows = [{"site_id": site, "worker_id": worker, "from_time": low, "to_time": high} for (site, worker, _), (low, high) in touched.items()]
    connection.execute(insert(invalidations), rows)
