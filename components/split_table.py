"""How a drill-down's hours divide: a worker's by station, a station's by worker."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from dash import html

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

    def rows(self, figures: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Rows of those with time or units, the longest first; figures unrounded."""
        named = [(row, sum(row[name] for name in self.hours)) for row in figures]
        total = sum(hours for _, hours in named)
        shown = [(row, hours) for row, hours in named if hours or row["total_units_produced"]]
        shown.sort(key=lambda pair: (-pair[1], pair[0][self.key]))
        return [self._row(row, hours, total) for row, hours in shown]

    def _row(self, row: Mapping[str, Any], hours: float, total: float) -> dict[str, Any]:
        share = hours / total * 100 if total else None
        return {
            "id": row[self.key],
            "path": f"/{self.page}/{quote(row[self.key], safe='')}",
            "name": row["name"] or row[self.key],
            "hours": hours,
            "share": share,
            "units": row["total_units_produced"],
        }


def split_table(split: Split, body_id: str, label: str) -> html.Div:
    """The table, into whose body the browser draws the rows by itself: a grid would take a tenth of the page's time, for four columns."""
    titles = [("Hours", "Working and idle time"), ("Share", "Share of the hours of all rows"), ("Units", None)]
    head = [html.Th(split.header, scope="col", className="split__name")]
    head += [html.Th(title, scope="col", title=hint, className=f"split__{title.lower()}") for title, hint in titles]
    rows = html.Table([html.Caption(label, className="visually-hidden"), html.Thead(html.Tr(head)), html.Tbody([], id=body_id)], className="split")
    return html.Div(
        [rows, html.P("No hours in this range", className="split__nothing")], className="split__frame", role="region", tabIndex=0, **{"aria-label": label}
    )


BY_STATION = Split("station_id", "stations", "Station", _OF_STATION)
BY_WORKER = Split("worker_id", "workers", "Worker", _OF_WORKER)
