"""The timeline, kept in step with range, filters, zoom and time."""

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import plotly.graph_objects as go
from dash import ClientsideFunction, Dash, Input, Output, State, no_update

from callbacks.context import Context
from callbacks.live import live
from components import ids
from components.charts import redraw
from components.leaf import Leaf
from components.timeline_axis import span
from components.timeline_bars import MOST_BARS, MOST_BINS, bars_figure
from components.timeline_page import MOVES, lane_links, lanes_style, words
from components.timeline_raster import raster_figure
from components.wording import count
from data_layer.query import Row
from data_layer.raster import DrawnLanes, LanesQuery
from metrics.local_time import local_clock
from metrics.raster import Raster
from metrics.units import DAY, HOUR, to_datetime, to_micros

OUTPUTS: dict[str, Any] = {
    "figure": Output(ids.TIMELINE_GRAPH, "figure"),
    "drawn": Output(ids.TIMELINE_DRAWN, "data"),
    "names": Output(ids.TIMELINE_NAMES, "children"),
    "style": Output(ids.TIMELINE_LANES, "style"),
    "note": Leaf(ids.TIMELINE_NOTE, "children"),
    "words": Leaf(ids.TIMELINE_WORDS, "children"),
}
STATES = {"zoom": Input(ids.TIMELINE_ZOOM, "data"), "before": State(ids.TIMELINE_DRAWN, "data"), "search": State(ids.FILTERS, "data")}

_Range = tuple[datetime, datetime]


def register(app: Dash, services: Any) -> None:
    """Fill the page, and let the browser zoom, point and follow links."""
    live(app, services, name="timeline", page="timeline", outputs=OUTPUTS, states=STATES)(timeline)
    _register_in_the_browser(app)


def timeline(context: Context, zoom: Row | None, before: Row | None, search: str) -> dict[str, Any]:
    """The lanes of the range, or of the part of it that the reader has zoomed to.

    zoom: view (two times in ms, None for the whole range) and touch (whether fingers do it). before: what was drawn before. search: the page's query string.
    """
    kind, view = context.filters.by if context.site.privacy.shows_people else "station", _view(zoom)
    found = _found(context, kind, view)
    shown = view or whole_range(context, found)
    figure = _figure(context, found, shown)
    # A finger that moves over the lanes scrolls the page.
    figure.update_layout(dragmode=False if zoom and zoom["touch"] else "zoom")
    drawn = _described(context, found, shown, figure) | {"kind": kind, "search": search}
    drawn["whole"] = before["whole"] if view and before else drawn["range"]
    same = before is not None and all(before[name] == drawn[name] for name in ("kind", "search", "lanes"))
    first, last, now = (moment.astimezone(context.zone) for moment in (*shown, context.now))
    when = span(first, last, now.date())
    return {
        "figure": _redrawn(figure, is_refresh=context.is_refresh and same, zoomed=view is not None),
        "drawn": drawn,
        "names": no_update if same else lane_links(kind, drawn["lanes"], search),
        "style": lanes_style(len(found.lanes)),
        "note": when if found.raster is None else f"{when} · {_cell(found.raster)} a cell",
        "words": words(kind, len(found.lanes), when, found.totals),
    }


def _view(zoom: Row | None) -> _Range | None:
    return (to_datetime(zoom["view"][0] * 1000), to_datetime(zoom["view"][1] * 1000)) if zoom and zoom["view"] else None


def _found(context: Context, kind: str, view: _Range | None) -> DrawnLanes:
    by = "worker" if kind == "worker" else "workstation"
    found: DrawnLanes = context.services.screens.drawn_lanes(context.query(LanesQuery, by=by, view=view, most_intervals=MOST_BARS, most_bins=MOST_BINS))
    return found


