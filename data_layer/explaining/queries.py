"""The events behind a figure, and how many rows one would have to look at to find them."""

from collections.abc import Sequence

from sqlalchemy import CTE, BigInteger, ColumnElement, Select, Table, and_, func, not_, select, true, type_coerce

from data_layer.frames import Frames, Range
from data_layer.sql import listed, look_up_in, visible
from data_layer.tables import events, intervals
from data_layer.types import micros
from metrics.columns import Columns, order_by
from metrics.intervals import NOBODY
from metrics.schedule import SiteRules
from metrics.window import Filters

#: So many rows at most are looked at to find out what a figure is made of.
LOOKED_AT = 20_000
_STARTS = {events: events.c.timestamp, intervals: intervals.c.start}
_PEOPLE = {events: events.c.worker_id, intervals: intervals.c.worker}


def few_enough(frames: Frames, table: Table, filters: Filters, ranges: Sequence[Range]) -> bool:
    """Whether at most LOOKED_AT rows of `events` or `intervals` begin in some ranges `[low, high)`, of those workers who count."""
    workers = _workers(frames, filters)
    if len(workers) * len(ranges) > LOOKED_AT:
        return False
    rows = select(true()).select_from(look_up_in(asked := _asked(frames, workers, ranges), table, _within(frames, table, asked))).limit(LOOKED_AT + 1)
    return (frames.connection.scalar(select(func.count()).select_from(rows.subquery())) or 0) <= LOOKED_AT


def seen(frames: Frames, rules: SiteRules, filters: Filters, ranges: Sequence[Range], *, counts_only: bool, most: int) -> Columns:
    """The first `most` visible events in some ranges `[low, high)`: event_id, worker, station, timestamp, kind, count. counts_only: without states."""
    asked = _asked(frames, _workers(frames, filters), ranges)
    statement = _events(asked, and_(_within(frames, events, asked), visible(rules)))
    if filters.stations is not None:
        statement = statement.where(events.c.station_id.in_(frames.names.texts("station", sorted(filters.stations))))
    return frames.columns((statement.where(events.c.event_type == "product_count") if counts_only else statement).limit(most))


def events_at(frames: Frames, rules: SiteRules, moments: Columns) -> Columns:
    """The visible events at exactly some moments (worker, at; µs): as `seen`, those of one instant in the order of rule 2 of docs/metrics.md."""
    rows = list(zip(frames.names.texts("worker", moments["worker"]), moments["at"].tolist(), strict=True))
    asked = listed("moments", {"worker": str, "at": int}, rows)
    own = and_(events.c.site_id == frames.site_id, events.c.worker_id == asked.c.worker, micros(events.c.timestamp) == asked.c.at, visible(rules))
    found = frames.columns(_events(asked, own))
    return found.rows(order_by(found, ["worker", "timestamp", "kind", "station", "event_id"]))


def invisible(frames: Frames, rules: SiteRules, filters: Filters, ranges: Sequence[Range]) -> int | None:
    """How many events in some ranges are below the site's minimum confidence; None where too many would have to be looked at."""
    if not any(version.min_confidence for version in rules.versions):
        return 0
    if not few_enough(frames, events, filters, ranges):
        return None
    asked = _asked(frames, _workers(frames, filters), ranges)
    own = and_(_within(frames, events, asked), not_(visible(rules)))
    statement = select(func.count()).select_from(look_up_in(asked, events, own))
    if filters.stations is not None:
        statement = statement.where(events.c.station_id.in_(frames.names.texts("station", sorted(filters.stations))))
    return frames.connection.scalar(statement) or 0


def _workers(frames: Frames, filters: Filters) -> list[int]:
    """Those whose events count; events that name no worker count unless workers are asked for."""
    return list(range(NOBODY, len(frames.names.workers) + 1)) if filters.workers is None else sorted(filters.workers)


def _asked(frames: Frames, workers: Sequence[int], ranges: Sequence[Range]) -> CTE:
    people = listed("people", {"worker": str}, [[name] for name in frames.names.texts("worker", workers)])
    spans = listed("spans", {"low": int, "high": int}, ranges)
    return select(people.c.worker, spans.c.low, spans.c.high).select_from(people.join(spans, true())).cte("asked")


def _within(frames: Frames, table: Table, asked: CTE) -> ColumnElement[bool]:
    start = micros(_STARTS[table])
    return and_(table.c.site_id == frames.site_id, _PEOPLE[table] == asked.c.worker, start >= asked.c.low, start < asked.c.high)


def _events(asked: CTE, own: ColumnElement[bool]) -> Select[*tuple[object, ...]]:
    found = [
        type_coerce(events.c.event_id, BigInteger).label("event_id"),
        events.c.worker_id.label("worker"),
        events.c.station_id.label("station"),
        micros(events.c.timestamp).label("timestamp"),
        events.c.event_type.label("kind"),
        events.c.count,
    ]
    return select(*found).select_from(look_up_in(asked, events, own))
