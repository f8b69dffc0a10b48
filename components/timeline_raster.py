"""State timelines as a raster: a cell is the state that holds most of its bin, so that the drawing costs the same whatever the range."""

from collections.abc import Sequence
from datetime import date, datetime
from html import escape
from itertools import pairwise
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from components.state_style import state_style
from components.timeline_axis import THICKNESS, lane_px, lanes_figure, span
from metrics.raster import NOTHING, STATES, Raster
from metrics.units import to_datetimes

#: A cell is one byte: 1 + LEVELS × state + share / STEP percent; 0 is nothing. `assets/55-timeline.js` reads it back for the words beside the mouse.
LEVELS: Final = 51
STEP: Final = 2
_HIGHEST: Final = LEVELS * len(STATES)


def raster_figure(
    names: Sequence[str], rastered: Raster, start: datetime, end: datetime, zone: ZoneInfo, theme: str, now: datetime, *, bare: bool = False
) -> go.Figure:
    """A cell for each lane and bin. names: of the lanes, from top to bottom. Times are shown on the clock of `zone`.

    bare: see `lanes_figure`; the words beside the mouse are then left to the page too, since those of many lanes would be megabytes.
    """
    words: dict[str, Any] = {"hoverinfo": "none"}
    if not bare:
        words = {"customdata": _texts(names, rastered, zone, now.astimezone(zone).date()), "hovertemplate": "%{customdata}<extra></extra>"}
    cells = go.Heatmap(
        z=_codes(rastered),
        # A list, which the browser's own code reads, and not the base64 that an array would become.
        x=(rastered.edges // 1000).tolist(),
        y=list(range(len(names))),
        zmin=0,
        zmax=_HIGHEST,
        colorscale=_colorscale(),
        showscale=False,
        ygap=round((1 - THICKNESS) * lane_px(len(names))),
        **words,
    )
    return lanes_figure([cells], names, start, end, zone, theme, now, bare=bare)


def _codes(rastered: Raster) -> npt.NDArray[np.uint8]:
    states, shares = rastered.states.astype(np.int64), rastered.shares
    return np.where(states == NOTHING, 0, 1 + LEVELS * states + shares // STEP).astype(np.uint8)


def _colorscale() -> list[tuple[float, str]]:
    """A plain colour for each state, from its first code to its last; see-through below."""
    scale = [(0.0, "rgba(0,0,0,0)"), (0.5 / _HIGHEST, "rgba(0,0,0,0)")]
    for code, state in enumerate(STATES):
        color = state_style(state).color
        scale += [((0.5 + LEVELS * code) / _HIGHEST, color), (min(0.5 + LEVELS * (code + 1), _HIGHEST) / _HIGHEST, color)]
    return scale


def _texts(names: Sequence[str], rastered: Raster, zone: ZoneInfo, today: date) -> list[list[str]]:
    """What each cell says: whose it is, the state and its share, from and to."""
    local = [moment.astimezone(zone) for moment in to_datetimes(rastered.edges)]
    spans = [span(first, last, today) for first, last in pairwise(local)]
    rows = zip(names, rastered.states.tolist(), rastered.shares.tolist(), strict=True)
    return [[_text(escape(name), *cell) for cell in zip(states, shares, spans, strict=True)] for name, states, shares in rows]


def _text(name: str, state: int, share: int, span_: str) -> str:
    if state == NOTHING:
        return ""
    return f"<b>{name}</b><br>{state_style(STATES[state]).word}{'' if share == 100 else f', {share} % of the time'}<br>{span_}"
