"""Figures of one or more sites as rows: what the tables and cards of every screen and the metrics calls show."""

from collections.abc import Sequence
from itertools import chain

from data_layer.answer import Answer
from data_layer.query import Revision, Row, SiteMetrics
from metrics.kpis import Figures, factory_figures, rows, worker_figures, workstation_figures
from metrics.totals import Totals


def site_metrics(answers: Sequence[Answer], revision: Revision, *, stations: bool) -> SiteMetrics:
    """Figures of some sites together, of all their workers and, if wanted, of their stations."""
    totals = [answer.totals() for answer in answers]
    both = list(zip(answers, totals, strict=True))
    workers = [_described(answer, "worker", worker_figures(sums, answer.shown("worker"))) for answer, sums in both]
    places = list(chain(*(_places(answer, sums) for answer, sums in both))) if stations else []
    return SiteMetrics(_factory(answers, totals), list(chain(*workers)), places, revision.number, revision.stale, revision.settled)


def station_rows(answers: Sequence[Answer]) -> list[Row]:
    """Figures of the stations of some sites."""
    return list(chain(*(_places(answer, answer.totals()) for answer in answers)))


def _places(answer: Answer, sums: Totals) -> list[Row]:
    return _described(answer, "station", workstation_figures(sums, answer.shown("station")))


def _described(answer: Answer, kind: str, figures: Figures) -> list[Row]:
    return [{**who, **what} for who, what in zip(answer.registered.described(kind, answer.shown(kind)), rows(figures), strict=True)]


def _factory(answers: Sequence[Answer], totals: Sequence[Totals]) -> Row:
    """Of several sites, `site_id` is null and `sites` holds the figures of each."""
    names = [answer.registered.names for answer in answers]
    counts = {"worker_count": sum(len(known.workers) for known in names), "station_count": sum(len(known.stations) for known in names)}
    together = {**rows(factory_figures(totals))[0], **counts}
    if len(answers) == 1:
        return {"site_id": answers[0].site.site_id, **together}
    return {"site_id": None, **together, "sites": [_factory([answer], [sums]) for answer, sums in zip(answers, totals, strict=True)]}
