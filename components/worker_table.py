"""The workers' table: every field of docs/metrics.md, with the state of the moment."""

from typing import Any

from dash import html

from components import ids
from components.grid import Column, bar_column, grid, grid_panel, link_column, number_column, page_grid_style, text_column
from components.state_style import state_style

COLUMNS: list[Column] = [
    link_column("name", "Worker", 160, "workers", pinned="left", lockPinned=True),
    text_column("state_word", "State now", 125, cellRenderer="StateCell"),
    text_column("station", "Station now", 150),
    bar_column("utilization_percentage", "Utilization", 165, headerTooltip="Working time as a share of working and idle time"),
    number_column("total_active_time_hours", "Working h", 120, "hours"),
    number_column("total_idle_time_hours", "Idle h", 95, "hours"),
    number_column("total_absent_time_hours", "Absent h", 115, "hours", headerTooltip="Absence counts inside scheduled time only, where there is a schedule"),
    number_column("total_units_produced", "Units", 95, "whole"),
    number_column("units_per_hour", "Units/h", 102, "rate", headerTooltip="Units per working hour"),
    number_column("event_count", "Events", 100, "whole"),
    number_column("tracked_time_hours", "Tracked h", 120, "hours", headerTooltip="Scheduled time of the shifts that the worker attends"),
    number_column("no_signal_hours", "No signal h", 132, "hours", headerTooltip="Tracked time in which no camera knew what the worker did"),
    number_column("coverage_percentage", "Coverage %", 130, "rate", headerTooltip="Tracked time less no signal, as a share of tracked time"),
]


def worker_rows(workers: list[dict[str, Any]], states: dict[str, str], stations: dict[str, str]) -> list[dict[str, Any]]:
    """Rows for the grid, figures unrounded.

    workers: rows of the metrics. states: worker id to current state. stations: worker id to the name of the station where the worker is now.
    """
    return [
        row
        | {
            "id": row["worker_id"],
            "name": row.get("name") or row["worker_id"],
            "state": states.get(row["worker_id"], "no_signal"),
            "state_word": state_style(states.get(row["worker_id"], "no_signal")).word,
            "station": stations.get(row["worker_id"], "—"),
        }
        for row in workers
    ]


def worker_panel() -> html.Section:
    """The workers' card."""
    table = grid(ids.WORKER_GRID, COLUMNS, nothing="No workers here", label="Workers", opens="workers", style=page_grid_style(6))
    return grid_panel("Workers", note_id=ids.WORKER_NOTE, search_id=ids.WORKER_SEARCH, csv_id=ids.WORKER_CSV, table=table)
