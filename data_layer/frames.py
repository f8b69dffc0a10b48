"""Rows in and out of the database as DataFrames whose times are integer microseconds."""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import CTE, BigInteger, ColumnElement, Connection, Float, Select, String, Table, and_, bindparam, case, func, or_, select, true, type_coerce

from data_layer.tables import attendance, events, intervals, worker_tails
from data_layer.types import UtcMicros, micros
from metrics.intervals import PRODUCT_COUNT
from metrics.local_time import LocalClock, day_number
from metrics.schedule import SiteRules
from metrics.window import Filters
from metrics.units import BEGINNING, DAY, FOREVER, HOUR, MINUTE

_DTYPES: list[tuple[type, Any]] = [(UtcMicros, np.int64), (BigInteger, np.int64), (Float, np.float64)]


def frame(connection: Connection, statement: Select[Any]) -> pd.DataFrame:
    """The rows of a statement, with columns typed by the statement's."""
    result = connection.execute(statement)
    columns = list(statement.selected_columns)
    cursor: Any = result.cursor
    rows = cursor.fetchall()
    result.close()
    values: list[Any] = list(zip(*rows, strict=True)) if rows else [()] * len(columns)
    return pd.DataFrame({column.name: _array(column, value) for column, value in zip(columns, values, strict=True)})


def _array(column: ColumnElement[Any], values: Sequence[Any]) -> pd.Series:
    dtype = next((dtype for kind, dtype in _DTYPES if isinstance(column.type, kind)), object)
    return pd.Series(np.array(values, dtype=dtype) if dtype is not object else list(values), dtype=dtype)


def listed(name: str, columns: dict[str, type], rows: Sequence[Sequence[Any]]) -> CTE:
    """Some rows as a table to join with, handed over as one JSON parameter so that the statement stays the same.

    columns: name → int or str.
    """
    each = func.json_each(bindparam(None, json.dumps(rows), String)).table_valued("value", name=f"{name}_json")
    types = {int: BigInteger(), str: String()}
    extracted = [func.json_extract(each.c.value, f"$[{index}]", type_=types[kind]).label(column) for index, (column, kind) in enumerate(columns.items())]
    return select(*extracted).cte(name)


def visible(rules: SiteRules) -> ColumnElement[bool]:
    """Which rows of `events` the metrics see (rule 1), in SQL."""
    if not any(version.min_confidence for version in rules.versions):
        return true()
    thresholds = [
        (and_(micros(events.c.timestamp) >= start, micros(events.c.timestamp) < end), rules.versions[version].min_confidence)
        for start, end, version in version_stretches(rules)
    ]
    return or_(events.c.confidence.is_(None), events.c.confidence >= case(*thresholds, else_=0.0))


def version_stretches(rules: SiteRules) -> list[tuple[int, int, int]]:
    """Stretches of UTC time `[start, end)` in which one settings version is in force."""
    edges = {BEGINNING, FOREVER}
    for version in rules.versions:
        if version.valid_from is not None:
            edges |= _changes_around(rules.clock, day_number(version.valid_from))
    ordered = sorted(edges)
    in_force = rules.version_of(np.array(ordered[:-1], dtype=np.int64)).tolist()
    return [(start, end, version) for start, end, version in zip(ordered[:-1], ordered[1:], in_force, strict=True)]


def _changes_around(clock: LocalClock, day: int) -> set[int]:
    """The instants at which the local calendar turns to a day. More than one where the clock is set back over midnight."""
    minutes = np.arange(day * DAY - 2 * DAY, day * DAY + 2 * DAY, MINUTE)
    reached = clock.local_day(minutes) >= day
    return set(minutes[1:][reached[1:] != reached[:-1]].tolist())


def reach(connection: Connection, site_id: str, rules: SiteRules, dirty: pd.DataFrame) -> pd.DataFrame:
    """From which event to which one intervals must be formed anew, for stretches of touched events.

    dirty: worker, low, high (µs, inclusive). Adds `begin`, the worker's last visible state event before `low` (or `low`), and
    `until`, the first one after `high` (or FOREVER): product counts carry a state on, so the reach goes over them.
    """
    asked = listed("dirty", {"row": int, "worker": str, "low": int, "high": int}, _numbered(dirty[["worker", "low", "high"]]))
    own = and_(events.c.site_id == site_id, events.c.worker_id == asked.c.worker, events.c.event_type != PRODUCT_COUNT, visible(rules))
    at = micros(events.c.timestamp)
    before = select(at).where(own, at < asked.c.low).order_by(at.desc()).limit(1).scalar_subquery()
    after = select(at).where(own, at > asked.c.high).order_by(at).limit(1).scalar_subquery()
    # Who has no worker has no state, and a line counter's events would be searched through in vain.
    someone = asked.c.worker != ""
    begin = case((someone, func.coalesce(before, asked.c.low)), else_=asked.c.low)
    until = case((someone, func.coalesce(after, FOREVER)), else_=FOREVER)
    columns = [asked.c.row, type_coerce(begin, BigInteger).label("begin"), type_coerce(until, BigInteger).label("until")]
    found = frame(connection, select(*columns).order_by(asked.c.row))
    return dirty.reset_index(drop=True).assign(begin=found["begin"], until=found["until"])


