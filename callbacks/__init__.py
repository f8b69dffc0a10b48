"""Callbacks, one module a page; nothing is registered before `register_all` is called."""

from typing import Any

import flask
from dash import Dash
from flask import Response

from callbacks import (
    browser,
    compare,
    explain,
    export,
    frame,
    overview,
    pages,
    quality,
    settings,
    shared_answers,
    sites,
    stations,
    stream,
    timeline,
    wall,
    well_formed,
    workers,
)
from components import locale

_YEAR_SECONDS = 365 * 86_400


def register_all(app: Dash, services: Any) -> None:
    """Lay the app out, and wire every page of it to the services."""
    app.layout = pages.shell_layout()
    app.validation_layout = pages.everything()
    app.server.register_blueprint(stream.bp)
    app.server.before_request(_write_for_the_reader)
    browser.register(app)
    frame.register(app, services)
    export.register(app)
    for page in (explain, overview, wall, workers, stations, quality, timeline, sites, compare, settings):
        page.register(app, services)
    shared_answers.register(app, services)
    well_formed.register(app)
    app.server.after_request(_keep_assets)


def _write_for_the_reader() -> None:
    locale.use(locale.read(flask.request.cookies.get(locale.COOKIE)))


def _keep_assets(response: Response) -> Response:
    """An asset whose address names its version ("?m=…") never changes: a browser that asks about each of them again loads a page later."""
    if response.status_code == 200 and flask.request.path.startswith("/assets/") and "m" in flask.request.args:
        response.cache_control.no_cache = None
        response.cache_control.max_age = _YEAR_SECONDS
        response.cache_control.immutable = True
    return response
