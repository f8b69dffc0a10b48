"""The workers' page: all of them in a table."""

from dash import html

from components.shell import live_stores
from components.worker_table import worker_panel


def layout() -> html.Div:
    """The page but for the drill-down."""
    return html.Div([html.H1("Workers", className="visually-hidden"), worker_panel(), *live_stores("workers")], className="list")
