"""What of a simulated factory has to be known before its first event: names, types, and which camera sees what."""

from collections.abc import Iterable
from typing import NamedTuple

from ingest.simulation.plan import Plan

WORKERS, WORKSTATIONS, CAMERAS = "workers", "workstations", "cameras"


class Entry(NamedTuple):
    """Something to register. kind: as the API calls it. fields: as the API takes them."""

    kind: str
    id: str
    fields: dict[str, str | list[str]]


def entries(plan: Plan) -> list[Entry]:
    """All that a plan holds; what is named by others comes first."""
    stations = plan.all_stations
    return [
        *(Entry(WORKSTATIONS, station.station_id, {"name": station.name, "type": station.type}) for station in stations),
        *(Entry(WORKERS, worker.worker_id, {"name": worker.name, "home_station_id": stations[worker.home].station_id}) for worker in plan.all_workers),
        *(Entry(CAMERAS, camera.camera_id, {"name": camera.name, "station_ids": list(camera.station_ids)}) for camera in plan.all_cameras),
    ]


def missing(plan: Plan, known: Iterable[tuple[str, str]]) -> list[Entry]:
    """What nobody has registered yet; the rest keeps the names that it was given. known: (kind, id)."""
    there = set(known)
    return [entry for entry in entries(plan) if (entry.kind, entry.id) not in there]
