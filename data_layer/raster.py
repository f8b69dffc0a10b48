"""Lanes to be drawn: intervals while there are few, else a raster, counted from intervals or, over long ranges, taken from rollups."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Final

import numpy as np
from sqlalchemy import func, select

from data_layer import tables
from data_layer.answer import Answer
from data_layer.lane_sums import SUMS, lane_sums
from data_layer.query import MetricsQuery, SeriesQuery, TimelineQuery
from data_layer.timeline import counted, expected, shown_station_lanes
from data_layer.types import micros
from metrics.columns import Columns, empty
from metrics.raster import BINS, STATES, Lane, Raster, binned, raster, station_states, step_for
from metrics.segments import clip, lengths
from metrics.series import BUCKETS, edges
from metrics.timeline import worker_lanes
from metrics.units import HOUR, Micros, to_datetime, to_micros

#: Reading so many stored intervals and counting them into bins takes about as long as summing a month's rollups (measured: 85 ms).
MOST_READ: Final = 20_000
#: So far beyond the view an interval is followed to its end.
_REACH: Final = 12 * HOUR


@dataclass(frozen=True, slots=True, kw_only=True)
class LanesQuery(TimelineQuery):
    """A window whose states are to be drawn, or a part of it: its view.

    Over most_intervals states in the view, a raster of about most_bins bins at most is wanted. Up to that the states are told from
    beginning to end, though not beyond the window.
    """

    view: tuple[datetime, datetime] | None = None
    most_intervals: int
    most_bins: int


@dataclass(frozen=True, slots=True)
class DrawnLanes:
    """Lanes ordered by name: with the intervals that the view touches, or without and with a raster, whose rows are in the order of the lanes.

    start, end: what of the view has passed. known: from when to when anything was seen or missed in it, None if nothing was.
    totals: µs in each state within the view, by its name.
    """

    start: datetime
    end: datetime
    known: tuple[datetime, datetime] | None
    lanes: list[Lane]
    raster: Raster | None
    totals: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is to be drawn: `[start, end)` of the window `[first, last)` (µs, what has passed of both), and the lanes from top to bottom.

    kind: worker or station. numbers, ids, names: of the lanes.
    """

    answer: Answer
    query: LanesQuery
    first: int
    last: int
    start: int
    end: int
    kind: str
    numbers: Sequence[int]
    ids: Sequence[str]
    names: Sequence[str]

    def over(self, start: int, end: int) -> Answer:
        """The question for another part of the window."""
        return replace(self.answer, query=replace(self.query, start=to_datetime(start), end=to_datetime(end)))

    def drawn(self, sums: Micros, known: tuple[int, int] | None, lanes: list[Lane] | None = None, rastered: Raster | None = None) -> DrawnLanes:
        """The answer. sums: µs by state. lanes: left out, they have no intervals."""
        bare = [Lane(lane_id, name, empty("state", "start", "end"), ()) for lane_id, name in zip(self.ids, self.names, strict=True)]
        extent = None if known is None else (to_datetime(known[0]), to_datetime(known[1]))
        totals = dict(zip(STATES, sums.tolist(), strict=True))
        return DrawnLanes(to_datetime(self.start), to_datetime(self.end), extent, bare if lanes is None else lanes, rastered, totals)

    def rastered(self, bins: Micros, sums: Micros) -> DrawnLanes:
        """The answer as a raster. sums: µs, states × lanes × bins."""
        busy = np.flatnonzero(sums.any(axis=(0, 1)))
        known = (int(bins[busy[0]]), int(bins[busy[-1] + 1])) if len(busy) else None
        return self.drawn(sums.sum(axis=(1, 2)), known, rastered=raster(bins, sums))


def drawn_lanes(answer: Answer, query: LanesQuery) -> DrawnLanes:
    """The lanes of a site, in about the same time and of about the same size whatever the range."""
    asked = _asked(answer, query)
    if asked.start < answer.site.horizons.detailed_from or not _are_few(asked, MOST_READ, asked.start, asked.end):
        return _from_rollups(asked)
    told = _told(asked) if _are_few(asked, query.most_intervals, asked.start, asked.end) else None
    return told or _from_intervals(asked)


def _asked(answer: Answer, query: LanesQuery) -> _Asked:
    kind = "worker" if query.by == "worker" else "station"
    shown = answer.shown(kind)
    named = [(row["name"] or row[f"{kind}_id"], row[f"{kind}_id"]) for row in answer.registered.described(kind, shown)]
    order = sorted(range(len(shown)), key=lambda place: (_natural(named[place][0]), shown[place]))
    first, last = answer.limits
    last = max(first, min(last, answer.clock))
    start, end = (first, last) if query.view is None else (min(max(to_micros(side), first), last) for side in query.view)
    numbers, names, ids = [shown[place] for place in order], [named[place][0] for place in order], [named[place][1] for place in order]
    return _Asked(answer, query, first, last, start, max(start, end), kind, numbers, ids, names)


