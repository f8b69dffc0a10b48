"""Whether the server lives, and whether it can do its work."""

from flask import Blueprint, Response
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from access.roles import Role
from api.routing import answer, route, services

bp = Blueprint("health", __name__)


@route(bp, "GET", "/health", role=Role.ANYONE)
def health() -> Response:
    """The process answers."""
    return answer({"status": "healthy"})


@route(bp, "GET", "/ready", role=Role.ANYONE)
def ready() -> Response:
    """Database, writer and refresher answer."""
    known = services()
    parts = {"database": _database_answers(), "writer": known.writer.alive, "refresher": known.refresher.alive}
    status = {name: "ready" if is_ready else "not ready" for name, is_ready in parts.items()}
    return answer({"status": "ready" if all(parts.values()) else "not ready", **status}, 200 if all(parts.values()) else 503)


def _database_answers() -> bool:
    try:
        with services().database.read() as connection:
            connection.execute(text("SELECT 1 FROM sites"))
    except DBAPIError:
        return False
    return True
