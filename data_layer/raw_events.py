"""Raw events, newest first and a page at a time: the way back through each worker's events, merged.

No index holds a site's events in order of time; one holds each worker's. A page looks at stretches of time from its upper end
backwards, each as long as no worker has more than `depth` events in it, until enough of them are found:

            stretch 2, depth 32        stretch 1, depth 8
    W1   ·  ·   │ · ·  · ·   · · · │··· ·· · ··· ▲ where the page
    W2   · ·  · │ ·  ··   · ·  · · │  ·  · ·     │ before ended
    W3          │                  │  ·          │
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple

from sqlalchemy import CTE, BigInteger, Boolean, Column, ColumnElement, Connection, and_, case, false, func, literal, or_, select, type_coerce, union_all

from data_layer.privacy import About, NotShown, Privacy, names_told, own_ids, pseudonym
from data_layer.query import Row
from data_layer.registered import none_has
from data_layer.sites import MAIN, Site, load_site
from data_layer.sql import NEARBY, in_months, in_steps, listed, look_up_in, visible
from data_layer.tables import camera_activity, cameras, cv_models, events, worker_tails, workers, workstations
from data_layer.types import micros
from metrics.units import BEGINNING, FOREVER, to_micros

#: So many events at most are looked at for a page (ties aside): a question that few events fit is answered in many short pages.
_LOOKED_AT = 100_000
_DEEPER = 4
_LAST_ID = 2**63 - 1


class Span(NamedTuple):
    """A site's time `[start, end)`, aware; None is no bound."""

    site_id: str = MAIN
    start: datetime | None = None
    end: datetime | None = None


class Position(NamedTuple):
    """A place in the order of events. timestamp: µs UTC."""

    timestamp: int
    event_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EventsQuery:
    """Which events: those in a span of each site that pass every filter, `()` being none. before: where the page before ended."""

    spans: tuple[Span, ...] = (Span(),)
    worker_ids: tuple[str, ...] = ()
    station_ids: tuple[str, ...] = ()
    camera_ids: tuple[str, ...] = ()
    event_types: tuple[str, ...] = ()
    before: Position | None = None
    limit: int = 100

    @property
    def site_ids(self) -> list[str]:
        """The sites that are asked about."""
        return [span.site_id for span in self.spans]


@dataclass(frozen=True, slots=True)
class Page:
    """Events, newest first, and where the next page begins; None after the last one.

    There may be fewer events than asked for, even none, although there is a next page: where few of very many pass the filters.
    """

    events: list[Row]
    next: Position | None


def read_page(connection: Connection, query: EventsQuery) -> Page:
    """A page of events. Pages neither repeat nor lose an event, whatever is stored between them. Raises UnknownSite, UnknownId and NotShown."""
    asked = [load_site(connection, site_id) for site_id in query.site_ids]
    for site in asked:
        site.privacy.check(site.site_id, About.PEOPLE if query.worker_ids else About.MOMENTS)
    query = _unmasked(connection, asked, query)
    _check_ids(connection, query)
    found, reached = _Walk(connection, query).positions()
    if len(found) > query.limit:
        found = found[: query.limit]
        reached = found[-1]
    return Page(_described(connection, asked, found), reached)


def _unmasked(connection: Connection, asked: Sequence[Site], query: EventsQuery) -> EventsQuery:
    """The question with the workers' own ids, where the caller knows them by pseudonyms. Raises UnknownId, and NotShown for a mixture."""
    masked = [site for site in asked if not names_told(site.site_id, site.privacy)]
    if not query.worker_ids or not masked:
        return query
    if len(asked) > 1:
        raise NotShown("worker_id: you know the workers of some of these sites by pseudonyms: ask for one site at a time.")
    [site] = masked
    own = own_ids(connection, site.site_id, site.privacy)
    unknown = {("worker", called) for called in set(query.worker_ids) - set(own)}
    if unknown:
        raise none_has(unknown, query.site_ids)
    return replace(query, worker_ids=tuple(own[called] for called in query.worker_ids))


