"""The sums of a figure by worker, by local day or by week: from stored rollups, and exact, so that they add up to the whole as intervals would."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from data_layer.answer import Answer
from data_layer.explanation import ExplainQuery, Level, Part
from data_layer.query import SeriesQuery
from metrics.columns import Columns
from metrics.derivations import SUMS
from metrics.intervals import NOBODY
from metrics.kpis import worker_figures
from metrics.totals import Totals
from metrics.units import DAY, FOREVER, to_datetime

#: Longer windows are told by weeks.
MOST_DAYS = 500


def totals_by_key(totals: Totals, of: str) -> Mapping[str, int]:
    """The sums by key of metrics.derivations.SUMS over all rows and buckets."""
    rows = _by_key(totals.stations if of == "workstation" else totals.workers)
    spans = {"scheduled": int(totals.scheduled.sum()), "elapsed": int(totals.elapsed.sum())}
    return {**{key: int(rows[key].sum()) for key in rows.names if key in SUMS}, **spans}


def _by_key(rows: Columns) -> Columns:
    """Rows of totals with the sums that figures are explained by beside those that are kept."""
    if "tracked" in rows.arrays:
        return rows.assign(silent=rows["tracked"] - rows["signal"])
    return rows.assign(waiting=rows["occupancy"] - rows["working"])


def by_worker(answer: Answer, totals: Totals, keys: Sequence[str]) -> Mapping[str, tuple[Part, ...]]:
    """A part a worker, of those who add anything; one without a worker for events that name none."""
    rows, known = _by_key(totals.workers), ("", *answer.registered.called)

    def part(worker: int, amount: int) -> Part:
        return Part(amount=amount, worker_ids=(known[worker],) if worker != NOBODY else ())

    def parts(key: str) -> tuple[Part, ...]:
        pairs = zip(rows["worker"].tolist(), rows[key].tolist(), strict=True)
        return tuple(sorted((part(*pair) for pair in pairs if pair[1]), key=lambda one: one.worker_ids))

    return {key: parts(key) for key in keys}


def by_time(answer: Answer, query: ExplainQuery, keys: Sequence[str]) -> tuple[Level, Mapping[str, tuple[Part, ...]]]:
    """A part a local day or, of a long window, a week; of those that add anything. Raises TooMuch."""
    start, end = answer.limits
    is_long = ((answer.clock if end == FOREVER else end) - start) // DAY > MOST_DAYS
    series = query.plain(SeriesQuery, bucket="1w" if is_long else "1d", by=query.of)
    split = replace(answer, query=series)
    totals = split.totals()
    rows = _by_key(totals.stations if query.of == "workstation" else totals.workers)
    spans = {"scheduled": totals.scheduled, "elapsed": totals.elapsed}
    buckets = np.arange(totals.buckets)
    ends = np.where(split.edges == FOREVER, split.clock, split.edges)

    def parts(key: str) -> tuple[Part, ...]:
        bucket, amount = (buckets, spans[key]) if key in spans else (rows["bucket"], rows[key])
        pairs = zip(bucket.tolist(), amount.tolist(), strict=True)
        return tuple(Part(amount=sum_, start=to_datetime(ends[number]), end=to_datetime(ends[number + 1])) for number, sum_ in pairs if sum_)

    return "week" if is_long else "day", {key: parts(key) for key in keys}


def utilizations(answer: Answer, totals: Totals) -> Mapping[str, tuple[Part, ...]]:
    """What the mean utilization is made of: each worker's that is not null, and the times that it comes from."""
    seen = totals.workers.rows(totals.workers["active"] + totals.workers["idle"] != 0)
    workers = seen["worker"].tolist()
    shares = worker_figures(totals, workers)["utilization_percentage"][:, 0].tolist()
    who = [(answer.registered.called[worker - 1],) for worker in workers]

    def parts(amounts: Sequence[float]) -> tuple[Part, ...]:
        return tuple(sorted((Part(amount=amount, worker_ids=worker) for worker, amount in zip(who, amounts, strict=True)), key=lambda one: one.worker_ids))

    return {
        "utilizations": parts(shares),
        "counted": parts([1] * len(who)),
        "active": parts(seen["active"].tolist()),
        "idle": parts(seen["idle"].tolist()),
    }


def registered(answer: Answer) -> Mapping[str, tuple[Part, ...]]:
    """Who and what is registered at the site."""
    names = answer.registered.names
    return {
        "workers": tuple(Part(amount=1, worker_ids=(worker,)) for worker in answer.registered.shown),
        "stations": tuple(Part(amount=1, station_id=station) for station in names.stations),
    }
