"""Events into tables: identity, repeats and conflicts (rule 1 of docs/metrics.md), registration and invalidations, in one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from data_layer.faultpoint import faultpoint
from data_layer.outbox import note_unsent
from data_layer.putting import insert_plain
from data_layer.tables import invalidations
from ingest.activity import CameraActivity
from ingest.event import Event
from ingest.event_rows import EventRows, InPlace, rows_of
from ingest.registry import Registry
from metrics.units import DAY

_TOUCHED = ("site_id", "worker_id", "from_time", "to_time")


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
    """Writes events on a writing connection; of one process's writer."""

    registry: Registry = field(default_factory=Registry)
    activity: CameraActivity = field(default_factory=CameraActivity)
    _rows: EventRows | None = None

    def forget(self) -> None:
        """After a rollback: what was remembered of it didn't happen."""
        self.registry.forget()
        self.activity.forget()

    def store(self, connection: Connection, events: Sequence[Event], now: int) -> Stored:
        """Store events that are new, recognise the rest. now: µs UTC."""
        table = self._rows = self._rows or rows_of(connection)
        self.registry.load(connection)
        refused = self.registry.refused(connection, events)
        wanted = [event for index, event in enumerate(events) if index not in refused] if refused else events
        self.registry.register(connection, wanted, now)
        faultpoint("store: ids registered")
        first = table.take_ids(connection, len(events))
        models = self.registry.models
        last = 14 if any(event[13] for event in events) else 13
        rows = [
            (first + index, *event[:10], models[event[0], event[10], event[11] or ""] if event[10] else None, event[12], now, *event[13:last])
            for index, event in enumerate(events)
            if index not in refused
        ]
        stored = Stored([0 if index in refused else first + index for index in range(len(events))], refused=refused)
        _sort_out(table.insert(connection, rows), events, first, stored)
        faultpoint("store: events inserted")
        new, repeats = stored.sorted_out(events)
        if new:
            _invalidate(connection, new)
            self._note_unsent(connection, events, stored)
        faultpoint("store: invalidations noted")
        self.activity.note(connection, new, repeats, now)
        return stored

    def _note_unsent(self, connection: Connection, events: Sequence[Event], stored: Stored) -> None:
        """New events of sites of which a central server is told."""
        told = self.registry.forwarded
        if told:
            known = stored.repeats | stored.refused.keys()
            rows = [(event[0], stored.event_ids[at], event[2]) for at, event in enumerate(events) if at not in known and event[0] in told]
            note_unsent(connection, rows)


def _sort_out(in_place: Mapping[int, InPlace], events: Sequence[Event], first: int, stored: Stored) -> None:
    """Tell repeats from conflicts among the events that were not inserted, by what is stored in their place."""
    for event_id, (known_as, content) in in_place.items():
        index = event_id - first
        event = events[index]
        if content == event[1:6]:
            stored.repeats.add(index)
            stored.event_ids[index] = known_as
        else:
            stored.refused[index] = f"event_id: {event.client_event_id} was sent before with other content, as our event {known_as}."
            stored.event_ids[index] = 0


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
    rows = [(site, worker, low, high) for (site, worker, _), (low, high) in touched.items()]
    insert_plain(connection, invalidations, rows, _TOUCHED)