def _check_ids(connection: Connection, query: EventsQuery) -> None:
    asked: list[tuple[str, Column[Any], tuple[str, ...]]] = [
        ("worker", workers.c.worker_id, query.worker_ids),
        ("workstation", workstations.c.station_id, query.station_ids),
        ("camera", cameras.c.camera_id, query.camera_ids),
    ]
    unknown = {(kind, id_) for kind, column, wanted in asked if wanted for id_ in set(wanted) - _known(connection, column, query.site_ids, wanted)}
    if unknown:
        raise none_has(unknown, query.site_ids)


def _known(connection: Connection, column: Column[Any], site_ids: Sequence[str], wanted: Sequence[str]) -> set[str]:
    return set(connection.scalars(select(column).where(column.table.c.site_id.in_(site_ids), column.in_(wanted))))


@dataclass(frozen=True)
class _Walk:
    """The way back from where a page begins."""

    connection: Connection
    query: EventsQuery

    def positions(self) -> tuple[list[Position], Position | None]:
        """The newest events that pass: one more than wanted if there are as many. And, if that isn't all there may be, how far was looked."""
        found: list[Position] = []
        looked_at, low, high = 0, BEGINNING, self._newest()
        people = self.connection.scalar(select(func.count()).select_from(self._people(low, high))) or 0
        depth = 1 + 2 * self.query.limit // max(1, people)
        while True:
            begin = self._begin(high, depth)
            found += self._between(low if begin is None else begin, high)
            looked_at += people * depth
            if begin is None or len(found) > self.query.limit:
                return found, None
            high = begin - 1
            if looked_at >= _LOOKED_AT:
                return found, Position(high, _LAST_ID)
            depth *= _DEEPER

    def _newest(self) -> int:
        """Nothing that is asked for is younger."""
        newest = FOREVER if self.query.before is None else self.query.before.timestamp
        if not self.query.camera_ids:
            return newest
        # A camera that fell silent long ago would be looked for in vain in all events since.
        own = camera_activity.c.site_id.in_(self.query.site_ids), camera_activity.c.camera_id.in_(self.query.camera_ids)
        last = self.connection.scalar(select(func.max(micros(camera_activity.c.last_event_at))).where(*own))
        return min(newest, BEGINNING if last is None else last)

    def _people(self, low: int, high: int) -> CTE:
        """Whose events between when: site_id, worker ('' for events without one), low, high (µs, inclusive)."""
        rows = [(span.site_id, max(low, _low(span)), min(high, _high(span))) for span in self.query.spans]
        asked = listed("asked", {"site_id": str, "low": int, "high": int}, rows)
        registered = select(asked.c.site_id, workers.c.worker_id.label("worker"), asked.c.low, asked.c.high)
        registered = registered.select_from(look_up_in(asked, workers, workers.c.site_id == asked.c.site_id))
        if self.query.worker_ids:
            return registered.where(workers.c.worker_id.in_(self.query.worker_ids)).cte("people")
        return union_all(registered, select(asked.c.site_id, literal(""), asked.c.low, asked.c.high)).cte("people")

    def _begin(self, high: int, depth: int) -> int | None:
        """Since when each worker has at most `depth` events up to `high`, those at that very instant aside; None for since ever."""
        last = min(high, self._latest_known)
        for low in in_steps(self.connection, [*(last - near for near in NEARBY if last - near > BEGINNING), BEGINNING]):
            found = self._one_too_many(low, high, depth)
            if found is not None:
                return found
        return None

    @cached_property
    def _latest_known(self) -> int:
        """About when the last event was."""
        last = func.max(micros(worker_tails.c.last_time), type_=BigInteger)
        return self.connection.scalar(select(last).where(worker_tails.c.site_id.in_(self.query.site_ids))) or BEGINNING

    def _one_too_many(self, low: int, high: int, depth: int) -> int | None:
        """When the last event was that is too many for one of the workers, in `[low, high]`."""
        people = self._people(low, high)
        at = micros(events.c.timestamp)
        own = select(at).where(_own(people), self._in_months(low, high)).order_by(at.desc()).limit(1).offset(depth).scalar_subquery()
        found: int | None = self.connection.scalar(select(func.max(own)).select_from(people))
        return found

    def _in_months(self, low: int, high: int) -> ColumnElement[bool]:
        spans = self.query.spans
        return in_months(max(low, min(map(_low, spans))), min(high, max(map(_high, spans))))

    def _between(self, low: int, high: int) -> list[Position]:
        """The newest events in `[low, high]` that pass; the index tells it alone unless cameras are asked for."""
        people = self._people(low, high)
        at = micros(events.c.timestamp)
        passing = select(at, events.c.event_id).select_from(look_up_in(people, events, _own(people))).where(self._in_months(low, high), *_passing(self.query))
        rows = self.connection.execute(passing.order_by(at.desc(), events.c.event_id.desc()).limit(self.query.limit + 1))
        return [Position(*row) for row in rows]


