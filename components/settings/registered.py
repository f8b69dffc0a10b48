"""Who and what is registered at a site: workers and stations, with names, types and home stations to edit in place."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import dash_bootstrap_components as dbc
from dash import html

from components import ids
from components.grid import Column, grid, grid_style, text_column
from components.settings.controls import button, hidden_label
from components.wording import count, day

KINDS = ("worker", "station")
_TITLES = {"worker": "Workers", "station": "Stations"}
_MOST_ROWS = 8

_EDITABLE: Column = {"editable": True, "cellClass": "cell-editable", "singleClickEdit": True}
_COLUMNS: dict[str, list[Column]] = {
    "worker": [
        text_column("id", "Worker", 90),
        text_column("name", "Name", 140, **_EDITABLE),
        text_column("home", "Home station", 110, cellEditor="agSelectCellEditor", cellEditorParams={"function": "homeStations(params)"}, **_EDITABLE),
        text_column("note", "Remark", 120),
    ],
    "station": [
        text_column("id", "Station", 90),
        text_column("name", "Name", 150, **_EDITABLE),
        text_column("type", "Type", 110, **_EDITABLE),
        text_column("note", "Remark", 120),
    ],
}


def registered_panel(kind: str) -> html.Section:
    """The table of one kind, and a line that adds to it. kind: worker or station."""
    one, many = kind, _TITLES[kind].lower()
    table = grid(ids.register(kind, "grid"), _COLUMNS[kind], nothing=f"No {many} yet", label=_TITLES[kind], style=grid_style(3))
    table.children.dashGridOptions |= {"stopEditingWhenCellsLoseFocus": True}
    head = [html.H2(_TITLES[kind]), html.Span("", id=ids.register(kind, "note"), className="panel__note")]
    id_ = dbc.Input(id=ids.register(kind, "id"), type="text", maxLength=128, placeholder="Id, as cameras send it", autoComplete="off")
    name = dbc.Input(id=ids.register(kind, "name"), type="text", maxLength=200, placeholder="Name", autoComplete="off")
    add = html.Div(
        [hidden_label(f"Id of the new {one}", id_), hidden_label("Name", name), button(ids.register(kind, "add"), f"Add {one}", "plus-lg")],
        className="add-line for-supervisors",
    )
    result = html.P("", id=ids.register(kind, "result"), className="panel__foot", role="status")
    return html.Section([html.Header(head, className="panel__head"), table, add, result], className="card-box panel")


def worker_rows(workers: Sequence[dict[str, Any]], now: datetime) -> list[dict[str, Any]]:
    """Rows of the workers. now: on the site's clock."""
    return [{"id": row["worker_id"], "name": row["name"] or "", "home": row["home_station_id"] or "", "note": _note(row, now)} for row in workers]


def station_rows(stations: Sequence[dict[str, Any]], now: datetime) -> list[dict[str, Any]]:
    """Rows of the stations."""
    return [{"id": row["station_id"], "name": row["name"] or "", "type": row["type"] or "", "note": _note(row, now)} for row in stations]


def _note(row: dict[str, Any], now: datetime) -> str:
    """Who was registered by being seen is new until somebody gives a name."""
    if row["is_demo"]:
        return "demo"
    return "" if row["name"] else f"new since {day(row['created_at'].astimezone(now.tzinfo).date(), now.date())}"


def registered_note(rows: Sequence[dict[str, Any]], kind: str) -> str:
    """ "6 workers, 2 of them new"."""
    new = sum(row["note"].startswith("new") for row in rows)
    return count(len(rows), kind) + (f", {new} of them new" if new else "")


def registered_style(rows: int) -> dict[str, str]:
    """The height of the table."""
    return grid_style(rows, _MOST_ROWS)
