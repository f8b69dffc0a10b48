"""The panel that explains a number: a click opens it at once in the browser, the server fills it, and nothing but a click changes it."""

import logging
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from dash import ALL, ClientsideFunction, Dash, Input, Output, State

from access.roles import Role
from callbacks.context import Context, UnknownSiteError, look
from callbacks.gate import callback
from callbacks.sentence import sentence
from components import ids
from components.explain_panel import View, as_of, content_class, explained, failed, title
from components.explain_words import Setting
from data_layer.explanation import ExplainQuery
from data_layer.privacy import NotShown
from data_layer.query import TooMuch
from data_layer.registered import UnknownId

log = logging.getLogger(__name__)

Asked = dict[str, Any]


def register(app: Dash, services: Any) -> None:
    """Open, fill and close the panel. What is asked: figure, of, id, search, and the moment of the figures on the screen (`as_of`, or null for now)."""
    app.clientside_callback(
        ClientsideFunction(namespace="explain", function_name="ask"),
        Output(ids.EXPLAIN_PANEL, "is_open"),
        Output(ids.EXPLAIN_ASKED, "data"),
        Input({"explain": ALL, "of": ALL}, "n_clicks"),
        Input(ids.EXPLAIN_REFRESH, "n_clicks"),
        Input(ids.EXPLAIN_CLOSE, "n_clicks"),
        Input(ids.FILTERS, "data"),
        Input(ids.VIEW, "data"),
        State(ids.STAMP, "data"),
        State(ids.EXPLAIN_ASKED, "data"),
        prevent_initial_call=True,
    )

    @callback(
        app,
        Output(ids.EXPLAIN_TITLE, "children"),
        Output(ids.EXPLAIN_WHEN, "children"),
        Output(ids.EXPLAIN_BODY, "children"),
        Output(ids.EXPLAIN_DATA, "data"),
        Output(ids.EXPLAIN_LEFT_OUT, "children"),
        Input(ids.EXPLAIN_ASKED, "data"),
        running=[(Output(ids.EXPLAIN_CONTENT, "className"), content_class(reading=True), content_class(reading=False))],
        prevent_initial_call=True,
        role=Role.VIEWER,
    )
    def fill(asked: Asked) -> tuple[Any, ...]:
        named, when, view = answered(services, asked)
        # The same tables again are drawn again: the panel was closed in between.
        return named, when, view.body, {"at": asked["at"], "tables": [asdict(table) for table in view.tables]}, view.left_out

    app.clientside_callback(ClientsideFunction(namespace="explain", function_name="draw"), Input(ids.EXPLAIN_DATA, "data"), prevent_initial_call=True)


def answered(services: Any, asked: Asked) -> tuple[str, str, View]:
    """Title, moment and content of the panel; or, in place, why there is nothing to explain."""
    try:
        context = _at(look(services, asked["search"], at_worker=asked["id"] if asked["of"] == "worker" else None), asked["as_of"])
        setting = _setting(context, asked)
    except UnknownSiteError as unknown:
        return title(asked["of"], asked["figure"], asked["id"] or ""), "", failed(f"There is no site “{unknown}”.")
    except ValueError:
        return title(asked["of"], asked["figure"], asked["id"] or ""), "", failed("There is no such moment. Close this, and ask again.")
    return title(asked["of"], asked["figure"], _whose(context, setting, asked)), as_of(setting), _body(services, context, setting, asked)


def _body(services: Any, context: Context, setting: Setting, asked: Asked) -> View:
    try:
        found = services.metrics.explain(context.query(ExplainQuery, of=asked["of"], figure=asked["figure"], id=asked["id"]))
        return explained(found, setting, sentence(context, compared=False))
    except (UnknownId, NotShown) as none:
        return failed(str(none))
    except TooMuch:
        return failed("The range is too long to be explained. Choose a shorter one.")
    except Exception:
        log.exception("explain: cannot explain %r", asked)
        return failed("The number can't be explained at the moment; the server's log says why. Try again in a while.")


def _at(context: Context, moment: str | None) -> Context:
    """The look as of the moment of the figures on the screen, so that it is these that are explained. Raises ValueError for what is no moment."""
    if moment is None:
        return context
    now = datetime.fromisoformat(moment)
    if now.utcoffset() is None:
        raise ValueError(moment)
    return replace(context, now=now)


def _setting(context: Context, asked: Asked) -> Setting:
    return Setting(context.worker_names, context.station_names, context.now.astimezone(context.zone), asked["search"])


def _whose(context: Context, setting: Setting, asked: Asked) -> str:
    if asked["of"] == "factory":
        return context.site.name or context.site.site_id
    names = setting.workers if asked["of"] == "worker" else setting.stations
    return names.get(asked["id"], asked["id"] or "")