def _natural(name: str) -> list[str | int]:
    """In the order of which "Press 2" comes before "Press 10"."""
    return [int(part) if place % 2 else part.casefold() for place, part in enumerate(re.split(r"(\d+)", name))]


def _are_few(asked: _Asked, most: int, start: int, end: int) -> bool:
    """Whether at most so many stored intervals begin in `[start, end)`."""
    table, wanted = tables.intervals, asked.answer.filters.workers
    people = select(tables.worker_tails.c.worker) if wanted is None else asked.answer.registered.names.texts("worker", sorted(wanted))
    begin = micros(table.c.start)
    own = select(table.c.start).where(table.c.site_id == asked.query.site_id, table.c.worker.in_(people), begin >= start, begin < end)
    counted_rows = select(func.count()).select_from(own.limit(most + 1).subquery())
    return int(asked.answer.connection.scalar(counted_rows) or 0) <= most


def _told(asked: _Asked) -> DrawnLanes | None:
    """The intervals that the view touches, with all that is known of each; None if there are too many after all."""
    low, high = max(asked.first, asked.start - _REACH, asked.answer.site.horizons.detailed_from), min(asked.last, asked.end + _REACH)
    found, beside = _states(asked, asked.over(low, high) if _are_few(asked, MOST_READ, low, high) else asked.over(asked.start, asked.end))
    touching = np.flatnonzero((found["start"] < asked.end) & (found["end"] > asked.start) & (asked.start < asked.end))
    if len(touching) > asked.query.most_intervals:
        return None
    found, beside = found.rows(touching), [beside[row] for row in touching.tolist()]
    inside = clip(found, np.array([asked.start]), np.array([asked.end]))
    sums = np.array([lengths(inside.rows(inside["state"] == state)).sum() for state in range(len(STATES))], dtype=np.int64)
    known = (int(inside["start"].min()), int(inside["end"].max())) if len(inside) else None
    bounds = [np.searchsorted(found[asked.kind], [number, number + 1]).tolist() for number in asked.numbers]
    parts = [(found.pick("state", "start", "end").rows(np.arange(first, last)), beside[first:last]) for first, last in bounds]
    return asked.drawn(sums, known, [Lane(lane_id, name, *part) for lane_id, name, part in zip(asked.ids, asked.names, parts, strict=True)])


def _states(asked: _Asked, answer: Answer) -> tuple[Columns, list[str]]:
    """The lanes' intervals, ordered by lane and start, and in words where each was, or who was there."""
    seen, missed = counted(answer), expected(answer, asked.kind)
    registered = answer.registered
    if asked.kind == "worker":
        found = worker_lanes(seen, missed)
        stations = ["", *(name or id_ for id_, (name, _) in zip(registered.names.stations, registered.station_names, strict=True))]
        return found, [stations[number] for number in found["station"].tolist()]
    found, people = shown_station_lanes(answer, seen, missed)
    workers = ["", *(name or id_ for id_, name in zip(registered.called, registered.worker_names, strict=True))]
    return found, [", ".join(workers[number] for number in registered.ordered(group)) for group in people]


def _from_intervals(asked: _Asked) -> DrawnLanes:
    """A raster, counted."""
    answer = asked.over(asked.start, asked.end)
    seen, missed = counted(answer), expected(answer, asked.kind)
    states = worker_lanes(seen, missed) if asked.kind == "worker" else station_states(seen, missed)
    step = step_for(asked.end - asked.start, asked.query.most_bins, BINS)
    bins = edges(answer.site.rules.clock, asked.start, asked.end, step)
    return asked.rastered(bins, binned(states, asked.kind, asked.numbers, bins))


def _from_rollups(asked: _Asked) -> DrawnLanes:
    """A raster of full hours, days or weeks."""
    passed = asked.end - asked.start
    bucket = next((name for name in ("1h", "1d") if passed <= BUCKETS[name] * asked.query.most_bins), "1w")
    same = {field.name: getattr(asked.query, field.name) for field in fields(MetricsQuery)}
    window = {"start": to_datetime(asked.start), "end": to_datetime(asked.end)}
    answer = replace(asked.answer, query=SeriesQuery(**same | window, bucket=bucket), wanted=SUMS[asked.kind])
    return asked.rastered(answer.edges, lane_sums(answer, asked.kind, asked.numbers))
