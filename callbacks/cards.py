"""The factory's key figures: value, change against the window before, and course; on the overview and on the wall."""

from typing import Any

from callbacks.buckets import FEWEST, bucket_for, course
from callbacks.context import Context
from callbacks.sightings import sightings
from components.kpi_card import AT_WORK_NOW, KPIS, Kpi, kpi_leaves
from components.state_style import AT_WORK
from components.wording import number
from data_layer.query import CurrentState

_PRESENT = ("total_productive_time_hours", "total_idle_time_hours")
#: Figures that grow with the length of a bucket: of the one that still runs they say nothing yet.
_SUMS = ("total_productive_time_hours", "total_idle_time_hours", "total_production_count")

Trend = list[float | None]

#: Beside a figure that the site's privacy level doesn't show.
KEPT_BACK = "not shown here"


def factory_cards(context: Context) -> dict[str, dict[str, Any]]:
    """Leaves of each card, by key."""
    now, before, trends = context.read(stations=False).factory, context.read_previous(), courses(context)
    unknown = "no data before" if context.previous is not None and before is None else ""
    cards = {}
    for kpi in KPIS:
        hint = _why_none(context, kpi, unknown, kept_back="privacy" in now) if now[kpi.field] is None else unknown
        previous = before.factory[kpi.field] if before else None
        cards[kpi.key] = kpi_leaves(kpi, now[kpi.field], previous, hint=hint, trend=trends.get(kpi.field, ()))
    cards[AT_WORK_NOW.key] = _at_work(context, trends.get("present", []))
    return cards


def _why_none(context: Context, kpi: Kpi, otherwise: str, *, kept_back: bool) -> str:
    """What stands beside a figure that there isn't."""
    if kpi.key == "coverage" and (not kept_back or not context.site.has_schedule):
        return coverage_hint(context)
    return KEPT_BACK if kept_back else otherwise


def courses(context: Context) -> dict[str, Trend]:
    """The course of each figure over the window, from the first bucket with anything in it on; `present`: how many people were at work, on average."""
    first = sightings(context).first
    if first is None or (context.window.start or first) >= context.now:
        return {}
    # Minutes are nobody's business where people are shown in groups of whole hours.
    bucket = bucket_for(context.window, context.now, first, least="1h" if context.site.privacy.shows_groups else "15m")
    found = course(context, bucket, first)
    values: dict[str, Trend] = dict(found["rows"][0]["values"])
    lengths = [(end - start).total_seconds() / 3600 for start, end in zip(found["starts"], found["ends"], strict=True)]
    values["present"] = [None if None in hours else sum(hours) / length for *hours, length in zip(*(values[name] for name in _PRESENT), lengths, strict=True)]
    begun = next((place for place, value in enumerate(values["present"]) if value or values["total_production_count"][place]), None)
    if begun is None:
        return {}
    running = context.window.live and len(lengths) > FEWEST // 2
    return {name: trend[begun : len(lengths) - (running and name in _SUMS)] for name, trend in values.items()}


def coverage_hint(context: Context) -> str:
    """Why there is no coverage."""
    if not context.site.has_schedule:
        return "needs a shift schedule"
    return "for all stations only" if context.filters.station_ids or context.filters.station_types else "no shift attended yet"


def _at_work(context: Context, trend: Trend) -> dict[str, Any]:
    if not context.site.privacy.shows_people:
        return kpi_leaves(AT_WORK_NOW, None, hint=KEPT_BACK)
    states = _of_interest(context)
    if not context.workers:
        return kpi_leaves(AT_WORK_NOW, None, hint="no workers yet")
    chosen = {row["station_id"] for row in context.shown_stations}
    at_stations = bool(context.filters.station_ids or context.filters.station_types)
    at_work = [one for one in states if one.state in AT_WORK and (not at_stations or one.station_id in chosen)]
    hint = "at the chosen stations" if at_stations else missing_hint(len(states) - len(at_work), sightings(context).is_scheduled)
    return kpi_leaves(AT_WORK_NOW, len(at_work), unit=f"of {number(len(states))}", hint=hint, trend=trend)


def missing_hint(missing: int, is_scheduled: bool | None) -> str:
    """What to think of those who are not at work. is_scheduled: whether it is working time; None where nobody has said when that is."""
    if is_scheduled is False:
        return "no shift now"
    return f"{number(missing)} {'missing' if is_scheduled else 'away'}" if missing else "everybody"


def _of_interest(context: Context) -> list[CurrentState]:
    """The states of the workers that the filters let through."""
    chosen = context.filters.worker_ids
    return [one for one in context.current_states() if not chosen or one.worker_id in chosen]
