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
    found: set[str] = set()
    with database.readers.connect() as connection:
        for statement, parameters in asked:
            for explained in (_for_these, _for_any):
                plan = explained(connection, statement, parameters)
                names = {node["Relation Name"] for node in _nodes(plan) if node.get("Actual Loops") and "Relation Name" in node}
                found |= {name for name in names if name.startswith("events_")}
    return found


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
