"""What a page shows as CSV files: by the page's own query string, from the same functions, all rows, unrounded."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial

from dash import Dash
from flask import Blueprint, Response, request
from werkzeug.http import dump_options_header

from access.roles import Role
from access.web.gate import still_in
from access.web.witness import note
from api.conditional import sealed_header
from api.problems import problem
from api.routing import route, services
from callbacks.compare import compared_rows, ranked
from callbacks.context import Context, UnknownSiteError, look
from callbacks.csv_file import file_name
from callbacks.event_list import events_query
from callbacks.rows import shown_stations, shown_workers
from components.csv_text import csv_lines
from data_layer.privacy import About
from data_layer.query import Row
from data_layer.raw_events import read_page
from data_layer.scope import Scope, in_force, narrowed
from metrics.kpis import FACTORY_FIGURES, STATION_FIGURES, WORKER_FIGURES

WORKER_FIELDS = ("site_id", "worker_id", "name", *WORKER_FIGURES)
STATION_FIELDS = ("site_id", "station_id", "name", "type", *STATION_FIGURES)
EVENT_FIELDS = (
    *("event_id", "client_event_id", "site_id", "timestamp", "worker_id", "workstation_id", "event_type", "confidence", "count", "camera_id"),
    *("source", "model_name", "model_version", "sequence", "sent_at", "created_at", "visible"),
)
SITE_FIELDS = ("site_id", "name", "timezone", "from", "to", "rank", *FACTORY_FIGURES, "worker_count", "station_count", "note")
"""All fields are named as in the API's answers."""
_EVENTS_AT_ONCE = 5_000
_NOTED_CHARACTERS = 500

bp = Blueprint("export", __name__, url_prefix="/export")


def register(app: Dash) -> None:
    """Put the files on the app's server."""
    app.server.register_blueprint(bp)


@route(bp, "GET", "/workers.csv", Role.VIEWER)
def workers() -> Response:
    """The rows of the workers' table."""
    return _file("workers", WORKER_FIELDS, About.PEOPLE, lambda context: [shown_workers(context)])


@route(bp, "GET", "/workstations.csv", Role.VIEWER)
def workstations() -> Response:
    """The rows of the stations' table."""
    return _file("workstations", STATION_FIELDS, About.SUMS, lambda context: [shown_stations(context)])


@route(bp, "GET", "/sites.csv", Role.VIEWER)
def sites() -> Response:
    """The comparison of all sites of the reader, in the order of their rank, and a line of all of them."""
    search = request.query_string.decode(errors="replace")
    try:
        context = look(services(), search, anywhere=True)
    except UnknownSiteError as unknown:
        return problem(404, f"There is no site {unknown}.")
    of = ranked(context)
    for one in of.looks:
        note("exported", one.site.site_id, "sites", query=search[:_NOTED_CHARACTERS])
    headers = {"Content-Disposition": dump_options_header("attachment", {"filename": file_name("sites", context, of_site=False)}), "Cache-Control": "no-store"}
    headers |= sealed_header([(one.site.site_id, one.window.start) for one in of.looks])
    return Response(csv_lines(SITE_FIELDS, [compared_rows(of)]), content_type="text/csv; charset=utf-8; header=present", headers=headers)


@route(bp, "GET", "/events.csv", Role.VIEWER)
def events() -> Response:
    """Every event of the window that the filters let through, newest first."""
    return _file("events", EVENT_FIELDS, About.MOMENTS, partial(_pages_of_events, still_in(), in_force()))


def _file(what: str, header: Sequence[str], tells: About, pages: Callable[[Context], Iterable[Iterable[Row]]]) -> Response:
    try:
        context = look(services(), request.query_string.decode(errors="replace"))
    except UnknownSiteError as unknown:
        return problem(404, f"There is no site {unknown}.")
    # Now, and not when the first rows have been sent.
    context.site.privacy.check(context.site.site_id, About.PEOPLE if context.asked.worker_ids else tells)
    note("exported", context.site.site_id, what, query=request.query_string.decode(errors="replace")[:_NOTED_CHARACTERS])
    about = [*context.filters.worker_ids, *context.filters.station_ids] if what == "events" else []
    name = file_name(what, context, about=about[0] if len(about) == 1 else "")
    headers = {"Content-Disposition": dump_options_header("attachment", {"filename": name}), "Cache-Control": "no-store"}
    headers |= sealed_header([(context.site.site_id, context.window.start)])
    return Response(csv_lines(header, pages(context)), content_type="text/csv; charset=utf-8; header=present", headers=headers)


def _pages_of_events(allowed: Callable[[], bool], scope: Scope, context: Context) -> Iterator[list[Row]]:
    """A page after the other, each in a transaction of its own: a long file must not hold one open. allowed: whether to go on.

    scope: the request's, which is over when the file is read.
    """
    with narrowed(scope):
        query = events_query(context, limit=_EVENTS_AT_ONCE)
    while query is not None and allowed():
        with narrowed(scope), context.services.database.read() as connection:
            page = read_page(connection, query)
        yield page.events
        query = replace(query, before=page.next) if page.next else None
