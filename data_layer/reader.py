"""Answers to questions about metrics, from stored rows: the cost grows with workers × days asked about, not with events stored."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from data_layer.answer import Answer
from data_layer.engine import Database
from data_layer.query import CurrentState, MetricsQuery, Row, SiteMetrics
from data_layer.refresher import Refresher
from data_layer.registered import Registered
from data_layer.scope import ALL_SITES, Scope
from data_layer.sites import Site, load_site
from metrics.kpis import factory_metrics, worker_metrics, workstation_metrics

#: A metrics call waits this long for what was committed before it, then answers with what there is.
FRESHNESS_WAIT_SECONDS = 0.25


@dataclass(frozen=True)
class MetricsReader:
    """Reads metrics, as fresh as can be had in a moment."""

    database: Database
    refresher: Refresher

    def read(self, query: MetricsQuery, *, stations: bool = True, scope: Scope = ALL_SITES) -> SiteMetrics:
        """Figures of a site. stations: whether the stations' are wanted too. Raises UnknownSite and UnknownId."""
        scope.check(query.site_id)
        fresh = self.refresher.wait(query.site_id, FRESHNESS_WAIT_SECONDS)
        with self.database.read() as connection:
            site = load_site(connection, query.site_id)
            return replace(_metrics(connection, site, query, stations=stations), revision=site.revision, stale=not fresh)

    def current_states(self, site_id: str, now: datetime, *, scope: Scope = ALL_SITES) -> list[CurrentState]:
        """What each worker of a site does now. Raises UnknownSite."""
        scope.check(site_id)
        self.refresher.wait(site_id, FRESHNESS_WAIT_SECONDS)
        with self.database.read() as connection:
            site = load_site(connection, site_id)
            registered = Registered.load(connection, site_id)
            states = Answer(connection, site, registered, MetricsQuery(site_id=site_id, start=now, as_of=now)).current_states()
        return [states.get(worker, CurrentState(worker, "no_signal", None, None)) for worker in registered.names.workers]


def _metrics(connection: Connection, site: Site, query: MetricsQuery, *, stations: bool) -> SiteMetrics:
    registered = Registered.load(connection, site.site_id)
    answer = Answer(connection, site, registered, query)
    totals = answer.totals(stations=stations)
    by_worker = worker_metrics(totals, _shown(answer.filters.workers, registered.names.workers))
    by_station = workstation_metrics(totals, _shown(answer.filters.stations, registered.names.stations)) if stations else {}
    described = [{"site_id": site.site_id, **registered.worker(number)} for number in by_worker]
    placed = [{"site_id": site.site_id, **registered.station(number)} for number in by_station]
    counts = {"worker_count": len(registered.names.workers), "station_count": len(registered.names.stations)}
    return SiteMetrics(
        factory={"site_id": site.site_id, **factory_metrics(totals, **counts)},
        workers=_joined(described, list(by_worker.values())),
        workstations=_joined(placed, list(by_station.values())),
    )


def _shown(filtered: frozenset[int] | None, known: tuple[str, ...]) -> list[int]:
    return list(range(1, len(known) + 1)) if filtered is None else sorted(filtered)


def _joined(described: list[Row], figures: list[Row]) -> list[Row]:
    return [{**who, **what} for who, what in zip(described, figures, strict=True)]
