"""Figures of one or more sites as rows: what the tables and cards of every screen and the metrics calls show."""

from collections.abc import Sequence
from dataclasses import astuple
from itertools import chain

from data_layer.answer import Answer
from data_layer.query import Revision, Row, SiteMetrics
from data_layer.shielding import factory_values, station_values, told
from metrics.kpis import rows, worker_figures
from metrics.totals import Totals


def site_metrics(answers: Sequence[Answer], revision: Revision, *, stations: bool) -> SiteMetrics:
    """Figures of some sites together, of all workers that they show and, if wanted, of their stations."""
    totals = [answer.totals() for answer in answers]
    both = list(zip(answers, totals, strict=True))
    workers = [_people(answer, sums) for answer, sums in both if answer.site.privacy.shows_people]
    places = station_rows(answers) if stations else []
    return SiteMetrics(factory_row(answers, totals), list(chain(*workers)), places, *astuple(revision))


def worker_rows(answers: Sequence[Answer]) -> list[Row]:
    """Figures of the workers of some sites."""
    return list(chain(*(_people(answer, answer.totals()) for answer in answers)))


def station_rows(answers: Sequence[Answer]) -> list[Row]:
    """Figures of the stations of some sites."""
    return list(chain(*(_places(answer) for answer in answers)))


def _people(answer: Answer, sums: Totals) -> list[Row]:
    shown = answer.shown("worker")
    described = answer.registered.described("worker", shown)
    return [{**who, **what} for who, what in zip(described, rows(worker_figures(sums, shown)), strict=True)]


def _places(answer: Answer) -> list[Row]:
    described, values = answer.registered.described("station", answer.shown("station")), station_values(answer)
    return [{**what, **{name: of_all[place][0] for name, of_all in values.items()}} for place, what in enumerate(described)]


def factory_row(answers: Sequence[Answer], totals: Sequence[Totals]) -> Row:
    """Of several sites, `site_id` is null and `sites` holds the figures of each."""
    names = [answer.registered.names for answer in answers]
    counts = {"worker_count": sum(len(known.workers) for known in names), "station_count": sum(len(known.stations) for known in names)}
    together = {**{name: values[0] for name, values in factory_values(answers, totals).items()}, **counts}
    if len(answers) == 1:
        return {"site_id": answers[0].site.site_id, **together, **told(answers[0])}
    return {"site_id": None, **together, "sites": [factory_row([answer], [sums]) for answer, sums in zip(answers, totals, strict=True)]}
