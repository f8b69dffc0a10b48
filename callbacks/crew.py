"""The overview's table of workers, sorted by what they do now."""

from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State

from callbacks.context import Context
from callbacks.live import live
from callbacks.rows import shown_workers
from components import ids
from components.crew import crew_note, crew_rows
from components.leaf import Leaf

OUTPUTS = {"rows": Output(ids.CREW, "data"), "note": Leaf(ids.CREW_NOTE, "children")}


def register(app: Dash, services: Any) -> None:
    """Fill the table."""
    live(app, services, name="crew", page="overview", outputs=OUTPUTS)(crew)
    draw = ClientsideFunction(namespace="overview", function_name="drawCrew")
    app.clientside_callback(draw, Input(ids.CREW, "data"), State(ids.CREW_ROWS, "id"))


def crew(context: Context) -> dict[str, Any]:
    """The rows, and how many workers there are."""
    shown = shown_workers(context)
    rows = crew_rows(shown, {one.worker_id: one for one in context.current_states()}, context.station_names)
    return {"rows": rows, "note": crew_note(len(rows), len(shown))}