def whole_range(context: Context, found: DrawnLanes) -> _Range:
    """The axis of all that there is in the window: a shift from its start to its end; else full hours, or days, around what is known, and around now."""
    shift = context.window.shift
    if shift is not None:
        return shift.start, shift.end
    low, high = found.known or (found.start, found.end)
    if context.window.live:
        high = max(high, context.now)
    first, last = to_micros(low), max(to_micros(high), to_micros(low) + 1)
    clock = local_clock(context.zone.key)
    bounds = clock.bounds(first, last, HOUR) if last - first <= 2 * DAY else clock.day_bounds(first, last)
    return to_datetime(bounds[0]), to_datetime(bounds[-1])


def _figure(context: Context, found: DrawnLanes, shown: _Range) -> go.Figure:
    frame = (*shown, context.zone, context.theme, context.now)
    if found.raster is None:
        return bars_figure(found.lanes, *frame, bare=True)
    return raster_figure([lane.name for lane in found.lanes], found.raster, *frame, bare=True)


def _described(context: Context, found: DrawnLanes, shown: _Range, figure: go.Figure) -> Row:
    """What the browser must know of the picture: for names, times and words beside it, and to move the view."""
    axis = figure.layout.xaxis
    return {
        "lanes": [[lane.lane_id, lane.name] for lane in found.lanes],
        "range": [to_micros(side) // 1000 for side in shown],
        "ticks": list(zip(axis.tickvals, axis.ticktext, strict=True)),
        "now": to_micros(context.now) // 1000,
        "zone": context.zone.key,
    }


def _redrawn(figure: go.Figure, *, is_refresh: bool, zoomed: bool) -> Any:
    """The figure, or of a refresh the data alone, and the axis that time moves on unless the reader has set it."""
    drawn = redraw(figure, is_refresh=is_refresh)
    if is_refresh and not zoomed:
        for name in ("range", "tickvals", "ticktext"):
            drawn["layout"]["xaxis"][name] = list(figure.layout.xaxis[name])
    return drawn


def _cell(raster: Raster) -> str:
    """How long a cell is."""
    length = timedelta(microseconds=int(np.median(np.diff(raster.edges))))
    if length > timedelta(hours=1):
        return count(max(1, round(length / timedelta(days=1))), "day")  # which are not all of 24 hours, nor all in the window
    return "1 h" if length == timedelta(hours=1) else f"{length.seconds // 60} min" if length.seconds >= 60 else f"{length.seconds} s"


def _register_in_the_browser(app: Dash) -> None:
    """What needs no server; the functions are in `assets/55-timeline.js`."""
    graph, drawn = ids.TIMELINE_GRAPH, State(ids.TIMELINE_DRAWN, "data")
    whole = ids.timeline_move("whole")
    app.clientside_callback(
        _function("zoom"),
        Output(ids.TIMELINE_ZOOM, "data"),
        Input(ids.FILTERS, "data"),
        Input(graph, "relayoutData"),
        *(Input(ids.timeline_move(way), "n_clicks") for way in (*MOVES, "whole")),
        State(ids.TIMELINE_ZOOM, "data"),
        drawn,
    )
    app.clientside_callback(_function("isWhole"), Output(whole, "disabled"), Input(ids.TIMELINE_ZOOM, "data"))
    app.clientside_callback(_function("drawAxis"), Input(ids.TIMELINE_DRAWN, "data"), Input(graph, "relayoutData"))
    app.clientside_callback(
        _function("point"), Output(ids.TIMELINE_TIP, "children"), Output(ids.TIMELINE_TIP, "style"), Input(graph, "hoverData"), State(graph, "figure"), drawn
    )
    app.clientside_callback(_function("open"), Input(graph, "clickData"), drawn)
    for kind in ("worker", "station"):
        link = ids.timeline_by(kind)
        app.clientside_callback(_function("linkKind"), Output(link, "href"), Output(link, "className"), Input(ids.FILTERS, "data"), State(link, "id"))


def _function(name: str) -> ClientsideFunction:
    return ClientsideFunction(namespace="timeline", function_name=name)
