"""Who and what is registered at a site: the workers and stations that rows are about, with what they are called."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from sqlalchemy import Connection, select

from data_layer.names import Names
from data_layer.privacy import Privacy, names_told, pseudonym
from data_layer.query import MetricsQuery, Row
from data_layer.tables import workers, workstations
from metrics.window import Filters


class UnknownId(LookupError):
    """Something that was asked for isn't there; the text is a sentence that names it."""


def none_has(unknown: Collection[tuple[str, str]], site_ids: Sequence[str]) -> UnknownId:
    """The error for workers, workstations, station types or shifts, as (kind, id), that none of some sites has."""
    kind = min(unknown)[0]
    ids = sorted(id_ for known, id_ in unknown if known == kind)
    return UnknownId(f"No {kind} {', '.join(ids)} at site{'s' if len(site_ids) > 1 else ''} {', '.join(site_ids)}.")


@dataclass(frozen=True)
class Registered:
    """Workers and stations of a site, in the order of their numbers (from 1). called: the ids by which its reader knows the workers."""

    site_id: str
    names: Names
    worker_names: tuple[str | None, ...]
    station_names: tuple[tuple[str | None, str | None], ...]
    called: tuple[str, ...]

    @classmethod
    def load(cls, connection: Connection, site_id: str) -> "Registered":
        """Read what is registered at a site."""
        people = sorted(tuple(row) for row in connection.execute(select(workers.c.worker_id, workers.c.name).where(workers.c.site_id == site_id)))
        columns = (workstations.c.station_id, workstations.c.name, workstations.c.type)
        places = {station: (name, kind) for station, name, kind in connection.execute(select(*columns).where(workstations.c.site_id == site_id))}
        stations = tuple(sorted(places))
        names = Names(tuple(worker for worker, _ in people), stations)
        return cls(site_id, names, tuple(name for _, name in people), tuple(places[station] for station in stations), names.workers)

    def as_told(self, rule: Privacy) -> "Registered":
        """The same for the caller: who may not be told names knows workers by pseudonyms."""
        if names_told(self.site_id, rule):
            return self
        called = tuple(pseudonym(self.site_id, rule, worker) for worker in self.names.workers)
        return replace(self, worker_names=(None,) * len(called), called=called)

    @cached_property
    def in_order(self) -> list[int]:
        """The workers' numbers in the order of what they are called: that of pseudonyms says nothing of who they are."""
        return self.ordered(range(1, len(self.called) + 1))

    @property
    def shown(self) -> list[str]:
        """What all workers are called, in that order."""
        return [self.called[number - 1] for number in self.in_order]

    def ordered(self, numbers: Iterable[int]) -> list[int]:
        """Some workers in that order, without nobody, who is number 0."""
        return sorted((number for number in numbers if number), key=lambda number: self.called[number - 1])

    def call(self, numbers: Iterable[int]) -> tuple[str, ...]:
        """What some workers are called, in that order."""
        return tuple(self.called[number - 1] for number in self.ordered(numbers))

    def described(self, kind: str, numbers: Sequence[int]) -> list[Row]:
        """Some workers or stations with site_id, their id, name and, of stations, type. kind: worker or station."""
        if kind == "worker":
            return [{"site_id": self.site_id, "worker_id": self.called[n - 1], "name": self.worker_names[n - 1]} for n in numbers]
        named = [(self.names.stations[n - 1], *self.station_names[n - 1]) for n in numbers]
        return [{"site_id": self.site_id, "station_id": station, "name": name, "type": type_} for station, name, type_ in named]

    def unknown(self, query: MetricsQuery, shifts: Collection[str | None]) -> set[tuple[str, str]]:
        """What a query names and the site doesn't have, as (kind, id). shifts: names of its shifts."""
        asked: dict[str, tuple[Collection[str], Collection[str | None]]] = {
            "worker": (query.worker_ids, self.called),
            "workstation": (query.station_ids, self.names.stations),
            "station type": (query.station_types, [kind for _, kind in self.station_names]),
            "shift": ([] if query.shift is None else [query.shift], shifts),
        }
        return {(kind, id_) for kind, (ids, known) in asked.items() for id_ in set(ids) - set(known)}

    def filters(self, query: MetricsQuery) -> Filters:
        """A query's filters by number; ids that the site doesn't have filter everything out."""
        kinds = [kind for _, kind in self.station_names]
        people = self._numbers(self.called, query.worker_ids)
        places = self._numbers(self.names.stations, query.station_ids)
        typed = self._numbers(kinds, query.station_types)
        both = places if typed is None else typed if places is None else places & typed
        return Filters(people, both)

    @staticmethod
    def _numbers(known: "tuple[str, ...] | list[str | None]", asked: tuple[str, ...]) -> frozenset[int] | None:
        return frozenset(number for number, name in enumerate(known, start=1) if name in asked) if asked else None
