"""What PostgreSQL reads for the statements that the application issues, by its own account of running them."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from psycopg import sql
from sqlalchemy import Connection, event

from data_layer.engine import Database

Statements = list[tuple[str, Any]]


@contextmanager
def statements(database: Database) -> Iterator[Statements]:
    """What readers ask in the block, as it goes to the driver: text and parameters."""
    found: Statements = []

    def note(_connection: object, _cursor: object, statement: str, parameters: Any, _context: object, _many: bool) -> None:
        found.append((statement, parameters))

    event.listen(database.readers, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(database.readers, "before_cursor_execute", note)


def partitions_read(database: Database, asked: Statements) -> set[str]:
    """The partitions of events that are opened to be read when these statements are run, those aside that are found not to be needed before.

    Each statement is planned twice: for its parameters, and for any, as PostgreSQL does with what is asked again and again.
    """
    read = (node for plan in _plans(database, asked) for node in _nodes(plan) if node.get("Actual Loops"))
    return {node["Relation Name"] for node in read if node.get("Relation Name", "").startswith("events_")}


def most_rows_read(database: Database, asked: Statements, table: str) -> float:
    """How many rows of a table a plan of these statements reads at most, those included that it drops; planned twice as above."""
    counted = [sum(_rows_read(node) for node in _nodes(plan) if node.get("Relation Name") == table) for plan in _plans(database, asked)]
    return max(counted)


def _rows_read(node: dict[str, Any]) -> float:
    each: float = node["Actual Rows"] + node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
    return each * float(node["Actual Loops"])


def _plans(database: Database, asked: Statements) -> list[dict[str, Any]]:
    with database.readers.connect() as connection:
        return [explained(connection, statement, parameters) for statement, parameters in asked for explained in (_for_these, _for_any)]


def _for_these(connection: Connection, statement: str, parameters: Any) -> dict[str, Any]:
    return _plan(connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", parameters).scalar_one())


def _for_any(connection: Connection, statement: str, parameters: Any) -> dict[str, Any]:
    names = list(dict.fromkeys(re.findall(r"%\((\w+)\)s", statement)))
    numbered = re.sub(r"%\((\w+)\)s", lambda found: f"${names.index(found[1]) + 1}", statement).replace("%%", "%")
    driver: Any = connection.connection.driver_connection
    values = ", ".join(sql.Literal(parameters[name]).as_string(driver) for name in names)
    with driver.cursor() as cursor:
        cursor.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        cursor.execute(f"PREPARE asked AS {numbered}")
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE asked{f'({values})' if names else ''}")
        [[found]] = cursor.fetchall()
        cursor.execute("DEALLOCATE asked")
    return _plan(found)


def _plan(explained: Any) -> dict[str, Any]:
    found: dict[str, Any] = explained[0]["Plan"]
    return found


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for part in node.get("Plans", ()):
        yield from _nodes(part)
