"""What a page of a table and a drill-down does in the browser alone; the functions are in `assets/54-detail.js`."""

from dash import ClientsideFunction, Dash, Input, Output, State

from components import ids
from components.detail import PARTS, Kind


def _function(name: str) -> ClientsideFunction:
    return ClientsideFunction(namespace="detail", function_name=name)


def register_roster(app: Dash, kind: Kind, *, page_id: str, grid_id: str, search_id: str, csv_id: str) -> None:
    """Show the table or the drill-down, keep the links on the filters, and search."""
    # Two, for one that waited for the parts to be filled would not show the other page until then.
    filled = [ids.filled(kind.of, part) for part in PARTS]
    app.clientside_callback(_function("showPart"), Output(page_id, "className"), Input(ids.VIEW, "data"), *(State(store, "data") for store in filled))
    app.clientside_callback(
        _function("showFilled"),
        Output(page_id, "className", allow_duplicate=True),
        *(Input(store, "data") for store in filled),
        State(ids.VIEW, "data"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        _function("link"),
        Output(csv_id, "href"),
        Output(ids.detail(kind.of, "back"), "href"),
        Output(ids.detail(kind.of, "csv"), "href"),
        Output(ids.detail(kind.of, "timeline"), "href"),
        Input(ids.FILTERS, "data"),
        Input(ids.VIEW, "data"),
        State(ids.detail(kind.of, "back"), "id"),
    )
    app.clientside_callback(
        _function("showOlder"),
        Output(ids.detail(kind.of, "older"), "data"),
        Input(ids.detail(kind.of, "show-older"), "n_clicks"),
        State(ids.VIEW, "data"),
        State(ids.detail(kind.of, "older"), "data"),
        prevent_initial_call=True,
    )
    app.clientside_callback(_function("search"), Input(search_id, "value"), State(grid_id, "id"), prevent_initial_call=True)
