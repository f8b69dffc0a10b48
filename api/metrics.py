"""Metrics of the factory, its workers and its workstations."""

from flask import Blueprint, Response

from access.roles import Role
from api.routing import answer, route, services
from api.window import metrics_query
from data_layer.query import SiteMetrics

bp = Blueprint("metrics", __name__)


@route(bp, "GET", "/metrics/factory", role=Role.VIEWER)
def factory() -> Response:
    """Metrics of a site over a window."""
    found = services().metrics.read(metrics_query(), stations=False)
    return answer(found.factory, headers=_freshness(found))


@route(bp, "GET", "/metrics/workers", role=Role.VIEWER)
def workers() -> Response:
    """Metrics of each worker over a window."""
    found = services().metrics.read(metrics_query(), stations=False)
    return answer(found.workers, headers=_freshness(found))


@route(bp, "GET", "/metrics/workers/<worker_id>", role=Role.VIEWER)
def worker(worker_id: str) -> Response:
    """Metrics of one worker over a window."""
    found = services().metrics.read(metrics_query(worker_ids=(worker_id,)), stations=False)
    return answer(found.workers[0], headers=_freshness(found))


@route(bp, "GET", "/metrics/workstations", role=Role.VIEWER)
def workstations() -> Response:
    """Metrics of each workstation over a window."""
    found = services().metrics.read(metrics_query())
    return answer(found.workstations, headers=_freshness(found))


@route(bp, "GET", "/metrics/workstations/<station_id>", role=Role.VIEWER)
def workstation(station_id: str) -> Response:
    """Metrics of one workstation over a window."""
    found = services().metrics.read(metrics_query(station_ids=(station_id,), station_types=()))
    return answer(found.workstations[0], headers=_freshness(found))


def _freshness(found: SiteMetrics) -> dict[str, str]:
    """The data revision, and whether acknowledged events were not in the figures yet."""
    return {"Data-Revision": str(found.revision), **({"Data-Stale": "true"} if found.stale else {})}
