"""From events to state intervals: rules 2 and 5 of docs/metrics.md.

A frame of *events* has the columns worker, station ('' for a missing one), timestamp (int64 µs), event_type, and holds visible
events only. A frame of *intervals* has worker, station, state, start, end and `held`: the key of the shift that the worker must
attend for the interval to count (held absences), NO_SHIFT for intervals that count by themselves.
"""

from typing import Final

import numpy as np
import pandas as pd

from metrics.schedule import NO_SHIFT, Schedule, SiteRules
from metrics.segments import clip, clip_to_own, union
from metrics.units import HOUR, Micros

PRODUCT_COUNT: Final = "product_count"
ABSENT: Final = "absent"
IDLE: Final = "idle"
WORKING: Final = "working"
STATES: Final = (WORKING, IDLE, ABSENT)
NO_STATE: Final = ""

#: Events of one instant are taken in this order, so that working wins over idle over absent.
TIE_ORDER: Final = {PRODUCT_COUNT: 0, ABSENT: 1, IDLE: 2, WORKING: 3}

OVERTIME_LIMIT: Final = HOUR
ATTENDANCE_MINIMUM: Final = HOUR
INTERVAL_COLUMNS: Final = ["worker", "station", "state", "start", "end", "held"]


def states(events: pd.DataFrame) -> pd.DataFrame:
    """The events in order, with the state and station of the worker after each, and the worker's next event.

    Adds `state` (NO_STATE for none), `at` (station of that state), `following` (timestamp of the worker's next event) and `last`
    (whether there is none). A count leaves working and idle as they were, and ends absent.

    Events must begin, for each worker, with the first one ever or with a state event.
    """
    ordered = events.assign(tie=events["event_type"].map(TIE_ORDER)).sort_values(["worker", "timestamp", "tie", "station"], kind="stable", ignore_index=True)
    worker = ordered["worker"].to_numpy()
    first = np.ones(len(ordered), dtype=bool)
    first[1:] = worker[1:] != worker[:-1]
    is_count = ordered["tie"].to_numpy() == TIE_ORDER[PRODUCT_COUNT]
    row = np.arange(len(ordered))
    # The last state event at or before each row; a worker's first row cuts the search off from the worker before.
    source = np.maximum.accumulate(np.where(~is_count | first, row, 0))
    kind = ordered["event_type"].to_numpy()[source]
    unknown = (kind == PRODUCT_COUNT) | (is_count & (kind == ABSENT))
    timestamps = ordered["timestamp"].to_numpy()
    last = np.ones(len(ordered), dtype=bool)
    last[:-1] = first[1:]
    return ordered.drop(columns="tie").assign(
        state=np.where(unknown, NO_STATE, kind),
        at=np.where(unknown, "", ordered["station"].to_numpy()[source]),
        following=np.where(last, timestamps, np.roll(timestamps, -1)),
        last=last,
    )


def seen_again(event: Micros, following: Micros, timeout: Micros, on_shift: np.ndarray) -> np.ndarray:
    """Whether the time between each event and the worker's next one counts.

    on shift, near enough     W──────────W         counts
    on shift, too far apart   W─ ─ ─ ─ ─ ─ ─ ─W    silence is not work
    overtime                  W───W─ ─ ─ ─W        only up to an hour apart

    event, following, timeout: µs, one row an event with a next one. on_shift: whether both events belong to a span; all true at
    a site without a schedule.
    """
    return following - event <= np.where(on_shift, timeout, np.minimum(timeout, OVERTIME_LIMIT))


