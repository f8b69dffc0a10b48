"""Writing only what differs: derived rows are recomputed whole and compared with what is stored."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import Column, Connection, String, Table, bindparam, delete

from data_layer.names import Names
from data_layer.putting import insert_plain
from data_layer.sql import handed_over
from data_layer.types import UtcMicros, micros
from metrics.columns import Columns, changes, concat, order_by


@dataclass(frozen=True)
class Change:
    """Rows of one table that go and rows that come; an altered row is in both."""

    table: Table
    removed: Columns
    added: Columns

    @property
    def empty(self) -> bool:
        """Whether nothing differs."""
        return not len(self.removed) and not len(self.added)


def difference(table: Table, stored: Columns, wanted: Columns) -> Change:
    """What must change for `stored` to become `wanted`; both with the table's columns, site_id aside, and no row twice."""
    columns = [column.name for column in table.columns if column.name != "site_id"]
    both = concat([stored.pick(*columns).assign(side=0), wanted.pick(*columns).assign(side=1)])
    ordered = both.rows(order_by(both, columns))
    new = changes(ordered, columns)
    alone = new & np.append(new[1:], True)  # neither like the row before nor like the one after
    differing = ordered.rows(alone)
    return Change(table, differing.rows(differing["side"] == 0).pick(*columns), differing.rows(differing["side"] == 1).pick(*columns))


def apply(connection: Connection, site_id: str, names: Names, change: Change) -> None:
    """Write a change of a site's rows."""
    table = change.table
    if len(change.removed):
        keys = [column for column in table.primary_key.columns if column.name != "site_id"]
        _remove(connection, site_id, keys, list(_values(change.removed.pick(*(column.name for column in keys)), names)))
    if len(change.added):
        # To the driver as it is: making dictionaries and binding them one by one would be a quarter of a refresh.
        _site, *others = (column.name for column in table.columns)
        rows = _values(change.added.pick(*others), names)
        insert_plain(connection, table, [(site_id, *values) for values in rows])


def _remove(connection: Connection, site_id: str, keys: Sequence[Column[Any]], rows: Sequence[tuple[Any, ...]]) -> None:
    """Delete a site's rows that have some keys, times in µs."""
    table = keys[0].table
    gone = delete(table).where(table.c.site_id == site_id)
    # A journey to the server for all of them, and not for each. PostgreSQL's driver sends them together as they are, and each finds its row by
    # the key: of a join it may think that few rows are the site's, before it has counted them, and read all.
    if connection.dialect.name in ("mysql", "mariadb"):
        asked = handed_over("gone", {column.name: str if isinstance(column.type, String) else int for column in keys}, rows).subquery("gone")
        same = ((micros(column) if isinstance(column.type, UtcMicros) else column) == asked.c[column.name] for column in keys)
        connection.execute(gone.where(*same))
    else:
        labels = [f"key_{column.name}" for column in keys]
        own = (column == bindparam(label, type_=column.type) for column, label in zip(keys, labels, strict=True))
        connection.execute(gone.where(*own), [dict(zip(labels, values, strict=True)) for values in rows])


def _values(rows: Columns, names: Names) -> Iterator[tuple[Any, ...]]:
    return zip(*(names.texts(name, rows[name]) if names.is_named(name) else rows[name].tolist() for name in rows.names), strict=True)
