"""What runs in the browser alone: address and controls, theme, badge, quick search. The functions are in `assets/40-shell.js`."""

from dash import ALL, ClientsideFunction, Dash, Input, Output, State

from components import ids
from components.floor import PARTS


def _function(name: str) -> ClientsideFunction:
    return ClientsideFunction(namespace="factory", function_name=name)


def register(app: Dash) -> None:
    """Register the clientside callbacks."""
    # One callback owns the address and the controls, so that neither can overtake the other.
    app.clientside_callback(
        _function("syncFilters"),
        Output(ids.URL, "search"),
        Output(ids.SITE, "value"),
        Output(ids.RANGE, "value"),
        Output(ids.DATES, "start_date"),
        Output(ids.DATES, "end_date"),
        Output(ids.STATIONS, "value"),
        Output(ids.FILTER_BAR, "className"),
        Output(ids.FILTERS, "data"),
        Input(ids.URL, "search"),
        Input(ids.SITE, "value"),
        Input(ids.RANGE, "value"),
        Input(ids.DATES, "start_date"),
        Input(ids.DATES, "end_date"),
        Input(ids.STATIONS, "value"),
        State(ids.STATIONS, "options"),
        State(ids.FILTERS, "data"),
        State(ids.STAMP, "data"),
    )
    # Without an Output: filters make choices, so choices that made filters would close a circle, which Dash runs only sometimes.
    app.clientside_callback(_function("chooseStations"), Input(ids.STATIONS, "options"), State(ids.STATIONS, "id"))
    app.clientside_callback(_function("showPage"), Output(ids.APP, "className"), Input(ids.URL, "pathname"))
    app.clientside_callback(
        _function("curlLine"), Output(ids.WELCOME_CURL, "children"), Input(ids.FILTERS, "data"), Input(ids.URL, "href"), prevent_initial_call=True
    )
    app.clientside_callback(
        _function("dismiss"), Output(ids.RESULT, "className", allow_duplicate=True), Input(ids.RESULT_CLOSE, "n_clicks"), prevent_initial_call=True
    )
    app.clientside_callback(_function("switchTheme"), Output(ids.THEME_ICON, "className"), Input(ids.THEME_BUTTON, "n_clicks"))
    app.clientside_callback(
        _function("ageBadge"),
        Output(ids.BADGE, "className"),
        Output(ids.BADGE_TEXT, "children"),
        Input(ids.SECOND, "n_intervals"),
        Input(ids.STAMP, "data"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        _function("fillTiles"),
        *[Output({"tile": part, "station": ALL}, "className" if part in ("box", "icon") else "children") for part in PARTS],
        Input(ids.FLOOR_DATA, "data"),
        Input({"tile": "box", "station": ALL}, "id"),
    )
    for search, grid in ((ids.WORKER_SEARCH, ids.WORKER_GRID), (ids.STATION_SEARCH, ids.STATION_GRID)):
        app.clientside_callback(_function("quickSearch"), Input(search, "value"), State(grid, "id"), prevent_initial_call=True)
