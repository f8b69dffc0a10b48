"""The welcome of a site without events: load the demo, or post a first event from a terminal."""

from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State
from dash.exceptions import PreventUpdate

from access.roles import Role
from callbacks.demo import NUDGE, RESULT, loaded, outcome
from callbacks.filters import Filters
from callbacks.gate import callback
from components import ids


def register(app: Dash, services: Any) -> None:
    """Wire the button and the line for the terminal."""

    @callback(
        app,
        *RESULT,
        NUDGE,
        Input(ids.WELCOME_LOAD, "n_clicks"),
        State(ids.FILTERS, "data"),
        running=[
            (Output(ids.WELCOME_LOAD, "disabled"), True, False),
            (Output(ids.WELCOME_LOAD_TEXT, "children"), "Loading demo data …", "Load demo data"),
        ],
        prevent_initial_call=True,
        role=Role.ADMINISTRATOR,
    )
    def load(clicks: int | None, search: str | None) -> tuple[Any, ...]:
        if not clicks:
            raise PreventUpdate
        return outcome(lambda: loaded(services.demo.seed(Filters.from_query(search).site_id)), "load")

    app.clientside_callback(
        ClientsideFunction(namespace="overview", function_name="curlLine"), Output(ids.WELCOME_CURL, "children"), Input(ids.FILTERS, "data")
    )
