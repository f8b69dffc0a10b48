"""A Thursday at Plant North, 14:52:10 on Berlin's clock: who is where, for how long, and what nobody sees.

W1  S1  works since 14:10           W5  S5  was last seen at 13:30, longer ago than the signal timeout
W2  S2  idle since 14:45            W6  S6  absent since 14:41
W3  S3  works since 14:34           W7      has never been seen
W4  S3  idle since 14:30                S4  nobody there, and its camera silent since 09:00
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from http_api import DAY_SHIFT, Api, event

NOW = datetime(2026, 1, 15, 13, 52, 10, tzinfo=UTC)
SITE = {"name": "Plant North", "timezone": "Europe/Berlin", "shifts": [DAY_SHIFT], "signal_timeout_seconds": 3600}
STATIONS = {
    "S1": ("Assembly Line 1", "assembly"),
    "S2": ("Assembly Line 2", "assembly"),
    "S3": ("Quality Inspection", "inspection"),
    "S4": ("Packaging A", "packaging"),
    "S5": ("Packaging B", "packaging"),
    "S6": (None, None),
}
WORKERS = {"W1": "Alice Johnson", "W2": "Bob Smith", "W3": "Carol Diaz", "W4": "David Lee", "W5": "Eva Rossi", "W6": "Frank Müller", "W7": "Gina Park"}


def seen(worker: str, station: str, start: str, end: str, kind: str = "working", day: str = "2026-01-15") -> list[dict[str, Any]]:
    """A state, told again every half an hour. start, end: of that day, UTC."""
    at, until = (datetime.fromisoformat(f"{day}T{clock}:00+00:00") for clock in (start, end))
    found = []
    while at <= until:
        found.append(event(at.isoformat(), kind, worker, station))
        at += timedelta(minutes=30)
    return found


EVENTS = [
    *seen("W1", "S1", "07:00", "12:30"),
    event("2026-01-15T10:30:00Z", "product_count", "W1", "S1", count=1_200),
    event("2026-01-15T12:40:00Z", "product_count", "W1", "S1", count=40),
    event("2026-01-15T13:00:00Z", "idle", "W1", "S1"),
    event("2026-01-15T13:10:00Z", "working", "W1", "S1"),
    *seen("W2", "S2", "07:30", "13:30"),
    event("2026-01-15T13:45:00Z", "idle", "W2", "S2"),
    *seen("W3", "S3", "07:00", "13:00", "idle"),
    event("2026-01-15T13:34:00Z", "working", "W3", "S3"),
    *seen("W4", "S1", "07:00", "13:00"),
    event("2026-01-15T13:30:00Z", "idle", "W4", "S3"),
    *seen("W5", "S5", "07:00", "12:30"),
    *seen("W6", "S6", "07:00", "13:30"),
    event("2026-01-15T13:41:00Z", "absent", "W6", "S6"),
    # The same part of the day before.
    *seen("W1", "S1", "07:00", "11:00", day="2026-01-14"),
    event("2026-01-14T10:00:00Z", "product_count", "W1", "S1", count=1_000),
]
#: What the camera of S4 saw before it fell silent.
BEFORE_THE_SILENCE = [event(f"2026-01-15T07:{minute:02}:00Z", "product_count", None, "S4", count=2, camera_id="C4") for minute in range(0, 60, 10)]


def thursday(api: Api, **site: Any) -> Api:
    """All of it, in the figures, and a site `south` without anything. site: settings that are otherwise."""
    clock = api.services.clock
    api.put("/api/sites/south", {"name": "South"})
    api.put("/api/sites/main", SITE | site)
    for station, (name, kind) in STATIONS.items():
        api.put(f"/api/workstations/{station}", {"name": name, "type": kind})
    for worker, name in WORKERS.items():
        api.put(f"/api/workers/{worker}", {"name": name})
    clock.moment = datetime(2026, 1, 15, 8, tzinfo=UTC)
    api.post_batch(BEFORE_THE_SILENCE)
    clock.moment = NOW
    api.post_batch(EVENTS)
    assert api.services.refresher.wait("main", 60)
    return api
