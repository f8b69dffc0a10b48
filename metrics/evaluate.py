"""All metrics of a set of events, straight from the rules: no rollups, no database."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from metrics.intervals import attendance, attended, counting, intervals
from metrics.open_states import held_absences, running
from metrics.schedule import Schedule, SiteRules, build
from metrics.totals import Totals, totals
from metrics.window import Filters, bounds, resolve

_EVENT_COLUMNS = ["worker", "station", "timestamp", "event_type", "count", "confidence"]


@dataclass(frozen=True, slots=True)
class Question:
    """A window (µs UTC, None: left out), perhaps live, perhaps filtered, perhaps cut to a shift by name."""

    start: int | None = None
    end: int | None = None
    as_of: int | None = None
    shift: str | None = None
    filters: Filters = Filters()


def live_intervals(
    stored: pd.DataFrame, tails: pd.DataFrame, covered: pd.DataFrame, clock: int, rules: SiteRules, schedule: Schedule, *, live: bool
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What the last states add under a clock (rule 5), and the shifts attended with it.

    stored: intervals between observations. tails: last states. covered: attendance by stored intervals. Returns the additional
    intervals that count by themselves and the attended worker-shifts (worker, shift); stored absences held in a shift that is
    attended only by a last state count with these.
    """
    unheld = tails.assign(attends=False)
    at_work = running(unheld[unheld["state"] != "absent"], clock, rules, schedule) if live else stored.iloc[:0]
    both = pd.concat([covered, attendance(at_work, schedule)]).groupby(["worker", "shift"], as_index=False)["covered"].sum()
    attends = attended(both)
    absent = _with_attendance(tails[(tails["state"] == "absent").to_numpy()], attends, schedule)
    held = held_absences(absent, clock, schedule, live=live)
    away = running(absent, clock, rules, schedule) if live else stored.iloc[:0]
    return pd.concat([at_work, held, away], ignore_index=True), attends


def _with_attendance(tails: pd.DataFrame, attends: pd.DataFrame, schedule: Schedule) -> pd.DataFrame:
    """Adds whether each last event lies in a span of a shift that its worker attends."""
    shift = np.append(schedule.spans["shift"].to_numpy(), -1)[schedule.span_of(tails["timestamp"].to_numpy())]
    keys = pd.MultiIndex.from_arrays([tails["worker"], shift])
    return tails.assign(attends=keys.isin(pd.MultiIndex.from_frame(attends)))


def evaluate(events: pd.DataFrame, rules: SiteRules, question: Question) -> Totals:
    """Sums over a window for a set of events (repeats already left out).

    events: worker, station ('' for missing), timestamp (µs UTC), event_type, count, confidence (NaN for missing).
    """
    timestamps = events["timestamp"].to_numpy()
    visible = events[rules.visible(timestamps, events["confidence"].to_numpy(dtype=float))]
    first, last = (int(visible["timestamp"].min()), int(visible["timestamp"].max())) if len(visible) else (None, None)
    clock = max(moment for moment in (last, question.as_of, 0) if moment is not None)
    limits = bounds(question.start, question.end, first)
    # The future is asked for only as far as anything can lie in it.
    schedule = build(rules, min(limits[0], first or clock), clock)
    spans = None if question.shift is None else schedule.named(question.shift)
    window = resolve(limits, clock, question.filters, spans)
    stored, tails = intervals(visible[visible["worker"] != ""], rules, schedule)
    added, attends = live_intervals(stored, tails, attendance(stored, schedule), clock, rules, schedule, live=question.as_of is not None)
    counted = counting(pd.concat([stored, added], ignore_index=True), attends)
    return totals(counted, attends, visible, schedule, window)
