"""All metrics of a set of events, straight from the rules: no rollups, no database."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd

from metrics.columns import Columns, concat
from metrics.intervals import KINDS, NOBODY, attendance, counting, intervals
from metrics.kpis import Row, factory_metrics, worker_metrics, workstation_metrics
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


def evaluate(events: pd.DataFrame, rules: SiteRules, question: Question, workers: Collection[str], stations: Collection[str]) -> dict[str, Row]:
    """Figures of a site from a set of events (repeats already left out): factory, workers and workstations by id.

    events: worker, station ('' for a missing one), timestamp (µs UTC), event_type, count, confidence (NaN for missing).
    workers, stations: all that are registered.
    """
    people, places = sorted(workers), sorted(stations)
    numbered = _numbered(events, people, places)
    confidence = events["confidence"].to_numpy(dtype=float)
    visible = numbered.rows(rules.visible(numbered["timestamp"], confidence))
    times = visible["timestamp"]
    first, last = (int(times.min()), int(times.max())) if len(times) else (None, None)
    clock = max(moment for moment in (last, question.as_of, 0) if moment is not None)
    limits = bounds(question.start, question.end, first)
    schedule = build(rules, min(limits[0], clock if first is None else first), clock)
    filters = Filters(_numbers(question.workers, people), _numbers(question.stations, places))
    window = resolve(limits, clock, filters, None if question.shift is None else schedule.named(question.shift))
    stored, tails = intervals(visible.rows(visible["worker"] != NOBODY), rules, schedule)
    added, attends = open_intervals(tails, attendance(stored, schedule), clock, rules, schedule, live=question.as_of is not None)
    sums = totals(counting(concat([stored, added]), attends), attends, visible, schedule, window)
    return {
        "factory": factory_metrics(sums, worker_count=len(people), station_count=len(places)),
        "workers": _named(worker_metrics(sums, _shown(filters.workers, people)), people),
        "workstations": _named(workstation_metrics(sums, _shown(filters.stations, places)), places),
    }


def _numbered(events: pd.DataFrame, people: list[str], places: list[str]) -> Columns:
    """Ids by their rank, 0 for a missing one."""
    return Columns(
        {
            "worker": pd.Index(["", *people]).get_indexer(pd.Index(events["worker"])).astype(np.int64),
            "station": pd.Index(["", *places]).get_indexer(pd.Index(events["station"])).astype(np.int64),
            "timestamp": events["timestamp"].to_numpy(dtype=np.int64),
            "kind": pd.Index(KINDS).get_indexer(pd.Index(events["event_type"])).astype(np.int64),
            "count": events["count"].to_numpy(dtype=np.int64),
        }
    )


def _numbers(ids: frozenset[str] | None, known: list[str]) -> frozenset[int] | None:
    return None if ids is None else frozenset(number for number, name in enumerate(known, start=1) if name in ids)


def _shown(filtered: frozenset[int] | None, known: list[str]) -> list[int]:
    return list(range(1, len(known) + 1)) if filtered is None else sorted(filtered)


def _named(rows: dict[int, Row], known: list[str]) -> Row:
    return {known[number - 1]: row for number, row in rows.items()}
