"""The stream that tells an open screen when to look again: server-sent events of a site's data revision."""

from flask import Blueprint, Response

from access.roles import Role
from access.web.gate import still_in
from api.problems import problem
from api.routing import route, services

bp = Blueprint("live", __name__)


@route(bp, "GET", "/live/<id:site_id>", Role.VIEWER)
def live(site_id: str) -> Response:
    """The data revision now, then each one that follows."""
    if site_id not in services().sites.known:
        return problem(404, f"There is no site {site_id}.")
    stream = services().hub.open(site_id, still_in())
    if stream is None:
        return problem(503, "Too many screens are open at once: this one asks for news by itself, twice a minute.", {"Retry-After": "60"})
    return Response(stream, content_type="text/event-stream", headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
