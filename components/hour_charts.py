"""Where the hours went, and what was made in them: bars by hour, by day or by week."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import plotly.graph_objects as go

from components.charts import figure
from components.state_patterns import PATTERNS
from components.state_style import PRECEDENCE, state_style
from components.theme import PALETTES
from components.wording import clock, day, day_clock, number

#: So many names of days and weeks fit below a panel of a phone's width; of hours, as many as have so many letters with the room between them.
_MOST_NAMES = {"1d": 5, "1w": 5}
_MOST_LETTERS = 48
#: Names stand at every so many bars, as people count hours, days and weeks.
_STEPS = (1, 2, 3, 4, 6, 8, 12, 24)
#: A few bars must not become blocks.
_FEWEST_PLACES = 8
_MOST_LABELLED = 14
_RUNNING = 0.5


@dataclass(frozen=True, slots=True)
class Slots:
    """The places of the bars: buckets of time in their order, those of the future too.

    starts, ends: UTC. bucket: 1h, 1d or 1w. zone: on whose clock they are named. now: marked if it lies among them.
    """

    starts: Sequence[datetime]
    ends: Sequence[datetime]
    bucket: str
    zone: ZoneInfo
    now: datetime

    @property
    def today(self) -> date:
        """The local day of now."""
        return self.now.astimezone(self.zone).date()

    @property
    def running(self) -> int | None:
        """The place of the bucket that now lies in."""
        return next((place for place, (start, end) in enumerate(zip(self.starts, self.ends, strict=True)) if start <= self.now < end), None)


def hours_figure(slots: Slots, hours: Mapping[str, Sequence[float | None]], *, theme: str, height: int) -> go.Figure:
    """Hours in each state, stacked. hours: by state, a value a place from the first on; None is nothing, and so are places without a value."""
    states = [state for state in PRECEDENCE if state in hours]
    known = max((len(hours[state]) for state in states), default=0)
    lines = ["".join(_line(state_style(state).word, hours[state], place) for state in states) for place in range(known)]
    texts = _texts(slots, lines)
    traces = [_state_bars(state, hours[state], texts, theme) for state in states]
    return bars_figure(slots, traces, theme=theme, height=height, barmode="stack", yaxis={"ticksuffix": " h", "showticksuffix": "last"})


def units_figure(slots: Slots, units: Sequence[float | None], *, theme: str, height: int) -> go.Figure:
    """Units in each bucket; the bucket that still runs is paler. units: a value a place from the first on."""
    palette = PALETTES[theme]
    lines = [f"<br>{number(value)} unit{'' if value == 1 else 's'}" for value in units]
    shown = [number(value) if value and len(slots.starts) <= _MOST_LABELLED else "" for value in units]
    bars = go.Bar(
        x=list(range(len(units))),
        y=list(units),
        marker={"color": palette.accent, "opacity": [_RUNNING if place == slots.running else 1.0 for place in range(len(units))], "line": {"width": 0}},
        text=shown,
        textposition="outside",
        textangle=0,
        cliponaxis=False,
        textfont={"size": 12, "color": palette.ink},
        customdata=_texts(slots, lines),
        hovertemplate="%{customdata}<extra></extra>",
    )
    return bars_figure(slots, [bars], theme=theme, height=height, yaxis={"tickformat": ",d"})


def bars_figure(slots: Slots, traces: list[Any], *, theme: str, height: int, **layout: Any) -> go.Figure:
    """Traces whose x is the number of a slot from 0, on an axis that names the slots. layout: further properties of the layout."""
    places = _named(slots)
    # At the top, room for the number above the highest bar.
    margin = {"l": 36, "r": 8, "t": 16, "b": 26 if slots.bucket == "1h" else 38}
    drawn = figure(traces, theme=theme, height=height, margin=margin, bargap=0.3, barcornerradius=2, **layout)
    drawn.update_xaxes(
        range=[-0.6, max(len(slots.starts), _FEWEST_PLACES) - 0.4],
        tickvals=places,
        ticktext=[_name(slots, place) for place in places],
        tickangle=0,
    )
    return _mark_now(drawn, slots, theme)


def _mark_now(drawn: go.Figure, slots: Slots, theme: str) -> go.Figure:
    place = slots.running
    # In a bar of a day or more, a line would say less than that it is the last one.
    if place is None or slots.bucket != "1h":
        return drawn
    start, end = slots.starts[place], slots.ends[place]
    at = place - 0.5 + (slots.now - start) / (end - start)
    line = {"color": PALETTES[theme].soft, "width": 1, "dash": "dot"}
    return drawn.add_shape(type="line", xref="x", yref="paper", x0=at, x1=at, y0=0, y1=1, line=line, layer="below")


def _state_bars(state: str, hours: Sequence[float | None], texts: Sequence[str], theme: str) -> go.Bar:
    style, card = state_style(state), PALETTES[theme].card
    return go.Bar(
        x=list(range(len(hours))),
        y=[value or 0 for value in hours],
        name=style.word,
        marker={"color": style.color, "line": {"width": 1, "color": card}, "pattern": PATTERNS.get(state, {}) | {"fgcolor": card}},
        customdata=texts,
        hovertemplate="%{customdata}<extra></extra>",
    )


def _line(word: str, values: Sequence[float | None], place: int) -> str:
    value = values[place] if place < len(values) else None
    return f"<br>{word} {number(value, 1)} h" if value else ""


def _texts(slots: Slots, lines: Sequence[str]) -> list[str]:
    """What stands under the mouse at each place: which time it is, and what was in it."""
    return [f"<b>{span(slots, place)}</b>{line}" for place, line in enumerate(lines[: len(slots.starts)])]


def span(slots: Slots, place: int) -> str:
    """When a slot is: "14:00–14:52", "Thu 15 Jan", "Mon 12 Jan – Sun 18 Jan"."""
    start, end = (moment.astimezone(slots.zone) for moment in (slots.starts[place], min(slots.ends[place], max(slots.now, slots.starts[place]))))
    if slots.bucket == "1d":
        return day(start.date(), slots.today)
    if slots.bucket == "1w":
        return f"{day(start.date(), slots.today)} – {day((end - timedelta(microseconds=1)).date(), slots.today)}"
    return f"{day_clock(start, slots.today)}–{clock(end)}"


def _named(slots: Slots) -> list[int]:
    """Which places are named: all, or as many as fit, hours of several days from midnight on."""
    count = len(slots.starts)
    letters = max((len(line) for place in range(count) for line in _name(slots, place).split("<br>")), default=0)
    most = _MOST_NAMES.get(slots.bucket) or _MOST_LETTERS // (letters + 2)
    every = next((step for step in _STEPS if -(-count // step) <= most), -(-count // most))
    if slots.bucket != "1h" or every == 1:
        return list(range(0, count, every))
    return [place for place in range(count) if slots.starts[place].astimezone(slots.zone).hour % every == 0]


def _name(slots: Slots, place: int) -> str:
    """ "08", or on an axis of days "Thu 15 Jan"; the first bucket may begin in the middle of its hour."""
    local = slots.starts[place].astimezone(slots.zone)
    if slots.bucket == "1h" and (local.hour or local.minute or len(slots.starts) <= 25):
        return clock(local.replace(minute=0)).replace(":00", "")
    # On two lines, a day's name is not much wider than an hour's.
    head, _, rest = day(local.date(), local.date()).partition(" ")
    return f"{head.rstrip(',')}<br>{rest}"
