"""Statements are compiled once a process instead of once a test, as in a server, which has one engine as long as it lives.

SQLAlchemy keeps compiled statements by engine and dialect object; each test has an engine of its own, and compiling took a third of its time.
A construct that leaves something out of its cache key is found here rather than in production.
"""

from sqlalchemy import Connection, Engine, event
from sqlalchemy.dialects.mysql.pymysql import MySQLDialect_pymysql
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.util import LRUCache

_KEPT: LRUCache[object, object] = LRUCache(2000)


def share_compiled_statements() -> None:
    """From now on, in this process. All databases of a run are of one kind and version each."""
    for kind in (SQLiteDialect_pysqlite, PGDialect_psycopg, MySQLDialect_pymysql):
        kind.__eq__ = _same_kind  # type: ignore[method-assign,assignment]
        kind.__hash__ = _of_kind  # type: ignore[method-assign,assignment]
    event.listen(Engine, "engine_connect", _use_kept)


def _same_kind(one: Dialect, other: object) -> bool:
    return type(one) is type(other)


def _of_kind(one: Dialect) -> int:
    return hash(type(one))


def _use_kept(connection: Connection) -> None:
    connection.execution_options(compiled_cache=_KEPT)
