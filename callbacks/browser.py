"""What runs in the browser alone: address and controls, theme, badge, cards. The functions are in `assets/40-shell.js` and `assets/45-live.js`."""

from dash import ALL, ClientsideFunction, Dash, Input, Output, State

from components import ids

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
    # One callback owns the address, the controls and what follows from them, so that none can overtake another; and Dash compares each
    # callback that is asked for with each other one.
    app.clientside_callback(
        _function("syncFilters"),
        *[Output(control, prop) for control, prop in _CONTROLS],
        Output(ids.FILTER_BAR, "className"),
        Output(ids.FILTER_SUMMARY, "children"),
        Output({"nav": ALL}, "href"),
        Output(ids.WALL_LINK, "href"),
        Output(ids.FILTERS, "data"),
        *[Input(control, prop) for control, prop in _CONTROLS],
        *[State(choice, "options") for choice in _CHOICES],
        State({"nav": ALL}, "id"),
        State(ids.FILTERS, "data"),
        State(ids.STAMP, "data"),
    )
    # Without an Output: filters make choices, so choices that made filters would close a circle, which Dash runs only sometimes.
    app.clientside_callback(_function("chooseAgain"), *[Input(choice, "options") for choice in _CHOICES], prevent_initial_call=True)
    app.clientside_callback(
        _function("showPage"),
        Output(ids.VIEW, "data"),
        Output(ids.APP, "className"),
        Output(ids.MOUNTED, "data"),
        Output(ids.PAGE_BODY, "children"),
        Output(ids.PAGE_DETAIL, "children"),
        Input(ids.URL, "pathname"),
        State(ids.MOUNTED, "data"),
        State(ids.LAYOUTS, "data"),
    )


def _register_frame(app: Dash) -> None:
    app.clientside_callback(
        _function("dismiss"), Output(ids.RESULT, "className", allow_duplicate=True), Input(ids.RESULT_CLOSE, "n_clicks"), prevent_initial_call=True
    )
    app.clientside_callback(_function("switchTheme"), Output(ids.THEME_ICON, "className"), Output(ids.THEME, "data"), Input(ids.THEME_BUTTON, "n_clicks"))
    app.clientside_callback(_function("showFailures"), Output(ids.NOTICE_TEXT, "children"), Output(ids.NOTICE, "className"), Input({"failure": ALL}, "data"))
    app.clientside_callback(
        ClientsideFunction(namespace="leaves", function_name="write"), Input({"leaves": ALL}, "data"), State({"leaves": ALL}, "id"), prevent_initial_call=True
    )
    app.clientside_callback(
        ClientsideFunction(namespace="cards", function_name="draw"),
        Input({"store": "cards", "scope": ALL}, "data"),
        State({"store": "cards", "scope": ALL}, "id"),
        prevent_initial_call=True,
    )


def _register_live(app: Dash) -> None:
    app.clientside_callback(_function("permit"), Input(ids.STAMP, "data"), prevent_initial_call=True)
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
