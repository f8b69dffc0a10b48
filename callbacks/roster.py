"""What a table and its drill-down do in the browser alone; the functions are in `assets/54-detail.js`."""

from dash import ClientsideFunction, Dash, Input, Output, State

from components import ids
from components.detail import PARTS, Kind


def _function(name: str) -> ClientsideFunction:
    return ClientsideFunction(namespace="detail", function_name=name)


def register_roster(app: Dash, kind: Kind, *, grid_id: str, search_id: str, csv_id: str) -> None:
    """Hide what is still another's, keep the links on the filters, and search."""
    filled, frame = [ids.filled(kind.of, part) for part in PARTS], ids.detail(kind.of, "frame")
    app.clientside_callback(
        _function("showWhom"),
        Output(frame, "className"),
        Output(ids.detail(kind.of, "back"), "href"),
        Output(ids.detail(kind.of, "csv"), "href"),
        Output(ids.detail(kind.of, "timeline"), "href"),
        Input(ids.FILTERS, "data"),
        Input(ids.VIEW, "data"),
        State(ids.detail(kind.of, "back"), "id"),
        *(State(store, "data") for store in filled),
    )
    # By itself, for one that waited for the parts to be filled would hide nothing until then.
    app.clientside_callback(
        _function("showFilled"),
        Output(frame, "className", allow_duplicate=True),
        *(Input(store, "data") for store in filled),
        State(ids.VIEW, "data"),
        prevent_initial_call=True,
    )
    app.clientside_callback(_function("linkList"), Output(csv_id, "href"), Input(ids.FILTERS, "data"), State(csv_id, "id"))
    app.clientside_callback(
        _function("showOlder"),
        Output(ids.detail(kind.of, "older"), "data"),
        Input(ids.detail(kind.of, "show-older"), "n_clicks"),
        State(ids.VIEW, "data"),
        State(ids.detail(kind.of, "older"), "data"),
        prevent_initial_call=True,
    )
    app.clientside_callback(_function("search"), Input(search_id, "value"), State(grid_id, "id"), prevent_initial_call=True)
