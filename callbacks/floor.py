"""The floor now: what each station's tile says, and who is at none of them."""

import re
from datetime import datetime, timedelta
from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State

from callbacks.buckets import station_units
from callbacks.context import Context
from callbacks.live import live
from callbacks.sightings import sightings
from components import ids
from components.floor import Tile, floor_note
from components.leaf import Leaf
from components.now import by_station
from components.state_style import AT_WORK, state_style
from components.wording import count, duration, listing, number
from data_layer.query import CurrentState
from data_layer.sightings import LastSeen, SilentCamera

_MOST_NAMED = 4
#: Who was lost longer ago is not looked for at the station any more.
_LOOKED_FOR = timedelta(hours=24)


def register(app: Dash, services: Any) -> None:
    """Fill the floor of the overview."""
    live(app, services, name="floor", page="overview", outputs=outputs(ids.OVERVIEW))(floor)
    draw(app, ids.OVERVIEW)


def draw(app: Dash, on: str) -> None:
    """Let the browser draw the tiles of a page."""
    function = ClientsideFunction(namespace="overview", function_name="drawTiles")
    app.clientside_callback(function, Input(ids.floor(on), "data"), State(ids.floor_part(on, "list"), "id"))


def outputs(on: str) -> dict[str, Any]:
    """What the floor of a page consists of."""
    return {
        "tiles": Output(ids.floor(on), "data"),
        "note": Leaf(ids.floor_part(on, "note"), "children"),
        "elsewhere": Leaf(ids.floor_part(on, "elsewhere"), "children"),
    }


def floor(context: Context) -> dict[str, Any]:
    """The tiles, how many there are of each state, and who is on none of them."""
    tiles = floor_tiles(context)
    return {"tiles": [tile.drawn() for tile in tiles], "note": floor_note(tiles), "elsewhere": elsewhere(context)}


def floor_tiles(context: Context) -> list[Tile]:
    """A tile a station that the filters let through; whoever is there, chosen or not."""
    units = station_units(context, sightings(context).first)
    here, names = by_station(context.current_states()), context.worker_names
    lost, silent = _lost(context), _silent(context)
    tiles = []
    for row in sorted(context.shown_stations, key=lambda row: _counted(row["station_id"])):
        station_id = row["station_id"]
        state, who, since = _now(here.get(station_id, []), lost.get(station_id), silent.get(station_id, []), names)
        since_words = duration(max(context.now - since, timedelta())) if since else ""
        units_made = units.get(station_id, 0)
        made = "" if units_made is None else count(units_made, "unit")
        tiles.append(Tile(station_id, state, row["name"] or station_id, who, since_words, made))
    return tiles


def _counted(station_id: str) -> list[tuple[int, int | str]]:
    """A key that sorts ids as people count: S2 before S10."""
    return [(0, int(part)) if part.isdecimal() else (1, part) for part in re.split(r"(\d+)", station_id)]


def _now(here: list[CurrentState], lost: LastSeen | None, silent: list[SilentCamera], names: dict[str, str]) -> tuple[str | None, str, datetime | None]:
    """State of a station, who is there or what is missing, and since when."""
    cameras = f"{listing([camera.name or camera.camera_id for camera in silent], most=2)} silent" if silent else ""
    if here:
        people = listing([names.get(one.worker_id, one.worker_id) for one in here], most=2)
        return here[0].state, " · ".join(part for part in (people, cameras) if part), here[0].since
    if silent:
        return "no_signal", cameras, max((camera.since for camera in silent if camera.since), default=None)
    if lost:
        return "no_signal", f"last: {names.get(lost.worker_id, lost.worker_id)}", lost.at
    return None, "—", None


def _lost(context: Context) -> dict[str, LastSeen]:
    """Who was last seen at work at a station, and not since, although it is working time; of each station where nobody is now, the latest."""
    seen, states = sightings(context), context.current_states()
    if seen.is_scheduled is False:
        return {}
    gone, taken = {one.worker_id for one in states if one.state == "no_signal"}, {one.station_id for one in states}
    lost = [one for one in seen.workers if one.worker_id in gone and one.state in AT_WORK and context.now - one.at <= _LOOKED_FOR]
    return {one.station_id: one for one in sorted(lost, key=lambda one: one.at) if one.station_id and one.station_id not in taken}


def _silent(context: Context) -> dict[str, list[SilentCamera]]:
    """The cameras of the stations that no other camera sees; nothing where it isn't working time."""
    seen, found = sightings(context), dict[str, list[SilentCamera]]()
    for camera in seen.silent if seen.is_scheduled is not False else ():
        for station_id in camera.station_ids:
            if station_id not in seen.heard:
                found.setdefault(station_id, []).append(camera)
    return found


def elsewhere(context: Context) -> str:
    """Who is on no tile, so that nobody is lost from sight; silent under a station filter."""
    if context.filters.station_ids or context.filters.station_types:
        return ""
    known, names = {row["station_id"] for row in context.stations}, context.worker_names
    named = {one.worker_id for station_id, one in _lost(context).items() if station_id not in _silent(context)}
    away = [state for state in context.current_states() if state.station_id not in known and state.worker_id not in named]
    if not away:
        return ""
    silent = [state for state in away if state.state == "no_signal"]
    some = [state for state in away if len(silent) <= _MOST_NAMED or state.state != "no_signal"]
    text = listing([f"{names.get(state.worker_id, state.worker_id)} ({state_style(state.state).word.lower()})" for state in some])
    counted = f"{number(len(silent))} with no signal" if len(silent) > _MOST_NAMED else ""
    return "At no station: " + " and ".join(part for part in (text, counted) if part)
