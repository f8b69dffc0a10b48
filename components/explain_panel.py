"""The panel that explains a number: the number, its formula, what it is made of, and what is not in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html

from components import ids
from components.explain_tables import Table, tables
from components.explain_words import LABELS, Setting, calculation, formula, little, value
from components.wording import clock
from data_layer.explanation import Explanation, LeftOut


def explain_panel() -> dbc.Offcanvas:
    """The panel, closed and empty, for the frame around every page."""
    return dbc.Offcanvas(
        [
            dcc.Store(id=ids.EXPLAIN_ASKED),
            dcc.Store(id=ids.EXPLAIN_DATA),
            html.Div(
                [
                    html.H2("", id=ids.EXPLAIN_TITLE, className="explain__title"),
                    html.Button(
                        [
                            html.I(className="bi bi-arrow-clockwise", **{"aria-hidden": "true"}),
                            html.Span("Refresh: ", className="visually-hidden"),
                            html.Span("", id=ids.EXPLAIN_WHEN),
                        ],
                        id=ids.EXPLAIN_REFRESH,
                        className="explain__refresh",
                        type="button",
                        n_clicks=0,
                        title="Explain it as of now",
                    ),
                    html.Button(
                        html.I(className="bi bi-x-lg", **{"aria-hidden": "true"}),
                        id=ids.EXPLAIN_CLOSE,
                        className="icon-button",
                        type="button",
                        n_clicks=0,
                        title="Close",
                        **{"aria-label": "Close"},
                    ),
                ],
                className="explain__head",
            ),
            html.P("Reading …", className="explain__reading", role="status"),
            html.Div(
                [
                    html.Div([], id=ids.EXPLAIN_BODY),
                    html.Section([html.H3("Made up of"), html.Div(id=ids.EXPLAIN_TABLES)], className="explain__made"),
                    html.Div([], id=ids.EXPLAIN_LEFT_OUT),
                ],
                id=ids.EXPLAIN_CONTENT,
                className=content_class(reading=False),
            ),
        ],
        id=ids.EXPLAIN_PANEL,
        placement="end",
        is_open=False,
        close_button=False,
        labelledby=ids.EXPLAIN_TITLE,
        className="explain",
    )


def content_class(*, reading: bool) -> str:
    """The class of what the panel shows: hidden while something else is being read."""
    return "explain__content explain__content--reading" if reading else "explain__content"


def title(of: str, figure: str, whose: str) -> str:
    """ "Utilization of Alice Johnson"."""
    label = LABELS.get(of, {}).get(figure, "This number")
    return f"{label} of {whose}" if of == "worker" else f"{label}, {whose}"


def as_of(setting: Setting) -> str:
    """When the explanation was true: it stays as it is while it is read."""
    return f"as of {clock(setting.now, seconds=True)}"


@dataclass(frozen=True, slots=True)
class View:
    """What the panel shows: number and formula, tables, and what is left out."""

    body: list[Any]
    tables: list[Table]
    left_out: list[Any]


def failed(sentence: str) -> View:
    """When there is nothing to explain."""
    return View([html.P(sentence, className="explain__failed", role="alert")], [], [])


def explained(explanation: Explanation, setting: Setting, window: tuple[str, str, str]) -> View:
    """An explanation. window: the sentence that says what the page shows, in three parts, of which the second is printed bold."""
    lead, when, rest = window
    where = ["At this moment, whatever the range."] if explanation.level == "now" else [lead, html.Strong(when), rest]
    late = [html.P("Some of the latest events are not in it yet.", className="explain__note")] if explanation.stale else []
    body = [_figure(explanation), html.P(where, className="explain__window"), *late, html.H3("How it is computed"), *_computed(explanation)]
    return View(body, tables(explanation, setting), [html.H3("Left out"), _left_out(explanation.left_out)])


def _figure(explanation: Explanation) -> html.P:
    text, unit = value(explanation)
    return html.P([html.Span(text, className="kpi__value"), html.Span(unit, className="kpi__unit")], className="explain__figure")


def _computed(explanation: Explanation) -> list[Any]:
    because = [html.P(explanation.null_because, className="explain__null")] if explanation.null_because else []
    if not explanation.sums:
        return because
    return [html.P(formula(explanation)), html.P(calculation(explanation), className="explain__calculation"), *because]


def _left_out(found: Sequence[LeftOut]) -> Any:
    if not found:
        return html.P("Nothing.")
    return html.Dl([html.Div([html.Dt(one.name), html.Dd([_amount(one), html.Span(one.sentence)])]) for one in found], className="explain__left-out")


def _amount(one: LeftOut) -> html.Strong:
    return html.Strong("too many to count" if one.amount is None else little(one.amount, one.unit))
