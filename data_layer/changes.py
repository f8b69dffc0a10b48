"""Writing only what differs: derived rows are recomputed whole and compared with what is stored."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import Connection, Table, bindparam

from data_layer.names import Names
from data_layer.putting import insert_plain
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
        gone = table.delete().where(table.c.site_id == site_id, *(column == bindparam(f"key_{column.name}", type_=column.type) for column in keys))
        connection.execute(gone, _records(change.removed.pick(*(column.name for column in keys)), names, prefix="key_"))
    if len(change.added):
        # To the driver as it is: making dictionaries and binding them one by one would be a quarter of a refresh.
        _site, *others = (column.name for column in table.columns)
        rows = _values(change.added.pick(*others), names)
        insert_plain(connection, table, [(site_id, *values) for values in rows])


def _records(rows: Columns, names: Names, prefix: str) -> list[dict[str, Any]]:
    labels = [prefix + name for name in rows.names]
    return [dict(zip(labels, values, strict=True)) for values in _values(rows, names)]


def _values(rows: Columns, names: Names) -> Iterator[tuple[Any, ...]]:
    return zip(*(names.texts(name, rows[name]) if names.is_named(name) else rows[name].tolist() for name in rows.names), strict=True)
