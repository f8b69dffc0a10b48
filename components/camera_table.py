"""The cameras' table: what each sent, how late, how sure and how often, and whether it is heard."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dash import html

from components import ids
from components.grid import Column, grid, grid_panel, grid_style, number_column, text_column
from components.wording import NO_DATA, day_clock, listing

COLUMNS: list[Column] = [
    text_column("name", "Camera", 190, pinned="left", lockPinned=True, cellClass="cell-name", tooltipField="name"),
    text_column("state_word", "State", 132, cellRenderer="StateCell"),
    text_column("stations", "Sees", 150, tooltipField="stations"),
    # Sorted by the instant, shown as a time of day; nobody filters by milliseconds.
    number_column("seen", "Last seen", 120, "", valueFormatter={"function": "params.data.seen_text"}, filter=False),
    number_column("events", "Events", 92, "whole"),
    # Two digits: a camera that tells changes alone says little in a minute.
    number_column("rate", "Per min", 104, "confidence", headerTooltip="Events a minute"),
    number_column("late", "Late", 82, "whole", headerTooltip="Received more than 60 s after their timestamp"),
    number_column("repeated", "Repeats", 102, "whole", headerTooltip="Sent again, since the camera was first heard; each is stored once"),
    number_column("refused", "Refused", 102, "whole", headerTooltip="Entries of the quarantine that name the camera"),
    number_column(
        "possible_duplicates", "Duplicates?", 118, "whole", headerTooltip="Possible duplicates: of the same second, worker and station as another event"
    ),
    number_column(
        "skew_seconds", "Clock skew s", 126, "rate", headerTooltip="Median of received − sent_at over its latest events; above zero its clock is behind"
    ),
    number_column("low_confidence", "Unsure", 98, "whole", headerTooltip="Low confidence: below the site's minimum, in no figure"),
    number_column("low_percentage", "Unsure %", 112, "rate", headerTooltip="Low confidence, as a share of the camera's events"),
]

_MOST_STATIONS = 3


@dataclass(frozen=True, slots=True)
class CameraRow:
    """A camera as the table shows it. seen: when something last came, on the site's clock. state: live; heard, in a range that is over; silent; or never."""

    camera_id: str
    name: str | None
    state: str
    stations: Sequence[str]
    seen: datetime | None
    figures: Mapping[str, float | None]


STATE_WORDS = {"live": "Live", "heard": "Heard", "silent": "Silent", "never": "Never heard"}


def camera_rows(cameras: Sequence[CameraRow], now: datetime) -> list[dict[str, Any]]:
    """Rows for the grid, figures unrounded. now: on the site's clock."""
    return [
        {
            "id": camera.camera_id,
            "name": camera.name or camera.camera_id,
            "state": f"camera-{camera.state}",
            "state_word": STATE_WORDS[camera.state],
            "stations": listing([*camera.stations], _MOST_STATIONS) or NO_DATA,
            "seen": None if camera.seen is None else camera.seen.timestamp() * 1000,
            "seen_text": NO_DATA if camera.seen is None else day_clock(camera.seen, now.date(), seconds=True),
            **camera.figures,
        }
        for camera in cameras
    ]


def camera_panel() -> html.Section:
    """The cameras' card: the table, or what to do for a first row of it."""
    table = grid(ids.CAMERA_GRID, COLUMNS, nothing="No camera sees the chosen stations", label="Cameras", style=grid_style(4))
    body = html.Div([table, _none()], id=ids.CAMERA_PANEL, className=camera_class(known=True))
    return grid_panel("Cameras", note_id=ids.CAMERA_NOTE, search_id=ids.CAMERA_SEARCH, table=body)


def camera_class(*, known: bool) -> str:
    """The class of the card's body. known: whether the site has any camera."""
    return "cameras" if known else "cameras cameras--none"


def _none() -> html.Div:
    words = [
        "A camera appears here as soon as an event names it: send ",
        html.Code("camera_id"),
        " with your events, and ",
        html.Code("sent_at"),
        " to have its clock checked. How, with examples: ",
        html.Code("docs/integration.md"),
        " and the ",
        html.A("API's own page", href="/api/docs"),
        ".",
    ]
    return html.Div([html.P(html.Strong("No camera has sent anything yet.")), html.P(words)], className="cameras__none")
