"""The events behind a drill-down, newest first."""

from dataclasses import dataclass, replace
from typing import Any

from callbacks.context import Context
from data_layer.query import Row
from data_layer.raw_events import EventsQuery, Page, Span, read_page

PAGE_ROWS = 100
MOST_ROWS = 1_000


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest events. more: whether there may be older ones."""

    events: list[Row]
    more: bool


def events_query(context: Context, *, limit: int, **given: Any) -> EventsQuery | None:
    """The window's events under the filters. given: fields of the question that are otherwise. None where the filters let no station through."""
    stations = context.filters.station_ids
    if context.filters.station_types:
        stations = tuple(row["station_id"] for row in context.shown_stations)
    if context.filters.station_types and not stations and "station_ids" not in given:
        return None
    span = Span(context.site.site_id, context.window.start, context.window.end)
    return EventsQuery(**{"spans": (span,), "worker_ids": context.filters.worker_ids, "station_ids": stations, "limit": limit, **given})


def newest(context: Context, pages: int, **given: Any) -> Newest:
    """The newest events of the window, as many as so many pages hold; fewer where few of very many pass the filters."""
    query = events_query(context, limit=min(pages * PAGE_ROWS, MOST_ROWS), **given)
    if query is None:
        return Newest([], more=False)
    found: Newest = context.services.screens.once((query, context.now), lambda: _read(context, query, pages))
    return found


def _read(context: Context, query: EventsQuery, most_reads: int) -> Newest:
    """A page may end before it is full (see `read_page`): then the search goes on, the further the more is asked for."""
    events: list[Row] = []
    rest = query
    for _ in range(most_reads):
        page = _page(context, rest)
        events += page.events
        missing = query.limit - len(events)
        if page.next is None or not missing:
            return Newest(events, more=page.next is not None)
        rest = replace(query, before=page.next, limit=missing)
    return Newest(events, more=True)


def _page(context: Context, query: EventsQuery) -> Page:
    with context.services.database.read() as connection:
        return read_page(connection, query)
