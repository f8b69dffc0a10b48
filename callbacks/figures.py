"""From a snapshot to what the overview's leaves say."""

from datetime import timedelta
from typing import Any

from callbacks.sentence import sentence
from callbacks.snapshot import Snapshot
from components.demo_panel import demo_class
from components.filter_bar import site_options, station_options
from components.floor import Tile, floor_note
from components.grid import grid_style
from components.kpi_card import AT_WORK_NOW, KPIS, kpi_leaves
from components.shell import OVERVIEW, WELCOME
from components.state_style import AT_WORK, PRECEDENCE, state_style
from components.station_table import station_rows
from components.welcome import welcome_note
from components.wording import count, duration, listing, number
from components.worker_table import worker_rows

_MOST_NAMED = 4


def overview_view(snapshot: Snapshot) -> dict[str, Any]:
    """The overview's outputs by name (see `callbacks.overview.OUTPUTS`), with the tiles as data in `tile_list`."""
    tiles = floor_tiles(snapshot)
    named = [station.name or station.station_id for station in snapshot.stations] if snapshot.filters.station_ids else []
    lead, when, rest = sentence(snapshot.filters, snapshot.now, snapshot.zone, stations=named, compared=snapshot.previous is not None)
    return {
        "page": WELCOME if snapshot.empty else OVERVIEW,
        "stamp": _stamp(snapshot),
        "lead": lead,
        "when": when,
        "rest": rest,
        "kpis": kpi_view(snapshot),
        "tile_list": tiles,
        "floor_note": floor_note(tiles),
        "elsewhere": _elsewhere(snapshot),
        **_tables(snapshot, tiles),
        "site_options": site_options([(site.site_id, site.name) for site in snapshot.sites]),
        "station_options": station_options([(station.station_id, station.name or station.station_id) for station in snapshot.all_stations]),
        "demo_class": demo_class(snapshot.demo_loaded),
        "demo_site": f"“{_site_name(snapshot)}”",
        "welcome": welcome_note(_site_name(snapshot), snapshot.metrics.factory["worker_count"]),
    }


def kpi_view(snapshot: Snapshot) -> dict[str, dict[str, str]]:
    """Leaves of each card, by key."""
    now, before = snapshot.metrics.factory, snapshot.previous.factory if snapshot.previous else {}
    cards = {kpi.key: kpi_leaves(kpi, now[kpi.field], before.get(kpi.field)) for kpi in KPIS}
    cards["coverage"] = kpi_leaves(KPIS[-1], now["coverage_percentage"], before.get("coverage_percentage"), hint=_coverage_hint(snapshot))
    cards[AT_WORK_NOW.key] = _at_work(snapshot)
    return cards


def floor_tiles(snapshot: Snapshot) -> list[Tile]:
    """A tile a station; when several people are at it, the busiest state counts and the others are named with it."""
    units = {row["station_id"]: row["total_units_produced"] for row in snapshot.metrics.workstations}
    names = _worker_names(snapshot)
    tiles = []
    for station in snapshot.stations:
        here = [state for state in snapshot.states if state.station_id == station.station_id and state.state in PRECEDENCE]
        here.sort(key=lambda state: (PRECEDENCE.index(state.state), names.get(state.worker_id, state.worker_id)))
        first = here[0] if here else None
        tiles.append(
            Tile(
                station_id=station.station_id,
                state=first.state if first else None,
                name=station.name or station.station_id,
                who=listing([names.get(state.worker_id, state.worker_id) for state in here], most=2) or "—",
                since=duration(max(snapshot.now - first.since, timedelta())) if first and first.since else "",
                # Units belong to the range shown; beside "now" only today's make sense.
                units=count(units.get(station.station_id, 0), "unit") if snapshot.filters.range == "today" else "",
            )
        )
    return tiles


