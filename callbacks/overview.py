"""The overview, kept in step with filters and time: one reading, then leaf properties only, so that nothing jumps."""

import logging
import time
from typing import Any

from dash import ALL, Dash, Input, Output, State, no_update
from dash.exceptions import PreventUpdate

from access.roles import Role
from callbacks.figures import overview_view
from callbacks.filters import Filters
from callbacks.gate import callback
from callbacks.snapshot import UnknownSiteError, take_snapshot
from components import ids
from components.filter_bar import site_options
from components.floor import floor_tile
from components.kpi_card import AT_WORK_NOW, KPIS
from components.shell import FAILED, notice_class

log = logging.getLogger(__name__)

KPI_LEAVES = {"value": "children", "unit": "children", "figure": "className", "change": "children", "icon": "className", "line": "className"}

OUTPUTS: dict[str, Any] = {
    "page": Output(ids.PAGE, "className"),
    "notice": Output(ids.NOTICE_TEXT, "children"),
    "notice_class": Output(ids.NOTICE, "className"),
    "stamp": Output(ids.STAMP, "data"),
    "lead": Output(ids.SENTENCE_LEAD, "children"),
    "when": Output(ids.SENTENCE_WHEN, "children"),
    "rest": Output(ids.SENTENCE_REST, "children"),
    "kpis": {kpi.key: {leaf: Output(ids.kpi(kpi.key, leaf), prop) for leaf, prop in KPI_LEAVES.items()} for kpi in (*KPIS, AT_WORK_NOW)},
    "tiles": Output(ids.FLOOR, "children"),
    "floor": Output(ids.FLOOR_DATA, "data"),
    "floor_note": Output(ids.FLOOR_NOTE, "children"),
    "elsewhere": Output(ids.FLOOR_ELSEWHERE, "children"),
    "worker_rows": Output(ids.WORKER_GRID, "rowData"),
    "worker_style": Output(ids.WORKER_GRID, "style"),
    "worker_note": Output(ids.WORKER_NOTE, "children"),
    "station_rows": Output(ids.STATION_GRID, "rowData"),
    "station_style": Output(ids.STATION_GRID, "style"),
    "station_note": Output(ids.STATION_NOTE, "children"),
    "site_options": Output(ids.SITE, "options"),
    "station_options": Output(ids.STATIONS, "options"),
    "demo_class": Output(ids.DEMO_PANEL, "className"),
    "demo_site": Output(ids.DEMO_SITE, "children"),
    "welcome": Output(ids.WELCOME_NOTE, "children"),
}


def register(app: Dash, services: Any) -> None:
    """Fill the overview when a filter changes, when demo data comes or goes, and every few seconds."""

    @callback(
        app,
        role=Role.VIEWER,
        output=OUTPUTS,
        inputs={
            "search": Input(ids.FILTERS, "data"),
            "_tick": Input(ids.TICK, "n_intervals"),
            "_nudge": Input(ids.NUDGE, "data"),
            "shown": {
                "tiles": State({"tile": "box", "station": ALL}, "id"),
                "site_options": State(ids.SITE, "options"),
                "station_options": State(ids.STATIONS, "options"),
                "stamp": State(ids.STAMP, "data"),
            },
        },
    )
    def overview(search: str | None, _tick: int | None, _nudge: int | None, shown: dict[str, Any]) -> dict[str, Any]:
        return refresh(services, search, shown)


def refresh(services: Any, search: str | None, shown: dict[str, Any]) -> dict[str, Any]:
    """The overview's outputs for a query string.

    shown: what the page shows already, so that what is unchanged stays mounted.
    search: None until the browser has read its address.
    """
    if search is None:
        raise PreventUpdate
    try:
        snapshot = take_snapshot(services, Filters.from_query(search))
        view = overview_view(snapshot)
    except UnknownSiteError as unknown:
        return failed(f"There is no site “{unknown}”. Choose another one above.", None) | _choices(services, shown, unknown=str(unknown))
    except Exception:
        log.exception("overview: cannot read %r", search)
        sentence = "The figures can't be read at the moment; the server's log says why. Trying again every few seconds."
        return failed(sentence, _last_good(shown["stamp"] or {}, search)) | _choices(services, shown)
    tiles = view.pop("tile_list")
    same_tiles = [tile_id["station"] for tile_id in shown["tiles"]] == [tile.station_id for tile in tiles]
    return view | {
        "notice": "",
        "notice_class": notice_class(None),
        "stamp": view["stamp"] | {"search": search, "answer": time.time_ns()},  # each answer differs, for the badge to age it
        "tiles": no_update if same_tiles else [floor_tile(tile) for tile in tiles],
        "floor": {tile.station_id: tile.leaves() for tile in tiles},
        # An open list of choices would close if it were handed the same options again.
        **{name: no_update if view[name] == shown[name] else view[name] for name in ("site_options", "station_options")},
    }


def failed(sentence: str, seen_at: str | None) -> dict[str, Any]:
    """Outputs that say what went wrong, in place, and leave the rest alone.

    seen_at: clock time of the figures on the screen if they answer the present question; otherwise they are hidden.
    """
    outputs = _unchanged(OUTPUTS)
    text = f"{sentence} What you see is from {seen_at}." if seen_at else sentence
    return outputs | {"notice": text, "notice_class": notice_class(text), "page": no_update if seen_at else FAILED}


def _last_good(stamp: dict[str, Any], search: str) -> str | None:
    return stamp.get("clock") if stamp.get("search") == search else None


def _choices(services: Any, shown: dict[str, Any], *, unknown: str | None = None) -> dict[str, Any]:
    """The list of sites, as the way out of a failure; nothing if it can't be read either."""
    try:
        options = site_options([(site.site_id, site.name) for site in services.sites.list()], unknown=unknown)
    except Exception:
        log.exception("overview: cannot list the sites")
        return {}
    return {} if options == shown["site_options"] else {"site_options": options}


def _unchanged(outputs: Any) -> Any:
    return {name: _unchanged(part) for name, part in outputs.items()} if isinstance(outputs, dict) else no_update
