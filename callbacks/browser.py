"""What runs in the browser alone: address and controls, theme, badge, cards. The functions are in `assets/40-shell.js` and `assets/45-live.js`."""

from dash import ALL, MATCH, ClientsideFunction, Dash, Input, Output, State

from components import ids
from components.kpi_card import PARTS

_CHOICES = (ids.STATIONS, ids.STATION_TYPES, ids.WORKERS)
#: What says the filters: the address, and the controls; in the order in which the browser's `syncFilters` takes and returns them.
_CONTROLS = [(ids.URL, "search"), *((control, "value") for control in (ids.SITE, ids.RANGE, ids.FIRST_DAY, ids.LAST_DAY, *_CHOICES))]


def _function(name: str) -> ClientsideFunction:
    return ClientsideFunction(namespace="factory", function_name=name)


def register(app: Dash) -> None:
    """Register the clientside callbacks."""
    _register_address(app)
    _register_frame(app)
    _register_live(app)


def _register_address(app: Dash) -> None:
    # One callback owns the address and the controls, so that neither can overtake the other.
    app.clientside_callback(
        _function("syncFilters"),
        *[Output(control, prop) for control, prop in _CONTROLS],
        Output(ids.FILTER_BAR, "className"),
        Output(ids.FILTERS, "data"),
        *[Input(control, prop) for control, prop in _CONTROLS],
        *[State(choice, "options") for choice in _CHOICES],
        State(ids.FILTERS, "data"),
        State(ids.STAMP, "data"),
    )
    # Without an Output: filters make choices, so choices that made filters would close a circle, which Dash runs only sometimes.
    for choice in _CHOICES:
        app.clientside_callback(_function("chooseAgain"), Input(choice, "options"), State(choice, "id"))
    app.clientside_callback(
        _function("summarize"),
        Output(ids.FILTER_SUMMARY, "children"),
        *[Input(choice, "value") for choice in _CHOICES],
        State(ids.STATIONS, "options"),
        State(ids.WORKERS, "options"),
    )
    app.clientside_callback(
        _function("showPage"),
        Output(ids.VIEW, "data"),
        Output(ids.PAGE_NAME, "data"),
        Output(ids.APP, "className"),
        Input(ids.URL, "pathname"),
        State(ids.PAGE_NAME, "data"),
    )
    app.clientside_callback(
        _function("linkPages"),
        Output({"nav": ALL}, "href"),
        Output(ids.WALL_LINK, "href"),
        Input(ids.FILTERS, "data"),
        State({"nav": ALL}, "id"),
    )


def _register_frame(app: Dash) -> None:
    app.clientside_callback(
        _function("dismiss"), Output(ids.RESULT, "className", allow_duplicate=True), Input(ids.RESULT_CLOSE, "n_clicks"), prevent_initial_call=True
    )
    app.clientside_callback(_function("switchTheme"), Output(ids.THEME_ICON, "className"), Output(ids.THEME, "data"), Input(ids.THEME_BUTTON, "n_clicks"))
    app.clientside_callback(_function("showFailures"), Output(ids.NOTICE_TEXT, "children"), Output(ids.NOTICE, "className"), Input({"failure": ALL}, "data"))
    app.clientside_callback(
        _function("fillCards"),
        *[Output({"kpi": ALL, "part": part, "scope": MATCH}, prop) for part, prop in PARTS.items()],
        Input({"store": "cards", "scope": MATCH}, "data"),
        State({"kpi": ALL, "part": "value", "scope": MATCH}, "id"),
        prevent_initial_call=True,
    )


def _register_live(app: Dash) -> None:
    app.clientside_callback(_function("listen"), Input(ids.FILTERS, "data"))
    app.clientside_callback(_function("passTime"), Input(ids.TICK, "n_intervals"), prevent_initial_call=True)
    app.clientside_callback(
        _function("showBadge"),
        Output(ids.BADGE, "className"),
        Output(ids.BADGE_TEXT, "children"),
        Input(ids.SECOND, "n_intervals"),
        Input(ids.STAMP, "data"),
        prevent_initial_call=True,
    )
