"""The workers at a glance: a row each, sorted by what they do, as a plain table."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from dash import html

from components import ids
from components.state_style import PRECEDENCE, state_style
from components.wording import NO_DATA, count, number
from data_layer.query import CurrentState, Row

MOST_ROWS = 12
_FIGURES = (("Active h", "active"), ("Idle h", "idle"), ("Units", "units"), ("Units/h", "rate"))


def crew_table() -> html.Table:
    """The table, into whose body the browser draws the rows by itself."""
    heads = [("Worker", "name"), ("Station", "station"), ("Utilization", "utilization")]
    head = [html.Th(title, scope="col", className=f"crew__{part}") for title, part in heads]
    head += [html.Th(title, scope="col", className=f"crew__figure crew__{part}") for title, part in _FIGURES]
    caption = html.Caption("Workers, sorted by state", className="visually-hidden")
    return html.Table([caption, html.Thead(html.Tr(head)), html.Tbody([], id=ids.CREW_ROWS)], className="crew")


def crew_rows(workers: Iterable[Row], states: Mapping[str, CurrentState], stations: Mapping[str, str]) -> list[dict[str, Any]]:
    """What each row shows, the busiest first, as many as the table holds.

    workers: rows of the metrics. states: by worker. stations: names by id.
    """
    found = [(row, states.get(row["worker_id"])) for row in workers]
    found.sort(key=lambda pair: (_rank(pair[1]), (pair[0]["name"] or pair[0]["worker_id"]).casefold(), pair[0]["worker_id"]))
    return [_leaves(row, state, stations) for row, state in found[:MOST_ROWS]]


def _rank(state: CurrentState | None) -> int:
    return PRECEDENCE.index(state.state) if state and state.state in PRECEDENCE else len(PRECEDENCE)


def _leaves(row: Row, now: CurrentState | None, stations: Mapping[str, str]) -> dict[str, Any]:
    state, share = now.state if now else "no_signal", row["utilization_percentage"]
    return {
        "id": row["worker_id"],
        "look": f"crew__row crew__row--{state}",
        "path": f"/workers/{quote(row['worker_id'], safe='')}",
        "name": row["name"] or row["worker_id"],
        "word": state_style(state).word,
        "station": _station(now.station_id if now else None, stations),
        "share": share or 0.0,
        "utilization": NO_DATA if share is None else f"{number(share, 1)} %",
        "active": number(row["total_active_time_hours"], 1),
        "idle": number(row["total_idle_time_hours"], 1),
        "units": number(row["total_units_produced"]),
        "rate": number(row["units_per_hour"], 1),
    }


def _station(station_id: str | None, stations: Mapping[str, str]) -> str:
    """ "S1 · Assembly Line 1"."""
    if station_id is None:
        return NO_DATA
    name = stations.get(station_id, station_id)
    return name if name == station_id else f"{station_id} · {name}"


def crew_note(shown: int, everyone: int) -> str:
    """ "6 workers · sorted by state", "12 of 100 workers · sorted by state"."""
    whose = count(everyone, "worker") if shown == everyone else f"{number(shown)} of {count(everyone, 'worker')}"
    return f"{whose} · sorted by state" if everyone > 1 else whose
