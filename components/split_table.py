"""How a drill-down's hours divide: a worker's by station, a station's by worker."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from components.grid import Column, bar_column, link_column, number_column

#: The time that a row's share is a share of, as in the figures of metrics.md that add up to a worker's or are added to a station's.
_OF_STATION = ("occupancy_time_hours",)
_OF_WORKER = ("total_active_time_hours", "total_idle_time_hours")


@dataclass(frozen=True, slots=True)
class Split:
    """key: the id by which rows are told apart. hours: the figures that make up a row's time."""

    key: str
    page: str
    header: str
    hours: tuple[str, ...]

    @property
    def columns(self) -> list[Column]:
        """The table's columns."""
        columns = [
            link_column("name", self.header, 84, self.page, flex=170),
            number_column("hours", "Hours", 74, "hours", headerTooltip="Working and idle time"),
            bar_column("share", "Share", 118, headerTooltip="Share of the hours of all rows"),
            number_column("total_units_produced", "Units", 68, "whole"),
        ]
        return [{**column, "filter": False} for column in columns]

    def rows(self, figures: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Rows of those with time or units, the longest first; figures unrounded."""
        named = [(row, sum(row[name] for name in self.hours)) for row in figures]
        total = sum(hours for _, hours in named)
        shown = [(row, hours) for row, hours in named if hours or row["total_units_produced"]]
        shown.sort(key=lambda pair: (-pair[1], pair[0][self.key]))
        return [self._row(row, hours, total) for row, hours in shown]

    def _row(self, row: Mapping[str, Any], hours: float, total: float) -> dict[str, Any]:
        share = hours / total * 100 if total else None
        return {"id": row[self.key], "name": row["name"] or row[self.key], "hours": hours, "share": share, "total_units_produced": row["total_units_produced"]}


BY_STATION = Split("station_id", "stations", "Station", _OF_STATION)
BY_WORKER = Split("worker_id", "workers", "Worker", _OF_WORKER)
