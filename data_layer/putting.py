"""Rows that may be there already: inserted where they are new, or put in the place of what is there."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

import numpy as np
from sqlalchemy import Connection, Dialect, Table
from sqlalchemy.dialects import mysql, postgresql, sqlite

from data_layer.types import UtcMicros

#: So many rows go to PostgreSQL by an INSERT each, in one journey; COPY takes two.
_FEW = 10

Row = Mapping[str, Any]
_INSERTS: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert, "mysql": mysql.insert, "mariadb": mysql.insert}


def insert_new(connection: Connection, table: Table, rows: Sequence[Row]) -> int:
    """Insert the rows whose keys are not there; how many that were. All with the same columns."""
    if not rows:
        return 0
    insert = _INSERTS[connection.dialect.name](table)
    # MariaDB has no other word that says how many were new. It would cut off what is too long as well, which those who call have checked.
    statement = insert.prefix_with("IGNORE") if _is_mariadb(connection) else insert.on_conflict_do_nothing()
    if connection.dialect.name == "postgresql":  # which has no count of many rows
        return len(connection.execute(statement.returning(*table.primary_key.columns), [*rows]).all())
    return connection.execute(statement, [*rows]).rowcount


def put(connection: Connection, table: Table, key: Row, values: Row, new: Row | None = None) -> None:
    """Let a row have some values, be it there or not. new: what it has besides, where it isn't there yet."""
    insert = _INSERTS[connection.dialect.name](table).values(**key, **values, **(new or {}))
    if _is_mariadb(connection):
        connection.execute(insert.on_duplicate_key_update(**values))
    else:
        connection.execute(insert.on_conflict_do_update(index_elements=[*key], set_=dict(values)))


def insert_plain(connection: Connection, table: Table, rows: Sequence[tuple[Any, ...]], columns: tuple[str, ...] = ()) -> None:
    """Insert rows of values, times in µs, to the driver as they are; in PostgreSQL many at once by COPY.

    columns: those that the values are of, in their order; by default all of the table.
    """
    names = columns or tuple(column.name for column in table.columns)
    values = rows if connection.dialect.name == "sqlite" else _with_moments(table, names, rows)
    if connection.dialect.name == "postgresql" and len(rows) > _FEW:
        copy_in(connection, table.name, names, values)
    else:
        connection.exec_driver_sql(_plain(table, names, connection.dialect), [*values])


def _with_moments(table: Table, names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    by_column = [*zip(*rows, strict=True)]
    return [*zip(*(to_moments(one) if isinstance(table.c[name].type, UtcMicros) else one for name, one in zip(names, by_column, strict=True)), strict=True)]


def insert_values(connection: Connection, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert rows of Python's values in the order of the table's columns; many at once in PostgreSQL by COPY."""
    names = tuple(column.name for column in table.columns)
    if connection.dialect.name != "postgresql":
        connection.exec_driver_sql(_plain(table, names, connection.dialect), [*rows])
        return
    copy_in(connection, table.name, names, rows)


def copy_in(connection: Connection, table: str, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
    """Hand rows over to PostgreSQL by COPY, with the values of some columns."""
    quoted = ", ".join(map(connection.dialect.identifier_preparer.quote, columns))
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f"COPY {table} ({quoted}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


@cache
def _plain(table: Table, names: tuple[str, ...], dialect: Dialect) -> str:
    columns = ", ".join(map(dialect.identifier_preparer.quote, names))
    values = ", ".join(["?" if dialect.paramstyle == "qmark" else "%s"] * len(names))
    return f"INSERT INTO {table.name} ({columns}) VALUES ({values})"  # noqa: S608 - names of our own


def to_moments(times: Sequence[int | None]) -> list[datetime | None]:
    """Microseconds as datetimes without a zone, in UTC, which is that of all our connections."""
    found: list[datetime | None] = np.array(times, dtype="datetime64[us]").tolist()
    return found


def _is_mariadb(connection: Connection) -> bool:
    return connection.dialect.name in ("mysql", "mariadb")
