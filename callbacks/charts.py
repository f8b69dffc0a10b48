"""The overview's charts: where the hours went, and what was made in them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from dash import Dash, Output

from callbacks.buckets import course, slots, worth_showing
from callbacks.context import Context
from callbacks.live import live
from callbacks.sightings import sightings
from components import ids
from components.hour_charts import Slots, hours_figure, units_figure
from components.leaf import Leaf
from components.overview import CHART_PX
from components.wording import NO_DATA, clock, count, day, number
from metrics.columns import columns
from metrics.schedule import build
from metrics.segments import clip
from metrics.units import to_micros

#: The factory's hours by the state that they were spent in.
STATE_HOURS = {
    "working": "total_productive_time_hours",
    "idle": "total_idle_time_hours",
    "absent": "total_absent_time_hours",
    "no_signal": "no_signal_hours",
}
_NAMES = {"1h": "hour", "1d": "day", "1w": "week"}

OUTPUTS: dict[str, Any] = {
    "hours": Output(ids.HOURS_GRAPH, "figure"),
    "units": Output(ids.UNITS_GRAPH, "figure"),
    "units_title": Leaf(ids.UNITS_TITLE, "children"),
    "units_note": Leaf(ids.UNITS_NOTE, "children"),
    **{state: Leaf(ids.legend(state), "children") for state in STATE_HOURS},
}


def register(app: Dash, services: Any) -> None:
    """Draw the charts."""
    live(app, services, name="charts", page="overview", outputs=OUTPUTS)(charts)


def charts(context: Context) -> dict[str, Any]:
    """Both charts on one axis of time. There is no zoom to keep, so they are drawn whole, with the axis that time moves on."""
    # The course first: at the same time the cards ask for the sums, which are needed here too.
    drawn = _drawn(context)
    total = context.read(stations=False).factory
    return {**drawn, **{state: f"{number(total[field], 1)} h" if total[field] is not None else NO_DATA for state, field in STATE_HOURS.items()}}


def _drawn(context: Context) -> dict[str, Any]:
    first = sightings(context).first
    if first is None or (context.window.start or first) >= context.now:
        return {}
    whole = slots(context, first)
    values = course(context, whole.bucket, first)["rows"][0]["values"]
    shown, part = shown_part(context, whole, values)
    units = part["total_production_count"]
    return {
        "hours": hours_figure(shown, {state: part[field] for state, field in STATE_HOURS.items()}, theme=context.theme, height=CHART_PX),
        "units": units_figure(shown, units, theme=context.theme, height=CHART_PX),
        "units_title": f"Units by {_NAMES[shown.bucket]}",
        "units_note": best(shown, units),
    }


def shown_part(context: Context, whole: Slots, values: dict[str, list[Any]]) -> tuple[Slots, dict[str, list[Any]]]:
    """The part of the axis that is worth its room, and the values in it."""
    if not whole.starts:
        return whole, values
    busy = [place for place in range(len(whole.starts)) if any(one[place] for one in values.values() if place < len(one))]
    first, last = worth_showing(whole, busy, _scheduled(context, whole))
    cut = slice(first, last + 1)
    return replace(whole, starts=whole.starts[cut], ends=whole.ends[cut]), {name: one[cut] for name, one in values.items()}


def _scheduled(context: Context, whole: Slots) -> list[int]:
    """The places with scheduled time."""
    places = columns(start=[to_micros(one) for one in whole.starts], end=[to_micros(one) for one in whole.ends], place=list(range(len(whole.starts))))
    scheduled = build(context.site.rules, int(places["start"][0]), int(places["end"][-1])).scheduled
    found: list[int] = clip(places, scheduled["start"], scheduled["end"])["place"].tolist()
    return found


def best(shown: Slots, units: Sequence[int | None]) -> str:
    """ "most at 10:00: 71 units"; nothing where there is nothing to compare."""
    most = max((value or 0 for value in units), default=0)
    if not most or len([value for value in units if value]) < 2:
        return ""
    local = shown.starts[list(units).index(most)].astimezone(shown.zone)
    when = f"at {clock(local)}" if shown.bucket == "1h" else f"{'in the week of' if shown.bucket == '1w' else 'on'} {day(local.date(), shown.today)}"
    return f"most {when}: {count(most, 'unit')}"
