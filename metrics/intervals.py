"""From events to state intervals: rules 2 and 5 of docs/metrics.md.

A frame of *events* has the columns worker, station, timestamp (µs), kind, and holds visible events only. A frame of *intervals*
has worker, station, state, start, end and `held`: the key of the shift that the worker must attend for the interval to count
(held absences), NO_SHIFT for intervals that count by themselves. Workers and stations are numbered in the order of their ids,
number 0 (NOBODY, NOWHERE) stands for a missing one.
"""

from typing import Final

import numpy as np

from metrics.columns import Columns, Mask, changes, concat, empty, member, order_by, sum_by
from metrics.schedule import NO_SHIFT, Schedule, SiteRules
from metrics.segments import clip, clip_to_own, lengths, nonempty, union
from metrics.units import HOUR, Micros

#: Kinds of events by number. Events of one instant are taken in this order, so that working wins over idle over absent.
PRODUCT_COUNT, ABSENT, IDLE, WORKING = range(4)
KINDS: Final = ("product_count", "absent", "idle", "working")
#: State of a worker of whom none is known; the other states are numbered as the events that set them.
NO_STATE: Final = 0
NOBODY: Final = 0
NOWHERE: Final = 0

OVERTIME_LIMIT: Final = HOUR
ATTENDANCE_MINIMUM: Final = HOUR
INTERVAL_COLUMNS: Final = ("worker", "station", "state", "start", "end", "held")


def states(events: Columns) -> Columns:
    """The events in order, with the state and station of the worker after each, and the worker's next event.

    Adds `state` (NO_STATE for none), `at` (station of that state), `following` (timestamp of the worker's next event) and `last`
    (1 where there is none). A count leaves working and idle as they were, and ends absent.

    Events must begin, for each worker, with the first one ever or with a state event.
    """
    ordered = events.rows(order_by(events, ["worker", "timestamp", "kind", "station"]))
    first = changes(ordered, ["worker"])
    is_count = ordered["kind"] == PRODUCT_COUNT
    row = np.arange(len(ordered))
    # The last state event at or before each row; a worker's first row cuts the search off from the worker before.
    source = np.maximum.accumulate(np.where(~is_count | first, row, 0))
    kind = ordered["kind"][source]
    unknown = (kind == PRODUCT_COUNT) | (is_count & (kind == ABSENT))
    last = np.ones(len(ordered), dtype=bool)
    last[:-1] = first[1:]
    return ordered.assign(
        state=np.where(unknown, NO_STATE, kind),
        at=np.where(unknown, NOWHERE, ordered["station"][source]),
        following=np.where(last, ordered["timestamp"], np.roll(ordered["timestamp"], -1)),
        last=last.astype(np.int64),
    )


def seen_again(event: Micros, following: Micros, timeout: Micros, on_shift: Mask) -> Mask:
    """Whether the time between each event and the worker's next one counts.

    on shift, near enough     W──────────W         counts
    on shift, too far apart   W─ ─ ─ ─ ─ ─ ─ ─W    silence is not work
    overtime                  W───W─ ─ ─ ─W        only up to an hour apart

    event, following, timeout: µs, one row an event with a next one. on_shift: whether both events belong to a span; all true at
    a site without a schedule.
    """
    return following - event <= np.where(on_shift, timeout, np.minimum(timeout, OVERTIME_LIMIT))


def intervals(events: Columns, rules: SiteRules, schedule: Schedule) -> tuple[Columns, Columns]:
    """The state intervals between observations, and each worker's last state, which nothing has ended yet.

    events: visible, see the module. Returns intervals (held absences included, whether or not the shift is attended; equal
    neighbours merged) and tails: worker, timestamp (of the last event), state, station.
    """
    known = states(events)
    last = known["last"] == 1
    tails = known.rows(last).pick("worker", "timestamp", "state").assign(station=known["at"][last])
    pairs = known.rows(~last & (known["state"] != NO_STATE))
    spans = Columns({"worker": pairs["worker"], "station": pairs["at"], "state": pairs["state"], "start": pairs["timestamp"], "end": pairs["following"]})
    return merged(_between(spans, rules, schedule)), tails


