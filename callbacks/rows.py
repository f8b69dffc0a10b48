"""The rows of the workers' and the stations' table: the same ones on the page and in its CSV files."""

from callbacks.context import Context
from data_layer.query import Row

_WORKER_SUMS = ("total_active_time_hours", "total_idle_time_hours", "total_absent_time_hours", "total_units_produced", "event_count")
_STATION_SUMS = ("occupancy_time_hours", "total_units_produced", "event_count")


def shown_workers(context: Context) -> list[Row]:
    """Figures of the workers that the filters let through; under a filter of stations only those with time or events there."""
    rows = context.read(stations=False).workers
    return _with_any(rows, _WORKER_SUMS) if context.filters.station_ids or context.filters.station_types else rows


def shown_stations(context: Context) -> list[Row]:
    """Figures of the stations that the filters let through; under a filter of workers only those where they spent time or caused events."""
    rows = context.read().workstations
    return _with_any(rows, _STATION_SUMS) if context.filters.worker_ids else rows


def _with_any(rows: list[Row], sums: tuple[str, ...]) -> list[Row]:
    return [row for row in rows if any(row[name] for name in sums)]
