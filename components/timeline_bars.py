"""State timelines as bars, each with all that is known about it under the mouse: for up to some thousands of intervals."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from html import escape
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import plotly.graph_objects as go

from components.state_patterns import PATTERNS
from components.state_style import state_style
from components.theme import PALETTES
from components.timeline_axis import THICKNESS, lanes_figure, span
from components.timeline_raster import raster_figure
from components.wording import duration, number
from metrics.columns import concat
from metrics.local_time import local_clock
from metrics.raster import BINS, STATES, Lane, Raster, binned, raster, step_for
from metrics.series import edges
from metrics.units import to_datetime, to_micros

#: Ten thousand bars take a browser over a second.
MOST_BARS: Final = 2_000
#: More cells than a screen has pixels for them would only be carried.
MOST_BINS: Final = 720


def bars_figure(lanes: Sequence[Lane], start: datetime, end: datetime, zone: ZoneInfo, theme: str, now: datetime, *, bare: bool = False) -> go.Figure:
    """A bar for each interval; over MOST_BARS of them, a raster of the same lanes.

    lanes: from top to bottom, intervals within `[start, end]`. Times are shown on the clock of `zone`. bare: see `lanes_figure`.
    """
    names = [lane.name for lane in lanes]
    if sum(len(lane.intervals) for lane in lanes) > MOST_BARS:
        return raster_figure(names, _rastered(lanes, to_micros(start), to_micros(end), zone), start, end, zone, theme, now, bare=bare)
    texts = [_texts(lane, zone, now.astimezone(zone).date()) for lane in lanes]
    traces = [_bars(code, state, lanes, texts, theme) for code, state in enumerate(STATES)]
    return lanes_figure(traces, names, start, end, zone, theme, now, bare=bare)


def _rastered(lanes: Sequence[Lane], start: int, end: int, zone: ZoneInfo) -> Raster:
    bins = edges(local_clock(zone.key), start, end, step_for(end - start, MOST_BINS, BINS))
    numbered = concat([lane.intervals.assign(lane=position) for position, lane in enumerate(lanes)])
    return raster(bins, binned(numbered, "lane", range(len(lanes)), bins))


def _bars(code: int, state: str, lanes: Sequence[Lane], texts: Sequence[Sequence[str]], theme: str) -> go.Bar:
    """The bars of one state in all lanes."""
    chosen = [lane.intervals["state"] == code for lane in lanes]
    starts, ends = (np.concatenate([lane.intervals[side][mask] // 1000 for lane, mask in zip(lanes, chosen, strict=True)] or [[]]) for side in ("start", "end"))
    style = state_style(state)
    return go.Bar(
        orientation="h",
        y=np.repeat(np.arange(len(lanes)), [mask.sum() for mask in chosen]).tolist(),
        base=starts.tolist(),
        x=(ends - starts).tolist(),
        width=THICKNESS,
        name=style.word,
        marker={"color": style.color, "line": {"width": 0}, "pattern": PATTERNS.get(state, {}) | {"fgcolor": PALETTES[theme].card}},
        customdata=[text for lane_texts, mask in zip(texts, chosen, strict=True) for text, wanted in zip(lane_texts, mask.tolist(), strict=True) if wanted],
        hovertemplate="%{customdata}<extra></extra>",
    )


def _texts(lane: Lane, zone: ZoneInfo, today: date) -> list[str]:
    """What is known about each interval: whose it is, state, where or with whom, from, to and how long."""
    columns = (lane.intervals[name].tolist() for name in ("state", "start", "end"))
    return [_text(lane.name, STATES[state], beside, start, end, zone, today) for state, start, end, beside in zip(*columns, lane.beside, strict=True)]


def _text(name: str, state: str, beside: str, start: int, end: int, zone: ZoneInfo, today: date) -> str:
    first, last = (to_datetime(instant).astimezone(zone) for instant in (start, end))
    what = state_style(state).word + (f" · {escape(beside)}" if beside else "")
    return f"<b>{escape(name)}</b><br>{what}<br>{span(first, last, today, seconds=True)} ({_length(to_datetime(end) - to_datetime(start))})"


def _length(length: timedelta) -> str:
    """A length of time that may be short."""
    return duration(length) if length >= timedelta(minutes=1) else f"{number(length.total_seconds())} s"
