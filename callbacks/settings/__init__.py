"""The settings page: a site's settings with what a change would do, who and what is registered, demo data, and the simulation."""

from typing import Any

from dash import Dash

from callbacks import demo
from callbacks.settings import form, preview, progress, registered, rows, saving, simulation, sites


def register(app: Dash, services: Any) -> None:
    """Wire the page, part by part."""
    for part in (form, saving, preview, progress, registered, sites, simulation, demo):
        part.register(app, services)
    rows.register(app)
