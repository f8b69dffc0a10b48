"""The charts of the comparison: one figure by site as bars, and its course at each of them as lines."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from html import escape

import plotly.graph_objects as go

from components.charts import figure
from components.compare_table import with_unit
from components.kpi_card import Kpi
from components.theme import PALETTES
from components.wording import clock, day, listing

COURSE_PX = 280
_NAMES_PX = 20
_BAR_PX, _SLIM_BAR_PX, _AXIS_PX = 34, 24, 40
_FEW = 10
_FEWEST_BARS = 3
_HOLDS_TEXT = 0.3
_MOST_LETTERS = 22
_MOST_TICKS = 7
_MOST_TOLD = 8
#: At least 3:1 on both grounds. Sites are told apart by dash and mark too.
COLORS = ("#1a85c9", "#b8741a", "#8a6fd1", "#2a9187", "#c2557f", "#6b7fa3")
_DASHES = ("solid", "dash", "dot")
_MARKS = ("circle", "square", "diamond", "triangle-up", "x", "cross")


@dataclass(frozen=True, slots=True)
class Course:
    """A figure at a site over time. starts: of the buckets, on the site's clock. values: None is a gap. is_known: whether it can be known at all."""

    name: str
    starts: Sequence[datetime]
    values: Sequence[float | None]
    is_known: bool = True


def bars_px(sites: int) -> int:
    """How high the bars of some sites are: those of twenty still fit a sheet of paper."""
    return max(sites, _FEWEST_BARS) * (_BAR_PX if sites <= _FEW else _SLIM_BAR_PX) + _AXIS_PX


