"""Rows of the database as columns of integers."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
from sqlalchemy import (
    CTE,
    BigInteger,
    Connection,
    Table,
    and_,
    func,
    select,
    true,
    type_coerce,
)

from data_layer.names import Names
from data_layer.portable import quotient
from data_layer.sql import NEARBY, in_months, in_steps, listed, look_up_in, visible
from data_layer.statements import (
    CELL,
    OUTPUT_KEYS,
    OUTPUT_SUMS,
    Statement,
    attendance_statement,
    intervals_statement,
    outputs_statement,
    presence_statement,
    rollup_statement,
    tails_statement,
)
from data_layer.tables import events, output_cells
from data_layer.types import micros
from metrics.columns import Columns, changes, concat, empty, look_up, order_by
from metrics.intervals import NOBODY
from metrics.schedule import SiteRules
from metrics.units import BEGINNING, FOREVER, HOUR, Micros
from metrics.window import Filters

Range = tuple[int, int]
_NEVER = -1


class Frames:
    """Queries of one site on one snapshot; workers and stations go by number."""

    def __init__(self, connection: Connection, site_id: str, names: Names) -> None:
        self.connection = connection
        self.site_id = site_id
        self.names = names

    def columns(self, statement: Statement, parameters: Mapping[str, object] | None = None) -> Columns:
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

    def _lists(self, statement: Statement, parameters: Mapping[str, object]) -> Columns:
        """As `columns`, of a statement that `_as_lists` made."""
        lists = self.connection.execute(statement, parameters).one()
        return Columns({name: self._of_list(name, text) for name, text in zip(statement.selected_columns.keys(), lists, strict=True)})

    def _of_list(self, label: str, text: str) -> Micros:
        """The numbers of a JSON list."""
        if self.names.is_named(label):
            return self.names.numbers(label, msgspec.json.decode(text))
        integers = text.strip("[]")
        return np.fromstring(integers, dtype=np.int64, sep=",") if integers else np.array([], dtype=np.int64)

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
        some = dirty["worker"] != NOBODY  # Who has no worker has no state, and a line counter's events would be searched through in vain.
        begin, until = dirty["low"].copy(), np.full(len(dirty), FOREVER)
        if some.any():
            workers, low, high = (dirty[name][some] for name in ("worker", "low", "high"))
            earlier = [*(int(low.min()) - near for near in NEARBY), BEGINNING]
            before = self._ends(workers, earlier, rules, latest=True, states=True, marks=low - 1)
            after = self._ends(workers, [int(high.max()) + NEARBY[0], FOREVER], rules, latest=False, states=True, marks=high + 1)
            begin[some] = np.where(before == _NEVER, low, before)
            until[some] = np.where(after == _NEVER, FOREVER, after)
        return dirty.assign(begin=begin, until=until)

    def _ends(self, workers: Micros, bounds: Sequence[int], rules: SiteRules, *, latest: bool, states: bool = False, marks: Micros | None = None) -> Micros:
        """When each worker's first visible event was, or the latest; _NEVER where there is none.

        marks: from where on, or up to where, for each worker. bounds: up to where at the other end is looked first, and then for those who have
        nothing there: few months are opened for who has. states: product counts aside.
        """
        found = np.full(len(workers), _NEVER)
        edges = np.full(len(workers), FOREVER if latest else BEGINNING) if marks is None else marks
        for bound in in_steps(self.connection, bounds):
            missing = found == _NEVER
            if missing.any():
                asked = Columns({"worker": workers[missing], "mark": edges[missing]})
                found[missing] = self._ends_within(asked, bound, rules, latest=latest, states=states, marked=marks is not None)
        return found

    def _ends_within(self, rows: Columns, bound: int, rules: SiteRules, *, latest: bool, states: bool, marked: bool) -> Micros:
        asked = self._listed("asked", rows)
        at = micros(events.c.timestamp)
        own = [events.c.site_id == self.site_id, events.c.worker_id == asked.c.worker, visible(rules)]
        own += [events.c.event_type != "product_count"] if states else []
        own += [(at <= asked.c.mark) if latest else (at >= asked.c.mark)] if marked else []
        own += [in_months(bound, int(rows["mark"].max())) if latest else in_months(int(rows["mark"].min()), bound)]
        ends = select(at).where(*own).order_by(at.desc() if latest else at.asc()).limit(1)
        found = type_coerce(func.coalesce(ends.scalar_subquery(), _NEVER), BigInteger)
        return self.columns(select(found.label("at")).select_from(asked).order_by(asked.c.row))["at"]

    def events_of(self, regions: Columns, rules: SiteRules) -> Columns:
        """Visible events in regions (worker, begin, until; inclusive): worker, station, timestamp, kind."""
        asked = self._listed("regions", regions.pick("worker", "begin", "until"))
        at = micros(events.c.timestamp)
        own = and_(events.c.site_id == self.site_id, events.c.worker_id == asked.c.worker, at >= asked.c.begin, at <= asked.c.until, visible(rules))
        if len(regions):
            own = and_(own, in_months(int(regions["begin"].min()), int(regions["until"].max())))
        columns = [events.c.worker_id.label("worker"), events.c.station_id.label("station"), at.label("timestamp"), events.c.event_type.label("kind")]
        return self.columns(select(*columns).select_from(look_up_in(asked, events, own)))

    def intervals_of(self, workers: Sequence[int] | None, ranges: list[Range], stations: Sequence[int] | None = None) -> Columns:
        """Stored intervals that overlap or touch any of some ranges `[low, high]`, each once, of some workers or of everyone, at some stations or anywhere."""
        statement = intervals_statement(of_some=workers is not None, at_some=stations is not None)
        found = self.columns(statement, {"site": self.site_id, "spans": json.dumps(ranges), **self._chosen(workers, stations)})
        if len(ranges) == 1:
            return found
        ordered = found.rows(order_by(found, ["worker", "start"]))
        return ordered.rows(changes(ordered, ["worker", "start"]))

    def _chosen(self, workers: Sequence[int] | None, stations: Sequence[int] | None) -> dict[str, object]:
        """The parameters of a statement about some workers and some stations."""
        people: dict[str, object] = {} if workers is None else {"people": json.dumps([[name] for name in self.names.texts("worker", workers)])}
        return people if stations is None else {**people, "stations": self.names.texts("station", stations)}

    def rollup(self, table: Table, low: int, high: int, workers: Sequence[int] | None = None) -> Columns:
        """Rollup rows with a bucket in `[low, high)`, of some workers or of all."""
        bucket = micros(table.c.bucket)
        columns = [bucket.label("bucket"), *(column for column in table.columns if column.name not in ("site_id", "bucket"))]
        statement = select(*columns).where(table.c.site_id == self.site_id, bucket >= low, bucket < high)
        return self.columns(statement if workers is None else statement.where(table.c.worker.in_(self.names.texts("worker", workers))))

    def presence(self, low: int, high: int) -> Columns:
        """Who has anything in which hour of `[low, high)`, and where: bucket, worker, station, present (1 for time at work or units, 0 for what else
        there is); some of it twice."""
        return self._lists(presence_statement(), {"site": self.site_id, "low": low, "high": high})

    def rollup_sums(self, levels: Sequence[tuple[Table, list[Range]]], by: Sequence[str], sums: Sequence[str], filters: Filters) -> Columns:
        """Sums of rollup rows with a bucket in any of some ranges `[low, high)` of each of some tables, by worker or station, perhaps by bucket
        before that: rows of each table, one below the other."""
        wanted = {"worker": filters.workers, "station": filters.stations}
        table, _ = levels[0]
        chosen = {name: self.names.texts(name, sorted(numbers)) for name, numbers in wanted.items() if numbers is not None and name in table.c}
        bounds: dict[str, object] = {}
        for level, (_, ranges) in enumerate(levels):
            bounds |= {f"low_{level}": ranges[0][0], f"high_{level}": ranges[0][1]} if len(ranges) == 1 else {f"spans_{level}": json.dumps(ranges)}
        statement = rollup_statement(tuple((table, len(ranges) == 1) for table, ranges in levels), tuple(by), tuple(sums), tuple(chosen))
        return (self._lists if by[0] == "bucket" else self.columns)(statement, {"site": self.site_id, **bounds, **chosen})

    def attendance_of(self, first: int, last: int, workers: Sequence[int] | None = None) -> Columns:
        """Stored attendance in shifts whose key lies in `[first, last]`: shift, worker, covered (µs)."""
        people = {} if workers is None else {"workers": self.names.texts("worker", workers)}
        return self._lists(attendance_statement(of_some=workers is not None), {"site": self.site_id, "first": first, "last": last, **people})

    def output_by_hour(self, workers: Sequence[int], low: int, high: int, rules: SiteRules) -> Columns:
        """Units and visible events by local hour, counted from the events in `[low, high)`: bucket, worker, station, units, events."""
        asked = self._people(workers)
        at = micros(events.c.timestamp)
        parts = []
        for start, end, offset in rules.clock.stretches(low, high):
            own = and_(events.c.site_id == self.site_id, events.c.worker_id == asked.c.worker, at >= start, at < end, visible(rules))
            keys = [quotient(at + offset, HOUR).label("hour"), *OUTPUT_KEYS]
            counted = self.columns(select(*keys, *OUTPUT_SUMS).select_from(look_up_in(asked, events, own)).group_by(*keys))
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
        own = and_(own, in_months(*_hull(ranges)))
        keys = [quotient(at, cell).label("cell"), *OUTPUT_KEYS]
        return self.columns(select(*keys, *OUTPUT_SUMS).select_from(look_up_in(asked, events, own)).group_by(*keys))

    def outputs_between(self, ranges: list[Range], rules: SiteRules, filters: Filters, *, by_cell: bool) -> Columns:
        """Units and visible events in ranges `[low, high)`, counted from events: at, worker, station, units, events.

        at: an instant in the same range as the events of its row and, if by cell, in the same five minutes of UTC.
        """
        workers, stations = filters.listed
        statement = outputs_statement(rules, by_cell=by_cell, of_some=workers is not None, at_some=stations is not None)
        low, high = _hull(ranges)
        parameters = {"site": self.site_id, "spans": json.dumps(ranges), "low": low, "high": high, **self._chosen(workers, stations)}
        found = self.columns(statement, parameters)
        first = np.maximum(found["low"], found["cell"] * CELL) if by_cell else found["low"]
        return found.assign(at=first).pick("at", "worker", "station", "units", "events")

    def cells_between(self, ranges: list[Range]) -> Columns:
        """As `outputs_between`, of sealed history; ranges are bounded by whole cells."""
        table, spans = output_cells, listed("spans", {"low": int, "high": int}, ranges)
        bucket = micros(table.c.bucket)
        within = and_(table.c.site_id == self.site_id, bucket >= spans.c.low, bucket < spans.c.high)
        columns = [bucket.label("at"), *(table.c[name] for name in ("worker", "station", "units", "events"))]
        return self.columns(select(*columns).select_from(look_up_in(spans, table, within)))

    def extents(self, workers: Sequence[int], rules: SiteRules, stored: Columns) -> Columns:
        """First and last visible event of some workers: worker, first_time, last_time; without those who have none. stored: as `tails` gives it."""
        people = np.array(workers, dtype=np.int64)
        was = [look_up(stored["worker"], stored[name], people, default=far) for name, far in (("first_time", FOREVER), ("last_time", BEGINNING))]
        # The first of all is that up to where it was before, if there is any.
        first = self._ends(people, [int(was[0].max()), FOREVER], rules, latest=False)
        last = self._ends(people, [int(was[1].min()), BEGINNING], rules, latest=True)
        known = Columns({"worker": people, "first_time": first, "last_time": last})
        return known.rows(known["first_time"] != _NEVER)

    def tails(self, workers: Sequence[int] | None = None) -> Columns:
        """Stored first and last events of some workers or of all, with the state after the last, ordered by worker."""
        people = {} if workers is None else {"workers": self.names.texts("worker", workers)}
        found = self.columns(tails_statement(of_some=workers is not None), {"site": self.site_id, **people})
        return found.rows(order_by(found, ["worker"]))


def _hull(ranges: Sequence[Range]) -> Range:
    """From the first to the last of ranges `[low, high)`."""
    return min((low for low, _ in ranges), default=BEGINNING), max((high for _, high in ranges), default=BEGINNING)
