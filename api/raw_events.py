"""Raw events: what was received, newest first."""

from flask import Blueprint, Response, request

from access.roles import Role
from access.web.witness import saw
from api.conditional import sealed_header
from api.paging import cursor, cursor_asked_for, limit_asked_for, link_to
from api.problems import Invalid
from api.routing import Answer, answer, route, services
from api.schemas.raw_events import MOST_A_PAGE, USUAL_PAGE, EventPage, EventsQuestion
from api.window import bounds_asked_for, list_of, sites_asked_for
from data_layer.raw_events import EventsQuery, Span, read_page
from ingest.record import EXPECTED
from metrics.intervals import KINDS

bp = Blueprint("raw_events", __name__)


@route(
    bp,
    "GET",
    "/events",
    role=Role.VIEWER,
    tag="Events",
    query=EventsQuestion,
    answers={200: Answer(EventPage, headers=("Link", "Data-Sealed-Before")), 404: "There is no such site, worker, workstation or camera."},
    sample="/api/events?worker_id=W1&limit=3",
)
def events() -> Response:
    """Raw events, newest first, a page at a time."""
    query = _query()
    for site_id in query.site_ids:
        saw(site_id, query.worker_ids)
    with services().database.read() as connection:
        page = read_page(connection, query)
    following = None if page.next is None else cursor(page.next)
    link = {} if following is None else {"Link": link_to(following)}
    archived = sealed_header((span.site_id, span.start) for span in query.spans)
    return answer({"events": page.events, "next_cursor": following}, headers=link | archived)


def _query() -> EventsQuery:
    """The question that the query string asks. Raises Invalid, UnknownSite."""
    return EventsQuery(
        spans=tuple(_span(site_id) for site_id in sites_asked_for()),
        worker_ids=list_of(request.args, "worker_id"),
        station_ids=list_of(request.args, "station_id"),
        camera_ids=list_of(request.args, "camera_id"),
        event_types=_event_types(),
        before=cursor_asked_for(),
        limit=limit_asked_for(USUAL_PAGE, MOST_A_PAGE),
    )


def _span(site_id: str) -> Span:
    """The window that is asked about, on a site's clock."""
    site = services().sites.get(site_id)
    return Span(site_id, *bounds_asked_for(site.timezone))


def _event_types() -> tuple[str, ...]:
    wanted = list_of(request.args, "event_type")
    unknown = sorted(set(wanted) - set(KINDS))
    if unknown:
        raise Invalid(f"event_type: must be {EXPECTED['event_type']}, not {unknown[0]!r}.")
    return wanted
