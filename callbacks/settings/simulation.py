"""The switch of the simulation, and taking its data away again."""

import logging
import time
from collections.abc import Callable
from typing import Any

from dash import Dash, Input, Output, State, ctx, no_update

from access.roles import Role
from access.web.witness import note
from callbacks.context import Context
from callbacks.filters import Filters
from callbacks.gate import callback
from callbacks.telling import tell
from components import ids
from components.leaf import Leaf
from components.settings.simulation import simulation_class, simulation_words
from components.shell import result_class
from components.wording import count
from data_layer.scope import UnknownSite

log = logging.getLogger(__name__)

OUTPUTS = {
    "words": Leaf(ids.SIMULATION_WORDS, "children"),
    "panel": Leaf(ids.SIMULATION_PANEL, "className"),
    "site": Output(ids.SIMULATION_SITE, "children"),
}
_BUTTONS = (ids.SIMULATION_START, ids.SIMULATION_STOP, ids.SIMULATION_ASK)


def register(app: Dash, services: Any) -> None:
    """Wire the switch."""

    @callback(
        app,
        Input(ids.SIMULATION_START, "n_clicks"),
        Input(ids.SIMULATION_STOP, "n_clicks"),
        State(ids.FILTERS, "data"),
        running=[(Output(button, "disabled"), True, False) for button in _BUTTONS],
        prevent_initial_call=True,
        role=Role.ADMINISTRATOR,
    )
    def switch(started: int | None, stopped: int | None, search: str | None) -> None:
        if started or stopped:
            tell(*switched(services, Filters.from_query(search).site_id, on=ctx.triggered_id == ids.SIMULATION_START))

    @callback(
        app,
        Output(ids.SIMULATION_MODAL, "is_open"),
        Input(ids.SIMULATION_ASK, "n_clicks"),
        Input(ids.SIMULATION_KEEP, "n_clicks"),
        Input(ids.RESULT_TEXT, "children"),
        prevent_initial_call=True,
        role=Role.VIEWER,
    )
    def ask(_ask: int | None, _keep: int | None, _result: str | None) -> bool:
        return ctx.triggered_id == ids.SIMULATION_ASK

    @callback(
        app,
        Input(ids.SIMULATION_REMOVE, "n_clicks"),
        State(ids.FILTERS, "data"),
        running=[
            *[(Output(button, "disabled"), True, False) for button in (ids.SIMULATION_REMOVE, ids.SIMULATION_KEEP)],
            (Output(ids.SIMULATION_REMOVE_TEXT, "children"), "Removing simulated data …", "Remove simulated data"),
        ],
        prevent_initial_call=True,
        role=Role.ADMINISTRATOR,
    )
    def remove(clicks: int | None, search: str | None) -> None:
        if clicks:
            tell(*removed(services, Filters.from_query(search).site_id))


def simulation(context: Context) -> dict[str, Any]:
    """What the simulation does."""
    site_id, now = context.site.site_id, context.now.astimezone(context.zone)
    status, has_data = context.services.simulation.status(site_id), context.services.simulation.has_data(site_id)
    return {
        "words": simulation_words(status, now, has_data=has_data),
        "panel": simulation_class(running=status.running, has_data=has_data),
        "site": f"“{context.site.name}”",
    }


def switched(services: Any, site_id: str, *, on: bool) -> tuple[str, str, Any]:
    """Start or stop: text and look of the result line, and a nudge."""
    act, did = (services.simulation.start, "started") if on else (services.simulation.stop, "stopped")

    def switch() -> str:
        note(f"simulation {did}", services.sites.get(site_id).site_id)
        act(site_id)
        return f"The simulation was {did}."

    return _told(switch, did)


def removed(services: Any, site_id: str) -> tuple[str, str, Any]:
    """Take the simulated events away: text and look of the result line, and a nudge."""

    def remove() -> str:
        note("simulated data removed", services.sites.get(site_id).site_id)
        return f"Simulated data removed: {count(services.simulation.remove(site_id), 'event')}."

    return _told(remove, "removed")


def _told(act: Callable[[], str], did: str) -> tuple[str, str, Any]:
    try:
        return act(), result_class(True), time.time_ns()
    except UnknownSite as error:
        return str(error), result_class(False), no_update
    except Exception:
        log.exception("settings: the simulation could not be %s", did)
        return f"The simulation could not be {did}; the server's log says why.", result_class(False), no_update
