"""What to refresh together: invalidations become passes, each over some workers and one stretch of time."""

from dataclasses import dataclass

import pandas as pd
from sqlalchemy import BigInteger, Connection, func, literal, select, type_coerce, union

from data_layer.frames import frame, reach
from data_layer.tables import events, workers
from data_layer.types import micros
from metrics.schedule import SiteRules
from metrics.units import BEGINNING, DAY, FOREVER

#: Passes reach over at most this much time, unless a single worker's silence is longer.
_LONGEST_PASS = 2 * DAY
#: Passes over long history hold about this many events, which bounds their memory.
_EVENTS_A_PASS = 60_000


@dataclass(frozen=True)
class Pass:
    """One stretch of work.

    regions: worker, begin, until: per worker, between which events intervals are formed anew (see `reach`).
    low, high: the hull of the touched events (µs, inclusive; BEGINNING and FOREVER where history's ends are meant).
    entire: whether the rules have changed, so that all rows between `low` and `high` are compared and not just what moved.
    """

    regions: pd.DataFrame
    low: int
    high: int
    entire: bool = False

    @property
    def workers(self) -> list[str]:
        """The workers concerned; '' stands for events without one."""
        return self.regions["worker"].tolist()


def passes(connection: Connection, site_id: str, rules: SiteRules, dirty: pd.DataFrame) -> list[Pass]:
    """Group touched stretches (worker, low, high; µs, inclusive) that lie near one another, each worker at most once a pass."""
    reached = reach(connection, site_id, rules, _joined(dirty))
    reached["end"] = reached["until"].where(reached["until"] < FOREVER, reached["high"])
    groups: list[list[int]] = []
    hulls: list[tuple[int, int, set[str]]] = []
    for row in reached.sort_values(["begin", "worker"], kind="stable").itertuples():
        begin, end, worker = int(row.begin), int(row.end), str(row.worker)
        fits = bool(hulls) and end <= hulls[-1][0] + _LONGEST_PASS and hulls[-1][1] <= hulls[-1][0] + _LONGEST_PASS and worker not in hulls[-1][2]
        if fits:
            groups[-1].append(row.Index)
            hulls[-1] = (hulls[-1][0], max(hulls[-1][1], end), hulls[-1][2] | {worker})
        else:
            groups.append([row.Index])
            hulls.append((begin, end, {worker}))
    return [_pass(reached.loc[rows]) for rows in groups]


def _joined(dirty: pd.DataFrame) -> pd.DataFrame:
    """A worker's stretches that lie within a pass's reach of one another, as one."""
    ordered = dirty.sort_values(["worker", "low"], kind="stable", ignore_index=True)
    far = ordered["low"] - ordered.groupby("worker")["high"].shift() > DAY // 24
    new = (ordered["worker"] != ordered["worker"].shift()) | far
    return ordered.groupby(new.cumsum()).agg(worker=("worker", "first"), low=("low", "min"), high=("high", "max")).reset_index(drop=True)


def _pass(rows: pd.DataFrame) -> Pass:
    regions = rows[["worker", "begin", "until"]].reset_index(drop=True)
    return Pass(regions, int(rows["low"].min()), int(rows["high"].max()))


def history(connection: Connection, site_id: str, since: int = BEGINNING) -> list[tuple[int, int]]:
    """All of a site's time from `since` on, cut into stretches that hold about as many events as a pass should.

    The stretches (µs, inclusive) leave no gap: the first begins at `since`, the last ends at FOREVER.
    """
    at = micros(events.c.timestamp)
    day = type_coerce(at // DAY, BigInteger).label("day")
    counted = select(day, func.count(type_=BigInteger).label("events")).where(events.c.site_id == site_id, at >= since).group_by(day).order_by(day)
    by_day = frame(connection, counted)
    filled = (by_day["events"].cumsum() - 1) // _EVENTS_A_PASS
    edges = [since, *((by_day.groupby(filled)["day"].first() * DAY).tolist()[1:]), FOREVER + 1]
    return [(low, high - 1) for low, high in zip(edges[:-1], edges[1:], strict=True)]


def entire_pass(connection: Connection, site_id: str, rules: SiteRules, low: int, high: int) -> Pass:
    """A pass over everything between two instants, for every worker."""
    everyone = union(select(workers.c.worker_id).where(workers.c.site_id == site_id), select(literal("")))
    names = sorted(connection.scalars(everyone))
    dirty = pd.DataFrame({"worker": pd.Series(names, dtype=object), "low": low, "high": high})
    reached = reach(connection, site_id, rules, dirty)
    return Pass(reached[["worker", "begin", "until"]], low, high, entire=True)
