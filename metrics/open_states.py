"""What nothing has ended yet: rule 5 of docs/metrics.md."""

import numpy as np

from metrics.columns import Columns, concat, look_up, member, sum_by
from metrics.intervals import ABSENT, INTERVAL_COLUMNS, NO_STATE, OVERTIME_LIMIT, attendance, attended, within_schedule
from metrics.schedule import NO_SHIFT, Schedule, SiteRules
from metrics.segments import clip_to_own, nonempty


def open_intervals(tails: Columns, covered: Columns, clock: int, rules: SiteRules, schedule: Schedule, *, live: bool) -> tuple[Columns, Columns]:
    """What last states add under a clock, and the shifts attended with it.

    tails: last states (worker, timestamp, state, station). covered: attendance by the intervals between observations (worker,
    shift, covered). live: whether `as_of` was given. Returns intervals that count by themselves, and the attended worker-shifts
    (worker, shift); absences held in a shift that only a last state makes attended count with these.
    """
    is_absent = tails["state"] == ABSENT
    at_work = _running(tails.rows(~is_absent), clock, rules, schedule, live=live)
    attends = attended(sum_by(concat([covered, attendance(at_work, schedule)]), ["worker", "shift"], ["covered"]))
    absent = tails.rows(is_absent)
    shift = schedule.shift_of_span(schedule.span_of(absent["timestamp"]))
    holds = member(absent.assign(shift=shift), attends, ["worker", "shift"])
    held = _held(absent.rows(holds), shift[holds], clock, schedule, live=live)
    away = _running(absent.rows(~holds), clock, rules, schedule, live=live)
    return concat([at_work, held, away]), attends


def _running(tails: Columns, clock: int, rules: SiteRules, schedule: Schedule, *, live: bool) -> Columns:
    """Last states that under `as_of` run to the clock.

    in a span, near enough     W════════│ break │═══▶ clock      inside the spans of that shift
    outside every span         W══▶ clock                        at most an hour after the event
    silent for longer          W─ ─ ─ ─ ─ ─ ─ ─ ─▶ clock         nothing
    """
    since = tails["timestamp"]
    span = schedule.span_of(since)
    limit = rules.signal_timeout(since)
    if schedule.has_schedule:
        limit = np.where(span < 0, np.minimum(limit, OVERTIME_LIMIT), limit)
    open_now = (tails["state"] != NO_STATE) & (clock - since <= limit) & live
    frame = _to_clock(tails, clock).assign(shift=schedule.shift_of_span(span))
    outside = frame.rows(open_now & (span < 0))
    inside = clip_to_own(frame.rows(open_now & (span >= 0)), schedule.spans, "shift")
    return nonempty(within_schedule(concat([outside, inside]).pick(*INTERVAL_COLUMNS), schedule))


def _held(absent: Columns, shift: np.ndarray, clock: int, schedule: Schedule, *, live: bool) -> Columns:
    """Last absences that are held through the spans of an attended shift.

    live: up to the clock. Else once the clock has reached the end of the shift, and not at all before.
    """
    frame = _to_clock(absent, clock).assign(shift=shift)
    ended = look_up(schedule.shifts["shift"], schedule.shifts["end"], shift) <= clock
    return clip_to_own(frame.rows(ended | live), schedule.spans, "shift").pick(*INTERVAL_COLUMNS)


def _to_clock(tails: Columns, clock: int) -> Columns:
    frame = Columns({"worker": tails["worker"], "station": tails["station"], "state": tails["state"], "start": tails["timestamp"]})
    return frame.assign(end=clock, held=NO_SHIFT)
