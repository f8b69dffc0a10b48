"""The state intervals that a query asks about, as rows."""

from .history import recount
from .segments import common
from .state_intervals import Interval, merged
from .window import bounds, filters, window


def intervals(site: dict, events: list[dict], query: dict) -> list[dict]:
    """Rows of worker, station (None for an absent that names none), state, start and end (microseconds since 1970 in UTC).

    They are clipped to the query's window and narrowed by its filters; ordered by worker and start; equal neighbours are merged.
    """
    history = recount(site, events, query)
    chosen = filters(site, history, query)
    time = window(history, query, bounds(history, query))
    asked = [i for worker in history.workers for i in history.intervals[worker] if chosen.keep_worker(worker) and chosen.keep_station(i.station)]
    clipped = [Interval(i.worker, i.station, i.state, start, end) for i in asked for start, end in common([(i.start, i.end)], time)]
    return [{"worker": i.worker, "station": i.station, "state": i.state, "start": i.start, "end": i.end} for i in merged(clipped)]
