"""Key figures from sums: rule 4 of docs/metrics.md. The one place where anything is divided.

Figures are arrays by field name, with an axis for the buckets of the window (one, for a plain question) and, for workers and
stations, one for the ids before it. A figure that doesn't exist (`null`) is NaN here; `plain` turns it to None.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from metrics.columns import Columns
from metrics.totals import STATION_TOTALS, TIME_SUMS, WORKER_TOTALS, FactorySums, Totals
from metrics.units import HOUR, Micros

Row = dict[str, Any]
Floats = npt.NDArray[np.float64]
Figures = dict[str, Micros | Floats]

#: The figures, each with the sums that it is made of.
WORKER_FIGURES: Mapping[str, tuple[str, ...]] = {
    "total_active_time_hours": ("active",),
    "total_idle_time_hours": ("idle",),
    "total_absent_time_hours": ("absent",),
    "utilization_percentage": ("active", "idle"),
    "total_units_produced": ("units",),
    "units_per_hour": ("units", "active"),
    "event_count": ("events",),
    "tracked_time_hours": ("tracked",),
    "no_signal_hours": ("tracked", "signal"),
    "coverage_percentage": ("tracked", "signal"),
}
STATION_FIGURES: Mapping[str, tuple[str, ...]] = {
    "occupancy_time_hours": ("occupancy",),
    "working_time_hours": ("working",),
    "utilization_percentage": ("occupied", "occupancy"),
    "working_percentage": ("working", "occupancy"),
    "total_units_produced": ("units",),
    "throughput_rate": ("units", "occupancy"),
    "event_count": ("events",),
}
FACTORY_FIGURES: Mapping[str, tuple[str, ...]] = {
    "total_productive_time_hours": ("active",),
    "total_production_count": ("units",),
    "average_production_rate": ("units", "active"),
    "average_utilization_percentage": ("active", "idle"),
    "total_events": ("events",),
    "total_idle_time_hours": ("idle",),
    "total_absent_time_hours": ("absent",),
    "tracked_time_hours": ("tracked",),
    "no_signal_hours": ("tracked", "signal"),
    "coverage_percentage": ("tracked", "signal"),
}


def hours(micros: Micros) -> Floats:
    """Lengths of time in hours."""
    found: Floats = micros / HOUR
    return found


def ratio(numerator: Micros | Floats, denominator: Micros | Floats) -> Floats:
    """numerator / denominator; NaN where there is nothing to divide by, since no data is not a bad score."""
    found = np.full(np.broadcast(numerator, denominator).shape, np.nan)
    np.divide(numerator, denominator, out=found, where=denominator != 0)
    return found


def percentage(part: Micros, whole: Micros) -> Floats:
    """part / whole × 100; both µs."""
    found = ratio(part.astype(np.float64) * 100.0, whole)
    # Of very long times, rounding twice would make a little more than all of it.
    found[(part == whole) & (whole != 0)] = 100.0
    return found


def plain(figure: Micros | Floats) -> list[Any]:
    """A figure as (nested) lists of numbers, None for those that don't exist."""
    if figure.dtype != np.float64 or not np.isnan(figure).any():
        return list(figure.tolist())
    shown = figure.astype(object)
    shown[np.isnan(figure)] = None
    return list(shown.tolist())


def rows(figures: Figures) -> list[Row]:
    """Figures of a plain question, a row an id."""
    columns = [plain(figure[:, 0]) for figure in figures.values()]
    return [dict(zip(figures, values, strict=True)) for values in zip(*columns, strict=True)]


def worker_figures(totals: Totals, workers: Sequence[int]) -> Figures:
    """Figures of some workers, by number, in each bucket; those without any event in the window included."""
    sums = _grid(totals.workers, "worker", workers, WORKER_TOTALS, totals.buckets)
    return {
        "total_active_time_hours": hours(sums["active"]),
        "total_idle_time_hours": hours(sums["idle"]),
        "total_absent_time_hours": hours(sums["absent"]),
        "utilization_percentage": percentage(sums["active"], sums["active"] + sums["idle"]),
        "total_units_produced": sums["units"],
        "units_per_hour": ratio(sums["units"], hours(sums["active"])),
        "event_count": sums["events"],
        **_coverage(sums, tracked=totals.is_tracked),
    }


