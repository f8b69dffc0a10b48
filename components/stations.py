"""The stations' page: all of them in a table."""

from dash import html

from components.shell import live_stores
from components.station_table import station_panel


def layout() -> html.Div:
    """The page but for the drill-down."""
    return html.Div([html.H1("Stations", className="visually-hidden"), station_panel(), *live_stores("stations")], className="list")
