"""The overview: its key figures, and whether there is anything to show at all."""

from typing import Any

from dash import ClientsideFunction, Dash, Input, Output

from callbacks import charts, crew, floor, welcome
from callbacks.cards import factory_cards
from callbacks.context import Context
from callbacks.live import live
from callbacks.sightings import sightings
from components import ids
from components.leaf import Leaf
from components.overview import overview_class
from components.welcome import welcome_note
from components.wording import day_clock

OUTPUTS = {
    "page": Leaf(ids.OVERVIEW, "className"),
    "cards": Output(ids.cards(ids.OVERVIEW), "data"),
    "welcome": Leaf(ids.WELCOME_NOTE, "children"),
    "nothing": Leaf(ids.NOTHING_TEXT, "children"),
    "last_day": Output(ids.NOTHING_DATA, "data"),
}


def register(app: Dash, services: Any) -> None:
    """Fill the page, each part by a callback of its own."""
    live(app, services, name="overview", page="overview", outputs=OUTPUTS)(overview)
    for part in (floor, charts, crew, welcome):
        part.register(app, services)
    app.clientside_callback(
        ClientsideFunction(namespace="overview", function_name="link"),
        Output(ids.CREW_ALL, "href"),
        Output(ids.NOTHING_DAY, "href"),
        Output(ids.NOTHING_ALL, "href"),
        Input(ids.FILTERS, "data"),
        Input(ids.NOTHING_DATA, "data"),
    )


def overview(context: Context) -> dict[str, Any]:
    """The key figures, or why there are none."""
    last = sightings(context).last
    if last is None:
        return {"page": overview_class("welcome"), "welcome": welcome_note(context.site.name or context.site.site_id, len(context.workers))}
    cards = {"cards": factory_cards(context)}
    if has_anything(context):
        return {**cards, "page": overview_class("everything")}
    last_day = last.astimezone(context.zone).date().isoformat()
    return {**cards, "page": overview_class("nothing"), "nothing": nothing(context), "last_day": last_day}


def has_anything(context: Context) -> bool:
    """Whether there is any event or any time in the window, under the filters."""
    total = context.read(stations=False).factory
    return "privacy" in total or any(
        total[name] for name in ("total_events", "total_productive_time_hours", "total_idle_time_hours", "total_absent_time_hours")
    )


def nothing(context: Context) -> str:
    """Why the range is empty, in words."""
    last = sightings(context).last
    assert last is not None
    if context.window.start is not None and context.window.start > context.now:
        return "This range has not begun yet."
    filters = context.filters
    under = " for these stations and workers" if filters.station_ids or filters.station_types or filters.worker_ids else ""
    local, today = last.astimezone(context.zone), context.now.astimezone(context.zone).date()
    said = f"{'today, ' if local.date() == today else ''}{day_clock(local, today)}"
    return f"Nothing was seen in this range{under}. The site's last event is from {said}."
