"""Which time, which events and which intervals a query asks about: rule 4."""

from dataclasses import dataclass

from .history import History
from .moments import FOREVER, parse
from .segments import Segment, common, union


@dataclass(frozen=True)
class Filters:
    """Ids that count; None is all."""

    workers: set[str] | None
    stations: set[str] | None

    def keep_worker(self, worker: str | None) -> bool:
        """Whether what this worker did counts."""
        return self.workers is None or worker in self.workers

    def keep_station(self, station: str | None) -> bool:
        """Whether what happened at this station counts."""
        return self.stations is None or station in self.stations


def filters(site: dict, history: History, query: dict) -> Filters:
    """The workers and stations that a query restricts the figures to."""
    types = site.get("stations") or {}
    by_id, by_type = query.get("station_id"), query.get("station_type")
    stations = None
    if by_id or by_type:
        stations = {station for station in history.stations if (not by_id or station in by_id) and (not by_type or types.get(station) in by_type)}
    return Filters(set(query["worker_id"]) if query.get("worker_id") else None, stations)


def bounds(history: History, query: dict) -> Segment | None:
    """The window's bounds, FOREVER for a `to` that is left out; None where `from` is left out and nothing was seen."""
    start = parse(query["from"], history.zone) if query.get("from") else history.first
    end = parse(query["to"], history.zone) if query.get("to") else FOREVER
    return None if start is None else (start, end)


def window(history: History, query: dict, within: Segment | None) -> list[Segment]:
    """The window as a set of time: what lies within the bounds, and in the spans of the shift that the query names."""
    whole = union([within] if within else [])
    if not query.get("shift"):
        return whole
    named = union([span for shift in history.shifts if shift.name == query["shift"] for span in shift.spans])
    return common(whole, named)


def up_to_clock(segments: list[Segment], history: History) -> list[Segment]:
    """Time that has passed already: the future is not yet lost."""
    return [] if history.clock is None else common(segments, [(-FOREVER, history.clock)])
