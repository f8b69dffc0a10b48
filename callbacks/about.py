"""Whom a drill-down is about: one worker or one station of the site, and the questions that are asked of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from callbacks.context import Context
from components.detail import STATION, WORKER, Kind
from components.now import Now, by_station, station_now, worker_now
from data_layer.query import Row

_KEYS = {WORKER.of: "worker_id", STATION.of: "station_id"}


@dataclass(frozen=True, slots=True)
class About:
    """A registered worker or station. row: as Context has it."""

    kind: Kind
    row: Row

    @property
    def id(self) -> str:
        """Its id."""
        found: str = self.row[_KEYS[self.kind.of]]
        return found

    @property
    def name(self) -> str:
        """Its name, or else its id."""
        return self.row["name"] or self.id

    @property
    def narrowed(self) -> dict[str, Any]:
        """Fields of a question about this one alone, under the page's other filters."""
        return {"worker_ids": (self.id,)} if self.kind is WORKER else {"station_ids": (self.id,), "station_types": ()}

    def read(self, context: Context) -> tuple[Row, list[Row]]:
        """Its figures over the window, and those of the workers or stations that they divide into."""
        if self.kind is WORKER:
            parts = context.services.screens.split(context.query(**self.narrowed))
            return context.read(stations=False, **self.narrowed).workers[0], parts
        found = context.read(**self.narrowed)
        return found.workstations[0], found.workers

    def read_previous(self, context: Context) -> Row | None:
        """Its figures over the equal window before; None where there is none, or nothing was seen of it in that."""
        found = context.read_previous(stations=self.kind is not WORKER, **self.narrowed)
        return (found.workers if self.kind is WORKER else found.workstations)[0] if found else None


def about(kind: Kind, context: Context) -> About | None:
    """Whom the view is about; None if the site has nobody of that id."""
    row = next((row for row in registered(kind, context) if row[_KEYS[kind.of]] == context.view_id), None)
    return None if row is None else About(kind, row)


def registered(kind: Kind, context: Context) -> Sequence[Row]:
    """All of that kind."""
    return context.workers if kind is WORKER else context.stations


def names(kind: Kind, context: Context) -> dict[str, str]:
    """What all of that kind are called, by id."""
    return context.worker_names if kind is WORKER else context.station_names


def other(kind: Kind) -> Kind:
    """What the hours and events of a kind are divided by."""
    return STATION if kind is WORKER else WORKER


def now_of(one: About, context: Context) -> Now:
    """What it does at this moment, whatever the window."""
    states, called = context.current_states(), names(other(one.kind), context)
    if one.kind is WORKER:
        return worker_now(next((state for state in states if state.worker_id == one.id), None), called, context.now)
    return station_now(by_station(states).get(one.id, []), called, context.now)
