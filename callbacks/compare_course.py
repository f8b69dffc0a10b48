"""The course of the chosen figure at each site: by local day, or by the hour of each site's own clock."""

from datetime import datetime, timedelta
from typing import Any

from dash import Dash, Output

from callbacks.buckets import MOST
from callbacks.context import Context
from callbacks.live import live
from callbacks.many_sites import called, each_site
from callbacks.sightings import sightings
from components import ids
from components.compare_charts import Course, course_figure, course_px, course_words
from components.kpi_card import Kpi
from components.leaf import Leaf
from components.site_figures import RATIOS, figure_of
from components.wording import listing
from data_layer.query import Row, SeriesQuery

OUTPUTS: dict[str, Any] = {
    "figure": Output(ids.COMPARE_COURSE, "figure"),
    "style": Output(ids.COMPARE_COURSE, "style"),
    "title": Leaf(ids.COMPARE_COURSE_TITLE, "children"),
    "note": Leaf(ids.COMPARE_COURSE_NOTE, "children"),
}
_NAMES = {"1h": "hour", "1d": "day", "1w": "week"}


def register(app: Dash, services: Any) -> None:
    """Draw the chart."""
    live(app, services, name="compare-course", page="compare", outputs=OUTPUTS)(course)


def course(context: Context) -> dict[str, Any]:
    """The chart and what it is called. There is no zoom to keep, so it is drawn whole."""
    looks, kpi = each_site(context), figure_of(context.asked.metric)
    if len(looks) < 2:
        return {}
    bucket = bucket_of(looks)
    courses = [course_at(one, kpi, bucket) for one in looks]
    missing = [one.name for one in courses if not one.is_known]
    untold = f" Not drawn, since its own server tells sums of days alone: {listing(missing)}." if missing else ""
    left_out = "" if kpi.field in RATIOS or not any(one.window.live for one in looks) else f" The {_NAMES[bucket]} that still runs is left out of a sum."
    return {
        "figure": course_figure(kpi, courses, by_day=bucket != "1h", theme=context.theme),
        "style": {"height": f"{course_px(len(courses))}px"},
        "title": f"{kpi.label} by {_NAMES[bucket]}, on each site’s own clock",
        "note": course_words(kpi, courses) + left_out + untold,
    }


def bucket_of(looks: list[Context]) -> str:
    """How long the buckets of all sites are: an hour of a day or two, a day of as many as can be seen one by one, else a week."""
    longest = max((length_of(one) for one in looks), default=timedelta())
    if longest <= timedelta(days=2):
        return "1h"
    return "1d" if longest <= timedelta(days=MOST) else "1w"


def length_of(one: Context) -> timedelta:
    """How long a site's window is, from its first event on where it has no beginning."""
    start = begun(one)
    return timedelta() if start is None else (one.window.end or one.now) - start


def begun(one: Context) -> datetime | None:
    """When a site's window begins; None where it has not begun, or nothing was ever seen."""
    first = sightings(one).first
    if first is None:
        return None
    start = one.window.start or first
    return start if start < one.now else None


def course_at(one: Context, kpi: Kpi, bucket: str) -> Course:
    """A figure's course at a site. Of a sum the bucket that still runs is left out: it would look like a fall."""
    start = begun(one)
    query = SeriesQuery(site_id=one.site.site_id, start=start or one.window.start, end=one.window.end, as_of=one.now, bucket=bucket, metrics=(kpi.field,))
    told = one.services.screens.course(query)
    if told is not None:
        return Course(called(one), [moment.astimezone(one.zone) for moment in told.starts], list(told.values), is_known=bucket != "1h")
    if start is None:
        return Course(called(one), [], [])
    found: Row = one.services.screens.series(query)
    starts = [moment.astimezone(one.zone) for moment in found["starts"]]
    values = found["rows"][0]["values"][kpi.field]
    whole = len(values) - (one.window.live and kpi.field not in RATIOS and len(values) > 1)
    return Course(called(one), starts[:whole], values[:whole])
