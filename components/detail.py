"""A drill-down: one worker or one station, now and over the range, with the events behind it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dash import dcc, html

from components import ids
from components.charts import graph
from components.event_table import event_columns
from components.grid import csv_link, grid, grid_style
from components.kpi_card import STATION_KPIS, WORKER_KPIS, Kpi, kpi_cards
from components.legend import state_legend
from components.shell import live_stores
from components.split_table import BY_STATION, BY_WORKER, Split, split_table
from components.state_style import AT_WORK, PRECEDENCE
from components.wording import NO_DATA

LANE_PX = 74
HOURS_PX = 250
_EVENT_ROWS = 10

#: The parts that are filled one by one, each by a callback of its own.
PARTS = ("figures", "lane", "hours", "events")


@dataclass(frozen=True, slots=True)
class Kind:
    """What a drill-down is about. of: in ids. figures: what its figures are of, as the API says it. other: what its hours and events are
    divided by. states, hours: those that its lane shows, and that its hours consist of."""

    of: str
    page: str
    figures: str
    plural: str
    kpis: Sequence[Kpi]
    split: Split
    other: str
    states: Sequence[str]
    hours: Sequence[str]

    def name(self, part: str) -> str:
        """The name of the live callback of a part."""
        return f"{self.of}-{part}"


WORKER = Kind("worker", "workers", "worker", "workers", WORKER_KPIS, BY_STATION, "station", PRECEDENCE, PRECEDENCE)
STATION = Kind("station", "stations", "workstation", "stations", STATION_KPIS, BY_WORKER, "worker", (*AT_WORK, "no_signal"), AT_WORK)


def detail(kind: Kind) -> html.Div:
    """The drill-down with every leaf in place and no figure yet; what is still another's is hidden by a class of the frame."""
    body = [
        html.P("", id=_id(kind, "nothing"), className="detail__nothing"),
        html.Div(kpi_cards(kind.kpis, kind.of, kind.figures), className="detail__cards"),
        _lane(kind),
        html.Div([_hours(kind), _split(kind)], className="detail__pair"),
        _events(kind),
    ]
    stores = [
        *(dcc.Store(id=ids.filled(kind.of, part)) for part in PARTS),
        *live_stores(*map(kind.name, PARTS)),
        dcc.Store(id=_id(kind, "older")),
        dcc.Store(id=_id(kind, "split-rows")),
    ]
    leaves = [_header(kind), html.Div(body, className="detail__body"), *stores]
    box = html.Section(leaves, id=_id(kind, "box"), className=detail_class(known=True), **{"aria-label": "Details"})
    return html.Div(box, id=_id(kind, "frame"), className="late late--figures late--lane late--hours late--events")


def detail_class(*, known: bool) -> str:
    """The class of a drill-down: without a body where there is nobody of that id."""
    return "detail" if known else "detail detail--unknown"


def header_leaves(name: str, about: Sequence[str | None]) -> dict[str, str]:
    """Who it is. about: what stands beside the name, None for what is not known."""
    return {"name": name, "about": " · ".join(part for part in about if part)}


def _id(kind: Kind, part: str) -> str:
    return ids.detail(kind.of, part)


def _header(kind: Kind) -> html.Header:
    back = dcc.Link(
        [html.I(className="bi bi-arrow-left", **{"aria-hidden": "true"}), f"All {kind.plural}"], id=_id(kind, "back"), href=f"/{kind.page}", className="back"
    )
    state = [
        html.I(id=_id(kind, "icon"), className="", **{"aria-hidden": "true"}),
        html.Strong("", id=_id(kind, "word")),
        html.Span("", id=_id(kind, "words")),
    ]
    named = [html.H1(NO_DATA, id=_id(kind, "name")), html.Span("", id=_id(kind, "about"), className="detail__about")]
    return html.Header(
        [back, html.Div([html.Div(named, className="detail__named"), html.P(state, id=_id(kind, "state"), className="now")], className="detail__who")],
        className="detail__head",
    )


def _panel(title: str, beside: Sequence[Any], body: Any, part: str) -> html.Section:
    return html.Section([html.Header([html.H2(title), *beside], className="panel__head"), body], className=f"card-box panel detail__{part}")


def _lane(kind: Kind) -> html.Section:
    closer = dcc.Link("Look closer", id=_id(kind, "timeline"), href="/timeline", className="panel__link")
    drawn = _figure(graph(_id(kind, "lane"), height=LANE_PX), "State over the range; the hours below say the same in numbers")
    return _panel("States", [state_legend(kind.states), closer], drawn, "lane of-moments")


def _hours(kind: Kind) -> html.Section:
    note = html.Span("", id=_id(kind, "hours-note"), className="panel__note")
    drawn = _figure(graph(_id(kind, "hours"), height=HOURS_PX), "Hours in each state by time of day, by day or by week")
    return _panel("Where the hours went", [note, state_legend(kind.hours)], drawn, "hours")


def _figure(drawn: dcc.Graph, caption: str) -> html.Figure:
    """A graph with words for who can't see it."""
    return html.Figure([drawn, html.Figcaption(caption, className="visually-hidden")])


def _split(kind: Kind) -> html.Section:
    note = html.Span("", id=_id(kind, "split-note"), className="panel__note")
    return _panel(f"By {kind.other}", [note], split_table(kind.split, _id(kind, "split"), f"Hours by {kind.other}"), "split of-people")


def _events(kind: Kind) -> html.Section:
    note = html.Span("", id=_id(kind, "events-note"), className="panel__note")
    link = csv_link(_id(kind, "csv"), "Download these events as CSV")
    older = html.Button("Show older events", id=_id(kind, "show-older"), className=older_class(more=False), type="button", n_clicks=0)
    columns, style = event_columns(kind.other), event_grid_style(_EVENT_ROWS)
    table = grid(_id(kind, "events"), columns, nothing="No events in this range", label="Events, newest first", style=style)
    return _panel("Events", [note, link], html.Div([table, older]), "events of-moments")


def older_class(*, more: bool) -> str:
    """The class of the button that shows older events: hidden where there are none."""
    return "btn btn-secondary detail__older" + ("" if more else " d-none")


def event_grid_style(rows: int) -> dict[str, str]:
    """The height of the table of events."""
    return grid_style(rows, _EVENT_ROWS)
