"""Bits of SQL that every query on derived rows is made of."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sqlalchemy import (
    CTE,
    BindParameter,
    Boolean,
    ColumnElement,
    Connection,
    FromClause,
    Join,
    Select,
    String,
    Table,
    and_,
    bindparam,
    case,
    literal_column,
    or_,
    select,
    true,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.selectable import AliasedReturnsRows

from data_layer.portable import Each, IntegerAt, Item, TextAt
from data_layer.tables import events
from data_layer.types import micros
from metrics.local_time import LocalClock, day_number
from metrics.schedule import SiteRules
from metrics.units import BEGINNING, DAY, FOREVER, MINUTE

#: The nearest event is looked for within so much time first (µs): whose is near is found without opening every month. PostgreSQL may sort
#: all of a worker's that are within.
NEARBY = (2 * DAY, 32 * DAY)


def listed(name: str, columns: Mapping[str, type], rows: Sequence[Sequence[Any]] | BindParameter[Any]) -> CTE:
    """Some rows as a table to join with, handed over as one JSON parameter so that the statement stays the same.

    columns: name → int or str. rows: those, or the parameter that will hold them.
    """
    return handed_over(name, columns, rows).cte(name)


def handed_over(name: str, columns: Mapping[str, type], rows: Sequence[Sequence[Any]] | BindParameter[Any]) -> Select[*tuple[Any, ...]]:
    """As `listed`, for who can't have it before the statement: MariaDB's DELETE."""
    parameter = rows if isinstance(rows, BindParameter) else bindparam(None, json.dumps(rows), String)
    each = Each(parameter).table_valued("value", name=f"{name}_json")
    items: dict[type, type[Item]] = {int: IntegerAt, str: TextAt}
    extracted = [items[kind](each.c.value, literal_column(str(index))).label(column) for index, (column, kind) in enumerate(columns.items())]
    return select(*extracted)


class _Driven(Join):
    """A join whose left side is looped over and whose right side is looked up."""

    inherit_cache = True


@compiles(_Driven)
def _any_database(element: _Driven, compiler: SQLCompiler, **options: Any) -> str:
    return str(compiler.visit_join(element, **options))  # type: ignore[no-untyped-call]


@compiles(_Driven, "sqlite")
def _sqlite(element: _Driven, compiler: SQLCompiler, **options: Any) -> str:
    # SQLite knows nothing about the rows of a parameter and may loop over the table instead, which costs minutes where a look-up
    # costs milliseconds (measured: 70 s for 200,000 events); it never reorders a CROSS JOIN.
    options = {**options, "asfrom": True, "from_linter": None}
    left, right = (compiler.process(side, **options) for side in (element.left, element.right))
    assert element.onclause is not None
    return f"{left} CROSS JOIN {right} ON {compiler.process(element.onclause, **options)}"


@compiles(_Driven, "postgresql")
def _postgresql(element: _Driven, compiler: SQLCompiler, **options: Any) -> str:
    # PostgreSQL takes a parameter for a hundred rows, and reads all that a site ever did to join with them (measured: 1 s for what 200
    # look-ups give in 3 ms); a subquery with an OFFSET is run for each row as it stands.
    options = {**options, "asfrom": True, "from_linter": None}
    left, right = (compiler.process(side, **options) for side in (element.left, element.right))
    assert element.onclause is not None
    found = f"SELECT * FROM {right} WHERE {compiler.process(element.onclause, **options)} OFFSET 0"  # noqa: S608 - compiled from expressions
    return f"{left} CROSS JOIN LATERAL ({found}) AS {compiler.preparer.quote(_name(element.right))}"


def _name(side: FromClause) -> str:
    assert isinstance(side, Table | AliasedReturnsRows)
    return side.name


def look_up_in(asked: FromClause, table: FromClause, on: ColumnElement[bool]) -> Join:
    """For each row of `asked`, the rows of `table` that fit."""
    return _Driven(asked, table, on)


class _Within(FunctionElement[bool]):
    """See `in_months`."""

    type = Boolean()
    inherit_cache = True


@compiles(_Within)
def _of_no_use(_element: _Within, _compiler: SQLCompiler, **_options: Any) -> str:
    return "1 = 1"


@compiles(_Within, "postgresql")
def _months_left_out(element: _Within, compiler: SQLCompiler, **options: Any) -> str:
    return " AND ".join(compiler.process(bound, **options) for bound in element.clauses)


def in_months(low: int | BindParameter[int], high: int | BindParameter[int]) -> ColumnElement[bool]:
    """That all events asked for lie in `[low, high]` (µs), where the rows of a parameter bound them one by one: PostgreSQL plans without the other months.

    Others are not told: SQLite might look up by these bounds instead of the narrower ones.
    """
    at = micros(events.c.timestamp)
    return _Within(at >= low, at <= high)


def in_steps(connection: Connection, bounds: Sequence[int]) -> Sequence[int]:
    """Up to where to look one after another, where months lie apart; elsewhere the last says it all."""
    return bounds if connection.dialect.name == "postgresql" else bounds[-1:]


def visible(rules: SiteRules) -> ColumnElement[bool]:
    """Which rows of `events` the metrics see (rule 1)."""
    if not any(version.min_confidence for version in rules.versions):
        return true()
    thresholds = [
        (and_(micros(events.c.timestamp) >= start, micros(events.c.timestamp) < end), rules.versions[version].min_confidence)
        for start, end, version in version_stretches(rules)
    ]
    return or_(events.c.confidence.is_(None), events.c.confidence >= case(*thresholds, else_=0.0))


def version_stretches(rules: SiteRules) -> list[tuple[int, int, int]]:
    """Stretches of UTC time `[start, end)` in which one settings version is in force, with its index."""
    edges = {BEGINNING, FOREVER}
    for version in rules.versions:
        if version.valid_from is not None:
            edges |= _changes_around(rules.clock, day_number(version.valid_from))
    ordered = sorted(edges)
    in_force = rules.version_of(np.array(ordered[:-1], dtype=np.int64)).tolist()
    return list(zip(ordered[:-1], ordered[1:], in_force, strict=True))


def _changes_around(clock: LocalClock, day: int) -> set[int]:
    """The instants at which the local calendar turns to a day: several where the clock is set back over midnight."""
    minutes = np.arange(day * DAY - 2 * DAY, day * DAY + 2 * DAY, MINUTE)
    reached = clock.local_day(minutes) >= day
    return set(minutes[1:][reached[1:] != reached[:-1]].tolist())
