"""The week as its shifts make it, drawn: a row a day, midnight to midnight."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time

from dash import html

from components import locale
from components.wording import count, number

_COLOURS = 4
_HOURS = (0, 6, 12, 18, 24)


@dataclass(frozen=True, slots=True)
class Bar:
    """What of a shift lies in a day. day: 0 is Monday. start, end: minutes of the day. shift: its place in the list. lane, lanes: side by side with others."""

    day: int
    start: int
    end: int
    shift: int
    name: str
    lane: int = 0
    lanes: int = 1


def week_picture(bars: Sequence[Bar]) -> list[html.Div]:
    """The rows of the picture."""
    scale = html.Div([html.Span(f"{hour}", style={"left": f"{hour / 24:.2%}"}) for hour in _HOURS], className="week__scale", **{"aria-hidden": "true"})
    return [*(_day(day, [bar for bar in bars if bar.day == day]) for day in range(7)), html.Div([html.Span(), scale], className="week__row")]


def _day(day: int, bars: Sequence[Bar]) -> html.Div:
    name = html.Span(locale.current().weekdays[day], className="week__day")
    return html.Div([name, html.Div([_bar(bar) for bar in bars], className="week__track")], className="week__row")


def _bar(bar: Bar) -> html.Span:
    place = {"left": f"{bar.start / 1440:.3%}", "width": f"{(bar.end - bar.start) / 1440:.3%}"}
    height = {"top": f"{bar.lane / bar.lanes:.1%}", "height": f"{1 / bar.lanes:.1%}"}
    times = f"{_clock(bar.start)}–{_clock(bar.end)}"
    return html.Span(bar.name or times, title=f"{bar.name} {times}".strip(), className=f"week__bar week__bar--{bar.shift % _COLOURS}", style=place | height)


def _clock(minute: int) -> str:
    return locale.current().time(time(minute // 60 % 24, minute % 60), seconds=False)


def week_words(starts: int, hours: float) -> str:
    """How much is scheduled. starts: how often a shift begins in a week. hours: scheduled in a week."""
    if not starts:
        return "No shift is scheduled: nobody is expected at any time, and coverage stays unknown."
    digits = 0 if round(hours, 1) == round(hours) else 1
    return f"{count(starts, 'shift')} and {number(hours, digits)} scheduled {'hour' if hours == 1 else 'hours'} a week."
