"""The events of a stretch of time, with those beside it on which the states at its ends hang.

A worker's state at the beginning is that of the last state event before, and lasts as if it began with the last event before; the
last state within ends with the first event after. What lies between them and the stretch changes nothing in it:

    events    W   I   P   P     W   P   I   P   P     P   W
    read          ↑       ↑   ├─────────────────────┤ ↑
"""

from collections.abc import Sequence

from sqlalchemy import CTE, BigInteger, ColumnElement, Connection, Select, and_, case, func, select, type_coerce

from data_layer.frames import Frames
from data_layer.names import Names
from data_layer.sql import listed, look_up_in, visible
from data_layer.tables import events
from data_layer.types import micros
from metrics.columns import Columns, changes, columns, concat, order_by
from metrics.schedule import SiteRules
from metrics.units import BEGINNING, FOREVER, Micros

#: A worker's states are looked for among so many events before and after the stretch: a high threshold could hide them all.
_NEAREST = 5_000
_NOWHEN = -1
_at = micros(events.c.timestamp)


class Surroundings:
    """Events of one site on one snapshot under several rules; workers and stations go by number."""

    def __init__(self, connection: Connection, site_id: str, names: Names, rules: Sequence[SiteRules]) -> None:
        self._frames = Frames(connection, site_id, names)
        self._rules = rules
        self._own = events.c.site_id == site_id
        self._workers = ("", *names.workers)

    def count(self, low: int, high: int, most: int) -> int:
        """How many events lie in `[low, high]`, visible or not, counted up to `most`."""
        asked = self._asked([[worker] for worker in self._workers], "worker")
        some = select(events.c.event_id).select_from(look_up_in(asked, events, self._of(asked) & _at.between(low, high))).limit(most).subquery()
        return int(self._frames.connection.scalar(select(func.count()).select_from(some)) or 0)

    def last(self, rules: SiteRules, since: int) -> int:
        """When the last visible event after an instant happened; the instant itself, if none did."""
        asked = self._asked([[worker] for worker in self._workers], "worker")
        own = and_(self._of(asked), _at > since, visible(rules))
        return int(self._frames.connection.scalar(select(func.max(_at)).select_from(look_up_in(asked, events, own))) or since)

    def read(self, low: int, high: int) -> list[Columns]:
        """The events visible under each of the rules, in `[low, high]` and beside it: worker, station, timestamp, kind, count."""
        everyone = columns(worker=range(len(self._workers)))
        marks = self._beside(low, high)
        regions = concat([everyone.assign(low=low, high=high), marks.assign(low=marks["at"], high=marks["at"])])
        found = self._frames.columns(self._visible_in(regions))
        return [found.rows(found[f"seen_{number}"] == 1).pick(*_FIELDS) for number in range(len(self._rules))]

    def _visible_in(self, regions: Columns) -> Select[*tuple[int, ...]]:
        names = self._frames.names.texts("worker", regions["worker"])
        asked = self._asked(list(zip(names, regions["low"].tolist(), regions["high"].tolist(), strict=True)), "worker", "low", "high")
        own = and_(self._of(asked), _at >= asked.c.low, _at <= asked.c.high)
        seen = [case((visible(rules), 1), else_=0).label(f"seen_{number}") for number, rules in enumerate(self._rules)]
        ids = [events.c.worker_id.label("worker"), events.c.station_id.label("station")]
        fields = [*ids, _at.label("timestamp"), events.c.event_type.label("kind"), type_coerce(events.c.count, BigInteger).label("count")]
        return select(*fields, *seen).select_from(look_up_in(asked, events, own))

    def _beside(self, low: int, high: int) -> Columns:
        """Instants (worker, at) of the events that matter beside `[low, high]`, each once."""
        near = self._near(low, high)
        marks = [self._marks(near, rules, low, high) for rules in self._rules]
        found = concat([columns(worker=near["worker"], at=mark[name]) for mark in marks for name in ("seen", "set", "following")])
        found = found.rows(found["at"] != _NOWHEN)
        ordered = found.rows(order_by(found, ["worker", "at"]))
        return ordered.rows(changes(ordered, ["worker", "at"]))

    def _near(self, low: int, high: int) -> Columns:
        """How far each worker's nearest events reach on both sides: worker, floor, ceiling."""
        asked = self._asked([[worker] for worker in self._frames.names.workers], "worker")
        own = select(_at).where(self._of(asked)).limit(1).offset(_NEAREST)
        floor = func.coalesce(own.where(_at < low).order_by(_at.desc()).scalar_subquery(), BEGINNING)
        ceiling = func.coalesce(own.where(_at > high).order_by(_at.asc()).scalar_subquery(), FOREVER)
        reach = [type_coerce(floor, BigInteger).label("floor"), type_coerce(ceiling, BigInteger).label("ceiling")]
        return self._frames.columns(select(asked.c.worker, *reach).select_from(asked))

    def _marks(self, near: Columns, rules: SiteRules, low: int, high: int) -> dict[str, Micros]:
        """When each worker was last seen before `low`, last set a state before it, and was seen first after `high`; _NOWHEN for never."""
        names = self._frames.names.texts("worker", near["worker"])
        rows = list(zip(range(len(near)), names, near["floor"].tolist(), near["ceiling"].tolist(), strict=True))
        asked = self._asked(rows, "row", "worker", "floor", "ceiling")
        own = select(_at).where(self._of(asked), visible(rules)).limit(1)
        before = own.where(_at >= asked.c.floor, _at < low).order_by(_at.desc())
        found = {
            "seen": before,
            "set": before.where(events.c.event_type != "product_count"),
            "following": own.where(_at > high, _at <= asked.c.ceiling).order_by(_at.asc()),
        }
        marks = [type_coerce(func.coalesce(mark.scalar_subquery(), _NOWHEN), BigInteger).label(name) for name, mark in found.items()]
        return self._frames.columns(select(*marks).select_from(asked).order_by(asked.c.row)).arrays

    def _asked(self, rows: Sequence[Sequence[object]], *names: str) -> CTE:
        return listed("asked", {name: str if name == "worker" else int for name in names}, rows)

    def _of(self, asked: CTE) -> ColumnElement[bool]:
        return and_(self._own, events.c.worker_id == asked.c.worker)


_FIELDS = ("worker", "station", "timestamp", "kind", "count")
