"""Who and what is registered at a site: the workers and stations that rows are about, with what they are called."""

from dataclasses import dataclass

from sqlalchemy import Connection, select

from data_layer.names import Names
from data_layer.query import MetricsQuery, Row
from data_layer.tables import workers, workstations
from metrics.window import Filters


class UnknownId(LookupError):
    """A worker, station, station type or shift that the site doesn't have."""


@dataclass(frozen=True)
class Registered:
    """Workers and stations of a site, in the order of their numbers (from 1)."""

    site_id: str
    names: Names
    worker_names: tuple[str | None, ...]
    station_names: tuple[tuple[str | None, str | None], ...]

    @classmethod
    def load(cls, connection: Connection, site_id: str) -> "Registered":
        """Read what is registered at a site."""
        people = sorted(tuple(row) for row in connection.execute(select(workers.c.worker_id, workers.c.name).where(workers.c.site_id == site_id)))
        columns = (workstations.c.station_id, workstations.c.name, workstations.c.type)
        places = {station: (name, kind) for station, name, kind in connection.execute(select(*columns).where(workstations.c.site_id == site_id))}
        stations = tuple(sorted(places))
        names = Names(tuple(worker for worker, _ in people), stations)
        return cls(site_id, names, tuple(name for _, name in people), tuple(places[station] for station in stations))

    def worker(self, number: int) -> Row:
        """Id and name of a worker."""
        return {"worker_id": self.names.workers[number - 1], "name": self.worker_names[number - 1]}

    def station(self, number: int) -> Row:
        """Id, name and type of a station."""
        name, kind = self.station_names[number - 1]
        return {"station_id": self.names.stations[number - 1], "name": name, "type": kind}

    def filters(self, query: MetricsQuery) -> Filters:
        """A query's filters by number. Raises UnknownId."""
        kinds = [kind for _, kind in self.station_names]
        self.check("worker", query.worker_ids, self.names.workers)
        self.check("workstation", query.station_ids, self.names.stations)
        self.check("station type", query.station_types, [kind for kind in kinds if kind is not None])
        people = self._numbers(self.names.workers, query.worker_ids)
        places = self._numbers(self.names.stations, query.station_ids)
        typed = self._numbers(kinds, query.station_types)
        both = places if typed is None else typed if places is None else places & typed
        return Filters(people, both)

    @staticmethod
    def _numbers(known: "tuple[str, ...] | list[str | None]", asked: tuple[str, ...]) -> frozenset[int] | None:
        return frozenset(number for number, name in enumerate(known, start=1) if name in asked) if asked else None

    def check(self, kind: str, asked: tuple[str, ...], known: "tuple[str, ...] | list[str]") -> None:
        """Raises UnknownId if anything asked for is not known."""
        unknown = sorted(set(asked) - set(known))
        if unknown:
            raise UnknownId(f"No {kind} {', '.join(unknown)} at site {self.site_id}.")
