"""Metrics of sites, their workers and their workstations: over a window, and by time bucket."""

from collections.abc import Callable, Sequence
from typing import Any

from flask import Blueprint, Response, request

from access.roles import Role
from access.web.witness import saw
from api.conditional import HEADERS, kept_or_answered
from api.problems import Invalid
from api.routing import Answer, route, services
from api.schemas.metrics import FactoryMetrics, MetricsQuestion, StationsQuestion, WorkerMetrics, WorkersQuestion, WorkstationMetrics
from api.schemas.series import SeriesAnswer, SeriesQuestion
from api.schemas.timeline import TimelineAnswer, TimelineQuestion
from api.window import Query, metrics_queries, metrics_query, one_of
from data_layer.query import MetricsQuery, Revision, Row, SeriesQuery, TimelineQuery
from data_layer.series import FIGURES
from metrics.series import BUCKETS

bp = Blueprint("metrics", __name__)

NOT_THERE = "There is no such site, worker, workstation, station type or shift."
NOT_CHANGED = Answer(None, "The answer with the ETag that `If-None-Match` names still stands.", headers=("Data-Revision", "ETag", "Cache-Control"))


def _answers(shape: object) -> dict[int, object]:
    return {200: Answer(shape, headers=HEADERS), 304: NOT_CHANGED, 404: NOT_THERE}


@route(bp, "GET", "/metrics/factory", role=Role.VIEWER, tag="Metrics", query=MetricsQuestion, answers=_answers(FactoryMetrics))
def factory() -> Response:
    """Metrics of a site over a window, or of several sites together."""
    queries = metrics_queries(MetricsQuery)

    def ask() -> tuple[Any, Revision]:
        found = services().metrics.read(*queries, stations=False)
        return found.factory, Revision(found.revision, found.stale, found.settled, found.mark)

    return kept_or_answered(queries, ask)


@route(bp, "GET", "/metrics/workers", role=Role.VIEWER, tag="Metrics", query=MetricsQuestion, answers=_answers(list[WorkerMetrics]))
def workers() -> Response:
    """Metrics of each worker over a window."""
    return _rows(services().metrics.workers, _of_people(metrics_queries(MetricsQuery)))


@route(bp, "GET", "/metrics/workers/<id:worker_id>", role=Role.VIEWER, tag="Metrics", query=StationsQuestion, answers=_answers(WorkerMetrics))
def worker(worker_id: str) -> Response:
    """Metrics of one worker over a window."""
    return _rows(services().metrics.workers, _of_people([metrics_query(worker_ids=(worker_id,))]), lambda rows: rows[0])


@route(bp, "GET", "/metrics/workstations", role=Role.VIEWER, tag="Metrics", query=MetricsQuestion, answers=_answers(list[WorkstationMetrics]))
def workstations() -> Response:
    """Metrics of each workstation over a window."""
    return _rows(services().metrics.workstations, metrics_queries(MetricsQuery))


@route(bp, "GET", "/metrics/workstations/<id:station_id>", role=Role.VIEWER, tag="Metrics", query=WorkersQuestion, answers=_answers(WorkstationMetrics))
def workstation(station_id: str) -> Response:
    """Metrics of one workstation over a window."""
    return _rows(services().metrics.workstations, [metrics_query(station_ids=(station_id,), station_types=())], lambda rows: rows[0])


@route(
    bp,
    "GET",
    "/metrics/series",
    role=Role.VIEWER,
    tag="Metrics",
    query=SeriesQuestion,
    answers=_answers(SeriesAnswer),
    sample="/api/metrics/series?bucket=1h&by=worker&metric=utilization_percentage",
)
def series() -> Response:
    """Metrics by time bucket: of sites, of each worker or of each workstation."""
    bucket, by = one_of("bucket", BUCKETS, "1h"), one_of("by", FIGURES, "site")
    metrics = tuple(dict.fromkeys(request.args.getlist("metric")))
    unknown = [name for name in metrics if name not in FIGURES[by]]
    if unknown:
        raise Invalid(f"metric: must be one of {', '.join(FIGURES[by])} by {by}, not {unknown[0]!r}.")
    queries = metrics_queries(SeriesQuery, bucket=bucket, by=by, metrics=metrics)
    if by == "worker":
        _of_people(queries)

    def ask() -> tuple[Any, Revision]:
        blocks, revision = services().metrics.series(*queries)
        return {"bucket": bucket, "by": by, "sites": blocks}, revision

    return kept_or_answered(queries, ask)


@route(
    bp,
    "GET",
    "/timeline",
    role=Role.VIEWER,
    tag="Metrics",
    query=TimelineQuestion,
    answers=_answers(TimelineAnswer),
    sample="/api/timeline?from=2026-01-15&to=2026-01-16",
)
def timeline() -> Response:
    """State intervals of workers or workstations, time without a signal included."""
    by = one_of("by", ("worker", "workstation"), "worker")
    queries = _of_people(metrics_queries(TimelineQuery, by=by))

    def ask() -> tuple[Any, Revision]:
        lanes, revision = services().metrics.timeline(*queries)
        return {"by": by, "lanes": lanes}, revision

    return kept_or_answered(queries, ask)


def _of_people(queries: list[Query]) -> list[Query]:
    """The questions, which somebody is noted to have asked about workers."""
    for query in queries:
        saw(query.site_id, query.worker_ids)
    return queries


def _rows(read: Callable[..., tuple[list[Row], Revision]], queries: Sequence[MetricsQuery], shown: Callable[[list[Row]], Any] = list) -> Response:
    """Rows of workers or workstations, or what is shown of them."""

    def ask() -> tuple[Any, Revision]:
        rows, revision = read(*queries)
        return shown(rows), revision

    return kept_or_answered(queries, ask)
