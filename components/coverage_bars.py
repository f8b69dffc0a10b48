"""Coverage over time: a bar an hour, a day or a week, those with too little of it marked."""

from collections.abc import Sequence

import plotly.graph_objects as go

from components.hour_charts import Slots, bars_figure, span
from components.state_style import STATE_STYLE
from components.theme import PALETTES
from components.wording import number

COVERAGE_PX = 220
_TICKS = (0, 25, 50, 75, 100)

Values = Sequence[float | None]


def coverage_figure(slots: Slots, percentages: Values, no_signal_hours: Values, *, good: float, theme: str) -> go.Figure:
    """Bars of coverage, a value a slot from the first on; None is a gap. good: what coverage should reach (%), drawn as a line; bars below it are hatched."""
    palette = PALETTES[theme]
    low = [value is not None and value < good for value in percentages]
    bars = go.Bar(
        x=list(range(len(percentages))),
        y=list(percentages),
        marker={
            "color": [STATE_STYLE["idle"].color if is_low else palette.accent for is_low in low],
            "pattern": {"shape": ["/" if is_low else "" for is_low in low], "fgcolor": palette.card, "solidity": 0.25, "fillmode": "overlay"},
        },
        customdata=[_hint(slots, place, *values) for place, values in enumerate(zip(percentages, no_signal_hours, strict=True))],
        hovertemplate="%{customdata}<extra></extra>",
    )
    scale = {"range": [0, 103], "tickvals": [*_TICKS], "ticktext": [f"{number(tick)} %" for tick in _TICKS]}
    drawn = bars_figure(slots, [bars], theme=theme, height=COVERAGE_PX, yaxis=scale).update_layout(margin_l=52)
    return drawn.add_hline(y=good, line={"color": palette.soft, "width": 1, "dash": "dash"}, layer="below")


def coverage_words(slots: Slots, percentages: Values, no_signal_hours: Values, good: float) -> str:
    """The chart in words: in how many slots coverage is below what is good, and where it is lowest."""
    known = {place: value for place, value in enumerate(percentages) if value is not None}
    low = {place: value for place, value in known.items() if value < good}
    if not known:
        return "Nobody was expected in this range."
    if not low:
        return f"Never below {number(good)} %."
    worst = min(low, key=lambda place: low[place])
    lowest = f"{span(slots, worst)}, {number(low[worst], 1)} %, {number(no_signal_hours[worst], 1)} h without a signal"
    return f"{number(len(low))} of {number(len(known))} below {number(good)} %. The lowest: {lowest}."


def _hint(slots: Slots, place: int, percentage: float | None, no_signal_hours: float | None) -> str:
    return f"<b>{span(slots, place)}</b><br>Coverage {number(percentage, 1)} %<br>No signal {number(no_signal_hours, 1)} h"
