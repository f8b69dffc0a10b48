"""From intervals to rollups by local hour: sums that add up to any window made of whole hours."""

from metrics.columns import Columns
from metrics.schedule import Schedule
from metrics.segments import clip
from metrics.totals import station_times, worker_times
from metrics.units import Micros


def worker_hours(counted: Columns, attended: Columns, schedule: Schedule, bounds: Micros) -> Columns:
    """Time in each state by hour, worker and station: bucket (UTC start), worker, station, active, idle, absent, signal (µs).

    counted: intervals that count. bounds: the hours' UTC bounds, sorted. signal: what of the time lies in the worker's tracked time.
    """
    return worker_times(_by_hour(counted, bounds), attended, schedule, ["bucket", "worker", "station"])


def station_hours(counted: Columns, schedule: Schedule, bounds: Micros) -> Columns:
    """Unions over the workers by hour and station: bucket, station, occupancy, working, occupied (inside scheduled time)."""
    return station_times(_by_hour(counted, bounds), schedule, ["bucket", "station"])


def _by_hour(counted: Columns, bounds: Micros) -> Columns:
    cut = clip(counted, bounds[:-1], bounds[1:])
    return cut.assign(bucket=bounds[cut["segment"]])
