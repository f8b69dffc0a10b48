"""What is not in a figure, though somebody might expect it there."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np

from data_layer.answer import Answer, Wanted
from data_layer.explaining.queries import few_enough, invisible
from data_layer.explanation import ExplainQuery, LeftOut
from data_layer.query import MetricsQuery
from data_layer.tables import intervals
from metrics.columns import concat
from metrics.derivations import Derivation
from metrics.intervals import ABSENT, IDLE, NOBODY, WORKING, counting
from metrics.segments import length, union
from metrics.totals import Totals

_STATES = {
    "active": [WORKING],
    "idle": [IDLE],
    "absent": [ABSENT],
    "utilizations": [WORKING, IDLE],
    "working": [WORKING],
    "waiting": [WORKING, IDLE],
    "occupied": [WORKING, IDLE],
    "occupancy": [WORKING, IDLE],
}


def left_out(answer: Answer, query: ExplainQuery, derivation: Derivation, totals: Totals, sums: Mapping[str, int]) -> list[LeftOut]:
    """What a figure leaves out, as far as there is any."""
    found = [*_other_time(derivation, totals, sums, of=query.of), *_other_events(answer, query, derivation), *_of_no_utilization(answer, derivation, totals)]
    return [one for one in found if one.amount != 0]


def _other_time(derivation: Derivation, totals: Totals, sums: Mapping[str, int], *, of: str) -> Iterable[LeftOut]:
    keys = derivation.sums
    if of != "workstation" and totals.is_tracked and {"active", "idle", "absent", "utilizations"} & {*keys}:
        yield LeftOut("No signal", "time", sums["silent"], "Tracked time in which nothing was seen counts as neither working, idle nor absent.")
    if {"idle", "utilizations"} & {*keys} and derivation.divided_by:
        yield LeftOut("Absent", "time", sums["absent"], "Absence is no part of utilization.")
    if "occupied" in keys:
        yield LeftOut("Outside the schedule", "time", sums["occupancy"] - sums["occupied"], "The station was occupied outside scheduled time as well.")


def _other_events(answer: Answer, query: ExplainQuery, derivation: Derivation) -> Iterable[LeftOut]:
    if {"workers", "stations"} & {*derivation.sums}:
        return
    if not answer.reaches_sealed:
        hidden = invisible(answer.frames, answer.site.rules, answer.filters, answer.parts)
        sentence = "Events of the window with less confidence than the site asks for are kept, but no figure sees them."
        yield LeftOut("Below the minimum confidence", "events", hidden, sentence)
    if query.of == "worker" and "units" in derivation.sums:
        yield LeftOut(
            "Units without a worker",
            "units",
            _nobodys_units(answer, query),
            "Units of the window that no worker is named for count for the site and the station only.",
        )
    states = sorted({state for key in derivation.sums for state in _STATES.get(key, [])})
    if states:
        yield LeftOut(
            "Outside the window",
            "time",
            _cut_off(answer, query, states),
            "What began before the window or goes on after it counts only as far as it lies inside.",
        )
        yield LeftOut(
            "Still going on",
            "workers",
            _open_states(answer, states),
            "A state that nothing has ended yet has no length, unless it is asked for as of a moment.",
        )


def _nobodys_units(answer: Answer, query: ExplainQuery) -> int:
    everybody = replace(answer, query=query.plain(MetricsQuery, worker_ids=()), wanted=Wanted(workers=frozenset({"units"})))
    rows = everybody.totals().workers
    return int(rows["units"][rows["worker"] == NOBODY].sum())


def _cut_off(answer: Answer, query: ExplainQuery, states: list[int]) -> int | None:
    """Length of what reaches over the window's bounds, outside of it (µs); None where the window has too many."""
    edges = sorted({*answer.window.starts.tolist(), *answer.window.ends.tolist()})
    if not few_enough(answer.frames, intervals, answer.filters, [(edge, edge) for edge in edges]):
        return None
    people = None if answer.filters.workers is None else sorted(answer.filters.workers)
    stored = answer.frames.intervals_of(people, [(edge, edge) for edge in edges])
    whole = concat([counting(stored, answer.live.stored_attended), answer.live.whole])
    whole = answer.filters.keep(whole.rows(np.isin(whole["state"], states)))
    inside = answer.window.in_buckets(whole.assign(row=np.arange(len(whole))))
    by = ["station"] if query.of == "workstation" else ["worker"]
    return length(union(whole.rows(np.unique(inside["row"])), by)) - length(union(inside, by))


def _open_states(answer: Answer, states: list[int]) -> int:
    """How many workers have a last event in the window whose state has no length yet."""
    if answer.query.as_of is not None or ABSENT in states:
        return 0
    last = answer.filters.keep(answer.last_states)
    return int(((answer.window.bucket_of(last["timestamp"]) >= 0) & np.isin(last["state"], states)).sum())


def _of_no_utilization(answer: Answer, derivation: Derivation, totals: Totals) -> Iterable[LeftOut]:
    if derivation.kind == "mean":
        known = int((totals.workers["active"] + totals.workers["idle"] != 0).sum())
        yield LeftOut(
            "Without a utilization", "workers", len(answer.shown("worker")) - known, "Workers who were seen neither working nor idle have no part in the mean."
        )
