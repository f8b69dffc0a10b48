"""The stations' page: its table, kept in step with filters and time."""

from typing import Any

from dash import Dash, Output

from callbacks import detail
from callbacks.context import Context
from callbacks.live import live
from callbacks.roster import register_roster
from callbacks.rows import shown_stations
from components import ids
from components.detail import STATION
from components.grid import page_grid_style
from components.leaf import Leaf
from components.now import by_station
from components.station_table import station_rows
from components.wording import NO_DATA, count, listing

OUTPUTS = {
    "rows": Output(ids.STATION_GRID, "rowData"),
    "style": Output(ids.STATION_GRID, "style"),
    "note": Leaf(ids.STATION_NOTE, "children"),
}


def register(app: Dash, services: Any) -> None:
    """Fill the table and the drill-down."""
    live(app, services, name="stations", page="stations", part="list", outputs=OUTPUTS)(stations)
    register_roster(app, STATION, grid_id=ids.STATION_GRID, search_id=ids.STATION_SEARCH, csv_id=ids.STATION_CSV)
    detail.register(app, services, STATION)


def stations(context: Context) -> dict[str, Any]:
    """The table's rows and how many there are."""
    shown = shown_stations(context)
    here = by_station(context.current_states())
    names = context.worker_names
    people = {station: listing([names.get(one.worker_id, one.worker_id) for one in some], most=3) for station, some in here.items()}
    rows = station_rows(shown, {station: some[0].state for station, some in here.items()}, people)
    if context.site.privacy.shows_groups:
        rows = [{**row, "state": "", "state_word": NO_DATA} for row in rows]
    return {"rows": rows, "style": page_grid_style(len(rows)), "note": note(context, len(rows))}


def note(context: Context, shown: int) -> str:
    """ "6 stations", "2 of 6 stations, the time of the chosen workers"."""
    all_of_them = count(len(context.stations), "station")
    of_workers = ", the time of the chosen workers" if context.filters.worker_ids else ""
    return (all_of_them if shown == len(context.stations) else f"{shown} of {all_of_them}") + of_workers
