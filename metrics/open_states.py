"""What nothing has ended yet: rule 5 of docs/metrics.md."""

import numpy as np
import pandas as pd

from metrics.intervals import ABSENT, INTERVAL_COLUMNS, NO_STATE, OVERTIME_LIMIT, within_schedule
from metrics.schedule import NO_SHIFT, Schedule, SiteRules
from metrics.segments import clip_to_own


def running(tails: pd.DataFrame, clock: int, rules: SiteRules, schedule: Schedule) -> pd.DataFrame:
    """Last states that under `as_of` run to the clock, as intervals; held absences are left to `held_absences`.

    in a span, near enough     W════════│ break │═══▶ clock      inside the spans of that shift
    outside every span         W══▶ clock                        at most an hour after the event
    silent for longer          W─ ─ ─ ─ ─ ─ ─ ─ ─▶ clock         nothing

    tails: worker, timestamp, state, station, attends (whether the event lies in a span of a shift that the worker attends).
    """
    since = tails["timestamp"].to_numpy()
    span = schedule.span_of(since)
    limit = rules.signal_timeout(since)
    if schedule.has_schedule:
        limit = np.where(span < 0, np.minimum(limit, OVERTIME_LIMIT), limit)
    holds = (tails["state"] == ABSENT) & tails["attends"]
    open_now = (tails["state"] != NO_STATE) & ~holds & (clock - since <= limit)
    frame = _to_clock(tails, clock).assign(shift=np.append(schedule.spans["shift"].to_numpy(), NO_SHIFT)[span])
    outside = frame[open_now & (span < 0)]
    inside = clip_to_own(frame[open_now & (span >= 0)], schedule.spans, "shift")
    both = within_schedule(pd.concat([outside, inside], ignore_index=True)[INTERVAL_COLUMNS], schedule)
    return both[both["end"] > both["start"]].reset_index(drop=True)


def held_absences(tails: pd.DataFrame, clock: int, schedule: Schedule, *, live: bool) -> pd.DataFrame:
    """Last absences that are held through the spans of an attended shift, as intervals.

    live (`as_of` was given): up to the clock. Else once the clock has reached the end of the shift, and not at all before.
    tails: see `running`.
    """
    absent = tails[((tails["state"] == ABSENT) & tails["attends"]).to_numpy()]
    shift = np.append(schedule.spans["shift"].to_numpy(), NO_SHIFT)[schedule.span_of(absent["timestamp"].to_numpy())]
    frame = _to_clock(absent, clock).assign(shift=shift)
    if not live:
        ends = schedule.shifts.set_index("shift")["end"]
        frame = frame[ends.loc[frame["shift"]].to_numpy() <= clock]
    return clip_to_own(frame, schedule.spans, "shift")[INTERVAL_COLUMNS]


def _to_clock(tails: pd.DataFrame, clock: int) -> pd.DataFrame:
    return pd.DataFrame(
        {"worker": tails["worker"], "station": tails["station"], "state": tails["state"], "start": tails["timestamp"], "end": clock, "held": NO_SHIFT}
    )
