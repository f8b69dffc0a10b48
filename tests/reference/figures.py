"""The figures of workers, workstations and the site over a window: rule 4."""

from math import fsum

from .events import Event
from .history import History, recount
from .moments import HOUR
from .segments import Segment, common, contains, length, union
from .window import Filters, bounds, filters, up_to_clock, window


def metrics(site: dict, events: list[dict], query: dict) -> dict:
    """All figures of a site, in the shape of the golden cases: {"factory": …, "workers": {id: …}, "workstations": {id: …}}.

    site: settings as they are PUT, with `later` versions in the order of their PUTs and `stations` {station_id: type}.
    events: JSON objects as posted, in the order of arrival. query: from, to, as_of, worker_id, station_id, station_type, shift.
    """
    history = recount(site, events, query)
    chosen = filters(site, history, query)
    return figures(history, chosen, window(history, query, bounds(history, query)))


def figures(history: History, chosen: Filters, time: list[Segment]) -> dict:
    """All figures over a set of time."""
    events = [e for e in history.events if contains(time, e.instant) and chosen.keep_worker(e.worker) and chosen.keep_station(e.station)]
    active = {worker: _time(history, chosen, time, worker, "working") for worker in history.workers if chosen.keep_worker(worker)}
    workers = {worker: _worker(history, chosen, time, worker, [e for e in events if e.worker == worker]) for worker in active}
    stations = [station for station in history.stations if chosen.keep_station(station)]
    return {
        "factory": _factory(history, sum(active.values()), workers, events),
        "workers": workers,
        "workstations": {station: _station(history, chosen, time, station, [e for e in events if e.station == station]) for station in stations},
    }


def _factory(history: History, active: int, workers: dict[str, dict], events: list[Event]) -> dict:
    utilizations = [row["utilization_percentage"] for row in workers.values() if row["utilization_percentage"] is not None]
    return {
        "total_productive_time_hours": active / HOUR,
        "total_production_count": _units(events),
        "average_production_rate": _ratio(_units(events) * HOUR, active),
        "average_utilization_percentage": fsum(utilizations) / len(utilizations) if utilizations else None,
        "worker_count": len(history.workers),
        "station_count": len(history.stations),
        "total_events": len(events),
    }


def _worker(history: History, chosen: Filters, time: list[Segment], worker: str, events: list[Event]) -> dict:
    active, idle, absent = (_time(history, chosen, time, worker, state) for state in ("working", "idle", "absent"))
    return {
        "total_active_time_hours": active / HOUR,
        "total_idle_time_hours": idle / HOUR,
        "total_absent_time_hours": absent / HOUR,
        "utilization_percentage": _percentage(active, active + idle),
        "total_units_produced": _units(events),
        "units_per_hour": _ratio(_units(events) * HOUR, active),
        "event_count": len(events),
    } | _coverage(history, chosen, time, worker)


def _coverage(history: History, chosen: Filters, time: list[Segment], worker: str) -> dict:
    if not history.has_schedule or chosen.stations is not None:
        return {"tracked_time_hours": None, "no_signal_hours": None, "coverage_percentage": None}
    expected = union([span for shift in history.attended[worker] for span in shift.spans])
    tracked = up_to_clock(common(expected, time), history)
    known = union([(interval.start, interval.end) for interval in history.intervals[worker]])
    covered = length(common(tracked, known))
    return {
        "tracked_time_hours": length(tracked) / HOUR,
        "no_signal_hours": (length(tracked) - covered) / HOUR,
        "coverage_percentage": _percentage(covered, length(tracked)),
    }


def _station(history: History, chosen: Filters, time: list[Segment], station: str, events: list[Event]) -> dict:
    occupied = _presence(history, chosen, time, station, ["working", "idle"])
    working = _presence(history, chosen, time, station, ["working"])
    passed = up_to_clock(time, history)
    expected = common(passed, history.scheduled) if history.has_schedule else passed
    return {
        "occupancy_time_hours": length(occupied) / HOUR,
        "working_time_hours": length(working) / HOUR,
        "utilization_percentage": _percentage(length(common(occupied, expected)), length(expected)),
        "working_percentage": _percentage(length(working), length(occupied)),
        "total_units_produced": _units(events),
        "throughput_rate": _ratio(_units(events) * HOUR, length(occupied)),
        "event_count": len(events),
    }


def _time(history: History, chosen: Filters, time: list[Segment], worker: str, state: str) -> int:
    """Microseconds that a worker spent in a state, at the stations that count."""
    return length(common([(i.start, i.end) for i in history.intervals[worker] if i.state == state and chosen.keep_station(i.station)], time))


def _presence(history: History, chosen: Filters, time: list[Segment], station: str, states: list[str]) -> list[Segment]:
    """When anyone who counts was at a station in one of the states."""
    workers = [worker for worker in history.workers if chosen.keep_worker(worker)]
    return common(union([(i.start, i.end) for worker in workers for i in history.intervals[worker] if i.station == station and i.state in states]), time)


def _units(events: list[Event]) -> int:
    return sum(event.count for event in events)


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _percentage(part: int, whole: int) -> float | None:
    return 100 * part / whole if whole else None
