"""Statements that every question asks, made once: to make one, and to find its compiled form again, takes longer than to run it."""

from functools import cache, lru_cache
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    BindParameter,
    CompoundSelect,
    Select,
    Table,
    and_,
    bindparam,
    cast,
    func,
    select,
    true,
    union_all,
)

from data_layer.portable import AsList, as_01, quotient
from data_layer.sql import in_months, listed, look_up_in, visible
from data_layer.tables import attendance, events, intervals, outputs, worker_tails, worker_times
from data_layer.types import micros
from metrics.schedule import SiteRules
from metrics.units import MINUTE

Statement = Select[*tuple[Any, ...]] | CompoundSelect[*tuple[Any, ...]]

#: The shortest buckets; since 1972 all clocks have stood whole multiples of it from UTC.
CELL = 5 * MINUTE

OUTPUT_KEYS = [events.c.worker_id.label("worker"), events.c.station_id.label("station")]
OUTPUT_SUMS = [cast(func.sum(events.c.count), BigInteger).label("units"), func.count(type_=BigInteger).label("events")]


def _as_lists(statement: Statement) -> Select[*tuple[Any, ...]]:
    """A statement with one row, of each column a JSON list: making Python's tuples of tens of thousands of rows takes longer than finding them."""
    rows = statement.subquery()
    return select(*(AsList(column).label(column.name) for column in rows.columns))


@cache
def rollup_statement(levels: tuple[tuple[Table, bool], ...], by: tuple[str, ...], sums: tuple[str, ...], chosen: tuple[str, ...]) -> Statement:
    """The statement of `Frames.rollup_sums`.

    levels: each table, and whether one range of it is asked for. chosen: columns of which some values are wanted. Parameters: site, one
    for each of the chosen, and for each level low and high, or spans (JSON), numbered.
    """
    parts = [_level_sums(level, table, by, sums, chosen, in_one_range=in_one_range) for level, (table, in_one_range) in enumerate(levels)]
    statement = union_all(*parts) if len(parts) > 1 else parts[0]
    return _as_lists(statement) if by[0] == "bucket" else statement


def _level_sums(
    level: int, table: Table, by: tuple[str, ...], sums: tuple[str, ...], chosen: tuple[str, ...], *, in_one_range: bool
) -> Select[*tuple[Any, ...]]:
    bucket = micros(table.c.bucket)
    keys = [bucket.label("bucket") if name == "bucket" else table.c[name] for name in by]
    summed = [cast(func.sum(table.c[name]), BigInteger).label(name) for name in sums]
    own = table.c.site_id == bindparam("site")
    some = [table.c[name].in_(bindparam(name, expanding=True)) for name in chosen]
    # By the column: grouping by microseconds PostgreSQL would work them out for each row, and not find them in the key's order.
    statement = select(*keys, *summed).where(own, *some).group_by(*(table.c[name] for name in by))
    if in_one_range:  # without a join the key's order does the grouping
        return statement.where(bucket >= bindparam(f"low_{level}"), bucket < bindparam(f"high_{level}"))
    spans = listed(f"spans_{level}", {"low": int, "high": int}, bindparam(f"spans_{level}"))
    return statement.select_from(look_up_in(spans, table, and_(own, bucket >= spans.c.low, bucket < spans.c.high)))


def _asked(*, of_some: bool) -> CTE:
    """Each of some workers, or of all, with each of some stretches: worker, low, high. Parameters: spans (JSON) and people (JSON) or site."""
    everyone = select(worker_tails.c.worker).where(worker_tails.c.site_id == bindparam("site")).cte("people")
    people = listed("people", {"worker": str}, bindparam("people")) if of_some else everyone
    spans = listed("spans", {"low": int, "high": int}, bindparam("spans"))
    return select(people.c.worker, spans.c.low, spans.c.high).select_from(people.join(spans, true())).cte("asked")


