"""State intervals of a window as lanes, a lane a worker or a workstation."""

from itertools import groupby

import numpy as np

from data_layer.answer import Answer
from data_layer.query import Row, TimelineQuery, TooMuch
from metrics.columns import Columns, columns, concat
from metrics.intervals import counting
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
    counted = _counted(answer)
    if query.by == "worker":
        found = worker_lanes(counted, _expected_of_workers(answer))
        stations = answer.registered.names.texts("station", found["station"])
        return _rows(answer, "worker", found, [{"station_id": station or None} for station in stations])
    found, people = station_lanes(counted, _expected_of_stations(answer))
    known = ("", *answer.registered.names.workers)
    workers = [{"worker_ids": [known[number] for number in group]} for group in people]
    return _rows(answer, "station", found, workers)


def _counted(answer: Answer) -> Columns:
    """The intervals that count in the window, open ones with them."""
    wanted = answer.filters.workers
    stored = answer.frames.intervals_of(None if wanted is None else sorted(wanted), answer.parts)
    return concat([answer.window.clip(counting(stored, answer.live.stored_attended)), answer.live.added])


def _expected_of_workers(answer: Answer) -> Columns:
    if answer.filters.stations is not None:
        return columns(worker=[], start=[], end=[])
    if not answer.schedule.has_schedule:
        return _elapsed_for(answer, "worker")
    tracked = tracked_spans(Filters(answer.filters.workers).keep(answer.live.attended), answer.schedule)
    return answer.window.in_buckets(tracked, until_clock=True)


def _expected_of_stations(answer: Answer) -> Columns:
    if answer.filters.workers is not None:
        return columns(station=[], start=[], end=[])
    return _elapsed_for(answer, "station")


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