def _numbered(rows: pd.DataFrame) -> list[list[Any]]:
    return [[number, *row] for number, row in enumerate(zip(*(rows[column].tolist() for column in rows.columns), strict=True))]


def events_of(connection: Connection, site_id: str, rules: SiteRules, regions: pd.DataFrame) -> pd.DataFrame:
    """Visible events in regions (worker, begin, until; inclusive): worker, station, timestamp, event_type."""
    asked = listed("regions", {"row": int, "worker": str, "begin": int, "until": int}, _numbered(regions[["worker", "begin", "until"]]))
    at = micros(events.c.timestamp)
    own = and_(events.c.site_id == site_id, events.c.worker_id == asked.c.worker, at >= asked.c.begin, at <= asked.c.until, visible(rules))
    columns = [events.c.worker_id.label("worker"), events.c.station_id.label("station"), at.label("timestamp"), events.c.event_type]
    return frame(connection, select(*columns).select_from(asked.join(events, own)))


def intervals_of(connection: Connection, site_id: str, people: list[str] | None, ranges: list[tuple[int, int]]) -> pd.DataFrame:
    """Stored intervals that overlap or touch any of some ranges `[low, high]`, each once, of some workers or of everyone."""
    if people is None:
        everyone = select(worker_tails.c.worker).where(worker_tails.c.site_id == site_id).cte("everyone")
    else:
        everyone = listed("everyone", {"worker": str}, [[worker] for worker in people])
    spans = listed("spans", {"low": int, "high": int}, ranges)
    asked = select(everyone.c.worker, spans.c.low, spans.c.high).select_from(everyone.join(spans, true())).cte("asked")
    # A worker's intervals don't overlap: of those that begin before `low`, only the last can reach it.
    earlier = intervals.alias("earlier")
    begin, start, end = micros(earlier.c.start), micros(intervals.c.start), micros(intervals.c.end)
    reaching = select(func.max(begin)).where(earlier.c.site_id == site_id, earlier.c.worker == asked.c.worker, begin < asked.c.low).scalar_subquery()
    own = and_(intervals.c.site_id == site_id, intervals.c.worker == asked.c.worker, start <= asked.c.high, start >= func.coalesce(reaching, asked.c.low))
    columns = [intervals.c.worker, intervals.c.station, intervals.c.state, start.label("start"), end.label("end"), intervals.c.held]
    found = frame(connection, select(*columns).select_from(asked.join(intervals, own)).where(end >= asked.c.low))
    return found if len(ranges) == 1 else found.drop_duplicates(["worker", "start"], ignore_index=True)


def no_intervals() -> pd.DataFrame:
    """A frame of intervals without any."""
    texts = {name: pd.Series([], dtype=object) for name in ("worker", "station", "state")}
    return pd.DataFrame({**texts, **{name: np.array([], dtype=np.int64) for name in ("start", "end", "held")}})


def no_attendance() -> pd.DataFrame:
    """A frame of attendance without any."""
    return pd.DataFrame({"shift": np.array([], dtype=np.int64), "worker": pd.Series([], dtype=object), "covered": np.array([], dtype=np.int64)})


def rollup(connection: Connection, table: Table, site_id: str, low: int, high: int, people: list[str] | None = None) -> pd.DataFrame:
    """Rollup rows with a bucket in `[low, high)`, of some workers or of all."""
    bucket = micros(table.c.bucket)
    columns = [bucket.label("bucket"), *(column for column in table.columns if column.name not in ("site_id", "bucket"))]
    statement = select(*columns).where(table.c.site_id == site_id, bucket >= low, bucket < high)
    return frame(connection, statement if people is None else statement.where(table.c.worker.in_(people)))


def attendance_of(connection: Connection, site_id: str, first: int, last: int, people: list[str] | None = None) -> pd.DataFrame:
    """Stored attendance in shifts whose key lies in `[first, last]`: shift, worker, covered (µs)."""
    table = attendance
    statement = select(table.c.shift, table.c.worker, table.c.covered).where(table.c.site_id == site_id, table.c.shift.between(first, last))
    return frame(connection, statement if people is None else statement.where(table.c.worker.in_(people)))


