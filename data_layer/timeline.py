"""State intervals of a window as lanes, a lane a worker or a workstation."""

from itertools import groupby

import numpy as np

from data_layer.answer import Answer
from data_layer.query import Row, TimelineQuery, TooMuch
from metrics.columns import Columns, concat, empty, order_by
from metrics.intervals import counting
from metrics.raster import station_states
from metrics.timeline import station_lanes, worker_lanes
from metrics.totals import tracked_spans
from metrics.units import to_texts
from metrics.window import Filters

MOST_INTERVALS = 200_000


def lanes(answer: Answer, query: TimelineQuery) -> list[Row]:
    """The lanes of a site, times as RFC 3339. Of a worker: site_id, worker_id, name, intervals of state, station_id, start and end. Of a workstation:
    site_id, station_id, name, type, intervals of state, worker_ids, start and end. State no_signal is time in which something was
    expected and nothing was seen: of workers the rest of their tracked time, of stations the rest of the scheduled time; at a site
    without a schedule the rest of the window up to the clock; nothing under a filter of the other kind, which hides what was seen.

    Raises TooMuch.
    """
    seen = counted(answer)
    if query.by == "worker":
        found = worker_lanes(seen, expected(answer, "worker"))
        stations = answer.registered.names.texts("station", found["station"])
        return _rows(answer, "worker", found, [{"station_id": station or None} for station in stations])
    found, people = shown_station_lanes(answer, seen, expected(answer, "station"))
    return _rows(answer, "station", found, [{"worker_ids": list(answer.registered.call(group))} for group in people])


def shown_station_lanes(answer: Answer, seen: Columns, missed: Columns) -> tuple[Columns, list[list[int]]]:
    """See `metrics.timeline.station_lanes`; where the site shows nobody, not even who comes and goes."""
    if answer.site.privacy.shows_people:
        return station_lanes(seen, missed)
    states = station_states(seen, missed)
    found = states.rows(order_by(states, ["station", "start"]))
    return found, [[] for _ in range(len(found))]


def counted(answer: Answer) -> Columns:
    """The intervals that count in the window, open ones with them."""
    answer.check_detail()
    workers, stations = answer.filters.listed
    stored = answer.frames.intervals_of(workers, answer.parts, stations)
    return concat([answer.window.clip(counting(stored, answer.live.stored_attended)), answer.live.added])


def tracked(answer: Answer) -> Columns:
    """Tracked time in the window up to the clock, of those who count: worker, start, end."""
    spans = tracked_spans(Filters(answer.filters.workers).keep(answer.live.attended), answer.schedule)
    return answer.window.in_buckets(spans, until_clock=True)


def expected(answer: Answer, kind: str) -> Columns:
    """Time in which something was expected (see `lanes`), a row a stretch: `kind`, start, end, and `bucket` of the window. kind: worker or station."""
    if (answer.filters.stations if kind == "worker" else answer.filters.workers) is not None:
        return empty(kind, "start", "end", "bucket")
    if kind == "worker" and answer.schedule.has_schedule:
        return tracked(answer)
    return _elapsed_for(answer, kind)


def _elapsed_for(answer: Answer, kind: str) -> Columns:
    """The scheduled time of the window up to the clock, or all of it at a site without a schedule, for each that has a lane."""
    elapsed = answer.window.elapsed
    if answer.schedule.has_schedule:
        elapsed = answer.window.in_buckets(answer.schedule.scheduled, until_clock=True)
    numbers = np.array(answer.shown(kind), dtype=np.int64)
    repeated = elapsed.rows(np.tile(np.arange(len(elapsed)), len(numbers)))
    return repeated.assign(**{kind: np.repeat(numbers, len(elapsed))})


def _rows(answer: Answer, kind: str, found: Columns, beside: list[Row]) -> list[Row]:
    if len(found) > MOST_INTERVALS:
        raise TooMuch(f"to: the window holds {len(found):,} intervals, and {MOST_INTERVALS:,} are the most; ask for less time or fewer {kind}s at once.")
    states = answer.registered.names.texts("state", found["state"])
    times = (to_texts(found[side]) for side in ("start", "end"))
    intervals = [{"state": state or "no_signal", **who, "start": start, "end": end} for state, who, start, end in zip(states, beside, *times, strict=True)]
    lanes = {
        number: [interval for _, interval in group] for number, group in groupby(zip(found[kind].tolist(), intervals, strict=True), key=lambda pair: pair[0])
    }
    shown = answer.shown(kind)
    return [{**who, "intervals": lanes.get(number, [])} for number, who in zip(shown, answer.registered.described(kind, shown), strict=True)]
