"""Errors as problem+json (RFC 9457): one readable sentence, never SQL, a stack or a secret."""

import logging
from typing import Any

import msgspec
from flask import Flask, Response, request
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from access.web.page import refusal
from data_layer.privacy import NotShown
from data_layer.query import TooMuch
from data_layer.registered import UnknownId
from data_layer.scope import UnknownSite
from data_layer.settings_json import InvalidSettings
from data_layer.texts import InvalidText
from ingest.event import TooMany, Unparseable
from ingest.writer import Unavailable
from watching import logs

log = logging.getLogger(__name__)

_TITLES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    409: "Conflict",
    413: "Content Too Large",
    415: "Unsupported Media Type",
    422: "Unprocessable Content",
    429: "Too Many Requests",
    500: "Internal Server Error",
    503: "Service Unavailable",
}


class Invalid(ValueError):
    """A request that is readable but can't be: 422. The message is a sentence that starts with the field."""


def problem(status: int, detail: str, headers: dict[str, str] | None = None, **more: Any) -> Response:
    """A problem+json answer. more: further members, such as `errors`. One that is our fault names the request as the log does."""
    if status >= 500 and (request_id := logs.request().get("request_id")):
        more["request_id"] = request_id
    body = {"type": "about:blank", "title": _TITLES.get(status, "Error"), "status": status, "detail": detail, **more}
    return Response(msgspec.json.encode(body), status, headers=headers, content_type="application/problem+json")


_STATUS: list[tuple[type[Exception], int]] = [
    (UnknownSite, 404),
    (UnknownId, 404),
    (Unparseable, 400),
    (TooMany, 413),
    (InvalidSettings, 422),
    (InvalidText, 422),
    (Invalid, 422),
    (TooMuch, 422),
    (NotShown, 403),
]


def register(app: Flask) -> None:
    """Answer every error under /api as a problem, Werkzeug's own included."""
    for kind, status in _STATUS:
        app.register_error_handler(kind, lambda error, status=status: problem(status, str(error)))
    app.register_error_handler(Unavailable, lambda error: problem(503, str(error), {"Retry-After": str(error.retry_after)}))
    app.register_error_handler(DBAPIError, _database_error)
    app.register_error_handler(PoolTimeout, _database_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _unexpected)


#: What programs ask for, and the scripts of our pages.
_TO_PROGRAMS = ("/api/", "/health", "/ready", "/metrics", "/live/", "/export/", "/_dash-")


def _speaks_json() -> bool:
    return request.path == "/api" or request.path.startswith(_TO_PROGRAMS)


def _http_error(error: HTTPException) -> Response | HTTPException:
    if error.code is None:
        return error
    if not _speaks_json():
        return refusal(error)
    headers = {name: value for name, value in error.get_headers() if name in ("Allow", "Retry-After", "WWW-Authenticate")}
    return problem(error.code, error.description or error.name, headers)


def _database_error(error: DBAPIError | PoolTimeout) -> Response:
    log.error("The database failed: %s", error.orig if isinstance(error, DBAPIError) else "all connections to it are waiting for answers")
    return problem(503, "The database does not answer now.", {"Retry-After": "1"})


def _unexpected(_error: Exception) -> Response:
    log.exception("A request failed unexpectedly.")
    return problem(500, "Something went wrong on the server; its log has the details.")
