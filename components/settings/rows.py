"""The weekly grid of shifts and the list of exceptions, row by row.

Rows go by text: "w2" is the third shift of the week, "x1" the second exception, "x1-0" its first shift, and "w2-0" or "x1-0-0" the
first break of a shift.
"""

from typing import Any

import dash_bootstrap_components as dbc
from dash import html

from components import ids, locale
from components.settings.controls import cross, hidden_label, small_button

Json = dict[str, Any]


def shift_rows(shifts: list[Json]) -> list[html.Fieldset]:
    """The shifts of the week: name, start, end, days and breaks of each."""
    return [_shift_row(shift, f"w{number}", number, days=True) for number, shift in enumerate(shifts)]


def exception_rows(exceptions: list[Json]) -> list[html.Fieldset]:
    """The exceptions: a date with shifts of its own, or none."""
    return [_exception_row(one, f"x{number}", number) for number, one in enumerate(exceptions)]


def _shift_row(shift: Json, row: str, number: int, *, days: bool) -> html.Fieldset:
    name = dbc.Input(id=ids.shift(row, "name"), type="text", value=shift["name"], placeholder="Name", maxLength=128, autoComplete="off")
    line = [
        hidden_label("Name", name, "shift__name"),
        _times(ids.shift(row, "start"), ids.shift(row, "end"), shift),
        *([_day_toggles(row, shift["days"])] if days else []),
        cross(ids.edit("remove-shift", row), f"Remove shift {number + 1}"),
    ]
    breaks = [_break(pause, f"{row}-{place}", place) for place, pause in enumerate(shift["breaks"])]
    return html.Fieldset(
        [
            html.Legend(f"Shift {number + 1}", className="visually-hidden"),
            html.Div(line, className="shift__line"),
            html.Div([*breaks, small_button(ids.edit("add-break", row), "Break", "plus-lg")], className="shift__breaks"),
            html.P("", id=ids.shift(row, "error"), className="field__error", role="status"),
        ],
        className="shift",
    )


def _times(start_id: Json, end_id: Json, times: Json) -> html.Span:
    start, end = (dbc.Input(id=id_, type="time", value=times[part]) for id_, part in ((start_id, "start"), (end_id, "end")))
    return html.Span([hidden_label("Start", start), html.Span("–", **{"aria-hidden": "true"}), hidden_label("End", end)], className="times")


def _day_toggles(row: str, days: list[int]) -> html.Div:
    options = [{"value": number, "label": name} for number, name in enumerate(locale.current().weekdays)]
    looks = {"inputClassName": "btn-check", "labelClassName": "ranges__choice", "labelCheckedClassName": "ranges__choice--on"}
    chosen = dbc.Checklist(id=ids.shift(row, "days"), options=options, value=days, className="ranges days", **looks)
    return html.Div(chosen, role="group", **{"aria-label": "Weekdays on which it starts"})


def _break(pause: Json, row: str, place: int) -> html.Span:
    words = html.Span("Break", className="shift__word")
    return html.Span(
        [words, _times(ids.pause(row, "start"), ids.pause(row, "end"), pause), cross(ids.edit("remove-break", row), f"Remove break {place + 1}")],
        className="shift__break",
    )


def _exception_row(one: Json, row: str, number: int) -> html.Fieldset:
    date = dbc.Input(id=ids.exception(row, "date"), type="date", value=one["date"])
    none = [] if one["shifts"] else [html.Span("No work that day", className="shift__word")]
    line = [
        hidden_label("Date", date, "exception__date"),
        *none,
        small_button(ids.edit("add-shift", row), "Shift that day", "plus-lg"),
        cross(ids.edit("remove-exception", row), f"Remove exception {number + 1}"),
    ]
    shifts = [_shift_row(shift, f"{row}-{place}", place, days=False) for place, shift in enumerate(one["shifts"])]
    return html.Fieldset(
        [
            html.Legend(f"Exception {number + 1}", className="visually-hidden"),
            html.Div(line, className="shift__line"),
            *shifts,
            html.P("", id=ids.exception(row, "error"), className="field__error", role="status"),
        ],
        className="exception",
    )
