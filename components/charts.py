"""What all charts share: quiet axes, the page's colours, and a redraw that keeps the reader's zoom."""

from typing import Any

import plotly.graph_objects as go
from dash import Patch, dcc

from components import locale
from components.theme import PALETTES

#: No button sends a chart anywhere, and none of the others is worth its room.
CONFIG = {"showSendToCloud": False, "displaylogo": False, "displayModeBar": False, "responsive": True}
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', sans-serif"


def graph(graph_id: Any, *, height: int, config: dict[str, Any] | None = None, **more: Any) -> dcc.Graph:
    """An empty graph of a fixed height (px), so that nothing jumps when it is drawn. more: further properties of dcc.Graph."""
    return dcc.Graph(id=graph_id, figure=empty(height), config=CONFIG | (config or {}), style={"height": f"{height}px"}, responsive=True, **more)


def empty(height: int, theme: str = "light") -> go.Figure:
    """A figure without data: invisible axes, so that the panel is simply blank until it is filled."""
    found = figure([], theme=theme, height=height)
    return found.update_xaxes(visible=False).update_yaxes(visible=False)


def figure(traces: list[Any], *, theme: str, height: int, **layout: Any) -> go.Figure:
    """A figure in the page's look. theme: light or dark. layout: further properties of the layout, which win."""
    palette = PALETTES[theme]
    axis = {"color": palette.soft, "gridcolor": palette.line, "linecolor": palette.line, "zeroline": False, "tickfont": {"size": 12}, "fixedrange": True}
    base = {
        "height": height,
        "margin": {"l": 36, "r": 8, "t": 6, "b": 26},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": FONT, "size": 13, "color": palette.ink},
        "showlegend": False,
        "separators": locale.current().decimal[0] + locale.current().group[:1],
        "hoverlabel": {"bgcolor": palette.card, "bordercolor": palette.line, "font": {"color": palette.ink, "family": FONT, "size": 13}},
        "dragmode": False,
        "xaxis": axis | {"showgrid": False},
        "yaxis": axis | {"rangemode": "tozero", "nticks": 5},
    }
    made = go.Figure(data=traces, layout=go.Layout(template={}, **base))
    return made.update_layout(**layout)


def redraw(drawn: go.Figure, *, is_refresh: bool) -> Any:
    """What a callback returns for a figure: all of it, or on a live refresh its data alone, so that the reader's zoom stays."""
    if not is_refresh:
        return drawn
    patch = Patch()
    patch["data"] = drawn.to_dict()["data"]
    return patch
