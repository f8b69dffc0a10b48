"""Saving settings: asked before, told after, and never over somebody else's unseen."""

import logging
import time
from typing import Any

from dash import Dash, Input, Output, State, no_update, set_props
from dash.exceptions import PreventUpdate

from access.roles import Role
from access.web.witness import noting
from callbacks.gate import callback
from callbacks.settings.controls import controls
from callbacks.settings.draft import Form, base_of, change_of, errors_of, form_from
from callbacks.settings.words import changes, consequences
from callbacks.telling import tell_change
from components import ids
from components.settings.saving import change_list, conflict_class, consequence_list
from data_layer.scope import UnknownSite
from data_layer.settings_json import InvalidSettings, Json
from data_layer.sites import SettingsChanged, changed_site, touched_from

log = logging.getLogger(__name__)

_FAILED = "The settings could not be saved; the server's log says why. What you typed is still here."

SAVING: dict[str, Any] = {
    "asking": Output(ids.SETTINGS_QUESTION, "is_open", allow_duplicate=True),
    "saved": Output(ids.SETTINGS_SAVED, "data"),
    "conflict": Output(ids.SETTINGS_CONFLICT, "className", allow_duplicate=True),
}
_FORM = {"held": controls(State), "base": State(ids.SETTINGS_BASE, "data")}


def register(app: Dash, services: Any) -> None:
    """Wire the bar below the form, the question, and the ways out of a conflict."""

    @callback(
        app,
        Output(ids.SETTINGS_QUESTION, "is_open"),
        Output(ids.SETTINGS_CHANGES, "children"),
        Output(ids.SETTINGS_CONSEQUENCES, "children"),
        inputs={"clicks": Input(ids.SETTINGS_SAVE, "n_clicks"), **_FORM},
        prevent_initial_call=True,
        role=Role.ADMINISTRATOR,
    )
    def ask(clicks: int | None, held: Json, base: Json | None) -> tuple[Any, ...]:
        if not clicks or base is None or errors_of(form_from(held)):
            raise PreventUpdate
        return True, *asked(services, form_from(held), base)

    @callback(
        app,
        output=SAVING,
        inputs={"clicks": Input(ids.SETTINGS_CONFIRM, "n_clicks"), "drafts": State(ids.SETTINGS_DRAFTS, "data"), **_FORM},
        running=[
            *[(Output(button, "disabled"), True, False) for button in (ids.SETTINGS_CONFIRM, ids.SETTINGS_CANCEL)],
            (Output(ids.SETTINGS_CONFIRM_TEXT, "children"), "Saving …", "Save"),
        ],
        prevent_initial_call=True,
        role=Role.ADMINISTRATOR,
    )
    def save(clicks: int | None, drafts: Json | None, held: Json, base: Json | None) -> dict[str, Any]:
        if not clicks or base is None:
            raise PreventUpdate
        outcome, after = saved(services, form_from(held), base)
        if after is not None:
            settle(after, drafts, base["site"])
        return dict.fromkeys(SAVING, no_update) | {"asking": False} | outcome

    @callback(
        app,
        Output(ids.SETTINGS_QUESTION, "is_open", allow_duplicate=True),
        Input(ids.SETTINGS_CANCEL, "n_clicks"),
        prevent_initial_call=True,
        role=Role.VIEWER,
    )
    def cancel(_clicks: int | None) -> bool:
        return False

    @callback(
        app,
        Input(ids.SETTINGS_DISCARD, "n_clicks"),
        Input(ids.SETTINGS_TAKE_THEIRS, "n_clicks"),
        State(ids.SETTINGS_BASE, "data"),
        State(ids.SETTINGS_DRAFTS, "data"),
        prevent_initial_call=True,
        role=Role.VIEWER,
    )
    def discard(discarded: int | None, taken: int | None, base: Json | None, drafts: Json | None) -> None:
        if not (discarded or taken) or base is None:
            raise PreventUpdate
        # A form that was filled from nothing is filled anew.
        settle(None, drafts, base["site"])

    @callback(
        app,
        Output(ids.SETTINGS_BASE, "data", allow_duplicate=True),
        SAVING["conflict"],
        Input(ids.SETTINGS_KEEP_MINE, "n_clicks"),
        State(ids.SETTINGS_BASE, "data"),
        prevent_initial_call=True,
        role=Role.VIEWER,
    )
    def keep(clicks: int | None, base: Json | None) -> tuple[Any, ...]:
        if not clicks or base is None:
            raise PreventUpdate
        return base_of(services.sites.get(base["site"])), conflict_class(False)


def asked(services: Any, form: Form, base: Json) -> tuple[Any, Any]:
    """What the question lists: what changes, and what that means for the figures."""
    site, change = services.sites.get(base["site"]), change_of(form)
    after = changed_site(site, site.site_id, change)
    return change_list(changes(form, base["form"])), consequence_list(consequences(site, after, change.get("valid_from")))


def saved(services: Any, form: Form, base: Json) -> tuple[dict[str, Any], Json | None]:
    """Save a form that was filled from `base`. Outputs of SAVING by name; and what the form is filled from now, None where nothing was saved."""
    site_id = base["site"]
    try:
        before, change = services.sites.get(site_id), change_of(form)
        touched = touched_from(before, changed_site(before, site_id, change), change.get("valid_from"))
        noted = noting("settings", site_id, fields=sorted(change))
        services.sites.put(site_id, change, services.clock.now(), made_from=base["edition"], also=noted)
    except SettingsChanged:
        return {"conflict": conflict_class(True)}, None
    except (InvalidSettings, UnknownSite) as error:
        return {"saved": {"site": site_id, "failed": f"The settings can't be saved: {error}"}}, None
    except Exception:
        log.exception("settings: cannot save those of %s", site_id)
        return {"saved": {"site": site_id, "failed": _FAILED}}, None
    # The moment matters only where figures follow.
    return {"saved": {"site": site_id, "at": None if touched is None else time.time()}}, base_of(services.sites.get(site_id))


def settle(base: Json | None, drafts: Json | None, site_id: str) -> None:
    """What was typed for a site is saved or given up: its draft goes, and the page is read anew."""
    set_props(ids.SETTINGS_BASE, {"data": base})
    set_props(ids.SETTINGS_DRAFTS, {"data": {site: draft for site, draft in (drafts or {}).items() if site != site_id}})
    tell_change(time.time_ns())
