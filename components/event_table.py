"""The events behind a drill-down as a table, newest first."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from components.grid import Column, link_column, number_column, text_column
from components.state_style import STATE_STYLE
from components.wording import NO_DATA, day_clock, number

_UNITS = "Units finished"
NOT_COUNTED = "no: low confidence"
WHY = "Its confidence is below the least that the site asks for, so no figure contains it."

# What is loaded is the newest part of a longer list: to sort or filter that part alone would mislead.
_FIXED: Column = {"sortable": False, "filter": False}


def event_columns(other: str) -> list[Column]:
    """The columns. other: what stands beside the one whose events they are, "station" or "worker"."""
    key, page = {"station": ("workstation_id", "stations"), "worker": ("worker_id", "workers")}[other]
    columns = [
        text_column("time", "Time", 190),
        text_column("word", "Event", 135, cellRenderer="StateCell"),
        link_column("other", other.capitalize(), 155, page, of=key),
        number_column("count", "Units", 80, "whole"),
        number_column("confidence", "Confidence", 110, "confidence"),
        text_column("camera_id", "Camera", 110),
        number_column("event_id", "Event id", 110, "plain"),
        text_column("counted", "Counted", 165, tooltipField="why"),
    ]
    return [{**column, **_FIXED} for column in columns]


def event_rows(events: list[dict[str, Any]], other: str, names: Mapping[str, str], now: datetime) -> list[dict[str, Any]]:
    """Rows for the grid. names: of the stations or workers, by id. now: on the site's clock, on which the events' times are shown."""
    key = {"station": "workstation_id", "worker": "worker_id"}[other]
    return [
        {
            "id": str(event["event_id"]),
            "event_id": event["event_id"],
            "time": day_clock(event["timestamp"].astimezone(now.tzinfo), now.date(), seconds=True),
            "state": event["event_type"],
            "word": STATE_STYLE[event["event_type"]].word if event["event_type"] in STATE_STYLE else _UNITS,
            key: event[key],
            "other": names.get(event[key], event[key]) if event[key] else NO_DATA,
            "count": event["count"],
            "confidence": event["confidence"],
            "camera_id": event["camera_id"] or NO_DATA,
            **({"counted": "yes", "why": ""} if event["visible"] else {"counted": NOT_COUNTED, "why": WHY}),
        }
        for event in events
    ]


def events_note(shown: int, *, more: bool, most: int) -> str:
    """How many there are, or how many of them are here."""
    if not shown:
        return "none found yet" if more else "none in this range"
    if not more:
        return f"all {number(shown)}"
    return f"the newest {number(shown)}" + ("; the CSV file has all" if shown >= most else "")