def _low(span: Span) -> int:
    return BEGINNING if span.start is None else to_micros(span.start)


def _high(span: Span) -> int:
    return FOREVER if span.end is None else to_micros(span.end) - 1


def _own(people: CTE) -> ColumnElement[bool]:
    at = micros(events.c.timestamp)
    return and_(events.c.site_id == people.c.site_id, events.c.worker_id == people.c.worker, at >= people.c.low, at <= people.c.high)


def _passing(query: EventsQuery) -> list[ColumnElement[bool]]:
    wanted: list[tuple[Column[Any], tuple[str, ...]]] = [
        (events.c.station_id, query.station_ids),
        (events.c.event_type, query.event_types),
        (events.c.camera_id, query.camera_ids),
    ]
    passing: list[ColumnElement[bool]] = [column.in_(values) for column, values in wanted if values]
    if query.before is not None:
        at, (timestamp, event_id) = micros(events.c.timestamp), query.before
        passing.append(or_(at < timestamp, and_(at == timestamp, events.c.event_id < event_id)))
    return passing


_FIRST_FIELDS = ["event_id", "client_event_id", "site_id", "timestamp", "worker_id"]
_MORE_FIELDS = ["event_type", "confidence", "count", "camera_id", "source", "sequence", "sent_at", "created_at"]


def _described(connection: Connection, asked: Sequence[Site], found: Sequence[Position]) -> list[Row]:
    """The events there with all that is known of them, newest first; what is missing is None."""
    seen = case(*((events.c.site_id == site.site_id, visible(site.rules)) for site in asked), else_=false())
    columns = [*(events.c[name] for name in _FIRST_FIELDS), events.c.station_id.label("workstation_id"), *(events.c[name] for name in _MORE_FIELDS)]
    columns += [cv_models.c.model_name, cv_models.c.model_version, type_coerce(seen, Boolean).label("visible")]
    joined = events.outerjoin(cv_models, cv_models.c.model_id == events.c.model_id)
    statement = select(*columns).select_from(joined).where(events.c.event_id.in_([position.event_id for position in found]))
    if found:
        statement = statement.where(in_months(found[-1].timestamp, found[0].timestamp))
    rows = connection.execute(statement.order_by(events.c.timestamp.desc(), events.c.event_id.desc())).mappings()
    rules = {site.site_id: site.privacy for site in asked}
    return [_shown(dict(row), rules[row["site_id"]]) for row in rows]


def _shown(row: Row, rule: Privacy) -> Row:
    """A missing id is no empty one, and a state event has no count. Who is told nobody is told no id that the sender made either: it may name somebody."""
    shown = {name: None if value == "" else value for name, value in row.items()}
    if not rule.shows_people:
        shown |= {"worker_id": None, "client_event_id": None}
    elif not names_told(row["site_id"], rule):
        called = shown["worker_id"] and pseudonym(row["site_id"], rule, shown["worker_id"])
        shown |= {"worker_id": called, "client_event_id": None}
    return shown if row["event_type"] == "product_count" else {**shown, "count": None}
