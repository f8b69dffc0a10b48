"""Column types that mean the same on every database."""

import operator
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, BindParameter, ColumnElement, Dialect, Integer, String, Text, literal, type_coerce
from sqlalchemy.dialects import mysql, postgresql
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import operators
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine

from metrics.units import to_datetime, to_micros

#: Texts compare by their bytes, as in SQLite: A is not a, nor is a space at the end nothing.
_BY_BYTES = "utf8mb4_nopad_bin"


def text_of(length: int) -> String:
    """A text of so many characters at most."""
    in_postgresql, in_mariadb = postgresql.VARCHAR(length, collation="C"), mysql.VARCHAR(length, collation=_BY_BYTES)
    return String(length).with_variant(in_postgresql, "postgresql").with_variant(in_mariadb, "mysql", "mariadb")


#: Ids as senders make them.
ID = text_of(128)
#: As long as it may be.
LONG_TEXT = Text().with_variant(mysql.LONGTEXT(collation=_BY_BYTES), "mysql", "mariadb")
#: Our own numbers. SQLite numbers rows by itself in a column of this very type alone.
NUMBER = BigInteger().with_variant(Integer(), "sqlite")


class UtcMicros(TypeDecorator[datetime]):
    """An instant, an aware UTC datetime in Python: integer microseconds since the epoch in SQLite, timestamptz in PostgreSQL, DATETIME(6) in MariaDB.

    Integers of microseconds are bound as well, so that who has them makes no datetimes. To compare with and to read such integers
    there is `micros`.
    """

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The type of each database."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(postgresql.TIMESTAMP(timezone=True))
        if dialect.name in ("mysql", "mariadb"):
            return dialect.type_descriptor(mysql.DATETIME(fsp=6))
        return dialect.type_descriptor(BigInteger())

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """A datetime or microseconds, as the database takes it."""
        if value is None:
            return None
        if dialect.name == "sqlite":
            return to_micros(value) if isinstance(value, datetime) else value
        moment = value if isinstance(value, datetime) else to_datetime(value)
        return moment if dialect.name == "postgresql" else moment.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """What the database holds as an aware datetime."""
        if value is None:
            return None
        if dialect.name == "sqlite":
            return to_datetime(value)
        moment: datetime = value.astimezone(UTC) if dialect.name == "postgresql" else value.replace(tzinfo=UTC)
        return moment


#: How the servers work out an instant from microseconds, and microseconds from an instant.
INSTANT_OF = {
    "postgresql": "(timestamptz 'epoch' + {} * interval '1 microsecond')",
    "mariadb": "(TIMESTAMP'1970-01-01 00:00:00.000000' + INTERVAL {} MICROSECOND)",
}
MICROS_OF = {
    "postgresql": "CAST(extract(epoch FROM {}) * 1000000 AS bigint)",
    "mariadb": "TIMESTAMPDIFF(MICROSECOND, TIMESTAMP'1970-01-01 00:00:00', {})",
}

_COMPARING = {operators.lt, operators.le, operators.gt, operators.ge, operators.eq, operators.ne, operator.lt, operator.le, operator.gt, operator.ge}
_COMPARING |= {operator.eq, operator.ne, operators.between_op}
_ORDERING = {operators.asc_op, operators.desc_op}


class _MicrosType(BigInteger):
    """What a time column reads as. Compared and ordered it is the column itself, which its indexes know."""

    class Comparator(BigInteger.Comparator[int]):
        """Takes comparisons to the column."""

        def operate(self, op: Any, *other: Any, **given: Any) -> ColumnElement[Any]:
            if isinstance(self.expr, _MicrosOf) and op in _COMPARING | _ORDERING:
                found: ColumnElement[Any] = op(self.expr.instant, *map(instant, other), **given)
                return found
            return super().operate(op, *other, **given)

    comparator_factory = Comparator


class _MicrosOf(FunctionElement[int]):
    """A time column as microseconds since the epoch."""

    type = _MicrosType()
    inherit_cache = True

    @property
    def instant(self) -> ColumnElement[datetime]:
        """The column."""
        [column] = self.clauses
        return column


class _InstantOf(FunctionElement[datetime]):
    """Microseconds that the database holds or works out, as an instant."""

    type = UtcMicros()
    inherit_cache = True


@compiles(_MicrosOf)
@compiles(_InstantOf)
def _as_it_is(element: FunctionElement[Any], compiler: SQLCompiler, **options: Any) -> str:
    return compiler.process(*element.clauses, **options)


@compiles(_MicrosOf, "postgresql")
@compiles(_InstantOf, "postgresql")
def _in_postgresql(element: FunctionElement[Any], compiler: SQLCompiler, **options: Any) -> str:
    return _worked_out(element, "postgresql").format(_as_it_is(element, compiler, **options))


@compiles(_MicrosOf, "mysql", "mariadb")
@compiles(_InstantOf, "mysql", "mariadb")
def _in_mariadb(element: FunctionElement[Any], compiler: SQLCompiler, **options: Any) -> str:
    return _worked_out(element, "mariadb").format(_as_it_is(element, compiler, **options))


def _worked_out(element: FunctionElement[Any], product: str) -> str:
    return (MICROS_OF if isinstance(element, _MicrosOf) else INSTANT_OF)[product]


def micros(column: ColumnElement[Any]) -> ColumnElement[int]:
    """A time column read as integer microseconds, for frames and arithmetic; compared with such integers and ordered by it is the column itself."""
    return _MicrosOf(column)


def instant(at: Any) -> ColumnElement[datetime]:
    """Integer microseconds as what a time column holds: a Python integer, a parameter, or what SQL works out."""
    if isinstance(at, _MicrosOf):
        return at.instant
    if isinstance(at, BindParameter):
        return type_coerce(at, UtcMicros())
    if isinstance(at, ColumnElement):
        return at if isinstance(at.type, UtcMicros) else _InstantOf(at)
    return literal(at, UtcMicros())
