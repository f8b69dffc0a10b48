"""Writing only what differs: derived rows are recomputed whole and compared with what is stored."""

from dataclasses import dataclass
from typing import Any

import pandas as pd
from sqlalchemy import Connection, Table, bindparam, insert



@dataclass(frozen=True)
class Change:
    """Rows of one table that go and rows that come; an altered row is in both."""

    table: Table
    removed: pd.DataFrame
    added: pd.DataFrame

    @property
    def empty(self) -> bool:
        """Whether nothing differs."""
        return self.removed.empty and self.added.empty


def difference(table: Table, stored: pd.DataFrame, wanted: pd.DataFrame) -> Change:
    """What must change for `stored` to become `wanted`; both with the table's columns, site_id aside."""
    columns = [column.name for column in table.columns if column.name != "site_id"]
    before, after = stored[columns], wanted[columns]
    if before.empty or after.empty:
        return Change(table, before, after)
    had, wants = (set(part.itertuples(index=False, name=None)) for part in (before, after))
    return Change(
        table,
        before[[row not in wants for row in before.itertuples(index=False, name=None)]],
        after[[row not in had for row in after.itertuples(index=False, name=None)]],
    )


def apply(connection: Connection, site_id: str, change: Change) -> None:
    """Write a change of a site's rows."""
    table = change.table
    if not change.removed.empty:
        keys = [column for column in table.primary_key.columns if column.name != "site_id"]
        gone = table.delete().where(table.c.site_id == site_id, *(column == bindparam(f"key_{column.name}", type_=column.type) for column in keys))
        connection.execute(gone, _records(change.removed, [column.name for column in keys], prefix="key_"))
    if not change.added.empty:
        connection.execute(insert(table), [{"site_id": site_id, **row} for row in _records(change.added, list(change.added.columns))])


def _records(rows: pd.DataFrame, columns: list[str], prefix: str = "") -> list[dict[str, Any]]:
    names = [prefix + column for column in columns]
    lists = [rows[column].tolist() for column in columns]
    return [dict(zip(names, values, strict=True)) for values in zip(*lists, strict=True)]


