"""The demo buttons: load at once, remove after a question, and say in words what came of it."""

import logging
import time
from collections.abc import Callable, Sequence
from typing import Any

from dash import Dash, Input, Output, State, ctx, no_update

from access.roles import Role
from access.web.witness import note, noting
from callbacks.context import Context
from callbacks.filters import Filters
from callbacks.gate import callback
from callbacks.telling import tell
from components import ids
from components.demo_panel import demo_class
from components.leaf import Leaf
from components.shell import result_class
from components.wording import count
from data_layer.scope import UnknownSite

log = logging.getLogger(__name__)

OUTPUTS = {"panel": Leaf(ids.DEMO_PANEL, "className"), "site": Output(ids.DEMO_SITE, "children")}


def register(app: Dash, services: Any) -> None:
    """Wire the demo buttons."""
    register_load(app, services, ids.DEMO_LOAD, ids.DEMO_LOAD_TEXT, besides=[ids.DEMO_ASK])

    @callback(
        app,
        Output(ids.DEMO_MODAL, "is_open"),
        Input(ids.DEMO_ASK, "n_clicks"),
        Input(ids.DEMO_KEEP, "n_clicks"),
        Input(ids.RESULT_TEXT, "children"),
        prevent_initial_call=True,
        role=Role.VIEWER,
    )
    def ask(_ask: int | None, _keep: int | None, _result: str | None) -> bool:
        return ctx.triggered_id == ids.DEMO_ASK

    @callback(
        app,
        Input(ids.DEMO_REMOVE, "n_clicks"),
        State(ids.FILTERS, "data"),
        running=[
            *[(Output(button, "disabled"), True, False) for button in (ids.DEMO_REMOVE, ids.DEMO_KEEP)],
            (Output(ids.DEMO_REMOVE_TEXT, "children"), "Removing demo data …", "Remove demo data"),
        ],
        prevent_initial_call=True,
        role=Role.ADMINISTRATOR,
    )
    def remove(clicks: int | None, search: str | None) -> None:
        if clicks:
            site_id = Filters.from_query(search).site_id
            tell(*outcome(lambda: removed(_remove(services, site_id)), "remove"))


def register_load(app: Dash, services: Any, button: str, text: str, *, besides: Sequence[str] = ()) -> None:
    """Wire a button that loads the demo. text: its words. besides: buttons that must not be pressed meanwhile."""

    @callback(
        app,
        Input(button, "n_clicks"),
        State(ids.FILTERS, "data"),
        running=[
            *[(Output(one, "disabled"), True, False) for one in (button, *besides)],
            (Output(text, "children"), "Loading demo data …", "Load demo data"),
        ],
        prevent_initial_call=True,
        role=Role.ADMINISTRATOR,
    )
    def load(clicks: int | None, search: str | None) -> None:
        if clicks:
            site_id = Filters.from_query(search).site_id
            tell(*outcome(lambda: loaded(services.demo.seed(site_id, also=noting("demo loaded", site_id))), "load"))


def demo(context: Context) -> dict[str, Any]:
    """Whether the demo is loaded, and at which site."""
    return {"panel": demo_class(context.services.demo.is_loaded(context.site.site_id)), "site": f"“{context.site.name}”"}


def outcome(action: Callable[[], str], what: str) -> tuple[str, str, Any]:
    """Text and class of the result line, and the nudge that reads the figures anew (none if it failed)."""
    try:
        return action(), result_class(True), time.time_ns()
    except UnknownSite as error:
        return str(error), result_class(False), no_update
    except Exception:
        log.exception("demo: cannot %s", what)
        return f"The demo data could not be {what.removesuffix('e')}ed; the server's log says why. Nothing else was touched.", result_class(False), no_update


def loaded(answer: dict[str, Any]) -> str:
    """What loading did, in words."""
    # Repeats count as success (api.md).
    fresh = answer["success_count"] - answer["duplicate_count"]
    if not fresh:
        return "The demo data is up to date: there was nothing to add."
    known = f" {count(answer['duplicate_count'], 'event')} had been there before." if answer["duplicate_count"] else ""
    return f"Demo data loaded: {count(fresh, 'new event')}.{known}"


def _remove(services: Any, site_id: str) -> dict[str, Any]:
    note("demo removed", services.sites.get(site_id).site_id)
    answer: dict[str, Any] = services.demo.remove(site_id)
    return answer


def removed(answer: dict[str, Any]) -> str:
    """What removing did, in words."""
    return f"Demo data removed: {count(answer['removed_count'], 'event')}."
