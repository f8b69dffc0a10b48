"""The wall screen: four figures and the floor, whose pages turn by themselves."""

from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State

from callbacks.cards import factory_cards
from callbacks.context import Context
from callbacks.floor import draw, floor, outputs
from callbacks.live import live
from components import ids
from components.leaf import Leaf

OUTPUTS = {
    "cards": Output(ids.cards(ids.WALL), "data"),
    "data": Output(ids.WALL_DATA, "data"),
    "site": Leaf(ids.WALL_SITE, "children"),
    "nothing": Leaf(ids.WALL_NOTHING, "children"),
}


def register(app: Dash, services: Any) -> None:
    """Fill the screen."""
    live(app, services, name="wall", page="wall", outputs=OUTPUTS)(wall)
    live(app, services, name="wall-floor", page="wall", outputs=outputs(ids.WALL))(floor)
    draw(app, ids.WALL)
    _register_clientside(app)


def wall(context: Context) -> dict[str, Any]:
    """The key figures, and what the screen's own clock must know."""
    return {
        "cards": factory_cards(context),
        "data": {"zone": context.zone.key, "now": context.now.timestamp() * 1000},
        "site": context.site.name or context.site.site_id,
        "nothing": "" if context.shown_stations else "No stations yet: they appear here with their first event.",
    }


def _register_clientside(app: Dash) -> None:
    def function(name: str) -> ClientsideFunction:
        return ClientsideFunction(namespace="wall", function_name=name)

    app.clientside_callback(
        function("turn"),
        Output(ids.WALL_FRAME, "style"),
        Output(ids.WALL_PAGES, "children"),
        Input(ids.WALL_TURN, "n_intervals"),
        Input(ids.floor(ids.WALL), "data"),
        State(ids.WALL_FRAME, "style"),
    )
    app.clientside_callback(function("tick"), Output(ids.WALL_CLOCK, "children"), Input(ids.SECOND, "n_intervals"), Input(ids.WALL_DATA, "data"))
    app.clientside_callback(
        function("showLive"),
        Output(ids.WALL_LIVE, "className"),
        Output(ids.WALL_LIVE_TEXT, "children"),
        Input(ids.BADGE, "className"),
        Input(ids.BADGE_TEXT, "children"),
    )
    app.clientside_callback(function("leaveTo"), Output(ids.WALL_LEAVE, "href"), Input(ids.FILTERS, "data"))
