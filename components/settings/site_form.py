"""The form of a site's settings: name, time zone, what counts, shifts, exceptions, and from which day it holds."""

import dash_bootstrap_components as dbc
from dash import html

from components import ids
from components.settings.controls import field, small_button, zone_picker

_UNITS = [("s", "seconds"), ("min", "minutes"), ("h", "hours"), ("none", "no limit")]
_SINCE = [("all", "All history"), ("day", "From a day on")]


def general() -> html.Section:
    """What the site is called, where it is, and which observations count."""
    name = dbc.Input(id=ids.setting("name"), type="text", maxLength=200, autoComplete="off")
    zone = zone_picker(ids.setting("timezone"), "Time zone")
    return html.Section(
        [
            html.H2("Site"),
            field("name", "Name", name, "What pages and reports call the site."),
            field("timezone", "Time zone", zone, "Shifts and days are read on this clock, daylight saving included."),
            field(
                "timeout",
                "Signal timeout",
                _timeout(),
                "How far apart two observations of a worker may lie for the time between them to count. Minutes for cameras that report every "
                "minute; hours where only changes are sent. Longer silence is “no signal”, not work.",
            ),
            field(
                "confidence",
                "Minimum confidence, 0 to 1",
                # Neither min nor max: what is out of bounds is told in words, not swallowed.
                dbc.Input(id=ids.setting("confidence"), type="number", step="any", className="number-input"),
                "Events that a camera is less sure of are kept, but no figure counts them. 0 counts every event.",
            ),
            _switch(
                "strict",
                "Refuse ids that nobody has registered",
                "An event that names a worker, station, camera or model that nobody has registered is refused and kept in the quarantine. "
                "Else whoever is new is registered.",
            ),
            _switch(
                "raw_feed",
                "Keep one state event a second",
                "For cameras that send every frame. Of the state events that say the same of a worker within a second one is kept, whatever ids they "
                "have; the others count as repeats. Product counts are kept as they come.",
            ),
        ],
        className="card-box panel settings__general",
    )


def _timeout() -> html.Div:
    number = dbc.Input(id=ids.setting("timeout"), type="number", step="any", className="number-input")
    units = [{"value": value, "label": label} for value, label in _UNITS]
    unit = dbc.Select(id=ids.setting("unit"), options=units, value="h")
    return html.Div([number, html.Label([html.Span("Unit of the signal timeout", className="visually-hidden"), unit])], className="number-and-unit")


def _switch(name: str, label: str, explained: str) -> html.Div:
    return html.Div([dbc.Switch(id=ids.setting(name), label=label, value=False), html.P(explained, className="field__help")], className="field")


def kept() -> html.Section:
    """For how long what is kept."""
    fields = [
        (
            "keep_events",
            "Raw events",
            "Older ones are archived as files beside the database. Figures stay, but can't change any more; later events of that time are refused.",
        ),
        ("keep_intervals", "States as intervals", "History that is older is known by whole hours: no timeline of single states."),
        ("keep_rollups", "Sums", "Those by hour, day and week. What is older is gone from every page; the archive has it."),
    ]
    rows = [field(name, f"{label}, days", _days(name), explained) for name, label, explained in fields]
    return html.Section(
        [
            html.H2("How long data are kept"),
            html.P("Leave a field empty to keep them for ever.", className="field__help"),
            html.Div(rows, className="kept__fields"),
            html.P("", id=ids.RETENTION_STATE, className="panel__foot", role="status"),
        ],
        className="card-box panel settings__kept",
    )


def _days(name: str) -> dbc.Input:
    return dbc.Input(id=ids.setting(name), type="number", step="any", placeholder="for ever", className="number-input")


def shifts() -> html.Section:
    """The weekly grid, the week that it makes, and the days that differ."""
    words = html.Figcaption(html.Span("", id=ids.WEEK_NOTE, role="status"), className="panel__foot")
    picture = html.Figure([html.Div([], id=ids.WEEK, className="week", **{"aria-hidden": "true"}), words])
    return html.Section(
        [
            html.H2("Shifts"),
            html.P("A shift that ends at or before its start ends on the next day. Breaks are no working time.", className="field__help"),
            html.Div([], id=ids.SHIFT_LIST, className="shifts"),
            _list_foot("add-shift", "Add a shift", "shifts"),
            picture,
            html.H3("Holidays and other exceptions"),
            html.P("What stands here replaces the week's shifts on that date.", className="field__help"),
            html.Div([], id=ids.EXCEPTION_LIST, className="shifts"),
            _list_foot("add-exception", "Add a date", None),
        ],
        className="card-box panel settings__shifts",
    )


def _list_foot(action: str, words: str, error: str | None) -> html.Div:
    wrong = [html.P("", id=ids.setting_error(error), className="field__error", role="status")] if error else []
    return html.Div([small_button(ids.edit(action, "all"), words, "plus-lg"), *wrong])


def since() -> html.Section:
    """From which day on it holds."""
    looks = {"inputClassName": "btn-check", "labelClassName": "ranges__choice", "labelCheckedClassName": "ranges__choice--on"}
    options = [{"value": value, "label": label} for value, label in _SINCE]
    chosen = html.Div(
        dbc.RadioItems(id=ids.setting("since"), options=options, value="all", className="ranges since__choice", **looks),
        role="group",
        **{"aria-label": "From which day"},
    )
    day = html.Label([html.Span("First day", className="visually-hidden"), dbc.Input(id=ids.setting("day"), type="date")], className="since__day")
    explained = (
        "From a day on: shifts, exceptions, timeout and confidence stay as they are for the days before it. "
        "Name, time zone, what becomes of unknown ids and of raw feeds, and how long data are kept hold for all days alike."
    )
    return html.Section(
        [
            html.H2("From which day"),
            html.Div([chosen, day], className="since"),
            html.P("", id=ids.setting_error("day"), className="field__error", role="status"),
            html.P(explained, className="field__help"),
        ],
        className="card-box panel settings__since",
    )