def workstation_figures(totals: Totals, stations: Sequence[int]) -> Figures:
    """Figures of some workstations, by number, in each bucket; those without any event in the window included."""
    sums = _grid(totals.stations, "station", stations, STATION_TOTALS, totals.buckets)
    available = totals.scheduled if totals.has_schedule else totals.elapsed
    return {
        "occupancy_time_hours": hours(sums["occupancy"]),
        "working_time_hours": hours(sums["working"]),
        "utilization_percentage": percentage(sums["occupied"] if totals.has_schedule else sums["occupancy"], available),
        "working_percentage": percentage(sums["working"], sums["occupancy"]),
        "total_units_produced": sums["units"],
        "throughput_rate": ratio(sums["units"], hours(sums["occupancy"])),
        "event_count": sums["events"],
    }


def factory_figures(sites: Sequence[Totals | FactorySums]) -> Figures:
    """Figures of a site, or of several together (one id, so to speak), in each bucket: times, units and counts add up, ratios are those of the sums."""
    sums = _added(sites, WORKER_TOTALS)
    active, units = sums["active"], sums["units"]
    figures: Figures = {
        "total_productive_time_hours": hours(active),
        "total_production_count": units,
        "average_production_rate": ratio(units, hours(active)),
        "average_utilization_percentage": mean_utilization(sites)[0],
        "total_events": sums["events"],
        "total_idle_time_hours": hours(sums["idle"]),
        "total_absent_time_hours": hours(sums["absent"]),
        # Of several sites, those without a schedule have nothing to cover and no part in the coverage of the others.
        **_coverage(sums if len(sites) == 1 else _of_tracked(sites), tracked=any(totals.is_tracked for totals in sites)),
    }
    return {name: figure[np.newaxis] for name, figure in figures.items()}


def _of_tracked(sites: Sequence[Totals | FactorySums]) -> dict[str, Micros]:
    return _added([totals for totals in sites if totals.is_tracked], (*TIME_SUMS, "tracked"))


def _added(sites: Sequence[Totals | FactorySums], names: Iterable[str]) -> dict[str, Micros]:
    return {name: sum((by_bucket(totals, name) for totals in sites), start=np.zeros(1, dtype=np.int64)) for name in names}


def _coverage(sums: Mapping[str, Micros], *, tracked: bool) -> Figures:
    """Tracked time, and how much of it is without a signal; nothing of it where nobody said when to expect workers."""
    if not tracked:
        return dict.fromkeys(("tracked_time_hours", "no_signal_hours", "coverage_percentage"), np.full(sums["tracked"].shape, np.nan))
    return {
        "tracked_time_hours": hours(sums["tracked"]),
        "no_signal_hours": hours(sums["tracked"] - sums["signal"]),
        "coverage_percentage": percentage(sums["signal"], sums["tracked"]),
    }


def _grid(sums: Columns, key: str, ids: Sequence[int], names: Iterable[str], buckets: int) -> dict[str, Micros]:
    """Sums as arrays of ids × buckets, 0 where there are none."""
    place = np.full(max([-1, *ids, *sums[key].tolist()]) + 1, -1, dtype=np.int64)
    place[np.array(ids, dtype=np.int64)] = np.arange(len(ids))
    row = place[sums[key]]
    shown = row >= 0
    grid = {name: np.zeros((len(ids), buckets), dtype=np.int64) for name in names}
    for name, values in grid.items():
        values[row[shown], sums["bucket"][shown]] = sums[name][shown]
    return grid


def by_bucket(totals: Totals | FactorySums, name: str) -> Micros:
    """A sum over all workers, in each bucket."""
    if isinstance(totals, FactorySums):
        return np.array([totals.sums[name]], dtype=np.int64)
    found = np.zeros(totals.buckets, dtype=np.int64)
    np.add.at(found, totals.workers["bucket"], totals.workers[name])
    return found


def mean_utilization(sites: Sequence[Totals | FactorySums]) -> tuple[Floats, list[int]]:
    """Mean over the workers whose utilization is not null, in each bucket, and how many these are; summed exactly, so that their order doesn't matter."""
    known: list[list[float]] = [[] for _ in range(max(1 if isinstance(totals, FactorySums) else totals.buckets for totals in sites))]
    means = [(totals.utilization, totals.utilized) for totals in sites if isinstance(totals, FactorySums) and totals.utilization is not None]
    if len(means) == len(sites) == 1:
        return np.array([means[0][0]]), [means[0][1]]
    for totals in (one for one in sites if isinstance(one, Totals)):
        active, present = totals.workers["active"], totals.workers["active"] + totals.workers["idle"]
        some = present != 0
        for bucket, value in zip(totals.workers["bucket"][some].tolist(), percentage(active[some], present[some]).tolist(), strict=True):
            known[bucket].append(value)
    for mean, workers in means:
        known[0].extend([mean] * workers)
    return np.array([math.fsum(values) / len(values) if values else math.nan for values in known]), [len(values) for values in known]
