"""The list of sites, and making a new one."""

import logging
import time
from typing import Any
from urllib.parse import urlencode

from dash import Dash, Input, Output, State, ctx, no_update, set_props
from dash.exceptions import PreventUpdate

from access.roles import Role
from access.web.witness import noting
from callbacks.context import Context
from callbacks.gate import callback
from callbacks.telling import tell
from components import ids
from components.settings.sites import site_links
from components.shell import result_class
from data_layer.scope import UnknownSite
from data_layer.settings_json import InvalidSettings, Json
from data_layer.sites import SettingsChanged
from data_layer.texts import InvalidText, checked_id, checked_text

log = logging.getLogger(__name__)

OUTPUTS = {"links": Output(ids.SITE_LIST, "children"), "rows": Output(ids.SITE_ROWS, "data")}
STATES = {"shown": State(ids.SITE_ROWS, "data")}

CREATING: dict[str, Any] = {
    "error": Output(ids.SITE_NEW_ERROR, "children"),
    "open": Output(ids.SITE_NEW_BOX, "is_open", allow_duplicate=True),
    "id": Output(ids.SITE_NEW_ID, "value"),
    "name": Output(ids.SITE_NEW_NAME, "value"),
}
#: No edition of any settings: what exists already must not be changed.
_NEW = "new"


def register(app: Dash, services: Any) -> None:
    """Wire the list and the form of a new site."""

    @callback(
        app,
        Output(ids.SITE_NEW_BOX, "is_open"),
        Output(ids.SITE_NEW_ZONE, "value"),
        Input(ids.SITE_NEW, "n_clicks"),
        Input(ids.SITE_NEW_CANCEL, "n_clicks"),
        State(ids.SITE_NEW_ZONE, "value"),
        State(ids.setting("timezone"), "value"),
        prevent_initial_call=True,
        role=Role.VIEWER,
    )
    def show(_new: int | None, _cancel: int | None, zone: str | None, here: str | None) -> tuple[bool, str | None]:
        # A new site is likelier beside this one than anywhere else.
        return ctx.triggered_id == ids.SITE_NEW, zone or here

    @callback(
        app,
        output=CREATING,
        inputs={
            "clicks": Input(ids.SITE_NEW_CREATE, "n_clicks"),
            "site_id": State(ids.SITE_NEW_ID, "value"),
            "name": State(ids.SITE_NEW_NAME, "value"),
            "zone": State(ids.SITE_NEW_ZONE, "value"),
        },
        running=[(Output(ids.SITE_NEW_CREATE, "disabled"), True, False)],
        prevent_initial_call=True,
        role=Role.ADMINISTRATOR,
        everywhere=True,
    )
    def create(clicks: int | None, site_id: str | None, name: str | None, zone: str | None) -> dict[str, Any]:
        if not clicks:
            raise PreventUpdate
        outcome, told = created(services, (site_id or "").strip(), (name or "").strip(), zone)
        if told is not None:
            tell(told, result_class(True), time.time_ns())
            set_props(ids.URL, {"search": f"?{urlencode({'site': (site_id or '').strip()})}"})
        return dict.fromkeys(CREATING, no_update) | outcome


def sites(context: Context, shown: Any) -> dict[str, Any]:
    """The sites, drawn anew only where what they show has changed."""
    rows = [[site.site_id, site.name, site.timezone, len(site.settings()["shifts"])] for site in context.services.sites.list()]
    found = {"sites": rows, "shown": context.site.site_id}
    return {} if found == shown else {"links": site_links([(one, name, zone, shifts) for one, name, zone, shifts in rows], context.site.site_id), "rows": found}


def created(services: Any, site_id: str, name: str, zone: str | None) -> tuple[dict[str, Any], str | None]:
    """Make a site, or say beside the form why not. Outputs of CREATING by name; and what to tell the screen of a site that is there now."""
    try:
        checked_id(site_id, "id")
        change: Json = {"name": checked_text(name or site_id, "name"), "timezone": zone}
        if zone is None:
            return {"error": "Choose a time zone."}, None
        if not services.sites.put(site_id, change, services.clock.now(), made_from=_NEW, also=noting("settings", site_id, fields=sorted(change))):
            raise SettingsChanged(site_id)
    except (InvalidText, InvalidSettings, UnknownSite) as error:
        return {"error": f"{str(error)[:1].upper()}{str(error)[1:]}"}, None
    except SettingsChanged:
        return {"error": f"There is a site {site_id} already."}, None
    except Exception:
        log.exception("settings: cannot create the site %s", site_id)
        return {"error": "The site could not be created; the server's log says why."}, None
    return {"error": "", "open": False, "id": "", "name": ""}, f"{change['name']} is there now. Its settings are below."
