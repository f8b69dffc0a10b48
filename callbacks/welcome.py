"""The welcome of a site without events: load the demo, or post a first event from a terminal."""

from typing import Any

from dash import ClientsideFunction, Dash, Input, Output

from callbacks.demo import register_load
from components import ids


def register(app: Dash, services: Any) -> None:
    """Wire the button and the line for the terminal."""
    register_load(app, services, ids.WELCOME_LOAD, ids.WELCOME_LOAD_TEXT)
    app.clientside_callback(
        ClientsideFunction(namespace="overview", function_name="curlLine"), Output(ids.WELCOME_CURL, "children"), Input(ids.FILTERS, "data")
    )
