"""What to refresh together: invalidations become passes, each over some workers and one stretch of time."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from sqlalchemy import BigInteger, func, select

from data_layer.frames import Frames, Range
from data_layer.portable import quotient
from data_layer.tables import events
from data_layer.types import micros
from metrics.columns import Columns, changes, columns, order_by
from metrics.schedule import SiteRules
from metrics.segments import union
from metrics.units import BEGINNING, DAY, FOREVER, HOUR

#: A pass reaches over at most this much time, unless a single worker's silence is longer.
_LONGEST_PASS = 8 * DAY
#: Stretches at most this far apart share a pass.
_NEAR = DAY
#: A pass over long history holds about this many events, which bounds its memory.
_EVENTS_A_PASS = 60_000


@dataclass(frozen=True)
class Pass:
    """One stretch of work.

    regions: worker, begin, until: for each worker, between which events intervals are formed anew (see `Frames.reach`).
    low, high: the hull of the touched events (µs, inclusive; BEGINNING and FOREVER where history's ends are meant).
    entire: whether the rules have changed, so that all rows between `low` and `high` are compared and not just what moved.
    """

    regions: Columns
    low: int
    high: int
    entire: bool = False


def passes(frames: Frames, rules: SiteRules, dirty: Columns) -> list[Pass]:
    """Group touched stretches (worker, low, high; µs, inclusive) that lie near one another."""
    stretches = union(columns(worker=dirty["worker"], start=dirty["low"], end=dirty["high"] + HOUR), ["worker"])
    reached = frames.reach(Columns({"worker": stretches["worker"], "low": stretches["start"], "high": stretches["end"] - HOUR}), rules)
    ends = np.where(reached["until"] < FOREVER, reached["until"], reached["high"])
    made: list[list[int]] = []
    first = last = BEGINNING
    for row in np.argsort(reached["begin"], kind="stable").tolist():
        begin, end = int(reached["begin"][row]), int(ends[row])
        if not made or begin > last + _NEAR or end > first + _LONGEST_PASS:
            made.append([])
            first = last = begin
        made[-1].append(row)
        last = max(last, end)
    return [_pass(reached.rows(np.array(rows))) for rows in made]


def _pass(rows: Columns) -> Pass:
    """A worker's stretches in a pass become one region."""
    hulls = rows.rows(order_by(rows, ["worker"]))
    first = np.flatnonzero(changes(hulls, ["worker"]))
    regions = Columns(
        {
            "worker": hulls["worker"][first],
            "begin": np.minimum.reduceat(hulls["begin"], first),
            "until": np.maximum.reduceat(hulls["until"], first),
        }
    )
    return Pass(regions, int(rows["low"].min()), int(rows["high"].max()))


def history(frames: Frames, since: int) -> list[Range]:
    """All of a site's time from `since` on, cut into stretches that hold about as many events as a pass should.

    The stretches (µs, inclusive) leave no gap: the first begins at `since`, the last ends at FOREVER.
    """
    at = micros(events.c.timestamp)
    day = quotient(at, DAY).label("day")
    counted = select(day, func.count(type_=BigInteger).label("events")).where(events.c.site_id == frames.site_id, at >= since).group_by(day).order_by(day)
    by_day = frames.columns(counted)
    filled = (np.cumsum(by_day["events"]) - 1) // _EVENTS_A_PASS
    begins = by_day["day"][np.flatnonzero(np.diff(filled)) + 1] * DAY
    edges = [since, *begins.tolist(), FOREVER + 1]
    return [(low, high - 1) for low, high in pairwise(edges)]


def entire_pass(frames: Frames, rules: SiteRules, low: int, high: int) -> Pass:
    """A pass over everything between two instants, for everyone and for events without a worker."""
    everyone = columns(worker=range(len(frames.names.workers) + 1)).assign(low=low, high=high)
    return Pass(frames.reach(everyone, rules).pick("worker", "begin", "until"), low, high, entire=True)
