"""Callbacks, one module a page; nothing is registered before `register_all` is called."""

from typing import Any

import flask
from dash import Dash, html

from callbacks import browser, explain, export, frame, overview, pages, quality, settings, stations, stream, timeline, wall, workers
from components import locale, shell


def register_all(app: Dash, services: Any) -> None:
    """Lay the app out, and wire every page of it to the services."""
    app.layout = shell.layout()
    app.validation_layout = html.Div([shell.layout(), *(layout() for layout in pages.LAYOUTS.values())])
    app.server.register_blueprint(stream.bp)
    app.server.before_request(_write_for_the_reader)
    browser.register(app)
    pages.register(app)
    frame.register(app, services)
    export.register(app)
    for page in (explain, overview, wall, workers, stations, quality, timeline, settings):
        page.register(app, services)


def _write_for_the_reader() -> None:
    locale.use(locale.read(flask.request.cookies.get(locale.COOKIE)))
