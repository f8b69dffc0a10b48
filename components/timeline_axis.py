"""What all timelines share: an axis of real time with the site's clock written on it, lanes from top to bottom, and a line for now.

The axis counts milliseconds since 1970 in UTC, so that an hour that daylight saving repeats is drawn twice, as it was worked; only
what is written at its ticks is local.
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from html import escape
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
import plotly.graph_objects as go

from components.charts import figure
from components.theme import PALETTES
from components.wording import clock, day, day_clock
from metrics.local_time import LocalClock, local_clock
from metrics.raster import aligned, step_for
from metrics.units import DAY, Micros, to_datetime, to_micros

Tick = tuple[int, str]

#: How much of a lane's height is coloured.
THICKNESS: Final = 0.72
#: Height of a lane in px, up to how many lanes: a finger fits while there is room, a hundred fit on two screens.
_LANE_PX: Final = ((12, 44), (40, 28))
_LEAST_LANE_PX: Final = 18
#: So many times of day, and so many dates, fit side by side: on a phone, and on a desk's screen (a page thins them itself).
_TIMES, _DATES = 7, 4
_MOST_TIMES, _MOST_DATES = 12, 8
_A_MONTH: Final = 30 * DAY
_MONTHS: Final = (1, 2, 3, 6, 12, 24, 60, 120, 240)
_AXIS_PX: Final = 26
_NAMES_PX: Final = 130
_MOST_LETTERS: Final = 18


def lane_px(lanes: int) -> int:
    """How high each of some lanes is."""
    return next((px for most, px in _LANE_PX if lanes <= most), _LEAST_LANE_PX)


def ticks(start: datetime, end: datetime, zone: ZoneInfo, *, times: int = _TIMES, dates: int = _DATES) -> list[Tick]:
    """Where to write what on the axis of `[start, end]`: ms since 1970 UTC, and a local time, or a date at midnights.

    times, dates: how many fit; there may be one more.
    """
    local = local_clock(zone.key)
    low, high = to_micros(start), to_micros(end)
    step = step_for(high - low, times)
    if step >= DAY:
        step = step_for(high - low, dates)
    instants = aligned(local, low, high, step) if high - low <= step * dates or step < DAY else _firsts_of_months(local, low, high, dates)
    moments = [to_datetime(instant).astimezone(zone) for instant in instants.tolist()]
    today = end.astimezone(zone).date()
    return [
        (at // 1000, clock(moment) if moment.hour or moment.minute else day(moment.date(), today))
        for at, moment in zip(instants.tolist(), moments, strict=True)
    ]


def _firsts_of_months(local: LocalClock, low: int, high: int, most: int) -> Micros:
    every = step_for(high - low, most, [count * _A_MONTH for count in _MONTHS]) // _A_MONTH
    first, last = local.local_day(np.array([low, high])).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64).tolist()
    months = np.arange(-(-first // every) * every, last + 1, every)
    instants = local.instant(months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64) * DAY)
    return instants[(instants >= low) & (instants <= high)]


def lanes_figure(
    traces: list[Any], names: Sequence[str], start: datetime, end: datetime, zone: ZoneInfo, theme: str, now: datetime, *, bare: bool = False
) -> go.Figure:
    """Traces whose y is the number of a lane from the top and whose x is ms since 1970 UTC, in the frame of a timeline.

    names: of the lanes. now: marked if it lies in `[start, end]`. bare: without margins, names and times, which the page then writes beside it.
    """
    palette = PALETTES[theme]
    at = ticks(start, end, zone, times=_MOST_TIMES, dates=_MOST_DATES) if bare else ticks(start, end, zone)
    elided = [escape(name if len(name) <= _MOST_LETTERS else name[: _MOST_LETTERS - 1] + "…") for name in names]
    named, rows = len(names) > 1 and not bare, max(len(names), 1)
    return figure(
        [*traces, _now_line(start, end, now, len(names), palette.ink)],
        theme=theme,
        height=rows * lane_px(rows) + (0 if bare else _AXIS_PX),
        margin={"l": _NAMES_PX if named else 0, "r": 0, "t": 0, "b": 0 if bare else _AXIS_PX},
        bargap=0,
        barmode="overlay",
        hovermode="closest",
        dragmode="zoom",
        xaxis={
            "range": [to_micros(start) // 1000, to_micros(end) // 1000],
            "fixedrange": False,
            "showgrid": True,
            "tickvals": [tick for tick, _ in at],
            "ticktext": [text for _, text in at],
            "tickangle": 0,
            "showticklabels": not bare,
        },
        yaxis={
            "range": [rows - 0.5, -0.5],
            "showgrid": False,
            "tickvals": list(range(len(names))),
            "ticktext": elided,
            "showticklabels": named,
            "rangemode": "normal",
        },
    )


def _now_line(start: datetime, end: datetime, now: datetime, lanes: int, color: str) -> go.Scatter:
    """A trace and not a shape, so that a refresh of the data moves it."""
    at = [to_micros(now) // 1000] * 2 if start <= now <= end else []
    return go.Scatter(x=at, y=[-0.5, lanes - 0.5][: len(at)], mode="lines", line={"color": color, "width": 1.5, "dash": "dot"}, hoverinfo="skip", name="now")


def span(first: datetime, last: datetime, today: date, *, seconds: bool = False) -> str:
    """ "Thu 15 Jan, 08:00 – 09:40" of two times on the site's clock, of today without the day; whole days by their names alone."""
    if first.time() == last.time() == time():
        days = [day(first.date(), today), day(last.date() - timedelta(days=1), today)]
        return " – ".join(dict.fromkeys(days))
    until = clock(last, seconds=seconds) if last.date() == first.date() else day_clock(last, today, seconds=seconds)
    return f"{day_clock(first, today, seconds=seconds)} – {until}"
