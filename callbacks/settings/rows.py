"""Adding and removing rows of the settings form: shifts, breaks, exceptions and their shifts."""

from copy import deepcopy
from typing import Any

from dash import ALL, ClientsideFunction, Dash, Input, Output, State, ctx, no_update
from dash.exceptions import PreventUpdate
from werkzeug.exceptions import BadRequest

from access.roles import Role
from callbacks.gate import callback
from callbacks.settings.controls import controls
from callbacks.settings.draft import NEW_BREAK, NEW_SHIFT, Form, form_from
from components import ids
from components.settings.rows import exception_rows, shift_rows
from data_layer.settings_json import Json


def register(app: Dash) -> None:
    """Wire the buttons that add and remove rows."""

    @callback(
        app,
        Output(ids.SHIFT_LIST, "children", allow_duplicate=True),
        Output(ids.EXCEPTION_LIST, "children", allow_duplicate=True),
        inputs={"_clicks": Input(ids.edit(ALL, ALL), "n_clicks"), "held": controls(State)},
        prevent_initial_call=True,
        role=Role.VIEWER,
    )
    def edit(_clicks: list[int | None], held: Json) -> tuple[Any, Any]:
        # A button that has just come into being has not been clicked.
        if ctx.triggered_id is None or not ctx.triggered[0]["value"]:
            raise PreventUpdate
        form = form_from(held)
        try:
            return shown(form, ctx.triggered_id["edit"], ctx.triggered_id["row"])
        except (LookupError, TypeError, ValueError):
            raise BadRequest("There is no such row in the form.") from None

    app.clientside_callback(
        ClientsideFunction(namespace="settings", function_name="enter"),
        Input(ids.SHIFT_LIST, "children"),
        Input(ids.EXCEPTION_LIST, "children"),
        State(ids.SETTINGS_BASE, "data"),
        prevent_initial_call=True,
    )


def shown(form: Form, action: str, row: str) -> tuple[Any, Any]:
    """The rows of the week and those of the exceptions after an edit; only those that it is about."""
    after = edited(form, action, row)
    if row.startswith("x") or action == "add-exception":
        return no_update, exception_rows(after["exceptions"])
    return shift_rows(after["shifts"]), no_update


def edited(form: Form, action: str, row: str) -> Form:
    """A form after an edit. action: what a button of `ids.edit` says; row: of which row (see `components.settings.rows`)."""
    after = deepcopy(form)
    what = action.partition("-")[2]
    if action.startswith("add-"):
        _list_in(after, what, row).append(deepcopy(_NEW[what]))
    else:
        owner, _, place = row.rpartition("-") if "-" in row else ("all", "", row.lstrip("wx"))
        own = _list_in(after, what, owner)
        if int(place) < len(own):
            del own[int(place)]
    return after


_NEW: dict[str, Json] = {"shift": NEW_SHIFT, "break": NEW_BREAK, "exception": {"date": None, "shifts": []}}


def _list_in(form: Form, what: str, owner: str) -> list[Json]:
    """The list that holds rows of a kind. owner: the row that they belong to; "all" for those of the whole form."""
    if owner == "all":
        found = form["exceptions" if what == "exception" else "shifts"]
    elif what == "shift":
        found = form["exceptions"][int(owner[1:])]["shifts"]
    else:
        found = _shift(form, owner)["breaks"]
    rows: list[Json] = found
    return rows


def _shift(form: Form, row: str) -> Json:
    first, _, second = row[1:].partition("-")
    shift: Json = form["exceptions"][int(first)]["shifts"][int(second)] if second else form["shifts"][int(first)]
    return shift
