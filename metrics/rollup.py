"""From intervals to rollups by local hour: sums that add up to any window made of whole hours."""

import pandas as pd

from metrics.schedule import Schedule
from metrics.segments import clip
from metrics.totals import lengths, station_times, within_tracked, worker_times
from metrics.units import Micros

WORKER_HOUR_KEY = ["bucket", "worker", "station"]
STATION_HOUR_KEY = ["bucket", "station"]


def worker_hours(counted: pd.DataFrame, attended: pd.DataFrame, schedule: Schedule, bounds: Micros) -> pd.DataFrame:
    """Time in each state by hour, worker and station: bucket (UTC start), worker, station, active, idle, absent, signal (µs).

    counted: intervals that count. bounds: the hours' UTC bounds, sorted. signal: what of the time lies in the worker's tracked time.
    """
    by_hour = _by_hour(counted, bounds)
    times = worker_times(by_hour, WORKER_HOUR_KEY)
    tracked = within_tracked(by_hour, attended, schedule)
    signal = tracked.assign(signal=lengths(tracked)).groupby(WORKER_HOUR_KEY)["signal"].sum()
    return times.assign(signal=signal.reindex(times.index, fill_value=0)).reset_index()


def station_hours(counted: pd.DataFrame, schedule: Schedule, bounds: Micros) -> pd.DataFrame:
    """Unions over the workers by hour and station: bucket, station, occupancy, working, occupied (inside scheduled time)."""
    by_hour = _by_hour(counted, bounds)
    return station_times(by_hour, schedule, STATION_HOUR_KEY).reset_index()


def _by_hour(counted: pd.DataFrame, bounds: Micros) -> pd.DataFrame:
    cut = clip(counted, bounds[:-1], bounds[1:])
    return cut.assign(bucket=bounds[cut.pop("segment").to_numpy()])
