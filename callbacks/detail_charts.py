"""The charts of a drill-down: its states as a lane, its hours as bars, and the courses of its figures.

Neither can be zoomed, so a refresh may draw them whole: the axis moves on with time.
"""

from collections.abc import Mapping
from typing import Any

from callbacks.about import About
from callbacks.buckets import beginning, slots
from callbacks.charts import shown_part
from callbacks.context import Context
from callbacks.sightings import sightings
from callbacks.timeline import whole_range
from components.charts import empty
from components.detail import HOURS_PX, LANE_PX, WORKER
from components.hour_charts import Slots, hours_figure
from components.timeline_axis import ticks
from components.timeline_bars import MOST_BARS, MOST_BINS, bars_figure
from components.timeline_raster import raster_figure
from data_layer.raster import DrawnLanes, LanesQuery

LANE = {"figure": ("lane", "figure")}
HOURS = {"figure": ("hours", "figure"), "note": ("hours-note", "children")}

#: What the hours of a bar consist of, by state: figures, of which the second is taken from the first.
_WORKER_HOURS = {
    "working": ("total_active_time_hours",),
    "idle": ("total_idle_time_hours",),
    "absent": ("total_absent_time_hours",),
    "no_signal": ("no_signal_hours",),
}
_STATION_HOURS = {"working": ("working_time_hours",), "idle": ("occupancy_time_hours", "working_time_hours")}
#: So many times and dates fit below a phone's lane, however the reader's language writes them.
_MOST_TIMES, _MOST_DATES = 4, 3
_RATIOS = ("_percentage", "_rate", "_per_hour")

Course = list[float | None]


def hours(one: About, context: Context) -> dict[str, Any]:
    """Hours in each state, a bar an hour, a day or a week."""
    found = _course(one, context)
    if found is None:
        return {"figure": empty(HOURS_PX, context.theme), "note": ""}
    whole, values = found
    states = _WORKER_HOURS if one.kind is WORKER else _STATION_HOURS
    shown, part = shown_part(context, whole, {state: _less(*(values[name] for name in figures)) for state, figures in states.items()})
    note = {"1h": "by hour", "1d": "by day", "1w": "by week"}[shown.bucket]
    return {"figure": hours_figure(shown, part, theme=context.theme, height=HOURS_PX), "note": note}


def trends(one: About, context: Context) -> dict[str, Course]:
    """The course of each figure over the window from where there was anything; of the bucket that still runs, sums say nothing yet."""
    found = _course(one, context)
    if found is None:
        return {}
    whole, values = found
    begun = next((place for place, amount in enumerate(values["event_count"]) if amount), 0)
    known = [place for place, _ in enumerate(values["event_count"]) if place >= begun]
    finished = [place for place in known if place != whole.running]
    return {name: [course[place] for place in (known if name.endswith(_RATIOS) else finished)] for name, course in values.items()}


def _course(one: About, context: Context) -> tuple[Slots, Mapping[str, Course]] | None:
    """The window's buckets, those of the future too, and the figures in those that have begun; None where the site has no events."""
    first = sightings(context).first
    if first is None:
        return None
    whole = slots(context, first)
    found = context.series(bucket=whole.bucket, by=one.kind.figures, start=beginning(context, whole.bucket, first), **one.narrowed)
    return whole, found["rows"][0]["values"]


def _less(whole: Course, part: Course | None = None) -> Course:
    """What is left of some hours without a part of them."""
    if part is None:
        return whole
    return [None if one is None else max(one - (less or 0.0), 0.0) for one, less in zip(whole, part, strict=True)]


def lane(one: About, context: Context) -> dict[str, Any]:
    """The states over the window."""
    query = context.query(LanesQuery, by=one.kind.figures, most_intervals=MOST_BARS, most_bins=MOST_BINS, **one.narrowed)
    found: DrawnLanes = context.services.screens.drawn_lanes(query)
    start, end = whole_range(context, found)
    frame = (start, end, context.zone, context.theme, context.now)
    drawn = bars_figure(found.lanes, *frame) if found.raster is None else raster_figure([one.name], found.raster, *frame)
    at = ticks(start, end, context.zone, times=_MOST_TIMES, dates=_MOST_DATES)
    drawn.update_xaxes(tickvals=[tick for tick, _ in at], ticktext=[text for _, text in at], fixedrange=True)
    # To look closer is what the timeline's own page is for.
    drawn.update_layout(height=LANE_PX, dragmode=False)
    return {"figure": drawn}
