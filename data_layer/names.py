"""The numbers by which frames call workers, stations, kinds of events and states: ranks of ids, so that order is the ids' order."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from sqlalchemy import Connection, select

from data_layer.tables import workers, workstations
from metrics.intervals import KINDS
from metrics.units import Micros

#: A state is stored by the name of the event that sets it, and as '' where there is none.
STATE_NAMES = ("", *KINDS[1:])


@dataclass(frozen=True)
class Names:
    """Registered ids of a site in their order; number 0 is '' (a missing one)."""

    workers: tuple[str, ...]
    stations: tuple[str, ...]

    @cached_property
    def _numbers(self) -> dict[str, dict[str, int]]:
        lists = {"worker": ("", *self.workers), "station": ("", *self.stations), "kind": KINDS, "state": STATE_NAMES}
        return {kind: {name: number for number, name in enumerate(names)} for kind, names in lists.items()}

    @cached_property
    def _texts(self) -> dict[str, list[str]]:
        return {kind: list(numbers) for kind, numbers in self._numbers.items()}

    def numbers(self, kind: str, names: Iterable[str]) -> Micros:
        """Numbers of some names. kind: worker, station, kind or state."""
        return np.fromiter(map(self._numbers[kind].__getitem__, names), dtype=np.int64)

    def texts(self, kind: str, numbers: Micros | Sequence[int]) -> list[str]:
        """Names of some numbers."""
        known = self._texts[kind]
        return [known[number] for number in (numbers.tolist() if isinstance(numbers, np.ndarray) else numbers)]

    def are_in(self, newer: "Names") -> bool:
        """Whether all are known to a newer list."""
        return self.workers == newer.workers or {*self.workers} <= {*newer.workers}

    def is_named(self, column: str) -> bool:
        """Whether a column holds numbers of names."""
        return column in self._numbers


def load_names(connection: Connection, site_id: str) -> Names:
    """The ids registered at a site: every event's worker and station are, in the event's own transaction."""
    people = connection.scalars(select(workers.c.worker_id).where(workers.c.site_id == site_id))
    places = connection.scalars(select(workstations.c.station_id).where(workstations.c.site_id == site_id))
    # Sorted here and not by the database, whose collation may differ.
    return Names(tuple(sorted(people)), tuple(sorted(places)))
