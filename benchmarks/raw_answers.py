"""What each worker did in a window, asked of the raw events: by DuckDB in a window function, and by a plain loop in this process.

Rules 2 and 4 of docs/metrics.md for a site without a schedule, where a state lasts until the worker's next event if that comes within the signal
timeout. The product also knows the shifts, which these two are spared. Events of more than a day before the window are left out: a state that
was renewed by finished units alone for longer than that would be missed. Absence is not asked for, so nothing has to end it.
"""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from data_layer.sqlite import sqlite_driver
from metrics.units import DAY, HOUR

_COLUMNS = ("worker", "moment", "kind", "station", "units")
_ROWS_AT_ONCE = 500_000
_STORED = "SELECT worker_id, timestamp, event_type, station_id, count FROM events WHERE site_id = 'main' AND worker_id <> '' ORDER BY event_id"
#: Read in the order of the index that the product has, and from it alone.
_OF_A_WINDOW = """
    SELECT worker_id, timestamp, event_type, count FROM events INDEXED BY ux_events_identity
    WHERE site_id = 'main' AND timestamp >= ? AND timestamp <= ? AND worker_id <> ''
    ORDER BY worker_id, timestamp, CASE event_type WHEN 'product_count' THEN 0 WHEN 'absent' THEN 1 WHEN 'idle' THEN 2 ELSE 3 END, station_id
"""
_STAGE = "CREATE TEMP TABLE stored (worker VARCHAR, moment BIGINT, kind VARCHAR, station VARCHAR, units BIGINT)"
#: With texts for enumerations DuckDB takes twice as long. Kinds are in the order in which they count at one moment.
_TABLE = (
    "CREATE TYPE kind AS ENUM ('product_count', 'absent', 'idle', 'working')",
    "CREATE TYPE worker AS ENUM (SELECT DISTINCT worker FROM stored)",
    "CREATE TYPE station AS ENUM (SELECT DISTINCT station FROM stored ORDER BY 1)",
    "CREATE TABLE events AS SELECT worker::worker AS worker, moment, kind::kind AS kind, station::station AS station, units FROM stored",
    "DROP TABLE stored",
)
_BY_DUCKDB = """
    WITH seen AS (
        SELECT worker, moment, kind, units, lead(moment) OVER in_order AS next,
            last_value(nullif(kind, 'product_count') IGNORE NULLS) OVER in_order AS state
        FROM events WHERE moment BETWEEN $begin - $before AND $end + $timeout
        WINDOW in_order AS (PARTITION BY worker ORDER BY moment, kind, station)
    ), lasting AS (
        SELECT worker, moment, kind, units, state,
            CASE WHEN next - moment <= $timeout THEN greatest(0, least(next, $end) - greatest(moment, $begin)) ELSE 0 END AS length
        FROM seen
    )
    SELECT worker, coalesce(sum(length) FILTER (state = 'working'), 0)::BIGINT, coalesce(sum(length) FILTER (state = 'idle'), 0)::BIGINT,
        coalesce(sum(units) FILTER (kind = 'product_count' AND moment >= $begin AND moment < $end), 0)::BIGINT
    FROM lasting GROUP BY worker
"""


@dataclass(frozen=True, slots=True)
class Work:
    """A worker's hours in a window, active as a share of both in percent, and finished units."""

    active_hours: float
    idle_hours: float
    utilization: float | None
    units: int


def _work(active: int, idle: int, units: int) -> Work:
    return Work(active / HOUR, idle / HOUR, 100 * active / (active + idle) if active + idle else None, units)


def by_plain_loop(database: Path, begin: int, end: int, timeout: int) -> dict[str, Work]:
    """Of each worker seen about the window [begin, end), in µs. timeout: µs."""
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    before, since, state = "", 0, ""
    with closing(sqlite_driver().connect(f"file:{database}?mode=ro", uri=True)) as connection:
        for worker, at, kind, count in connection.execute(_OF_A_WINDOW, (begin - DAY, end + timeout)):
            found = sums[worker]
            if worker != before:
                before, state = worker, ""
            elif state in _PLACES and at - since <= timeout:
                found[_PLACES[state]] += max(0, min(at, end) - max(since, begin))
            since = at
            if kind != "product_count":
                state = kind
            elif begin <= at < end:
                found[2] += count
    return {worker: _work(*found) for worker, found in sums.items()}


_PLACES = {"working": 0, "idle": 1}


class InDuckDB:
    """The raw events of a database in DuckDB's own format, in the order in which they were stored."""

    def __init__(self, database: Path, copy: Path) -> None:
        self._connection = duckdb.connect(str(copy))
        self._connection.execute(_STAGE)
        for part in _parts(database):
            self._connection.register("part", part)
            self._connection.execute(f"INSERT INTO stored SELECT {', '.join(_COLUMNS)} FROM part")  # noqa: S608 - names of our own
            self._connection.unregister("part")
        for statement in (*_TABLE, "CHECKPOINT"):
            self._connection.execute(statement)

    def __enter__(self) -> "InDuckDB":
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def ask(self, begin: int, end: int, timeout: int) -> dict[str, Work]:
        """As `by_plain_loop`."""
        rows = self._connection.execute(_BY_DUCKDB, {"begin": begin, "end": end, "timeout": timeout, "before": DAY}).fetchall()
        return {worker: _work(active, idle, units) for worker, active, idle, units in rows}


def _parts(database: Path) -> Iterator[dict[str, Any]]:
    with closing(sqlite_driver().connect(f"file:{database}?mode=ro", uri=True)) as connection:
        rows = connection.execute(_STORED)
        while part := rows.fetchmany(_ROWS_AT_ONCE):
            worker, at, kind, station, units = zip(*part, strict=True)
            texts = (np.array(column, dtype=object) for column in (worker, kind, station))
            numbers = (np.array(column, dtype=np.int64) for column in (at, units))
            yield dict(zip(("worker", "kind", "station", "moment", "units"), (*texts, *numbers), strict=True))
