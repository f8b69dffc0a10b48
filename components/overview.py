"""Layout of the first page: key figures, the floor, charts and workers, or in their place a welcome."""

from typing import Literal

from dash import dcc, html

from components import ids
from components.charts import graph
from components.crew import crew_table
from components.floor import floor_panel
from components.kpi_card import AT_WORK_NOW, KPIS, kpi_cards
from components.legend import state_legend
from components.shell import live_stores
from components.state_style import PRECEDENCE
from components.welcome import welcome

#: The parts that are filled one by one, each by a callback of its own: the names of their failure stores.
PARTS = ("overview", "floor", "charts", "crew")
CHART_PX = 236

#: What the page shows. waiting: no answer yet. welcome: the site has no events. nothing: none in the range.
Shows = Literal["waiting", "welcome", "nothing", "everything"]


def layout() -> html.Section:
    """The page with every leaf in place and no figure yet."""
    return html.Section(
        [
            html.H1("Overview", className="visually-hidden"),
            *live_stores(*PARTS),
            kpi_cards((*KPIS, AT_WORK_NOW), ids.OVERVIEW, "factory"),
            _nothing(),
            floor_panel(ids.OVERVIEW),
            html.Div([_hours(), _units()], className="overview__charts"),
            _workers(),
            welcome(),
        ],
        id=ids.OVERVIEW,
        className=overview_class("waiting"),
    )


def overview_class(shows: Shows) -> str:
    """The class of the page, which decides what of it is seen."""
    return f"overview overview--{shows}"


def _hours() -> html.Section:
    legend = state_legend(PRECEDENCE, {state: ids.legend(state) for state in PRECEDENCE})
    head = html.Header([html.H2("Where the hours went"), legend], className="panel__head")
    return _chart(head, ids.HOURS_GRAPH, "All workers' hours in each state, stacked by time; their sums stand in the legend")


def _units() -> html.Section:
    title = html.H2("Units by hour", id=ids.UNITS_TITLE)
    head = html.Header([title, html.Span("", id=ids.UNITS_NOTE, className="panel__note")], className="panel__head")
    return _chart(head, ids.UNITS_GRAPH, "Units produced, by time")


def _chart(head: html.Header, graph_id: str, caption: str) -> html.Section:
    """A panel with a graph, and words for who can't see it."""
    drawn = html.Figure([graph(graph_id, height=CHART_PX), html.Figcaption(caption, className="visually-hidden")])
    return html.Section([head, drawn], className="card-box panel")


def _workers() -> html.Section:
    everyone = dcc.Link(
        ["All workers ", html.I(className="bi bi-arrow-right", **{"aria-hidden": "true"})], id=ids.CREW_ALL, href="/workers", className="panel__link"
    )
    head = html.Header([html.H2("Workers"), html.Span("", id=ids.CREW_NOTE, className="panel__note"), everyone], className="panel__head")
    return html.Section([head, crew_table(), dcc.Store(id=ids.CREW)], className="card-box panel overview__crew of-people")


def _nothing() -> html.Section:
    """In place of the charts where the range has no events: where there are some."""
    ways = [
        dcc.Link("Show the last day with events", id=ids.NOTHING_DAY, href="/", className="btn btn-primary"),
        dcc.Link("Show everything so far", id=ids.NOTHING_ALL, href="/?range=all", className="btn btn-secondary"),
    ]
    return html.Section(
        [
            html.I(className="bi bi-calendar-x nothing__mark", **{"aria-hidden": "true"}),
            html.P("", id=ids.NOTHING_TEXT, className="nothing__text"),
            html.Div(ways, className="nothing__ways"),
            dcc.Store(id=ids.NOTHING_DATA),
        ],
        className="card-box panel nothing",
    )
