"""Figures by time bucket: the same sums and the same divisions as for a plain question, for many windows at once."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from data_layer.answer import Answer, Wanted
from data_layer.privacy import About
from data_layer.query import Row, SeriesQuery, TooMuch
from data_layer.shielding import factory_values, station_values, told
from metrics.kpis import FACTORY_FIGURES, STATION_FIGURES, WORKER_FIGURES, plain, worker_figures
from metrics.series import BUCKETS
from metrics.units import FOREVER, HOUR, to_datetimes

#: Figures by what they are figures of.
FIGURES: Mapping[str, Mapping[str, tuple[str, ...]]] = {"worker": WORKER_FIGURES, "workstation": STATION_FIGURES, "site": FACTORY_FIGURES}
MOST_VALUES = 1_000_000


def series(answer: Answer, query: SeriesQuery) -> Row:
    """A site's block: site_id, timezone, starts and ends of its buckets, and rows whose `values` are lists by figure, one value a bucket."""
    made_of = FIGURES[query.by]
    wanted = query.metrics or tuple(made_of)
    starts, ends = answer.edges[:-1], answer.edges[1:]
    ends = np.where(ends == FOREVER, answer.clock, ends)
    kind = {"worker": "worker", "workstation": "station"}.get(query.by)
    described = [{"site_id": answer.site.site_id}] if kind is None else answer.registered.described(kind, answer.shown(kind))
    values = len(starts) * len(described) * len(wanted)
    if values > MOST_VALUES:
        raise TooMuch(f"bucket: that is {values:,} values, and {MOST_VALUES:,} are the most; ask for longer buckets, fewer metrics, or less time at once.")
    figures = _values(answer, query.by)
    columns = {name: figures[name] for name in wanted}
    return {
        "site_id": answer.site.site_id,
        "timezone": answer.site.timezone,
        "starts": to_datetimes(starts),
        "ends": to_datetimes(ends),
        "rows": [{**who, "values": {name: column[number] for name, column in columns.items()}} for number, who in enumerate(described)],
        **told(answer),
    }


def sums_for(by: str, metrics: Sequence[str]) -> Wanted:
    """The sums that some figures are made of, () being all."""
    sums = frozenset(name for figure, names in FIGURES[by].items() if not metrics or figure in metrics for name in names)
    return Wanted(stations=sums) if by == "workstation" else Wanted(workers=sums)


def about_series(query: SeriesQuery) -> About:
    """What a series tells: in buckets of minutes, what was when."""
    if query.by == "worker":
        return About.PEOPLE
    return About.SUMS if BUCKETS[query.bucket] >= HOUR else About.MOMENTS


def _values(answer: Answer, by: str) -> Mapping[str, list[list[Any]]]:
    """By figure, the values of each row in each bucket."""
    if by == "workstation":
        return station_values(answer)
    if by == "worker":
        return {name: plain(figure) for name, figure in worker_figures(answer.totals(), answer.shown("worker")).items()}
    return {name: [values] for name, values in factory_values([answer], [answer.totals()]).items()}
