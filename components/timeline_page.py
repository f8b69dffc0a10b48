"""The timeline page: everybody's states over the range, a lane each, to be zoomed down to minutes."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from dash import dcc, html

from components import ids
from components.charts import CONFIG, empty
from components.legend import state_legend
from components.shell import live_stores
from components.state_style import PRECEDENCE, STATE_STYLE
from components.timeline_axis import lane_px
from components.wording import count, number
from metrics.units import HOUR

#: Ways to move the view: icon and words of their buttons.
MOVES: Final[Mapping[str, tuple[str, str]]] = {
    "earlier": ("chevron-left", "Earlier"),
    "later": ("chevron-right", "Later"),
    "in": ("zoom-in", "Zoom in"),
    "out": ("zoom-out", "Zoom out"),
}
_PAGES: Final = {"worker": "workers", "station": "stations"}
_START_HEIGHT_PX: Final = 240


def layout() -> html.Section:
    """The page with every leaf in place and no lane yet."""
    stores = [dcc.Store(id=ids.TIMELINE_ZOOM), dcc.Store(id=ids.TIMELINE_DRAWN), *live_stores("timeline")]
    panel = html.Section([_head(), _figure()], className="card-box panel")
    return html.Section([html.H1("Timeline", className="visually-hidden"), panel, *stores], className="timeline")


def _head() -> html.Header:
    parts = [_choice(), _moves(), html.Span("", id=ids.TIMELINE_NOTE, className="timeline__note"), state_legend(PRECEDENCE)]
    return html.Header(parts, className="panel__head timeline__head")


def _choice() -> html.Div:
    links = [
        dcc.Link(f"By {kind}", id=ids.timeline_by(kind), href="/timeline", className="timeline__by") for kind in _PAGES
    ]  # their addresses follow the filters, in the browser
    return html.Div(links, className="ranges timeline__kinds of-people", role="group", **{"aria-label": "Lanes"})


def _moves() -> html.Div:
    buttons = [_move(way, icon, words) for way, (icon, words) in MOVES.items()]
    whole = html.Button("Whole range", id=ids.timeline_move("whole"), className="btn btn-secondary timeline__whole", type="button", n_clicks=0, disabled=True)
    return html.Div([*buttons, whole], className="timeline__moves", role="group", **{"aria-label": "Zoom"})


def _move(way: str, icon: str, words: str) -> html.Button:
    drawn = html.I(className=f"bi bi-{icon}", **{"aria-hidden": "true"})
    return html.Button(drawn, id=ids.timeline_move(way), className="icon-button", type="button", n_clicks=0, title=words, **{"aria-label": words})


def _figure() -> html.Figure:
    """Names and times stand beside the graph and not in it: so the names are links, and the times stay in sight while a hundred lanes scroll by."""
    graph = dcc.Graph(
        id=ids.TIMELINE_GRAPH,
        figure=empty(_START_HEIGHT_PX),
        config=CONFIG | {"doubleClick": "autosize"},
        responsive=True,
        clear_on_unhover=True,
        className="timeline__graph",
    )
    lanes = [
        html.Div(id=ids.TIMELINE_AXIS, className="timeline__axis", **{"aria-hidden": "true"}),
        html.Ul([], id=ids.TIMELINE_NAMES, className="timeline__names", **{"aria-label": "Lanes"}),
        html.Div([graph, html.Div(id=ids.TIMELINE_TIP, className="timeline__tip", **{"aria-hidden": "true"})], className="timeline__plot"),
    ]
    words = html.Figcaption("", id=ids.TIMELINE_WORDS, className="panel__foot")
    return html.Figure([html.Div(lanes, id=ids.TIMELINE_LANES, className="timeline__lanes", style=lanes_style(0)), words])


def lanes_style(lanes: int) -> dict[str, Any]:
    """How much room some lanes take, for the stylesheet."""
    return {"--lanes": max(lanes, 1), "--lane": f"{lane_px(lanes)}px"}


def lane_links(kind: str, named: Sequence[tuple[str, str]], search: str) -> list[html.Li]:
    """A link a lane to its drill-down, under the same filters. kind: worker or station. named: id and name of each."""
    paths = {lane_id: f"/{_PAGES[kind]}/{quote(lane_id, safe='')}{search}" for lane_id, _ in named}
    return [html.Li(dcc.Link(name, href=paths[lane_id], className="timeline__name", title=name)) for lane_id, name in named]


def words(kind: str, lanes: int, when: str, totals: Mapping[str, int]) -> str:
    """What is shown, for who can't see it: "6 workers, 08:00 – 14:52: working 26.1 h, idle 4.0 h, absent 0.5 h, no signal 1.2 h."

    totals: µs in each state, by its name.
    """
    if not lanes:
        return f"There are no {kind}s to show."
    spent = [f"{STATE_STYLE[state].word.lower()} {number(totals[state] / HOUR, 1)} h" for state in PRECEDENCE if totals[state]]
    return f"{count(lanes, kind)}, {when}: {', '.join(spent) or 'nothing was seen or expected'}."
