"""Site, range, stations and workers: the controls behind the page's address."""

from collections.abc import Iterable
from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html

from components import ids

RANGES = (("today", "Today"), ("shift", "This shift"), ("last-shift", "Last shift"), ("yesterday", "Yesterday"), ("7d", "7 days"), ("custom", "Dates"))


def site_picker() -> html.Label:
    """The site, a native select: quick on a phone and kind to a keyboard."""
    picker = dbc.Select(id=ids.SITE, options=[], value="main")
    return html.Label([html.Span("Site", className="visually-hidden"), picker], className="site")


def filter_bar() -> html.Div:
    """Range, custom dates, and behind one button the choice of stations and workers."""
    ranges = dbc.RadioItems(
        id=ids.RANGE,
        options=[{"value": value, "label": label} for value, label in RANGES],
        value="today",
        className="ranges",
        inputClassName="btn-check",
        labelClassName="ranges__choice",
        labelCheckedClassName="ranges__choice--on",
    )
    dates = [_day(ids.FIRST_DAY, "First day"), html.Span("–", **{"aria-hidden": "true"}), _day(ids.LAST_DAY, "Last day")]
    return html.Div(
        [
            html.Div(ranges, role="group", className="filters__range", **{"aria-label": "Range"}),
            html.Div(dates, role="group", className="filters__dates", **{"aria-label": "First and last day"}),
            _choices(),
        ],
        id=ids.FILTER_BAR,
        className="filters",
    )


def _day(input_id: str, label: str) -> html.Label:
    """The browser's own date field: in its language, with its keyboard, and nothing to load."""
    return html.Label([html.Span(label, className="visually-hidden"), dbc.Input(id=input_id, type="date", size="sm", min="2000-01-01", max="2199-12-31")])


def _choices() -> html.Details:
    """Whose figures are shown; the summary says it in words."""
    summary = html.Summary(
        [html.Span("All stations", id=ids.FILTER_SUMMARY), html.I(className="bi bi-chevron-down", **{"aria-hidden": "true"})], className="choices__summary"
    )
    fields = [
        _choice("Stations", ids.STATIONS, "All stations"),
        _choice("Station types", ids.STATION_TYPES, "All types"),
        _choice("Workers", ids.WORKERS, "All workers", of=" of-people"),
    ]
    return html.Details([summary, html.Div(fields, className="choices__panel")], className="choices")


def _choice(label: str, dropdown_id: str, placeholder: str, of: str = "") -> html.Div:
    dropdown = dcc.Dropdown(id=dropdown_id, options=[], value=[], multi=True, placeholder=placeholder, closeOnSelect=False, maxHeight=340)
    return html.Div([html.Span(label, className="choices__label"), dropdown], role="group", className=f"choices__field{of}", **{"aria-label": label})


def site_options(sites: list[tuple[str, str]], *, unknown: str | None = None) -> list[dict[str, Any]]:
    """sites: id and name of each. unknown: an id that the address names and nobody knows; a select would show another site in its place."""
    options: list[dict[str, Any]] = [{"value": site_id, "label": name or site_id} for site_id, name in sites]
    return options if unknown is None else [{"value": unknown, "label": f"{unknown} (no such site)", "disabled": True}, *options]


def named_options(named: Iterable[tuple[str, str | None]]) -> list[dict[str, str]]:
    """named: id and name of each; where two bear one name, the id tells them apart."""
    shown = [(id_, name or id_) for id_, name in named]
    names = [name for _, name in shown]
    return [{"value": id_, "label": f"{name} ({id_})" if names.count(name) > 1 else name} for id_, name in shown]


def type_options(types: Iterable[str | None]) -> list[dict[str, str]]:
    """types: of stations, in any number."""
    return [{"value": kind, "label": kind} for kind in sorted({kind for kind in types if kind})]
