"""Services that answer from memory, for pages and callbacks: what is told to them is what they say."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from data_layer.query import CurrentState, MetricsQuery, SiteMetrics

NOW = datetime(2026, 1, 15, 13, 52, 10, tzinfo=UTC)  # Thursday, 14:52:10 in Berlin


@dataclass(frozen=True)
class FakeSite:
    site_id: str
    name: str
    timezone: str = "Europe/Berlin"
    has_schedule: bool = True


@dataclass(frozen=True)
class FakeStation:
    station_id: str
    name: str
    type: str | None = None


@dataclass
class FakeClock:
    moment: datetime = NOW

    def now(self) -> datetime:
        return self.moment


@dataclass
class FakeSites:
    sites: list[FakeSite]

    def list(self) -> list[FakeSite]:
        return self.sites


STATIONS = [
    FakeStation("S1", "Assembly Line 1", "assembly"),
    FakeStation("S2", "Assembly Line 2", "assembly"),
    FakeStation("S3", "Quality Inspection", "inspection"),
    FakeStation("S4", "Packaging A", "packaging"),
    FakeStation("S5", "Packaging B", "packaging"),
    FakeStation("S6", "Final Test", None),
]

STATES = [
    CurrentState("W1", "working", "S1", NOW - timedelta(minutes=42)),
    CurrentState("W2", "idle", "S2", NOW - timedelta(minutes=7)),
    CurrentState("W3", "working", "S3", NOW - timedelta(minutes=18)),
    CurrentState("W4", "working", "S4", NOW - timedelta(hours=1, minutes=12)),
    CurrentState("W5", "no_signal", "S5", NOW - timedelta(minutes=23)),
    CurrentState("W6", "absent", None, NOW - timedelta(minutes=11)),
]

FACTORY = {
    "total_productive_time_hours": 31.4,
    "total_production_count": 412,
    "average_production_rate": 13.121,
    "average_utilization_percentage": 81.63,
    "worker_count": 6,
    "station_count": 6,
    "total_events": 1180,
    "total_idle_time_hours": 5.2,
    "total_absent_time_hours": 1.1,
    "tracked_time_hours": 35.5,
    "no_signal_hours": 1.35,
    "coverage_percentage": 96.2,
}
BEFORE = FACTORY | {
    "total_productive_time_hours": 29.3,
    "total_production_count": 374,
    "average_production_rate": 13.52,
    "average_utilization_percentage": 78.43,
    "coverage_percentage": 97.3,
}
NOTHING: dict[str, Any] = {name: None if "average" in name or "coverage" in name else 0 for name in FACTORY}


def worker_row(number: int, name: str, active: float, idle: float, units: int, *, absent: float = 0.0, tracked: float | None = 5.87) -> dict[str, Any]:
    seen = active + idle + absent
    silent = None if tracked is None else max(tracked - seen, 0.0)
    return {
        "site_id": "main",
        "worker_id": f"W{number}",
        "name": name,
        "total_active_time_hours": active,
        "total_idle_time_hours": idle,
        "total_absent_time_hours": absent,
        "utilization_percentage": active / (active + idle) * 100 if active + idle else None,
        "total_units_produced": units,
        "units_per_hour": units / active if active else None,
        "event_count": int(seen * 30),
        "tracked_time_hours": tracked,
        "no_signal_hours": silent,
        "coverage_percentage": (tracked - silent) / tracked * 100 if tracked and silent is not None else None,
    }


WORKERS = [
    worker_row(1, "Alice Johnson", 5.1234, 0.6712, 124),
    worker_row(2, "Bob Smith", 4.2, 1.6, 98),
    worker_row(3, "Carol Diaz", 5.3, 0.5, 76),
    worker_row(4, "David Lee", 4.8, 1.0, 61),
    worker_row(5, "Eva Rossi", 3.1, 0.4, 34, absent=0.5),
    worker_row(6, "Frank Müller", 0.0, 0.0, 0, absent=5.8),
]


def station_row(station: FakeStation, occupied: float, working: float, units: int) -> dict[str, Any]:
    return {
        "site_id": "main",
        "station_id": station.station_id,
        "name": station.name,
        "type": station.type,
        "occupancy_time_hours": occupied,
        "working_time_hours": working,
        "utilization_percentage": occupied / 5.87 * 100,
        "working_percentage": working / occupied * 100 if occupied else None,
        "total_units_produced": units,
        "throughput_rate": units / occupied if occupied else None,
        "event_count": int(occupied * 30),
    }


OCCUPANCY = [(5.79, 5.12, 124), (5.8, 4.2, 98), (5.8, 5.3, 76), (5.8, 4.8, 61), (3.5, 3.1, 34), (0.0, 0.0, 19)]


@dataclass
class FakeMetrics:
    """answer: figures of a query; before: those of any window that ends earlier than now. Queries are kept in `asked`."""

    factory: dict[str, Any] = field(default_factory=lambda: dict(FACTORY))
    before: dict[str, Any] = field(default_factory=lambda: dict(BEFORE))
    workers: list[dict[str, Any]] = field(default_factory=lambda: [dict(row) for row in WORKERS])
    workstations: list[dict[str, Any]] = field(
        default_factory=lambda: [station_row(station, *numbers) for station, numbers in zip(STATIONS, OCCUPANCY, strict=True)]
    )
    states: list[CurrentState] = field(default_factory=lambda: list(STATES))
    stale: bool = False
    revision: int = 1
    failure: Exception | None = None
    asked: list[MetricsQuery] = field(default_factory=list)

    def read(self, query: MetricsQuery) -> SiteMetrics:
        self.asked.append(query)
        if self.failure:
            raise self.failure
        past = query.as_of is not None and query.end is not None and query.end < query.as_of
        factory = self.before if past else self.factory
        rows = [dict(row) for row in self.workers] if self.factory["worker_count"] else []
        stations = [row for row in self.workstations if not query.station_ids or row["station_id"] in query.station_ids]
        return SiteMetrics(dict(factory), rows, stations if self.factory["station_count"] else [], self.revision, self.stale)

    def current_states(self, site_id: str, now: datetime) -> list[CurrentState]:
        return self.states if self.factory["worker_count"] else []


@dataclass
class FakeDemo:
    """Loading turns an empty site's figures into full ones, removing turns them back."""

    metrics: FakeMetrics
    loaded: bool = True
    failure: Exception | None = None

    def is_loaded(self, site_id: str) -> bool:
        return self.loaded

    def seed(self, site_id: str) -> dict[str, Any]:
        if self.failure:
            raise self.failure
        self.loaded, self.metrics.factory = True, dict(FACTORY)
        return {"message": "Database seeded successfully", "success_count": 1180, "duplicate_count": 0}

    def remove(self, site_id: str) -> dict[str, Any]:
        self.loaded, self.metrics.factory, self.metrics.before = False, dict(NOTHING), dict(NOTHING)
        return {"message": "Demo data removed", "removed_count": 1180}


class FakeServices:
    """All of them, loaded with six workers at six stations; `empty()` has not a single event."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.sites = FakeSites([FakeSite("main", "Plant North"), FakeSite("south", "Plant South", "UTC", has_schedule=False)])
        self.metrics = FakeMetrics()
        self.demo = FakeDemo(self.metrics)
        self.working_on: tuple[int, int] | None = None
        self.by_site = {"main": STATIONS, "south": [FakeStation("S1", "Press")]}

    @classmethod
    def empty(cls) -> "FakeServices":
        services = cls()
        services.demo.remove("main")
        return services

    def stations(self, site_id: str) -> list[FakeStation]:
        return self.by_site.get(site_id, []) if self.metrics.factory["station_count"] else []

    def progress(self, site_id: str) -> tuple[int, int] | None:
        return self.working_on