@cache
def intervals_statement(*, of_some: bool, at_some: bool) -> Select[*tuple[Any, ...]]:
    """The statement of `Frames.intervals_of`. Parameters: site, spans (JSON), of some workers people (JSON), at some stations stations."""
    asked = _asked(of_some=of_some)
    site: BindParameter[str] = bindparam("site")
    # A worker's intervals don't overlap: of those that begin before `low`, only the last can reach it.
    earlier = intervals.alias("earlier")
    begin, start, end = micros(earlier.c.start), micros(intervals.c.start), micros(intervals.c.end)
    # Not the greatest of them: that of microseconds no server but SQLite finds without reading all that a worker ever did.
    before = (earlier.c.site_id == site, earlier.c.worker == asked.c.worker, begin < asked.c.low)
    reaching = select(begin).where(*before).order_by(begin.desc()).limit(1).scalar_subquery()
    within = and_(start <= asked.c.high, start >= func.coalesce(reaching, asked.c.low))
    own = and_(intervals.c.site_id == site, intervals.c.worker == asked.c.worker, within)
    columns = [intervals.c.worker, intervals.c.station, intervals.c.state, start.label("start"), end.label("end"), intervals.c.held]
    statement = select(*columns).select_from(look_up_in(asked, intervals, own)).where(end >= asked.c.low)
    return statement.where(intervals.c.station.in_(bindparam("stations", expanding=True))) if at_some else statement


@lru_cache(maxsize=64)
def outputs_statement(rules: SiteRules, *, by_cell: bool, of_some: bool, at_some: bool) -> Select[*tuple[Any, ...]]:
    """The statement of `Frames.outputs_between`. Parameters as those of `intervals_statement`, and low and high around all spans."""
    asked = _asked(of_some=of_some)
    at = micros(events.c.timestamp)
    own = and_(events.c.site_id == bindparam("site"), events.c.worker_id == asked.c.worker, at >= asked.c.low, at < asked.c.high, visible(rules))
    own = and_(own, in_months(bindparam("low"), bindparam("high")))
    cell = [quotient(at, CELL).label("cell")] if by_cell else []
    keys = [asked.c.low, *cell, *OUTPUT_KEYS]
    statement = select(*keys, *OUTPUT_SUMS).select_from(look_up_in(asked, events, own)).group_by(*keys)
    return statement.where(events.c.station_id.in_(bindparam("stations", expanding=True))) if at_some else statement


@cache
def attendance_statement(*, of_some: bool) -> Select[*tuple[Any, ...]]:
    """The statement of `Frames.attendance_of`. Parameters: site, first, last and, of some workers, workers."""
    table = attendance
    within = table.c.shift.between(bindparam("first"), bindparam("last"))
    statement = select(table.c.shift, table.c.worker, table.c.covered).where(table.c.site_id == bindparam("site"), within)
    return _as_lists(statement.where(table.c.worker.in_(bindparam("workers", expanding=True))) if of_some else statement)


@cache
def presence_statement() -> Statement:
    """The statement of `Frames.presence`. Parameters: site, low, high."""
    times, made = worker_times.hours, outputs.hours
    parts = []
    for table, present in ((times, times.c.active + times.c.idle > 0), (made, made.c.units > 0)):
        bucket = micros(table.c.bucket)
        columns = [bucket.label("bucket"), table.c.worker, table.c.station, as_01(present).label("present")]
        within = (table.c.site_id == bindparam("site"), bucket >= bindparam("low"), bucket < bindparam("high"), table.c.worker != "")
        parts.append(select(*columns).where(*within))
    return _as_lists(union_all(*parts))


@cache
def tails_statement(*, of_some: bool) -> Select[*tuple[Any, ...]]:
    """The statement of `Frames.tails`. Parameters: site and, of some workers, workers."""
    table = worker_tails
    columns = [table.c.worker, micros(table.c.first_time).label("first_time"), micros(table.c.last_time).label("last_time"), table.c.state, table.c.station]
    statement = select(*columns).where(table.c.site_id == bindparam("site"))
    return statement.where(table.c.worker.in_(bindparam("workers", expanding=True))) if of_some else statement
