"""All metrics of a set of events, straight from the rules: no rollups, no database."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from metrics.columns import Columns, columns, concat
from metrics.intervals import KINDS, NOBODY, attendance, counting, intervals
from metrics.kpis import Row, factory_figures, rows, worker_figures, workstation_figures
from metrics.open_states import open_intervals
from metrics.schedule import SiteRules, build
from metrics.totals import totals
from metrics.window import Filters, bounds, resolve


@dataclass(frozen=True, slots=True)
class Question:
    """A window (µs UTC, None: left out), perhaps live, perhaps filtered, perhaps cut to a shift by name."""

    start: int | None = None
    end: int | None = None
    as_of: int | None = None
    shift: str | None = None
    workers: frozenset[str] | None = None
    stations: frozenset[str] | None = None


class Seen(NamedTuple):
    """An event: worker and station, '' for a missing one; µs UTC; units; None for a missing confidence."""

    worker: str
    station: str
    timestamp: int
    event_type: str
    units: int
    confidence: float | None


def evaluate(events: Sequence[Seen], rules: SiteRules, question: Question, workers: Collection[str], stations: Collection[str]) -> dict[str, Row]:
    """Figures of a site from a set of events (repeats already left out): factory, workers and workstations by id.

    workers, stations: all that are registered.
    """
    people, places = sorted(workers), sorted(stations)
    numbered = _numbered(events, people, places)
    confidence = np.array([np.nan if event.confidence is None else event.confidence for event in events], dtype=np.float64)
    visible = numbered.rows(rules.visible(numbered["timestamp"], confidence))
    return evaluate_visible(visible, rules, question, people, places)


def evaluate_visible(visible: Columns, rules: SiteRules, question: Question, people: Sequence[str], places: Sequence[str]) -> dict[str, Row]:
    """As `evaluate`, for visible events as columns: worker, station, timestamp, kind, count (see `metrics.intervals`).

    people, places: ids of all registered workers and stations in their order, by which the columns number them from 1.
    """
    times = visible["timestamp"]
    first, last = (int(times.min()), int(times.max())) if len(times) else (None, None)
    clock = max(moment for moment in (last, question.as_of, 0) if moment is not None)
    limits = bounds(question.start, question.end, first)
    schedule = build(rules, min(limits[0], clock if first is None else first), clock)
    filters = Filters(_numbers(question.workers, people), _numbers(question.stations, places))
    window = resolve([limits[0], max(limits)], clock, filters, None if question.shift is None else schedule.named(question.shift))
    stored, tails = intervals(visible.rows(visible["worker"] != NOBODY), rules, schedule)
    added, attends = open_intervals(tails, attendance(stored, schedule), clock, rules, schedule, live=question.as_of is not None)
    sums = totals(counting(concat([stored, added]), attends), attends, visible, schedule, window)
    return {
        "factory": {**rows(factory_figures([sums]))[0], "worker_count": len(people), "station_count": len(places)},
        "workers": _named(rows(worker_figures(sums, known := _shown(filters.workers, people))), known, people),
        "workstations": _named(rows(workstation_figures(sums, known := _shown(filters.stations, places))), known, places),
    }


def _numbered(events: Sequence[Seen], people: list[str], places: list[str]) -> Columns:
    """Ids by their rank, 0 for a missing one."""
    worker, station = ({id_: number for number, id_ in enumerate(("", *known))} for known in (people, places))
    return columns(
        worker=[worker[event.worker] for event in events],
        station=[station[event.station] for event in events],
        timestamp=[event.timestamp for event in events],
        kind=[KINDS.index(event.event_type) for event in events],
        count=[event.units for event in events],
    )


def _numbers(ids: frozenset[str] | None, known: Sequence[str]) -> frozenset[int] | None:
    return None if ids is None else frozenset(number for number, name in enumerate(known, start=1) if name in ids)


def _shown(filtered: frozenset[int] | None, known: Sequence[str]) -> list[int]:
    return list(range(1, len(known) + 1)) if filtered is None else sorted(filtered)


def _named(found: list[Row], numbers: list[int], known: Sequence[str]) -> Row:
    return {known[number - 1]: row for number, row in zip(numbers, found, strict=True)}
