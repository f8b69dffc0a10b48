"""Workers and stations on the settings page: shown, named in place, and added by id."""

import logging
import time
from typing import Any
from zoneinfo import ZoneInfo

from dash import Dash, Input, Output, State, no_update
from dash.exceptions import PreventUpdate
from werkzeug.exceptions import BadRequest

from access.roles import Role
from access.web.witness import noting
from callbacks.context import Context
from callbacks.filters import Filters
from callbacks.gate import callback
from callbacks.telling import tell_change
from components import ids
from components.leaf import Leaf
from components.settings.registered import KINDS, registered_note, registered_style, station_rows, worker_rows
from data_layer.query import Row
from data_layer.registered import UnknownId
from data_layer.scope import UnknownSite
from data_layer.tables import workers, workstations
from data_layer.texts import ID_LENGTH, NAME_LENGTH, TYPE_LENGTH, InvalidText, checked_id, checked_text

log = logging.getLogger(__name__)

_TABLES = {"worker": workers, "station": workstations}
_KEYS = {"worker": "worker_id", "station": "station_id"}
#: The columns that can be edited: what is stored, its words, and its greatest length.
_NAME = ("name", "name", NAME_LENGTH)
_FIELDS = {
    "worker": {"name": _NAME, "home": ("home_station_id", "home station", ID_LENGTH)},
    "station": {"name": _NAME, "type": ("type", "type", TYPE_LENGTH)},
}
_FAILED = "That could not be saved; the server's log says why."

OUTPUTS = {
    kind: {
        "rows": Output(ids.register(kind, "grid"), "rowData"),
        "style": Output(ids.register(kind, "grid"), "style"),
        "note": Leaf(ids.register(kind, "note"), "children"),
    }
    for kind in KINDS
}
STATES = {"shown": {kind: State(ids.register(kind, "grid"), "rowData") for kind in KINDS}}


def register(app: Dash, services: Any) -> None:
    """Wire both tables."""
    for kind in KINDS:
        _wire(app, services, kind)


def _wire(app: Dash, services: Any, kind: str) -> None:
    result = Output(ids.register(kind, "result"), "children", allow_duplicate=True)

    @callback(
        app,
        result,
        Output(ids.register(kind, "grid"), "rowData", allow_duplicate=True),
        Input(ids.register(kind, "grid"), "cellValueChanged"),
        State(ids.FILTERS, "data"),
        prevent_initial_call=True,
        role=Role.SUPERVISOR,
    )
    def edit(cells: list[Row] | None, search: str | None) -> tuple[Any, ...]:
        if not cells:
            raise PreventUpdate
        words, nudge, rows = named(services, Filters.from_query(search).site_id, kind, cells[-1])
        tell_change(nudge)
        return words, rows

    @callback(
        app,
        result,
        Output(ids.register(kind, "id"), "value"),
        Output(ids.register(kind, "name"), "value"),
        Input(ids.register(kind, "add"), "n_clicks"),
        Input(ids.register(kind, "id"), "n_submit"),
        Input(ids.register(kind, "name"), "n_submit"),
        State(ids.register(kind, "id"), "value"),
        State(ids.register(kind, "name"), "value"),
        State(ids.FILTERS, "data"),
        running=[(Output(ids.register(kind, "add"), "disabled"), True, False)],
        prevent_initial_call=True,
        role=Role.SUPERVISOR,
    )
    def add(clicks: int | None, entered: int | None, entered_too: int | None, id_: str | None, name: str | None, search: str | None) -> tuple[Any, ...]:
        if not (clicks or entered or entered_too):
            raise PreventUpdate
        words, nudge, *fields = added(services, Filters.from_query(search).site_id, kind, id_ or "", name or "")
        tell_change(nudge)
        return words, *fields


def registered(context: Context, shown: dict[str, list[Row]]) -> dict[str, Any]:
    """Both tables; rows that are shown already are left alone, lest a cell that is being edited be closed."""
    now = context.now.astimezone(context.zone)
    rows = {"worker": worker_rows(context.everybody, now), "station": station_rows(context.stations, now)}
    return {
        kind: {
            "rows": no_update if found == shown[kind] else found,
            "style": registered_style(len(found)),
            "note": registered_note(found, kind),
        }
        for kind, found in rows.items()
    }


def named(services: Any, site_id: str, kind: str, cell: Row) -> tuple[Any, Any, Any]:
    """Store an edited cell: what came of it in words, a nudge, and the table's rows where the cell must go back to what it was.

    cell: as the browser tells of it, which may be anything: of what isn't in the table nothing comes to be. Raises BadRequest.
    """
    id_, (field, words, longest), text = _edited(kind, cell)
    try:
        value = checked_text(text, words, longest) if text else None
        noted = noting("named", site_id, id_, fields=[field])
        services.sites.register(_TABLES[kind], site_id, id_, {field: value}, services.clock.now(), also=noted, new=False)
    except InvalidText as error:
        return f"{id_}, {error}", no_update, _rows(services, site_id, kind)
    except UnknownSite as error:
        return str(error), no_update, no_update
    except UnknownId as error:
        return str(error), no_update, _rows(services, site_id, kind)
    except Exception:
        log.exception("settings: cannot name the %s %s of %s", kind, id_, site_id)
        return _FAILED, no_update, _rows(services, site_id, kind)
    return f"{id_} has no {words} any more." if value is None else f"{id_}: the {words} is “{value}” now.", time.time_ns(), no_update


def _edited(kind: str, cell: Row) -> tuple[str, tuple[str, str, int], str]:
    """Whose cell it is, of which column, and what was typed into it. Raises BadRequest."""
    try:
        id_, column, typed = checked_id(cell["data"]["id"], "id"), _FIELDS[kind][cell["colId"]], cell["value"] or ""
    except (KeyError, TypeError, InvalidText):
        raise BadRequest("This is no cell of the table.") from None
    if not isinstance(typed, str):
        raise BadRequest("The value must be a text.")
    return id_, column, typed.strip()


def _rows(services: Any, site_id: str, kind: str) -> Any:
    try:
        now, site = services.clock.now(), services.sites.get(site_id)
        rows = services.sites.registered(_TABLES[kind], site_id)
    except Exception:
        log.exception("settings: cannot read the %ss of %s", kind, site_id)
        return no_update
    return (worker_rows if kind == "worker" else station_rows)(rows, now.astimezone(ZoneInfo(site.timezone)))


def added(services: Any, site_id: str, kind: str, id_: str, name: str) -> tuple[Any, ...]:
    """Register a worker or station: what came of it in words, a nudge, and the two fields, emptied when it went well."""
    keep = (no_update, no_update, no_update)
    id_, name = id_.strip(), name.strip()
    try:
        checked_id(id_, "id")
        fields = {"name": checked_text(name, "name")} if name else {}
        known = {row[_KEYS[kind]] for row in services.sites.registered(_TABLES[kind], site_id)}
        if id_ in known:
            return f"{id_} is registered already; its name can be changed in the table.", *keep
        services.sites.register(_TABLES[kind], site_id, id_, fields, services.clock.now(), also=noting("named", site_id, id_, fields=sorted(fields)))
    except InvalidText as error:
        return f"{str(error)[:1].upper()}{str(error)[1:]}", *keep
    except UnknownSite as error:
        return str(error), *keep
    except Exception:
        log.exception("settings: cannot register the %s %s at %s", kind, id_, site_id)
        return _FAILED, *keep
    return f"{id_} is registered now.", time.time_ns(), "", ""
