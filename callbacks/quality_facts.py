"""From the quality of a site's data to what the leaves of its page say."""

from datetime import datetime, timedelta

from callbacks.context import Context
from callbacks.findings import seconds
from components.camera_table import CameraRow
from components.wording import NO_DATA, count, day_clock, number
from data_layer.quality import CameraQuality, Quality, Tally, read_quality
from data_layer.query import MetricsQuery


def read(context: Context) -> Quality:
    """The quality of the site's data in the window, whatever the filters: worked out once for all screens."""
    query = context.query(MetricsQuery, station_ids=(), station_types=(), worker_ids=())
    found: Quality = context.services.screens.once(("quality", query), lambda: read_quality(context.services.database, query))
    return found


def local(context: Context) -> datetime:
    """Now, on the site's clock."""
    return context.now.astimezone(context.zone)


def shown_cameras(context: Context, found: Quality) -> list[CameraQuality]:
    """The cameras that see a chosen station; all of them where none is chosen."""
    if not (context.filters.station_ids or context.filters.station_types):
        return [*found.cameras]
    chosen = {row["station_id"] for row in context.shown_stations}
    return [camera for camera in found.cameras if chosen.intersection(camera.station_ids)]


def camera_row(camera: CameraQuality, context: Context) -> CameraRow:
    """A camera for the table."""
    tally, names, seen = camera.tally, context.station_names, camera.last_seen_at
    figures = {name: getattr(tally, name) for name in ("events", "rate", "late", "refused", "possible_duplicates", "low_confidence")}
    low = tally.low_confidence / tally.events * 100 if tally.events else None
    return CameraRow(
        camera_id=camera.camera_id,
        name=camera.name,
        state="never" if seen is None else "silent" if camera.lapse else "live" if context.window.live else "heard",
        stations=[names.get(station_id, station_id) for station_id in camera.station_ids],
        seen=None if seen is None else seen.astimezone(context.zone),
        figures={**figures, "repeated": camera.repeated, "skew_seconds": camera.skew_seconds, "low_percentage": low},
    )


def camera_note(shown: int, known: int) -> str:
    """ "6 cameras", "4 of 6 cameras, those that see the chosen stations"."""
    everything = count(known, "camera")
    return everything if shown == known else f"{number(shown)} of {everything}, those that see the chosen stations"


def facts(found: Quality, now: datetime) -> dict[str, tuple[str, str]]:
    """The figures of all the site's data, a value and words below it, by key of FACTS."""
    tally = found.tally
    seen = found.last_seen_at
    waiting = f"{number(found.refusals.open)}{' or more' if found.refusals.more else ''} waiting" if found.refusals.open else "none waiting"
    return {
        "rate": (number(tally.rate, 1 if (tally.rate or 0) >= 10 else 2), count(tally.events, "event")),
        "seen": (NO_DATA if seen is None else day_clock(seen.astimezone(now.tzinfo), now.date()), _ago(seen, now)),
        "late": (number(tally.late), f"{_percent(tally.late, tally)}, up to {seconds(tally.longest_delay_seconds)}" if tally.late else ""),
        "repeated": (number(found.repeated), "of all time"),
        "duplicates": (number(tally.possible_duplicates), _percent(tally.possible_duplicates, tally)),
        "refused": (number(tally.refused) + (" or more" if found.refusals.more_in_window else ""), waiting),
        "unsure": (number(tally.low_confidence), _percent(tally.low_confidence, tally)),
        "skew": (
            NO_DATA if found.skew_seconds is None else f"{number(found.skew_seconds, 1)} s",
            "" if found.skew_seconds is None else "median of the cameras",
        ),
    }


def _percent(some: int, tally: Tally) -> str:
    return f"{number(some / tally.events * 100, 1)} %" if some else ""


def _ago(seen: datetime | None, now: datetime) -> str:
    return "" if seen is None else f"{seconds(max((now - seen).total_seconds(), 0.0))} ago"


def counted(found: Quality, context: Context) -> str:
    """That not all of the range was counted, if so: "Counted over the last 12 hours of the range …"."""
    if found.counted_from is None:
        return ""
    length = (context.window.end or context.now) - found.counted_from
    why = "those before it are archived" if found.archived else "the whole of it holds more than can be counted while you wait"
    return f"Events are counted over the last {_length(length)} of the range: {why}."


def _length(length: timedelta) -> str:
    """ "2 days", "12 hours", "5 minutes": of the lengths that a stretch may have."""
    for unit, one in (("day", timedelta(days=1)), ("hour", timedelta(hours=1))):
        if length > one or (length == one and unit == "hour"):
            return count(round(length / one), unit)
    return count(round(length / timedelta(minutes=1)), "minute")
