"""Site, range and stations: the controls behind the page's address."""

from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html

from components import ids

RANGES = (("today", "Today"), ("yesterday", "Yesterday"), ("7d", "7 days"), ("all", "All"), ("custom", "Dates"))


def site_picker() -> html.Label:
    """The site, a native select: quick on a phone and kind to a keyboard."""
    picker = dbc.Select(id=ids.SITE, options=[], value="main")
    return html.Label([html.Span("Site", className="visually-hidden"), picker], className="site")


def filter_bar() -> html.Div:
    """Range, custom dates and stations."""
    ranges = dbc.RadioItems(
        id=ids.RANGE,
        options=[{"value": value, "label": label} for value, label in RANGES],
        value="today",
        className="ranges",
        inputClassName="btn-check",
        labelClassName="ranges__choice",
        labelCheckedClassName="ranges__choice--on",
    )
    dates = dcc.DatePickerRange(id=ids.DATES, display_format="D MMM YYYY", first_day_of_week=1, minimum_nights=0, clearable=False)
    stations = dcc.Dropdown(id=ids.STATIONS, options=[], value=[], multi=True, placeholder="All stations", closeOnSelect=False, maxHeight=380)
    return html.Div(
        [
            html.Div(ranges, role="group", className="filters__range", **{"aria-label": "Range"}),
            html.Div(dates, role="group", className="filters__dates", **{"aria-label": "First and last day"}),
            html.Div(stations, role="group", className="filters__stations", **{"aria-label": "Stations"}),
        ],
        id=ids.FILTER_BAR,
        className="filters",
    )


def site_options(sites: list[tuple[str, str]], *, unknown: str | None = None) -> list[dict[str, Any]]:
    """sites: id and name of each. unknown: an id that the address names and nobody knows; a select would show another site in its place."""
    options: list[dict[str, Any]] = [{"value": site_id, "label": name or site_id} for site_id, name in sites]
    return options if unknown is None else [{"value": unknown, "label": f"{unknown} (no such site)", "disabled": True}, *options]


def station_options(stations: list[tuple[str, str]]) -> list[dict[str, str]]:
    """stations: id and name of each; where two bear one name, the id tells them apart."""
    names = [name for _, name in stations]
    return [{"value": station_id, "label": f"{name} ({station_id})" if names.count(name) > 1 else name} for station_id, name in stations]
