"""Key figures from sums: rule 4 of docs/metrics.md. The one place where anything is divided."""

import math
from collections.abc import Iterable
from typing import Any

from metrics.columns import Columns
from metrics.totals import STATION_TOTALS, WORKER_TOTALS, Totals
from metrics.units import hours, ratio

Row = dict[str, Any]


def per_hour(amount: int, micros: int) -> float | None:
    """An amount by the hours of a length of time."""
    return ratio(amount, hours(micros))


def percentage(part: int, whole: int) -> float | None:
    """part / whole × 100; both µs."""
    return ratio(part, whole, 100.0)


def coverage(tracked: int, signal: int) -> Row:
    """Tracked time, and how much of it is without a signal."""
    return {
        "tracked_time_hours": hours(tracked),
        "no_signal_hours": hours(tracked - signal),
        "coverage_percentage": percentage(signal, tracked),
    }


_NOT_TRACKED: Row = {"tracked_time_hours": None, "no_signal_hours": None, "coverage_percentage": None}


def worker_metrics(totals: Totals, workers: Iterable[int]) -> dict[int, Row]:
    """Figures of each of some workers, by number, those without any event in the window included."""
    known = _by_key(totals.workers, "worker")
    nothing = dict.fromkeys(WORKER_TOTALS, 0)
    return {worker: _worker(known.get(worker, nothing), tracked=_is_tracked(totals)) for worker in workers}


def _by_key(sums: Columns, key: str) -> dict[int, dict[str, int]]:
    names = sums.names
    rows = zip(*(sums[name].tolist() for name in names), strict=True)
    return {row[names.index(key)]: dict(zip(names, row, strict=True)) for row in rows}


def _is_tracked(totals: Totals) -> bool:
    return totals.has_schedule and not totals.by_station


def _worker(sums: dict[str, int], *, tracked: bool) -> Row:
    return {
        "total_active_time_hours": hours(sums["active"]),
        "total_idle_time_hours": hours(sums["idle"]),
        "total_absent_time_hours": hours(sums["absent"]),
        "utilization_percentage": percentage(sums["active"], sums["active"] + sums["idle"]),
        "total_units_produced": sums["units"],
        "units_per_hour": per_hour(sums["units"], sums["active"]),
        "event_count": sums["events"],
        **(coverage(sums["tracked"], sums["signal"]) if tracked else _NOT_TRACKED),
    }


def workstation_metrics(totals: Totals, stations: Iterable[int]) -> dict[int, Row]:
    """Figures of each of some workstations, by number, those without any event in the window included."""
    known = _by_key(totals.stations, "station")
    nothing = dict.fromkeys(STATION_TOTALS, 0)
    available = totals.scheduled if totals.has_schedule else totals.elapsed
    return {station: _workstation(known.get(station, nothing), available, totals.has_schedule) for station in stations}


def _workstation(sums: dict[str, int], available: int, has_schedule: bool) -> Row:
    return {
        "occupancy_time_hours": hours(sums["occupancy"]),
        "working_time_hours": hours(sums["working"]),
        "utilization_percentage": percentage(sums["occupied"] if has_schedule else sums["occupancy"], available),
        "working_percentage": percentage(sums["working"], sums["occupancy"]),
        "total_units_produced": sums["units"],
        "throughput_rate": per_hour(sums["units"], sums["occupancy"]),
        "event_count": sums["events"],
    }


def factory_metrics(totals: Totals, *, worker_count: int, station_count: int) -> Row:
    """Figures of the site. worker_count, station_count: those registered."""
    sums = {name: int(totals.workers[name].sum()) for name in WORKER_TOTALS}
    active, units = sums["active"], sums["units"]
    return {
        "total_productive_time_hours": hours(active),
        "total_production_count": units,
        "average_production_rate": per_hour(units, active),
        "average_utilization_percentage": _mean_utilization(totals),
        "worker_count": worker_count,
        "station_count": station_count,
        "total_events": sums["events"],
        "total_idle_time_hours": hours(sums["idle"]),
        "total_absent_time_hours": hours(sums["absent"]),
        **(coverage(sums["tracked"], sums["signal"]) if _is_tracked(totals) else _NOT_TRACKED),
    }


def _mean_utilization(totals: Totals) -> float | None:
    """Mean over the workers whose utilization is not null; summed exactly, so that their order doesn't matter."""
    known = (percentage(active, active + idle) for active, idle in zip(totals.workers["active"].tolist(), totals.workers["idle"].tolist(), strict=True))
    values = [value for value in known if value is not None]
    return ratio(math.fsum(values), len(values))
