"""How a window is split for its charts: how long the buckets are, and which of them there will be until the window is over."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from math import inf

from callbacks.context import Context
from callbacks.window import Window
from components.hour_charts import Slots
from data_layer.query import Row
from metrics.series import BUCKETS, edges
from metrics.units import to_datetimes, to_micros

#: Fewer points are no course, and more than these are not seen one by one.
FEWEST, MOST = 8, 60
_COURSE = (
    "total_productive_time_hours",
    "total_idle_time_hours",
    "total_absent_time_hours",
    "no_signal_hours",
    "total_production_count",
    "average_production_rate",
    "average_utilization_percentage",
    "coverage_percentage",
)
_LENGTHS = {name: timedelta(microseconds=BUCKETS[name]) for name in ("1w", "1d", "1h", "15m")}


def bucket_for(window: Window, now: datetime, first: datetime | None = None, *, least: str = "15m") -> str:
    """The longest bucket that makes 8 to 60 points of a window up to now, or else the one that comes nearest: 15m, 1h, 1d or 1w.

    first: the site's first event, where a window without a beginning begins. least: the shortest bucket that is wanted.
    """
    length = (window.end or now) - (window.start or first or now)
    offered = [name for name, bucket in _LENGTHS.items() if bucket >= _LENGTHS[least]]
    return min(offered, key=lambda name: _excess(length / _LENGTHS[name]))


def _excess(points: float) -> float:
    """By how many times points are too few or too many; 1 where neither."""
    return max(FEWEST / points if points > 0 else inf, points / MOST, 1.0)


def slots(context: Context, first: datetime) -> Slots:
    """The buckets of hours, days or weeks of the context's window, to the end of the day or shift that runs: the future is empty, but has its place.

    first: the site's first event.
    """
    start, end = context.window.start or first, _over(context)
    bucket = bucket_for(Window(start, end, live=False), context.now, least="1h")
    low, high = to_micros(beginning(context, bucket, first)), to_micros(end)
    found = to_datetimes(edges(context.site.rules.clock, low, high, BUCKETS[bucket]))
    return Slots(found[:-1], found[1:], bucket, context.zone, context.now)


def course(context: Context, bucket: str, first: datetime) -> Row:
    """The factory's figures by bucket, in the order of `slots`; cards and charts ask for the same ones, and so only once. first: the site's first event."""
    return context.series(bucket=bucket, metrics=_COURSE, start=beginning(context, bucket, first))


def station_units(context: Context, first: datetime | None) -> dict[str, int | None]:
    """Units of each station over the window: less to ask for than all figures of the stations; None where they are kept back. first: the site's first event."""
    if first is None or (context.window.start or first) >= context.now:
        return {}
    found = context.series(bucket="1w", by="workstation", metrics=("total_units_produced",), start=beginning(context, "1w", first))
    return {row["station_id"]: _added(row["values"]["total_units_produced"]) for row in found["rows"]}


def _added(values: Sequence[int | None]) -> int | None:
    """The sum of those that are told; None where none is."""
    known = [value for value in values if value is not None]
    return sum(known) if known or not values else None


def beginning(context: Context, bucket: str, first: datetime) -> datetime:
    """When the first bucket begins: with the window, but of weeks those before the site's first event are left out, which may be hundreds."""
    start = context.window.start or first
    return max(start, first - _LENGTHS["1w"]) if bucket == "1w" else start


def _over(context: Context) -> datetime:
    """When the window is over: for one that runs, at the end of the shift or the day."""
    if context.window.end is not None and not context.window.live:
        return context.window.end
    if context.window.shift is not None:
        return context.window.shift.end
    tomorrow = context.now.astimezone(context.zone).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), context.zone).astimezone(UTC)


def worth_showing(found: Slots, busy: Sequence[int], scheduled: Sequence[int]) -> tuple[int, int]:
    """First and last place of the part of a day's axis that is worth its room; all of any other axis.

    busy: places with anything in them. scheduled: places with scheduled time, none at a site without a schedule.
    """
    last = len(found.starts) - 1
    if found.bucket != "1h" or last > 24 or not (busy or scheduled):
        return 0, last
    places = [*busy, *scheduled, *([found.running] if found.running is not None else [])]
    return min(places), max(places) if scheduled else last
