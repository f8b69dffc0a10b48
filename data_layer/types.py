"""Column types that mean the same on every database."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Dialect, type_coerce
from sqlalchemy.types import TypeDecorator

from metrics.units import to_datetime, to_micros


class UtcMicros(TypeDecorator[datetime]):
    """An instant: integer microseconds since the epoch in the database, an aware UTC datetime in Python.

    Integers are bound as they are, so that bulk paths need no datetime for each row.
    """

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> int | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Datetime or microseconds to microseconds."""
        return to_micros(value) if isinstance(value, datetime) else value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Microseconds to an aware datetime."""
        return None if value is None else to_datetime(value)


def micros(column: ColumnElement[Any]) -> ColumnElement[int]:
    """A time column read as integer microseconds, for frames and arithmetic."""
    return type_coerce(column, BigInteger)
