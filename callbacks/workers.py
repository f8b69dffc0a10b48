"""The workers' page: its table, kept in step with filters and time."""

from typing import Any

from dash import Dash, Output

from callbacks import detail
from callbacks.context import Context
from callbacks.live import live
from callbacks.roster import register_roster
from callbacks.rows import shown_workers
from components import ids
from components.detail import WORKER
from components.grid import page_grid_style
from components.leaf import Leaf
from components.state_style import AT_WORK
from components.wording import count
from components.worker_table import worker_rows
from data_layer.privacy import About

OUTPUTS = {
    "rows": Output(ids.WORKER_GRID, "rowData"),
    "style": Output(ids.WORKER_GRID, "style"),
    "note": Leaf(ids.WORKER_NOTE, "children"),
}


def register(app: Dash, services: Any) -> None:
    """Fill the table and the drill-down."""
    live(app, services, name="workers", page="workers", part="list", outputs=OUTPUTS)(workers)
    register_roster(app, WORKER, grid_id=ids.WORKER_GRID, search_id=ids.WORKER_SEARCH, csv_id=ids.WORKER_CSV)
    detail.register(app, services, WORKER)


def workers(context: Context) -> dict[str, Any]:
    """The table's rows and how many there are."""
    context.site.privacy.check(context.site.site_id, About.PEOPLE)
    shown = shown_workers(context)
    states = context.current_states()
    names = context.station_names
    where = {one.worker_id: names.get(one.station_id, one.station_id) for one in states if one.station_id and one.state in AT_WORK}
    rows = worker_rows(shown, {one.worker_id: one.state for one in states}, where)
    return {"rows": rows, "style": page_grid_style(len(rows)), "note": note(context, len(rows))}


def note(context: Context, shown: int) -> str:
    """ "6 workers", "4 of 6 workers, their time at the chosen stations"."""
    everyone = count(len(context.workers), "worker")
    at_stations = ", their time at the chosen stations" if context.filters.station_ids or context.filters.station_types else ""
    return (everyone if shown == len(context.workers) else f"{shown} of {everyone}") + at_stations
