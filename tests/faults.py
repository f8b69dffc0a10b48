"""A site's day that tests let go wrong at a place of their choice, and what must hold afterwards (T3 of docs/reliability.md)."""

import json
import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from migrated import empty_database
from server_process import rows
from sqlalchemy.exc import OperationalError

from data_layer import tables
from data_layer.engine import Database
from data_layer.rebuild import rebuild
from data_layer.sqlite import sqlite_driver
from ingest.parse import parse_batch
from ingest.writer import Unavailable
from services import Clock, Services, start_services
from settings import Settings

ROOT = Path(__file__).parents[1]
SITE = "main"
SHIFTS = [{"name": "day", "days": [0, 1, 2, 3, 4], "start": "08:00", "end": "17:00"}]
_PATIENCE_SECONDS = 20
_LEFT_TO_REFRESH_SECONDS = 1.0


def places(*parts: str) -> list[str]:
    """Every fault point of the product, by what the source says; of some parts of it, by the names before the colon."""
    sources = [path.read_text() for room in ("data_layer", "ingest", "federation") for path in (ROOT / room).rglob("*.py")]
    found = {name for source in sources for name in re.findall(r'faultpoint\("(.+?)"\)', source)}
    return sorted(name for name in found if not parts or name.split(":")[0] in parts)


def _seen(camera: str, number: int, clock: str, kind: str = "working", **more: object) -> dict[str, object]:
    fields = {"timestamp": f"2026-01-15T{clock}:00Z", "worker_id": f"W{camera}", "workstation_id": f"S{number % 2}", "event_type": kind}
    return {**fields, "camera_id": camera, "event_id": str(number), **more}


_MORNING = [_seen("A", number, f"{8 + number // 6:02}:{number % 6}5", ("working", "idle", "product_count")[number % 3]) for number in range(12)]
_LATE = [_seen("A", 20, "07:30"), _seen("A", 21, "09:02", "idle", confidence=0.2), _seen("B", 1, "08:00"), _seen("B", 2, "16:00", "absent")]
_UNREADABLE = {"timestamp": "yesterday", "worker_id": "WA", "workstation_id": "S0", "event_type": "working"}

#: What the cameras send, batch by batch: new ids, late events of days that are refreshed already, repeats beside what is wrong.
BATCHES = ([*_MORNING, _MORNING[0]], _LATE, [*_MORNING, _UNREADABLE, _seen("B", 3, "17:30")])
EXPECTED = {(event["camera_id"], event["event_id"]) for batch in BATCHES for event in batch if event is not _UNREADABLE}


def opened(path: Path) -> Services:
    """Services on a database, which is made where there is none."""
    if not path.exists():
        empty_database(path)
    return start_services(Settings(database_url=f"sqlite:///{path}"), Clock())


def play(services: Services, acknowledged: Callable[[int], None], attempts: int) -> None:
    """Send every batch until it is acknowledged, or so many times; a new setting comes in between."""
    for number, batch in enumerate(BATCHES):
        for _ in range(attempts):
            try:
                parsed = parse_batch(json.dumps(batch).encode(), services.sites.known, services.clock.micros())
                services.writer.submit(parsed)
            except (Unavailable, OperationalError, RuntimeError):
                continue
            acknowledged(number)
            break
        services.refresher.wait(SITE, _LEFT_TO_REFRESH_SECONDS)
        if number == 1:
            services.sites.put(SITE, {"shifts": SHIFTS, "min_confidence": 0.5}, datetime.now(UTC))
            services.refresher.wait(SITE, _LEFT_TO_REFRESH_SECONDS)


def stored(path: Path) -> Counter[tuple[str, str]]:
    """Camera and id of each stored event, and how often it is there."""
    return Counter(rows(path, "SELECT source, client_event_id FROM events"))


def assert_kept(path: Path, acknowledged: set[int]) -> None:
    """What was acknowledged is there, and nothing twice."""
    found = stored(path)
    wanted = {(event["camera_id"], event["event_id"]) for number in acknowledged for event in BATCHES[number] if event is not _UNREADABLE}
    assert wanted <= set(found)
    assert set(found.values()) <= {1}


def assert_up_to_date(services: Services, path: Path) -> None:
    """What is stored is in the derived rows, as soon as the refresher says so."""
    # A request that failed after it was handed in may still be on its way; this one comes after it.
    services.writer.submit(parse_batch(b"[]", services.sites.known, services.clock.micros()))
    assert services.refresher.wait(SITE, _PATIENCE_SECONDS)
    assert_derived(path)


def assert_whole(services: Services, path: Path) -> None:
    """Once all was sent again: every event once, all of them in the figures, counted once by camera; closes the services."""
    try:
        assert services.refresher.wait(SITE, _PATIENCE_SECONDS)
        assert services.writer.alive
        assert services.refresher.alive
    finally:
        services.close()
    assert stored(path) == Counter(EXPECTED)
    assert rows(path, "PRAGMA integrity_check") == [("ok",)]
    assert rows(path, "SELECT camera_id, events FROM camera_activity ORDER BY camera_id") == sorted(Counter(camera for camera, _ in EXPECTED).items())
    assert rows(path, "SELECT 1 FROM quarantine")
    assert_derived(path, of_all=True)


def assert_derived(path: Path, *, of_all: bool = False) -> None:
    """All derived rows are those of a rebuild, made on a copy. of_all: and there are some in every table."""
    copy = path.with_name("copy.db")
    source, target = (sqlite_driver().connect(each) for each in (path, copy))
    source.backup(target)
    assert target.execute("SELECT * FROM invalidations").fetchall() == []
    source.close()
    target.close()
    database = Database(f"sqlite:///{copy}")
    try:
        found = rebuild(database)
    finally:
        database.close()
    copy.unlink()
    assert {one.table: one.differing for one in found} == {table.name: 0 for table in tables.DERIVED}
    assert not of_all or all(one.rows for one in found)
