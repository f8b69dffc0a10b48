"""Which workers, stations, cameras and models a site knows; what an event names for the first time is registered or refused."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sqlalchemy import Connection, Dialect, Select, Table, and_, select

from data_layer.outbox import FORWARDED
from data_layer.putting import insert_new
from data_layer.servers import is_server
from data_layer.sql import listed
from data_layer.tables import cameras, cv_models, retention, sites, workers, workstations
from data_layer.types import micros
from ingest.event import Event
from metrics.units import BEGINNING, to_datetime

Key = tuple[str, str]
ModelKey = tuple[str, str, str]

#: Asked in each transaction, hence not built anew each time.
_STRICT_SITES = select(sites.c.site_id).where(sites.c.register_unknown.is_(False))
_ACCEPTED_FROM = select(retention.c.site_id, micros(retention.c.accepted_from)).where(retention.c.accepted_from.is_not(None))
_KINDS = {"worker_id": (workers, "worker"), "station_id": (workstations, "workstation"), "camera_id": (cameras, "camera")}


@cache
def _written(statement: Select[Any], dialect: Dialect) -> str:
    return str(statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))


@dataclass
class Registry:
    """What is registered, remembered between transactions by the one writer; `forget` after a rollback or a deletion. forwarded: the
    sites whose events go on to a central server."""

    known: dict[str, set[Key]] = field(default_factory=lambda: defaultdict(set))
    models: dict[ModelKey, int] = field(default_factory=dict)
    forwarded: frozenset[str] = frozenset()
    _loaded: bool = False
    _strict_sites: set[str] = field(default_factory=set)
    _accepted_from: dict[str, int] = field(default_factory=dict)

    def forget(self) -> None:
        """Read again from the database next time."""
        self._loaded = False

    def load(self, connection: Connection) -> None:
        """Read what is registered, unless it is known; site settings are read each time, since they may have changed."""
        self._strict_sites = {site for (site,) in connection.exec_driver_sql(_written(_STRICT_SITES, connection.dialect))}
        self._accepted_from = dict(tuple(row) for row in connection.exec_driver_sql(_written(_ACCEPTED_FROM, connection.dialect)))
        self.forwarded = frozenset(site for (site,) in connection.exec_driver_sql(_written(FORWARDED, connection.dialect)))
        if is_server(connection):
            # Others write too, and may have taken away what was there.
            self._begin_anew()
        if self._loaded:
            return
        for kind, (table, _) in _KINDS.items():
            self.known[kind] = {(site, id_) for site, id_ in connection.execute(select(table.c.site_id, table.c[kind]))}
        rows = connection.execute(select(cv_models.c.site_id, cv_models.c.model_name, cv_models.c.model_version, cv_models.c.model_id))
        self.models = {(site, name, version): model_id for site, name, version, model_id in rows}
        self._loaded = True

    def _begin_anew(self) -> None:
        self.known.clear()
        self.models.clear()
        self._loaded = True

    def refused(self, connection: Connection, events: Sequence[Event]) -> dict[int, str]:
        """Which events are refused, by index, and why: by sites that register nothing on sight, and those whose time is sealed."""
        if not self._strict_sites and not self._accepted_from:
            return {}
        return {index: why for index, event in enumerate(events) if (why := self._too_old(event) or self._unknown(connection, event))}

    def _too_old(self, event: Event) -> str | None:
        """Why a site that archives its raw events refuses one that comes too late; None if it doesn't."""
        horizon = self._accepted_from.get(event.site_id, BEGINNING)
        if event.timestamp >= horizon:
            return None
        day = to_datetime(horizon).isoformat().replace("+00:00", "Z")
        return f"timestamp: lies before {day}, the raw horizon of site {event.site_id}: events that old are archived, and their figures sealed."

    def _unknown(self, connection: Connection, event: Event) -> str | None:
        """Why a site that registers nothing on sight refuses an event; None if it doesn't."""
        if event.site_id not in self._strict_sites:
            return None
        for kind, (_, noun) in _KINDS.items():
            value = getattr(event, kind)
            if value and not self._knows(connection, kind, (event.site_id, value)):
                field_name = "workstation_id" if kind == "station_id" else kind
                return _not_registered(field_name, noun, value, event.site_id)
        if event.model_name and not self._knows_model(connection, (event.site_id, event.model_name, event.model_version or "")):
            return _not_registered("model_name", "model", " ".join(filter(None, (event.model_name, event.model_version))), event.site_id)
        return None

    def _knows(self, connection: Connection, kind: str, key: Key) -> bool:
        """Whether an id is registered; one that isn't remembered may have been registered by hand since."""
        if key not in self.known[kind]:
            table = _KINDS[kind][0]
            if connection.execute(select(table.c[kind]).where(table.c.site_id == key[0], table.c[kind] == key[1])).first() is None:
                return False
            self.known[kind].add(key)
        return True

    def _knows_model(self, connection: Connection, key: ModelKey) -> bool:
        if key not in self.models:
            table = cv_models
            own = (table.c.site_id == key[0], table.c.model_name == key[1], table.c.model_version == key[2])
            model_id = connection.scalar(select(table.c.model_id).where(*own))
            if model_id is None:
                return False
            self.models[key] = model_id
        return True

    def register(self, connection: Connection, events: Iterable[Event], now: int) -> None:
        """Register what the events name for the first time."""
        found: dict[str, set[Key]] = {
            "worker_id": {(event[0], event[1]) for event in events},
            "station_id": {(event[0], event[4]) for event in events},
            "camera_id": {(event[0], event[9]) for event in events if event[9]},
        }
        for kind, (table, _) in _KINDS.items():
            named = {key for key in found[kind] - self.known[kind] if key[1]}
            if named:
                fresh = sorted(named - _registered(connection, table, kind, named))
                insert_new(connection, table, [{"site_id": site, kind: id_, "created_at": now} for site, id_ in fresh])
                self.known[kind] |= named
        for key in sorted({(event[0], event[10], event[11] or "") for event in events if event[10]} - self.models.keys()):
            if not self._knows_model(connection, key):
                site, name, version = key
                insert_new(connection, cv_models, [{"site_id": site, "model_name": name, "model_version": version, "created_at": now}])
                self._knows_model(connection, key)


def _registered(connection: Connection, table: Table, kind: str, keys: set[Key]) -> set[Key]:
    """Which of some keys are there: who registers by hand doesn't tell the writer, nor do other processes."""
    asked = listed("asked", {"site_id": str, "id": str}, sorted(keys))
    same = and_(table.c.site_id == asked.c.site_id, table.c[kind] == asked.c.id)
    return {(site, id_) for site, id_ in connection.execute(select(asked.c.site_id, asked.c.id).select_from(asked.join(table, same)))}


def _not_registered(field_name: str, noun: str, value: str, site_id: str) -> str:
    return f"{field_name}: no {noun} {value} is registered at site {site_id}, which takes registered ones only."
