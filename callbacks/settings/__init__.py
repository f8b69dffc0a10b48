"""The settings page: a site's settings with what a change would do, who and what is registered, demo data, and the simulation."""

from typing import Any

from dash import Dash

from callbacks import demo
from callbacks.context import Context
from callbacks.live import live
from callbacks.settings import form, preview, progress, registered, rows, saving, simulation, sites

#: What stands beside the form: quickly read, so that one callback fills it all.
_BESIDE = {"registered": registered.OUTPUTS, "sites": sites.OUTPUTS, "simulation": simulation.OUTPUTS, "demo": demo.OUTPUTS}
_STATES = {"registered": registered.STATES["shown"], "sites": sites.STATES["shown"]}


def register(app: Dash, services: Any) -> None:
    """Wire the page, part by part."""
    for part in (form, saving, preview, progress, registered, sites, simulation, demo):
        part.register(app, services)
    rows.register(app)
    live(app, services, name="settings-beside", page="settings", outputs=_BESIDE, states={"shown": _STATES})(beside)


def beside(context: Context, shown: dict[str, Any]) -> dict[str, Any]:
    """Who and what is registered, the sites, the simulation and the demo. shown: what the page shows of the first two."""
    return {
        "registered": registered.registered(context, shown["registered"]),
        "sites": sites.sites(context, shown["sites"]),
        "simulation": simulation.simulation(context),
        "demo": demo.demo(context),
    }
