"""Callbacks, one module a page; nothing is registered before `register_all` is called."""

from typing import Any

from dash import Dash

from callbacks import browser, demo, overview


def register_all(app: Dash, services: Any) -> None:
    """Wire every page of the app to the services."""
    browser.register(app)
    overview.register(app, services)
    demo.register(app, services)
