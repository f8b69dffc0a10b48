"""The comparison of all sites: who is first by one figure, its course, all figures side by side; on paper, a report."""

import dash_bootstrap_components as dbc
from dash import dcc, html

from components import ids
from components.charts import graph
from components.compare_charts import COURSE_PX, bars_px
from components.compare_table import figures_table, ranking_table
from components.grid import csv_link
from components.shell import live_stores
from components.site_figures import FIGURES
from components.sites_page import tabs

#: The parts that are filled one by one, each by a callback of its own.
PARTS = ("compare", "compare-course")


def layout() -> html.Section:
    """The page with every leaf in place and no figure yet."""
    charts = html.Div([_ranking(), _bars()], className="compare__charts")
    words = html.P("", id=ids.COMPARE_WORDS, className="sentence--own")
    alone = html.P("", id=ids.COMPARE_ALONE, className="card-box panel compare__alone")
    parts = [_head(), words, alone, charts, _course(), _figures(), html.P("", id=ids.COMPARE_MADE, className="compare__made")]
    stores = [dcc.Store(id=ids.COMPARE_RANKING), dcc.Store(id=ids.COMPARE_FIGURES), *live_stores(*PARTS)]
    return html.Section([html.H1("Comparison of sites", className="compare__title"), *parts, *stores], id=ids.COMPARE, className=compare_class(alone=False))


def compare_class(*, alone: bool) -> str:
    """The class of the page: with nothing to compare it has a word in place of its figures."""
    return "compare compare--alone" if alone else "compare"


def _head() -> html.Div:
    """What paper has no use for: ways, choice and buttons."""
    options = [{"value": kpi.field, "label": f"{kpi.label}{f' ({kpi.unit})' if kpi.unit else ''}"} for kpi in FIGURES]
    metric = dbc.Select(id=ids.COMPARE_METRIC, options=options, value=options[0]["value"])
    icon = html.I(className="bi bi-printer", **{"aria-hidden": "true"})
    button = html.Button(
        [icon, "Print"], id=ids.COMPARE_PRINT, type="button", n_clicks=0, className="btn btn-secondary with-icon", title="Print this as a report"
    )
    choice = html.Label([html.Span("Rank by"), metric], className="compare__metric")
    return html.Div([tabs("compare"), choice, csv_link(ids.COMPARE_CSV, "Download the comparison as CSV"), button], className="compare__head")


def _ranking() -> html.Section:
    head = html.Header(html.H2("Ranking", id=ids.COMPARE_RANKING_TITLE), className="panel__head")
    return html.Section([head, ranking_table()], className="card-box panel")


def _bars() -> html.Section:
    head = html.Header(html.H2("By site", id=ids.COMPARE_BARS_TITLE), className="panel__head")
    caption = html.Figcaption("The figure that sites are ranked by, as bars; the ranking has it in numbers", className="visually-hidden")
    return html.Section([head, html.Figure([graph(ids.COMPARE_BARS, height=bars_px(0)), caption])], className="card-box panel")


def _course() -> html.Section:
    head = html.Header([html.H2("By day", id=ids.COMPARE_COURSE_TITLE)], className="panel__head")
    words = html.Figcaption("", id=ids.COMPARE_COURSE_NOTE, className="panel__foot")
    return html.Section([head, html.Figure([graph(ids.COMPARE_COURSE, height=COURSE_PX), words])], className="card-box panel compare__course")


def _figures() -> html.Section:
    head = html.Header(html.H2("All figures"), className="panel__head")
    notes = html.P("", id=ids.COMPARE_NOTES, className="panel__foot compare__notes")
    return html.Section([head, figures_table(), notes], className="card-box panel compare__everything")
