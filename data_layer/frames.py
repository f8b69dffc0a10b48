"""Rows of the database as columns of integers."""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import msgspec
import numpy as np
from sqlalchemy import CTE, BigInteger, BindParameter, Connection, Select, String, Table, and_, bindparam, case, func, select, true, type_coerce

from data_layer.names import Names
from data_layer.sql import listed, look_up_in, visible
from data_layer.tables import attendance, events, intervals, output_cells, worker_tails
from data_layer.types import micros
from metrics.columns import Columns, changes, concat, empty, order_by
from metrics.schedule import SiteRules
from metrics.units import FOREVER, HOUR, MINUTE, Micros
from metrics.window import Filters

Range = tuple[int, int]

#: The shortest buckets; since 1972 all clocks have stood whole multiples of it from UTC.
CELL = 5 * MINUTE


class Frames:
    """Queries of one site on one snapshot; workers and stations go by number."""

    def __init__(self, connection: Connection, site_id: str, names: Names) -> None:
        self.connection = connection
        self.site_id = site_id
        self.names = names

    def columns(self, statement: Select[*tuple[Any, ...]], parameters: Mapping[str, object] | None = None) -> Columns:
        """The rows of a statement whose columns are integers, or names of which the numbers are wanted."""
        labels = [column.name for column in statement.selected_columns]
        result = self.connection.execute(statement, parameters)
        cursor: Any = result.cursor
        rows = cursor.fetchall()
        result.close()
        if not rows:
            return empty(*labels)
        values = zip(*rows, strict=True)
        return Columns({label: self._numbered(label, value) for label, value in zip(labels, values, strict=True)})

    def _lists(self, statement: Select[*tuple[Any, ...]], parameters: Mapping[str, object]) -> Columns:
        """As `columns`, of a statement that `_as_lists` made."""
        lists = self.connection.execute(statement, parameters).one()
        return Columns({name: self._numbered(name, msgspec.json.decode(text)) for name, text in zip(statement.selected_columns.keys(), lists, strict=True)})

    def _numbered(self, label: str, values: Sequence[Any]) -> Micros:
        return self.names.numbers(label, values) if self.names.is_named(label) else np.array(values, dtype=np.int64)

    def _people(self, workers: Sequence[int]) -> CTE:
        return listed("people", {"worker": str}, [[name] for name in self.names.texts("worker", workers)])

    def _listed(self, name: str, frame: Columns) -> CTE:
        """A frame with a column worker as a table to join with; `row` is the row's number."""
        columns: list[list[Any]] = [list(range(len(frame)))]
        columns += [self.names.texts("worker", frame[key]) if key == "worker" else frame[key].tolist() for key in frame.names]
        types = {"row": int, **{key: str if key == "worker" else int for key in frame.names}}
        return listed(name, types, list(zip(*columns, strict=True)))

    def reach(self, dirty: Columns, rules: SiteRules) -> Columns:
        """From which event to which one intervals must be formed anew, for stretches of touched events.

        dirty: worker, low, high (µs, inclusive). Adds `begin`, the worker's last visible state event before `low` (or `low`), and
        `until`, the first one after `high` (or FOREVER): product counts carry a state on, so the reach goes over them.
        """
        asked = self._listed("dirty", dirty.pick("worker", "low", "high"))
        own = and_(events.c.site_id == self.site_id, events.c.worker_id == asked.c.worker, events.c.event_type != "product_count", visible(rules))
        at = micros(events.c.timestamp)
        before = select(at).where(own, at < asked.c.low).order_by(at.desc()).limit(1).scalar_subquery()
        after = select(at).where(own, at > asked.c.high).order_by(at).limit(1).scalar_subquery()
        # Who has no worker has no state, and a line counter's events would be searched through in vain.
        someone = asked.c.worker != ""
        begin = type_coerce(case((someone, func.coalesce(before, asked.c.low)), else_=asked.c.low), BigInteger)
        until = type_coerce(case((someone, func.coalesce(after, FOREVER)), else_=FOREVER), BigInteger)
        found = self.columns(select(begin.label("begin"), until.label("until")).select_from(asked).order_by(asked.c.row))
        return dirty.assign(begin=found["begin"], until=found["until"])

    def events_of(self, regions: Columns, rules: SiteRules) -> Columns:
        """Visible events in regions (worker, begin, until; inclusive): worker, station, timestamp, kind."""
        asked = self._listed("regions", regions.pick("worker", "begin", "until"))
        at = micros(events.c.timestamp)
        own = and_(events.c.site_id == self.site_id, events.c.worker_id == asked.c.worker, at >= asked.c.begin, at <= asked.c.until, visible(rules))
        columns = [events.c.worker_id.label("worker"), events.c.station_id.label("station"), at.label("timestamp"), events.c.event_type.label("kind")]
        return self.columns(select(*columns).select_from(look_up_in(asked, events, own)))

    def intervals_of(self, workers: Sequence[int] | None, ranges: list[Range]) -> Columns:
        """Stored intervals that overlap or touch any of some ranges `[low, high]`, each once, of some workers or of everyone."""
        people = {} if workers is None else {"people": json.dumps([[name] for name in self.names.texts("worker", workers)])}
        found = self.columns(_intervals(of_some=workers is not None), {"site": self.site_id, "spans": json.dumps(ranges), **people})
        if len(ranges) == 1:
            return found
        ordered = found.rows(order_by(found, ["worker", "start"]))
        return ordered.rows(changes(ordered, ["worker", "start"]))

    def rollup(self, table: Table, low: int, high: int, workers: Sequence[int] | None = None) -> Columns:
        """Rollup rows with a bucket in `[low, high)`, of some workers or of all."""
        bucket = micros(table.c.bucket)
        columns = [bucket.label("bucket"), *(column for column in table.columns if column.name not in ("site_id", "bucket"))]
        statement = select(*columns).where(table.c.site_id == self.site_id, bucket >= low, bucket < high)
        return self.columns(statement if workers is None else statement.where(table.c.worker.in_(self.names.texts("worker", workers))))

    def rollup_sums(self, table: Table, ranges: list[Range], by: Sequence[str], sums: Sequence[str], filters: Filters) -> Columns:
        """Sums of rollup rows with a bucket in any of some ranges `[low, high)`, by worker or station, perhaps by bucket before that."""
        wanted = {"worker": filters.workers, "station": filters.stations}
        chosen = {name: self.names.texts(name, sorted(numbers)) for name, numbers in wanted.items() if numbers is not None and name in table.c}
        statement = _sums(table, tuple(by), tuple(sums), tuple(chosen), len(ranges) == 1)
        bounds = dict(zip(("low", "high"), ranges[0], strict=True)) if len(ranges) == 1 else {"spans": json.dumps(ranges)}
        return (self._lists if by[0] == "bucket" else self.columns)(statement, {"site": self.site_id, **bounds, **chosen})

    def attendance_of(self, first: int, last: int, workers: Sequence[int] | None = None) -> Columns:
        """Stored attendance in shifts whose key lies in `[first, last]`: shift, worker, covered (µs)."""
        people = {} if workers is None else {"workers": self.names.texts("worker", workers)}
        return self._lists(_attendance(of_some=workers is not None), {"site": self.site_id, "first": first, "last": last, **people})

    def output_by_hour(self, workers: Sequence[int], low: int, high: int, rules: SiteRules) -> Columns:
        """Units and visible events by local hour, counted from the events in `[low, high)`: bucket, worker, station, units, events."""
        asked = self._people(workers)
        at = micros(events.c.timestamp)
        parts = []
        for start, end, offset in rules.clock.stretches(low, high):
            own = and_(events.c.site_id == self.site_id, events.c.worker_id == asked.c.worker, at >= start, at < end, visible(rules))
            keys = [type_coerce((at + offset) // HOUR, BigInteger).label("hour"), *_OUTPUT_KEYS]
            counted = self.columns(select(*keys, *_OUTPUT_SUMS).select_from(look_up_in(asked, events, own)).group_by(*keys))
            # An hour that a change of offset cuts begins at the change.
            parts.append(counted.assign(bucket=np.maximum(counted["hour"] * HOUR - offset, rules.clock.last_change(start))))
        return concat(parts).pick("bucket", "worker", "station", "units", "events")

    def outputs_by_cell(self, ranges: list[Range], cell: int, rules: SiteRules) -> Columns:
        """Units and visible events of everybody in ranges `[low, high)`, counted from events: cell, worker, station, units, events.

        cell: its length (µs); in the answer its number since the epoch.
        """
        people = self._people(range(len(self.names.workers) + 1))
        spans = listed("spans", {"low": int, "high": int}, ranges)
        asked = select(people.c.worker, spans.c.low, spans.c.high).select_from(people.join(spans, true())).cte("asked")
        at = micros(events.c.timestamp)
        own = and_(events.c.site_id == self.site_id, events.c.worker_id == asked.c.worker, at >= asked.c.low, at < asked.c.high, visible(rules))
        keys = [type_coerce(at // cell, BigInteger).label("cell"), *_OUTPUT_KEYS]
        return self.columns(select(*keys, *_OUTPUT_SUMS).select_from(look_up_in(asked, events, own)).group_by(*keys))

    def outputs_between(self, ranges: list[Range], rules: SiteRules) -> Columns:
        """Units and visible events in ranges `[low, high)`, counted from events: at, worker, station, units, events.

        at: an instant in the same range and the same five minutes of UTC as the events of its row.
        """
        people = select(worker_tails.c.worker).where(worker_tails.c.site_id == self.site_id).cte("people")
        spans = listed("spans", {"low": int, "high": int}, ranges)
        asked = select(people.c.worker, spans.c.low, spans.c.high).select_from(people.join(spans, true())).cte("asked")
        at = micros(events.c.timestamp)
        own = and_(events.c.site_id == self.site_id, events.c.worker_id == asked.c.worker, at >= asked.c.low, at < asked.c.high, visible(rules))
        keys = [asked.c.low, type_coerce(at // CELL, BigInteger).label("cell"), *_OUTPUT_KEYS]
        found = self.columns(select(*keys, *_OUTPUT_SUMS).select_from(look_up_in(asked, events, own)).group_by(*keys))
        return found.assign(at=np.maximum(found["low"], found["cell"] * CELL)).pick("at", "worker", "station", "units", "events")

    def cells_between(self, ranges: list[Range]) -> Columns:
        """As `outputs_between`, of sealed history; ranges are bounded by whole cells."""
        table, spans = output_cells, listed("spans", {"low": int, "high": int}, ranges)
        bucket = micros(table.c.bucket)
        within = and_(table.c.site_id == self.site_id, bucket >= spans.c.low, bucket < spans.c.high)
        columns = [bucket.label("at"), *(table.c[name] for name in ("worker", "station", "units", "events"))]
        return self.columns(select(*columns).select_from(look_up_in(spans, table, within)))

    def extents(self, workers: Sequence[int], rules: SiteRules) -> Columns:
        """First and last visible event of some workers: worker, first_time, last_time; without those who have none."""
        asked = self._people(workers)
        at = micros(events.c.timestamp)
        own = select(at).where(events.c.site_id == self.site_id, events.c.worker_id == asked.c.worker, visible(rules)).limit(1)
        first = type_coerce(own.order_by(at).scalar_subquery(), BigInteger)
        last = type_coerce(own.order_by(at.desc()).scalar_subquery(), BigInteger)
        known = select(asked.c.worker, first.label("first_time"), last.label("last_time")).cte("known")
        return self.columns(select(known).where(known.c.first_time.is_not(None)))

    def tails(self, workers: Sequence[int] | None = None) -> Columns:
        """Stored first and last events of some workers or of all, with the state after the last, ordered by worker."""
        people = {} if workers is None else {"workers": self.names.texts("worker", workers)}
        found = self.columns(_tails(of_some=workers is not None), {"site": self.site_id, **people})
        return found.rows(order_by(found, ["worker"]))


# Statements that every question asks are made once: to make one, and to find its compiled form again, takes longer than to run it.


def _as_lists(statement: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """A statement with one row, of each column a JSON list: making Python's tuples of tens of thousands of rows takes longer than finding them."""
    rows = statement.subquery()
    return select(*(func.json_group_array(column, type_=String).label(column.name) for column in rows.columns))


@cache
def _sums(table: Table, by: tuple[str, ...], sums: tuple[str, ...], chosen: tuple[str, ...], in_one_range: bool) -> Select[*tuple[Any, ...]]:
    """The statement of `Frames.rollup_sums`.

    chosen: columns of which some values are wanted. Parameters: site, one for each of the chosen, and low and high, or spans (JSON).
    """
    bucket = micros(table.c.bucket)
    keys = [bucket.label("bucket") if name == "bucket" else table.c[name] for name in by]
    summed = [type_coerce(func.sum(table.c[name]), BigInteger).label(name) for name in sums]
    own = table.c.site_id == bindparam("site")
    some = [table.c[name].in_(bindparam(name, expanding=True)) for name in chosen]
    statement = select(*keys, *summed).where(own, *some).group_by(*keys)
    if in_one_range:  # without a join the key's order does the grouping
        statement = statement.where(bucket >= bindparam("low"), bucket < bindparam("high"))
    else:
        spans = listed("spans", {"low": int, "high": int}, bindparam("spans"))
        statement = statement.select_from(look_up_in(spans, table, and_(own, bucket >= spans.c.low, bucket < spans.c.high)))
    return _as_lists(statement) if by[0] == "bucket" else statement


@cache
def _intervals(*, of_some: bool) -> Select[*tuple[Any, ...]]:
    """The statement of `Frames.intervals_of`. Parameters: site, spans (JSON) and, of some workers, people (JSON)."""
    site: BindParameter[str] = bindparam("site")
    everyone = select(worker_tails.c.worker).where(worker_tails.c.site_id == site).cte("people")
    people = listed("people", {"worker": str}, bindparam("people")) if of_some else everyone
    spans = listed("spans", {"low": int, "high": int}, bindparam("spans"))
    asked = select(people.c.worker, spans.c.low, spans.c.high).select_from(people.join(spans, true())).cte("asked")
    # A worker's intervals don't overlap: of those that begin before `low`, only the last can reach it.
    earlier = intervals.alias("earlier")
    begin, start, end = micros(earlier.c.start), micros(intervals.c.start), micros(intervals.c.end)
    reaching = select(func.max(begin)).where(earlier.c.site_id == site, earlier.c.worker == asked.c.worker, begin < asked.c.low).scalar_subquery()
    within = and_(start <= asked.c.high, start >= func.coalesce(reaching, asked.c.low))
    own = and_(intervals.c.site_id == site, intervals.c.worker == asked.c.worker, within)
    columns = [intervals.c.worker, intervals.c.station, intervals.c.state, start.label("start"), end.label("end"), intervals.c.held]
    return select(*columns).select_from(look_up_in(asked, intervals, own)).where(end >= asked.c.low)


@cache
def _attendance(*, of_some: bool) -> Select[*tuple[Any, ...]]:
    """The statement of `Frames.attendance_of`. Parameters: site, first, last and, of some workers, workers."""
    table = attendance
    within = table.c.shift.between(bindparam("first"), bindparam("last"))
    statement = select(table.c.shift, table.c.worker, table.c.covered).where(table.c.site_id == bindparam("site"), within)
    return _as_lists(statement.where(table.c.worker.in_(bindparam("workers", expanding=True))) if of_some else statement)


@cache
def _tails(*, of_some: bool) -> Select[*tuple[Any, ...]]:
    """The statement of `Frames.tails`. Parameters: site and, of some workers, workers."""
    table = worker_tails
    columns = [table.c.worker, micros(table.c.first_time).label("first_time"), micros(table.c.last_time).label("last_time"), table.c.state, table.c.station]
    statement = select(*columns).where(table.c.site_id == bindparam("site"))
    return statement.where(table.c.worker.in_(bindparam("workers", expanding=True))) if of_some else statement


_OUTPUT_KEYS = [events.c.worker_id.label("worker"), events.c.station_id.label("station")]
_OUTPUT_SUMS = [type_coerce(func.sum(events.c.count), BigInteger).label("units"), func.count(type_=BigInteger).label("events")]
