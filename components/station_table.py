"""The stations' table: every field of docs/metrics.md."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from dash import html

from components import ids
from components.grid import Column, bar_column, grid, grid_panel, link_column, number_column, page_grid_style, text_column
from components.state_style import state_style
from components.wording import NO_DATA

_NOBODY: Mapping[str, str] = MappingProxyType({})
COLUMNS: list[Column] = [
    link_column("name", "Station", 184, "stations", pinned="left", lockPinned=True),
    text_column("state_word", "State now", 135, cellRenderer="StateCell"),
    text_column("people", "Here now", 160),
    text_column("type", "Type", 115),
    bar_column(
        "utilization_percentage", "Utilization", 165, headerTooltip="Occupied time as a share of scheduled time, or of the range where there is no schedule"
    ),
    bar_column("working_percentage", "Working share", 165, headerTooltip="Working time as a share of occupied time"),
    number_column("occupancy_time_hours", "Occupied h", 126, "hours", headerTooltip="Two people for one hour are one hour"),
    number_column("working_time_hours", "Working h", 120, "hours"),
    number_column("total_units_produced", "Units", 95, "whole"),
    number_column("throughput_rate", "Units/h", 102, "rate", headerTooltip="Units per occupied hour"),
    number_column("event_count", "Events", 100, "whole"),
]


def station_rows(stations: list[dict[str, Any]], states: Mapping[str, str | None], people: Mapping[str, str] = _NOBODY) -> list[dict[str, Any]]:
    """Rows for the grid, figures unrounded. states, people: what is done at a station now and by whom, by id; nothing for nobody."""
    return [
        row
        | {
            "id": row["station_id"],
            "name": row.get("name") or row["station_id"],
            "type": row.get("type") or NO_DATA,
            "state": states.get(row["station_id"]) or "nobody",
            "state_word": state_style(states.get(row["station_id"])).word,
            "people": people.get(row["station_id"], NO_DATA),
        }
        for row in stations
    ]


def station_panel() -> html.Section:
    """The stations' card."""
    table = grid(ids.STATION_GRID, COLUMNS, nothing="No stations here", label="Stations", opens="stations", style=page_grid_style(6))
    return grid_panel("Stations", note_id=ids.STATION_NOTE, search_id=ids.STATION_SEARCH, csv_id=ids.STATION_CSV, table=table)
