"""What Prometheus scrapes."""

from flask import Blueprint, Response

from access.roles import Role
from api.routing import Answer, route, services
from watching.metering import CONTENT_TYPE

bp = Blueprint("metering", __name__)


@route(
    bp, "GET", "/metrics", role=Role.VIEWER, everywhere=True, tag="Service", answers={200: Answer(str, "Prometheus's text format.", media_type="text/plain")}
)
def exposition() -> Response:
    """Counts, times and states of the server in Prometheus's text format."""
    return Response(services().metering.exposition(), content_type=CONTENT_TYPE)
