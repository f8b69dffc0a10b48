"""What PostgreSQL reads for the statements that the application issues, by its own account of running them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

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
    """The partitions of events that are opened to be read when these statements are run, those aside that are found not to be needed before."""
    found: set[str] = set()
    with database.readers.connect() as connection:
        for statement, parameters in asked:
            [[[plan]]] = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", parameters)
            found |= {node["Relation Name"] for node in _nodes(plan["Plan"]) if node.get("Relation Name", "").startswith("events_") and node["Actual Loops"]}
    return found


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for part in node.get("Plans", ()):
        yield from _nodes(part)