def output_by_hour(connection: Connection, site_id: str, rules: SiteRules, people: list[str], low: int, high: int) -> pd.DataFrame:
    """Units and visible events by local hour, counted from the events in `[low, high)`: bucket, worker, station, units, events."""
    asked = listed("asked", {"worker": str}, [[worker] for worker in people])
    at = micros(events.c.timestamp)
    parts = []
    for start, end, offset in rules.clock.stretches(low, high):
        own = and_(events.c.site_id == site_id, events.c.worker_id == asked.c.worker, at >= start, at < end, visible(rules))
        hour = type_coerce((at + offset) // HOUR, BigInteger).label("hour")
        units = type_coerce(func.sum(events.c.count), BigInteger).label("units")
        keys = [hour, events.c.worker_id.label("worker"), events.c.station_id.label("station")]
        counted = frame(connection, select(*keys, units, func.count(type_=BigInteger).label("events")).select_from(asked.join(events, own)).group_by(*keys))
        # An hour that a change of offset cuts begins at the change.
        parts.append(counted.assign(bucket=np.maximum(counted.pop("hour").to_numpy() * HOUR - offset, rules.clock.last_change(start))))
    return pd.concat(parts, ignore_index=True)


def extents(connection: Connection, site_id: str, rules: SiteRules, people: list[str]) -> pd.DataFrame:
    """First and last visible event of some workers: worker, first_time, last_time; without those who have none."""
    asked = listed("asked", {"worker": str}, [[worker] for worker in people])
    at = micros(events.c.timestamp)
    own = select(at).where(events.c.site_id == site_id, events.c.worker_id == asked.c.worker, visible(rules)).limit(1)
    first = type_coerce(own.order_by(at).scalar_subquery(), BigInteger)
    last = type_coerce(own.order_by(at.desc()).scalar_subquery(), BigInteger)
    known = select(asked.c.worker, first.label("first_time"), last.label("last_time")).cte("known")
    return frame(connection, select(known).where(known.c.first_time.is_not(None)))


def tails_of(connection: Connection, site_id: str, people: list[str] | None = None) -> pd.DataFrame:
    """Stored first and last events of some workers or of all, with the state after the last."""
    table = worker_tails
    columns = [table.c.worker, micros(table.c.first_time).label("first_time"), micros(table.c.last_time).label("last_time"), table.c.state, table.c.station]
    statement = select(*columns).where(table.c.site_id == site_id)
    return frame(connection, statement if people is None else statement.where(table.c.worker.in_(people)))


def rollup_sums(
    connection: Connection, table: Table, site_id: str, ranges: list[tuple[int, int]], by: list[str], filters: Filters
) -> pd.DataFrame:
    """Sums of rollup rows with a bucket in any of some ranges `[low, high)`, by some of the key columns."""
    spans = listed("spans", {"low": int, "high": int}, ranges)
    bucket = micros(table.c.bucket)
    keys = [table.c[name] for name in by]
    sums = [type_coerce(func.sum(column), BigInteger).label(column.name) for column in table.columns if not column.primary_key]
    joined = spans.join(table, and_(table.c.site_id == site_id, bucket >= spans.c.low, bucket < spans.c.high))
    return frame(connection, _filtered(select(*keys, *sums).select_from(joined), table, filters).group_by(*keys))


def _filtered(statement: Select[Any], table: Table, filters: Filters) -> Select[Any]:
    if filters.workers is not None and "worker" in table.columns:
        statement = statement.where(table.c.worker.in_(sorted(filters.workers)))
    if filters.stations is not None:
        statement = statement.where(table.c.station.in_(sorted(filters.stations)))
    return statement


def outputs_between(connection: Connection, site_id: str, rules: SiteRules, ranges: list[tuple[int, int]]) -> pd.DataFrame:
    """Units and visible events in ranges `[low, high)`, counted from events: worker, station, units, events."""
    everyone = select(worker_tails.c.worker).where(worker_tails.c.site_id == site_id).cte("everyone")
    spans = listed("spans", {"low": int, "high": int}, ranges)
    asked = select(everyone.c.worker, spans.c.low, spans.c.high).select_from(everyone.join(spans, true())).cte("asked")
    at = micros(events.c.timestamp)
    own = and_(events.c.site_id == site_id, events.c.worker_id == asked.c.worker, at >= asked.c.low, at < asked.c.high, visible(rules))
    keys = [events.c.worker_id.label("worker"), events.c.station_id.label("station")]
    sums = [type_coerce(func.sum(events.c.count), BigInteger).label("units"), func.count(type_=BigInteger).label("events")]
    return frame(connection, select(*keys, *sums).select_from(asked.join(events, own)).group_by(*keys))