def _tables(snapshot: Snapshot, tiles: list[Tile]) -> dict[str, Any]:
    chosen = {station.station_id for station in snapshot.stations}
    station_names = {station.station_id: station.name or station.station_id for station in snapshot.all_stations}
    states = {state.worker_id: state.state for state in snapshot.states}
    where = {state.worker_id: station_names.get(state.station_id, state.station_id) for state in snapshot.states if state.station_id and state.state in AT_WORK}
    workers = worker_rows(_seen(snapshot), states, where)
    stations = station_rows(
        [row for row in snapshot.metrics.workstations if row["station_id"] in chosen],
        {tile.station_id: tile.state for tile in tiles},
    )
    return {
        "worker_rows": workers,
        "worker_style": grid_style(len(workers)),
        "worker_note": f"{len(workers)} of {count(len(snapshot.metrics.workers), 'worker')}, their time at the chosen stations"
        if snapshot.filters.station_ids
        else count(len(workers), "worker"),
        "station_rows": stations,
        "station_style": grid_style(len(stations)),
        "station_note": f"{len(stations)} of {count(len(snapshot.all_stations), 'station')}"
        if snapshot.filters.station_ids
        else count(len(stations), "station"),
    }


def _seen(snapshot: Snapshot) -> list[dict[str, Any]]:
    """The workers' figures; under a station filter only of those with time or events there."""
    rows = snapshot.metrics.workers
    if not snapshot.filters.station_ids:
        return rows
    times = ("total_active_time_hours", "total_idle_time_hours", "total_absent_time_hours")
    return [row for row in rows if row["event_count"] or any(row[name] for name in times)]


def _at_work(snapshot: Snapshot) -> dict[str, str]:
    everyone = snapshot.metrics.factory["worker_count"]
    if not everyone:
        return kpi_leaves(AT_WORK_NOW, None, hint="no workers yet")
    chosen = {station.station_id for station in snapshot.stations}
    at_work = [state for state in snapshot.states if state.state in AT_WORK and (not snapshot.filters.station_ids or state.station_id in chosen)]
    if snapshot.filters.station_ids:
        hint = "at the chosen stations"
    else:
        away = {state: sum(one.state == state for one in snapshot.states) for state in ("absent", "no_signal")}
        hint = " · ".join(f"{number(amount)} {state_style(state).word.lower()}" for state, amount in away.items() if amount) or "everybody"
    return kpi_leaves(AT_WORK_NOW, len(at_work), unit=f"of {number(everyone)}", hint=hint)


def _coverage_hint(snapshot: Snapshot) -> str:
    if snapshot.metrics.factory["coverage_percentage"] is not None:
        return ""
    if not snapshot.site.has_schedule:
        return "needs a shift schedule"
    return "for all stations only" if snapshot.filters.station_ids else "no shift attended yet"


def _elsewhere(snapshot: Snapshot) -> str:
    """Who is on no tile, so that nobody is lost from sight; silent under a station filter."""
    if snapshot.filters.station_ids:
        return ""
    known = {station.station_id for station in snapshot.all_stations}
    names = _worker_names(snapshot)
    lost = [state for state in snapshot.states if state.station_id not in known]
    if not lost:
        return ""
    silent = [state for state in lost if state.state == "no_signal"]
    named = [state for state in lost if len(silent) <= _MOST_NAMED or state.state != "no_signal"]
    text = listing([f"{names.get(state.worker_id, state.worker_id)} ({state_style(state.state).word.lower()})" for state in named])
    counted = f"{number(len(silent))} with no signal" if len(silent) > _MOST_NAMED else ""
    return "At no station: " + " and ".join(part for part in (text, counted) if part)


def _worker_names(snapshot: Snapshot) -> dict[str, str]:
    return {row["worker_id"]: row.get("name") or row["worker_id"] for row in snapshot.metrics.workers}


def _site_name(snapshot: Snapshot) -> str:
    return str(snapshot.site.name or snapshot.site.site_id)


def _stamp(snapshot: Snapshot) -> dict[str, Any]:
    local = snapshot.now.astimezone(snapshot.zone)
    return {
        "revision": snapshot.metrics.revision,
        "stale": snapshot.metrics.stale,
        "progress": list(snapshot.progress) if snapshot.progress else None,
        "today": local.date().isoformat(),
        "clock": f"{local:%H:%M:%S}",
    }