def intervals(events: pd.DataFrame, rules: SiteRules, schedule: Schedule) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The state intervals between observations, and each worker's last state, which nothing has ended yet.

    events: visible, see the module. Returns intervals (held absences included, whether or not the shift is attended; equal
    neighbours merged) and tails: worker, timestamp (of the last event), state, station.
    """
    known = states(events)
    last = known[known["last"]]
    tails = last[["worker", "timestamp", "state"]].assign(station=last["at"]).reset_index(drop=True)
    pairs = known[~known["last"] & (known["state"] != NO_STATE)]
    pairs = pd.DataFrame(
        {"worker": pairs["worker"], "station": pairs["at"], "state": pairs["state"], "start": pairs["timestamp"], "end": pairs["following"]}
    ).reset_index(drop=True)
    return merged(_between(pairs, rules, schedule)), tails


def _between(pairs: pd.DataFrame, rules: SiteRules, schedule: Schedule) -> pd.DataFrame:
    """Rule 2 for pairs of an event (start) and the worker's next one (end)."""
    start, end = pairs["start"].to_numpy(), pairs["end"].to_numpy()
    timeout = rules.signal_timeout(start)
    free = pairs.assign(held=NO_SHIFT)
    if not schedule.has_schedule:
        return free[seen_again(start, end, timeout, np.ones(len(pairs), dtype=bool))]
    from_span, to_span = schedule.span_of(start), schedule.span_of(end)
    on_shift = (from_span >= 0) & (to_span >= 0)
    counts = seen_again(start, end, timeout, on_shift)
    across = counts & on_shift & (from_span != to_span)
    shift = np.append(schedule.spans["shift"].to_numpy(), NO_SHIFT)
    same_shift = shift[from_span] == shift[to_span]
    lost_absence = ~counts & (from_span >= 0) & (pairs["state"].to_numpy() == ABSENT)
    own_spans = schedule.spans
    seen = [
        free[counts & ~across],
        clip_to_own(free[across & same_shift].assign(shift=shift[from_span[across & same_shift]]), own_spans, "shift"),
        _within_two_spans(free[across & ~same_shift], schedule, from_span[across & ~same_shift], to_span[across & ~same_shift]),
    ]
    held = clip_to_own(free[lost_absence].assign(shift=shift[from_span[lost_absence]]), own_spans, "shift")
    return pd.concat([within_schedule(pd.concat(seen, ignore_index=True), schedule)[INTERVAL_COLUMNS], held.assign(held=held["shift"])[INTERVAL_COLUMNS]], ignore_index=True)


def _within_two_spans(pairs: pd.DataFrame, schedule: Schedule, from_span: np.ndarray, to_span: np.ndarray) -> pd.DataFrame:
    """What of each pair lies in the span of its first event or of its second; overlapping spans count once.

    pair        ├──────────────────────┤
    spans    ├──────┤              ├──────┤
    returns     ├───┤              ├───┤
    """
    first_end = np.minimum(pairs["end"], schedule.spans["end"].to_numpy()[from_span])
    second_start = np.maximum(schedule.spans["start"].to_numpy()[to_span], first_end)
    both = pd.concat([pairs.assign(end=first_end), pairs.assign(start=second_start)], ignore_index=True)
    return both[both["end"] > both["start"]]


def within_schedule(frame: pd.DataFrame, schedule: Schedule) -> pd.DataFrame:
    """Intervals with absences cut to scheduled time: lunch is no absence. As they are at a site without a schedule."""
    if not schedule.has_schedule:
        return frame
    absent = frame["state"] == ABSENT
    cut = clip(frame[absent], schedule.scheduled["start"].to_numpy(), schedule.scheduled["end"].to_numpy())
    return pd.concat([frame[~absent], cut[INTERVAL_COLUMNS]], ignore_index=True)


def merged(frame: pd.DataFrame) -> pd.DataFrame:
    """Intervals with equal neighbours merged and empty ones left out, sorted by worker and start."""
    nonempty = frame[frame["end"].to_numpy() > frame["start"].to_numpy()]
    joined = union(nonempty, ["worker", "station", "state", "held"])
    return joined[INTERVAL_COLUMNS].sort_values(["worker", "start"], kind="stable", ignore_index=True)


def attendance(frame: pd.DataFrame, schedule: Schedule) -> pd.DataFrame:
    """How long each worker's working and idle intervals cover the spans of each shift: worker, shift, covered (µs)."""
    present = frame[frame["state"] != ABSENT]
    parts = []
    for layer in schedule.layers:
        cut = clip(present, layer["start"].to_numpy(), layer["end"].to_numpy())
        parts.append(pd.DataFrame({"worker": cut["worker"], "shift": layer["shift"].to_numpy()[cut["segment"]], "covered": cut["end"] - cut["start"]}))
    if not parts:
        return pd.DataFrame({"worker": [], "shift": np.array([], dtype=np.int64), "covered": np.array([], dtype=np.int64)})
    return pd.concat(parts).groupby(["worker", "shift"], as_index=False)["covered"].sum()


def attended(covered: pd.DataFrame) -> pd.DataFrame:
    """The worker-shifts that count as attended: at least an hour of it, for a handover doesn't make a shift."""
    return covered.loc[covered["covered"] >= ATTENDANCE_MINIMUM, ["worker", "shift"]].reset_index(drop=True)


def counting(frame: pd.DataFrame, attended_shifts: pd.DataFrame) -> pd.DataFrame:
    """The intervals that count: all but absences held in a shift that the worker doesn't attend. Drops `held`."""
    free = frame["held"].to_numpy() == NO_SHIFT
    if free.all():
        return frame.drop(columns="held")
    keys = pd.MultiIndex.from_frame(attended_shifts)
    kept = pd.MultiIndex.from_frame(frame[["worker", "held"]]).isin(keys)
    return frame[free | kept].drop(columns="held").reset_index(drop=True)