def _between(pairs: Columns, rules: SiteRules, schedule: Schedule) -> Columns:
    """Rule 2 for pairs of an event (start) and the worker's next one (end)."""
    start, end = pairs["start"], pairs["end"]
    timeout = rules.signal_timeout(start)
    free = pairs.assign(held=NO_SHIFT)
    if not schedule.has_schedule:
        return free.rows(seen_again(start, end, timeout, np.ones(len(pairs), dtype=bool)))
    from_span, to_span = schedule.span_of(start), schedule.span_of(end)
    from_shift = schedule.shift_of_span(from_span)
    on_shift = (from_span >= 0) & (to_span >= 0)
    counts = seen_again(start, end, timeout, on_shift)
    across = counts & on_shift & (from_span != to_span)
    within_shift = across & (from_shift == schedule.shift_of_span(to_span))
    between_shifts = across & ~within_shift
    lost_absence = ~counts & (from_span >= 0) & (pairs["state"] == ABSENT)
    own = free.assign(shift=from_shift)
    seen = [
        free.rows(counts & ~across),
        clip_to_own(own.rows(within_shift), schedule.spans, "shift").pick(*INTERVAL_COLUMNS),
        _within_two_spans(free.rows(between_shifts), schedule, from_span[between_shifts], to_span[between_shifts]),
    ]
    held = clip_to_own(own.rows(lost_absence), schedule.spans, "shift")
    return concat([within_schedule(concat(seen), schedule), held.assign(held=held["shift"])])


def _within_two_spans(pairs: Columns, schedule: Schedule, from_span: Micros, to_span: Micros) -> Columns:
    """What of each pair lies in the span of its first event or of its second; overlapping spans count once.

    pair        ├──────────────────────┤
    spans    ├──────┤              ├──────┤
    returns     ├───┤              ├───┤
    """
    first_end = np.minimum(pairs["end"], schedule.spans["end"][from_span])
    second_start = np.maximum(schedule.spans["start"][to_span], first_end)
    return nonempty(concat([pairs.assign(end=first_end), pairs.assign(start=second_start)]))


def within_schedule(frame: Columns, schedule: Schedule) -> Columns:
    """Intervals with absences cut to scheduled time: lunch is no absence. As they are at a site without a schedule."""
    if not schedule.has_schedule:
        return frame
    absent = frame["state"] == ABSENT
    cut = clip(frame.rows(absent), schedule.scheduled["start"], schedule.scheduled["end"])
    return concat([frame.rows(~absent), cut])


def merged(frame: Columns) -> Columns:
    """Intervals with equal neighbours merged and empty ones left out, sorted by worker and start."""
    joined = union(nonempty(frame), ["worker", "station", "state", "held"]).pick(*INTERVAL_COLUMNS)
    return joined.rows(order_by(joined, ["worker", "start"]))


def attendance(frame: Columns, schedule: Schedule) -> Columns:
    """How long each worker's working and idle intervals cover the spans of each shift: worker, shift, covered (µs)."""
    present = frame.rows(frame["state"] != ABSENT)
    parts = [empty("worker", "shift", "covered")]
    for layer in schedule.layers:
        cut = clip(present, layer["start"], layer["end"])
        parts.append(Columns({"worker": cut["worker"], "shift": layer["shift"][cut["segment"]], "covered": lengths(cut)}))
    return sum_by(concat(parts), ["worker", "shift"], ["covered"])


def attended(covered: Columns) -> Columns:
    """The worker-shifts that count as attended: at least an hour of it, for a handover doesn't make a shift."""
    return covered.rows(covered["covered"] >= ATTENDANCE_MINIMUM).pick("worker", "shift")


def counting(frame: Columns, attended_shifts: Columns) -> Columns:
    """The intervals that count: all but absences held in a shift that the worker doesn't attend."""
    free = frame["held"] == NO_SHIFT
    if free.all():
        return frame
    held = frame.pick("worker").assign(shift=frame["held"])
    return frame.rows(free | member(held, attended_shifts, ["worker", "shift"]))
