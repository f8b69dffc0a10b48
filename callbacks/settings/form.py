"""The settings form: filled when the site or its stored settings change, and followed while somebody types.

What was typed stays: it is kept by site in a store of the shell, so neither a live refresh nor a look at another page loses it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from dash import ALL, ClientsideFunction, Dash, Input, Output, State
from dash.exceptions import PreventUpdate

from access.roles import Role
from callbacks.context import Context
from callbacks.gate import callback
from callbacks.live import live
from callbacks.settings.controls import FIELDS, controls
from callbacks.settings.draft import KEPT, Form, base_of, errors_of, form_from, shift_json
from callbacks.settings.kept import kept_words
from callbacks.settings.week import week_of
from callbacks.settings.words import changed_fields, state_of_form, versions_words
from components import ids
from components.leaf import Leaf
from components.settings.controls import zone_options
from components.settings.preview_table import preview_class
from components.settings.rows import exception_rows, shift_rows
from components.settings.saving import bar_class, conflict_class
from components.settings.week import week_picture, week_words
from data_layer.retention.runs import latest_run
from data_layer.settings_json import Json

ERRORS = ("name", "timezone", "timeout", "confidence", *KEPT, "shifts", "day")

OUTPUTS = {
    **{name: Output(ids.setting(name), "value") for name in FIELDS},
    "zones": Output(ids.setting("timezone"), "options"),
    "shifts": Output(ids.SHIFT_LIST, "children"),
    "exceptions": Output(ids.EXCEPTION_LIST, "children"),
    "base": Output(ids.SETTINGS_BASE, "data"),
    "conflict": Output(ids.SETTINGS_CONFLICT, "className"),
    "site": Leaf(ids.SETTINGS_SITE, "children"),
    "versions": Leaf(ids.SETTINGS_VERSIONS, "children"),
    "kept": Leaf(ids.RETENTION_STATE, "children"),
}
FOLLOWING: dict[str, Any] = {
    **{f"{name}_error": Output(ids.setting_error(name), "children") for name in ERRORS},
    "shift_errors": Output(ids.shift(ALL, "error"), "children"),
    "exception_errors": Output(ids.exception(ALL, "error"), "children"),
    "week": Output(ids.WEEK, "children"),
    "week_note": Output(ids.WEEK_NOTE, "children"),
    "bar": Output(ids.SETTINGS_BAR, "className"),
    "state": Output(ids.SETTINGS_STATE, "children"),
    "save": Output(ids.SETTINGS_SAVE, "disabled"),
    "discard": Output(ids.SETTINGS_DISCARD, "disabled"),
    "drafts": Output(ids.SETTINGS_DRAFTS, "data"),
    "preview": Output(ids.PREVIEW_BOX, "className"),
}


def register(app: Dash, services: Any) -> None:
    """Fill the form, and follow it."""
    states = {"base": State(ids.SETTINGS_BASE, "data"), "drafts": State(ids.SETTINGS_DRAFTS, "data")}
    live(app, services, name="settings-form", page="settings", outputs=OUTPUTS, states=states)(settings_form)

    @callback(
        app,
        output=FOLLOWING,
        inputs={
            "held": controls(Input),
            "base": Input(ids.SETTINGS_BASE, "data"),
            "drafts": State(ids.SETTINGS_DRAFTS, "data"),
            "preview_of": State(ids.PREVIEW_OF, "data"),
            "rows": {"shifts": State(ids.shift(ALL, "error"), "id"), "exceptions": State(ids.exception(ALL, "error"), "id")},
        },
        prevent_initial_call=True,
        role=Role.VIEWER,
    )
    def follow(held: Json, base: Json | None, drafts: Json | None, preview_of: Form | None, rows: Mapping[str, Sequence[Json]]) -> dict[str, Any]:
        if base is None:
            raise PreventUpdate
        return followed(form_from(held), base, drafts or {}, preview_of, rows)

    app.clientside_callback(
        ClientsideFunction(namespace="settings", function_name="nameChoices"), Input(ids.SETTINGS_BASE, "data"), Input(ids.SITE_NEW_BOX, "is_open")
    )
    # Who closes the window with something unsaved is asked.
    app.clientside_callback(ClientsideFunction(namespace="settings", function_name="guard"), Input(ids.SETTINGS_DRAFTS, "data"))


def settings_form(context: Context, base: Json | None, drafts: Json | None) -> dict[str, Any]:
    """The form as it must be: as stored, or as it was left. base: what it shows now was filled from."""
    stored = base_of(context.site)
    draft = (drafts or {}).get(context.site.site_id)
    head = {
        "site": context.site.name,
        "versions": versions_words(context.site, context.now.astimezone(context.zone)),
        "kept": kept_words(context.site, latest_run(context.services.database, context.site.site_id), context.now, context.zone),
    }
    is_ours = base is not None and base["site"] == stored["site"]
    if base is not None and is_ours and (draft or base["edition"] == stored["edition"]):
        return {**head, "conflict": conflict_class(base["edition"] != stored["edition"])}
    since, form = (draft["base"], draft["form"]) if draft else (stored, stored["form"])
    return {**head, **filled(form), "base": since, "conflict": conflict_class(since["edition"] != stored["edition"])}


def filled(form: Form) -> dict[str, Any]:
    """The controls that show a form."""
    return {
        **{name: form[name] for name in FIELDS},
        "zones": zone_options(form["timezone"]),
        "shifts": shift_rows(form["shifts"]),
        "exceptions": exception_rows(form["exceptions"]),
    }


def followed(form: Form, base: Json, drafts: Json, preview_of: Form | None, rows: Mapping[str, Sequence[Json]]) -> dict[str, Any]:
    """What a form comes to: errors beside the fields, the week that it makes, and what is unsaved. rows: ids of the rows' errors."""
    errors, fields = errors_of(form), changed_fields(form, base["form"])
    bars, starts, hours = week_of([shift_json(shift) for shift in form["shifts"]])
    others = {site: draft for site, draft in drafts.items() if site != base["site"]}
    return {
        **{f"{name}_error": errors.get(name, "") for name in ERRORS},
        "shift_errors": [errors.get(id_["row"], "") for id_ in rows["shifts"]],
        "exception_errors": [errors.get(id_["row"], "") for id_ in rows["exceptions"]],
        "week": week_picture(bars),
        "week_note": week_words(starts, hours),
        "bar": bar_class(unsaved=bool(fields)),
        "state": state_of_form(fields, len(errors)),
        "save": not fields or bool(errors),
        "discard": not fields,
        "drafts": {**others, base["site"]: {"base": base, "form": form}} if fields else others,
        "preview": preview_class(old=preview_of is not None and preview_of != form),
    }
