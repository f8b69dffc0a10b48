"""The stations' table: every field of docs/metrics.md."""

from typing import Any

from dash import html

from components import ids
from components.grid import Column, bar_column, grid, grid_panel, number_column, text_column
from components.state_style import state_style

COLUMNS: list[Column] = [
    text_column("name", "Station", 150, pinned="left", lockPinned=True, cellRenderer="NameCell"),
    text_column("state_word", "State now", 135, cellRenderer="StateCell"),
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


def station_rows(stations: list[dict[str, Any]], states: dict[str, str | None]) -> list[dict[str, Any]]:
    """Rows for the grid, figures unrounded. states: station id to the state of its floor tile, None or missing for nobody."""
    return [
        row
        | {
            "id": row["station_id"],
            "name": row.get("name") or row["station_id"],
            "type": row.get("type") or "—",
            "state": states.get(row["station_id"]) or "nobody",
            "state_word": state_style(states.get(row["station_id"])).word,
        }
        for row in stations
    ]


def station_panel() -> html.Section:
    """The stations' card."""
    table = grid(ids.STATION_GRID, COLUMNS, nothing="No stations here", label="Stations")
    return grid_panel("Stations", note_id=ids.STATION_NOTE, search_id=ids.STATION_SEARCH, table=table)
