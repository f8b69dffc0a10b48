"""Layout of the wall screen: four figures and the floor, to be read from three metres away."""

from dash import dcc, html

from components import ids
from components.floor import floor_list
from components.kpi_card import AT_WORK_NOW, KPIS, kpi_cards
from components.shell import live_stores

#: The parts that are filled one by one, each by a callback of its own: the names of their failure stores.
PARTS = ("wall", "wall-floor")
#: So long a page of tiles stays, where there are more than one.
TURN_MS = 15_000
_SHOWN = ("utilization", "units", "coverage")
WALL_KPIS = (*(next(kpi for kpi in KPIS if kpi.key == key) for key in _SHOWN), AT_WORK_NOW)


def layout() -> html.Section:
    """The screen with every leaf in place and no figure yet."""
    return html.Section(
        [
            html.H1("Wall screen", className="visually-hidden"),
            *live_stores(*PARTS),
            dcc.Store(id=ids.WALL_DATA),
            dcc.Interval(id=ids.WALL_TURN, interval=TURN_MS),
            _head(),
            kpi_cards(WALL_KPIS, ids.WALL, "factory"),
            html.Div(
                [floor_list(ids.WALL), dcc.Store(id=ids.floor(ids.WALL))],
                id=ids.WALL_FRAME,
                className="wall__floor of-moments",
                style={"--columns": "1", "--rows": "1"},
            ),
            html.P("", id=ids.WALL_NOTHING, className="wall__nothing"),
            html.Footer(
                [html.Span("", id=ids.floor_part(ids.WALL, "note")), html.Span("", id=ids.floor_part(ids.WALL, "elsewhere"))], className="wall__foot of-moments"
            ),
        ],
        className="wall",
    )


def _head() -> html.Header:
    state = [html.Span(className="badge-dot", **{"aria-hidden": "true"}), html.Span("loading", id=ids.WALL_LIVE_TEXT)]
    leave = [html.I(className="bi bi-x-lg", **{"aria-hidden": "true"}), html.Span("Leave")]
    return html.Header(
        [
            html.Span("", id=ids.WALL_SITE, className="wall__site"),
            html.Span("", id=ids.WALL_PAGES, className="wall__pages"),
            dcc.Link(leave, id=ids.WALL_LEAVE, href="/", className="wall__leave", title="Back to the overview (Escape)"),
            html.Span(state, id=ids.WALL_LIVE, className="live live--waiting"),
            html.Time("", id=ids.WALL_CLOCK, className="wall__clock"),
        ],
        className="wall__head",
    )
