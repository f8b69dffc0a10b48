"""DuckDB and the plain loop, which the metrics calls are held against, answer what the product answers."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from http_api import Api, event

from benchmarks.dataset import encoded, history
from benchmarks.raw_answers import InDuckDB, Work, by_plain_loop
from metrics.units import to_micros

TIMEOUT = timedelta(hours=1)
FIRST = datetime(2026, 3, 2, tzinfo=UTC)

#: What the random history hardly has: units that end an absence, kinds at one moment, units of nobody, silence, what happens when a window ends.
ODD = [
    event("2026-03-03T06:00:00Z", "absent", "A"),
    event("2026-03-03T06:10:00Z", "product_count", "A", count=3),
    event("2026-03-03T06:20:00Z", "product_count", "A", count=4),
    event("2026-03-03T06:30:00Z", "idle", "A"),
    event("2026-03-03T06:40:00Z", "product_count", "A", count=5),
    event("2026-03-03T06:50:00Z", "working", "A"),
    event("2026-03-03T07:50:00Z", "working", "A"),
    event("2026-03-03T08:50:00.000001Z", "idle", "A"),
    event("2026-03-03T09:00:00Z", "working", "A"),
    event("2026-03-03T06:00:00Z", "idle", "B"),
    event("2026-03-03T06:00:00Z", "working", "B"),
    event("2026-03-03T06:00:00Z", "absent", "B"),
    event("2026-03-03T06:30:00Z", "absent", "B"),
    event("2026-03-03T06:30:00Z", "product_count", "B", count=9),
    event("2026-03-03T06:40:00Z", "idle", "B"),
    event("2026-03-03T06:00:00Z", "product_count", None, count=100),
    event("2026-03-03T11:00:00Z", "working", "C"),
    event("2026-03-03T12:00:00Z", "idle", "C", "S9"),
    event("2026-03-03T12:00:00Z", "product_count", "C", count=2),
]

WINDOWS = [
    (FIRST, FIRST + timedelta(days=4)),
    (FIRST + timedelta(days=1), FIRST + timedelta(days=2)),
    (FIRST + timedelta(days=1, hours=6, minutes=13, seconds=7), FIRST + timedelta(days=2, hours=11, minutes=41)),
    (FIRST + timedelta(days=1, hours=6, minutes=30), FIRST + timedelta(days=1, hours=7)),
    (FIRST + timedelta(days=1, hours=11, minutes=59), FIRST + timedelta(days=1, hours=12)),
    (FIRST - timedelta(days=9), FIRST - timedelta(days=8)),
]


@pytest.fixture
def database(api: Api) -> Path:
    """Three days of a hundred workers and the odd ones at a site without a schedule, all of it in the figures."""
    assert api.put("/api/sites/main", {"timezone": "Europe/Berlin", "signal_timeout_seconds": int(TIMEOUT.total_seconds())}).status_code in (200, 201)
    random = encoded(history(6_000, days=3))
    assert api.send(b"[" + b",".join(random) + b"]", {"Content-Type": "application/json"}).status_code == 200
    api.take_in(ODD)
    return Path(api.services.settings.database_url.removeprefix("sqlite:///"))


def seen(rows: list[dict[str, Any]]) -> dict[str, Work]:
    """The product's answer in the shape of the other two, for those who did something."""
    found = {
        row["worker_id"]: Work(row["total_active_time_hours"], row["total_idle_time_hours"], row["utilization_percentage"], row["total_units_produced"])
        for row in rows
    }
    return busy(found)


def busy(found: dict[str, Work]) -> dict[str, Work]:
    """Without those who did nothing: the product names whoever is registered, the others whoever was seen about that time."""
    return {worker: work for worker, work in found.items() if work != Work(0, 0, None, 0)}


def test_all_three_agree(api: Api, database: Path, tmp_path: Path) -> None:
    with InDuckDB(database, tmp_path / "events.duckdb") as duckdb:
        for begin, end in WINDOWS:
            bounds = (to_micros(begin), to_micros(end), TIMEOUT // timedelta(microseconds=1))
            expected = seen(api.metrics("workers", **{"from": begin.isoformat(), "to": end.isoformat()}).json)
            assert bool(expected) == (end > FIRST)
            for found in (duckdb.ask(*bounds), by_plain_loop(database, *bounds)):
                assert busy(found) == expected, (begin, end)