def course_px(sites: int) -> int:
    """How high the chart of some courses is, with room for their names above it."""
    return COURSE_PX + max(0, -(-sites // 2) - 2) * _NAMES_PX


def bars_figure(kpi: Kpi, sites: Sequence[tuple[str, float | None]], together: float | None, *, theme: str) -> go.Figure:
    """A bar a site, the first one on top. sites: name and value. together: of all sites, drawn as a line; None for none."""
    palette, places = PALETTES[theme], list(range(len(sites)))
    most = max((value or 0 for _, value in sites), default=0) or 1
    bars = go.Bar(
        x=[value or 0 for _, value in sites],  # without a bar, there would be no dash beside the name
        y=places,
        orientation="h",
        width=0.7,
        constraintext="none",
        marker={"color": palette.accent, "line": {"width": 0}},
        text=[with_unit(kpi, value) for _, value in sites],
        # At the foot of its bar, where the line of all sites doesn't cross it; beside one that is too short.
        textposition=["inside" if (value or 0) > most * _HOLDS_TEXT else "outside" for _, value in sites],
        insidetextanchor="start",
        insidetextfont={"color": palette.card},
        textangle=0,
        cliponaxis=False,
        hovertemplate=[f"<b>{escape(name)}</b><br>{kpi.label} {with_unit(kpi, value)}<extra></extra>" for name, value in sites],
    )
    drawn = figure([bars], theme=theme, height=bars_px(len(sites)), margin={"l": 8, "r": 16, "t": 22, "b": 18}, barcornerradius=2)
    drawn.update_xaxes(range=[0, most * 1.08], nticks=5, showgrid=True, showticklabels=False)
    names = [escape(_short(name)) for name, _ in sites]
    drawn.update_yaxes(range=[max(len(sites), _FEWEST_BARS) - 0.5, -0.5], tickvals=places, ticktext=names, showgrid=False, automargin=True, rangemode="normal")
    drawn.update_yaxes(ticklabelstandoff=6, color=palette.ink)
    return drawn if together is None else _mark_together(drawn, together, f"all sites {with_unit(kpi, together)}", palette.soft)


def _mark_together(drawn: go.Figure, at: float, words: str, color: str) -> go.Figure:
    drawn.add_shape(type="line", xref="x", yref="paper", x0=at, x1=at, y0=0, y1=1, line={"color": color, "width": 1.5, "dash": "dash"})
    # Towards the middle, where there is room for the words.
    side = "right" if at > drawn.layout.xaxis.range[1] / 2 else "left"
    return drawn.add_annotation(x=at, y=1, xref="x", yref="paper", xanchor=side, yanchor="bottom", text=words, showarrow=False, font={"size": 12})


def course_figure(kpi: Kpi, courses: Sequence[Course], *, by_day: bool, theme: str) -> go.Figure:
    """A line a site, over local days, or over the hours of each site's own clock."""
    today = max((start.date() for one in courses for start in one.starts), default=date.min)
    drawable = [(place, one) for place, one in enumerate(courses) if any(value is not None for value in one.values)]
    traces = [_line(kpi, one, place, by_day=by_day, today=today) for place, one in drawable]
    legend = {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "font": {"size": 12}, "bgcolor": "rgba(0,0,0,0)"}
    drawn = figure(
        traces,
        theme=theme,
        height=course_px(len(courses)),
        margin={"l": 46, "r": 12, "t": 34, "b": 40 if by_day else 30},
        showlegend=True,
        legend=legend,
        hovermode="closest",
    )
    drawn.update_yaxes(ticksuffix=f" {kpi.unit}".rstrip() if kpi.unit in ("%", "h") else "", showticksuffix="last")
    ticks = _days(courses) if by_day else _hours(courses)
    return drawn.update_xaxes(tickvals=list(ticks), ticktext=list(ticks.values()), tickangle=0)


def _line(kpi: Kpi, one: Course, place: int, *, by_day: bool, today: date) -> go.Scatter:
    color = COLORS[place % len(COLORS)]
    at = [start.date().isoformat() for start in one.starts] if by_day else hours_of(one)
    when = [day(start.date(), today) if by_day else clock(start) for start in one.starts]
    return go.Scatter(
        x=at,
        y=list(one.values),
        name=escape(_short(one.name)),
        mode="lines+markers",
        line={"color": color, "width": 2, "dash": _DASHES[place // len(COLORS) % len(_DASHES)]},
        marker={"color": color, "size": 7, "symbol": _MARKS[place % len(_MARKS)]},
        customdata=[f"<b>{escape(one.name)}</b><br>{said}: {with_unit(kpi, value)}" for said, value in zip(when, one.values, strict=True)],
        hovertemplate="%{customdata}<extra></extra>",
    )


def hours_of(one: Course) -> list[float]:
    """Hours on the site's clock since the midnight before the course begins: so noon is noon everywhere."""
    first = one.starts[0].date() if one.starts else date.min
    return [(start.date() - first).days * 24 + start.hour + start.minute / 60 for start in one.starts]


def _hours(courses: Sequence[Course]) -> Mapping[float, str]:
    hours = [hour for one in courses for hour in hours_of(one)]
    if not hours:
        return {}
    low, high = int(min(hours)), int(max(hours))
    step = next((step for step in (1, 2, 3, 4, 6) if (high - low) // step <= _MOST_TICKS), 12)
    return {hour: clock(datetime(2000, 1, 1, hour % 24, tzinfo=UTC)).replace(":00", "") for hour in range(low, high + 1) if hour % step == 0}


def _days(courses: Sequence[Course]) -> Mapping[str, str]:
    days = sorted({start.date() for one in courses for start in one.starts})
    every = -(-len(days) // _MOST_TICKS) or 1
    return {one.isoformat(): _on_two_lines(day(one, days[-1])) for one in days[::every]}


def _on_two_lines(words: str) -> str:
    """So a day's name is not much wider than an hour's."""
    head, _, rest = words.partition(" ")
    return f"{head.rstrip(',')}<br>{rest}"


def course_words(kpi: Kpi, courses: Sequence[Course]) -> str:
    """The chart for who can't see it: the last value at each site."""
    known = [(one.name, [value for value in one.values if value is not None]) for one in courses]
    told = [f"{name} {with_unit(kpi, values[-1])}" for name, values in known if values]
    return f"Last values: {listing(told, _MOST_TOLD)}." if told else "There is nothing to draw in this range."


def _short(name: str) -> str:
    return name if len(name) <= _MOST_LETTERS else name[: _MOST_LETTERS - 1] + "…"
