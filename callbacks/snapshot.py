"""One reading of everything that the first page shows, so that its parts agree with each other."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from callbacks.filters import Filters, Window
from data_layer.query import CurrentState, MetricsQuery, SiteMetrics


class UnknownSiteError(LookupError):
    """There is no site of this id; not any LookupError, which would make a slip in our own code look like it."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """previous: figures of the equal window before, None where that has no events. stations: those that the filter lets through."""

    filters: Filters
    site: Any
    sites: list[Any]
    zone: ZoneInfo
    now: datetime
    metrics: SiteMetrics
    previous: SiteMetrics | None
    all_stations: list[Any]
    stations: list[Any]
    states: list[CurrentState]
    progress: tuple[int, int] | None
    demo_loaded: bool
    empty: bool


def take_snapshot(services: Any, filters: Filters) -> Snapshot:
    """Read the page's figures. Raises UnknownSiteError."""
    sites = services.sites.list()
    site = _site(sites, filters.site_id)
    now, zone = services.clock.now(), ZoneInfo(site.timezone)
    all_stations = services.stations(site.site_id)
    known = tuple(station.station_id for station in all_stations if station.station_id in filters.station_ids)
    filters = replace(filters, station_ids=known)
    metrics = services.metrics.read(_query(filters, filters.window(now, zone), now))
    return Snapshot(
        filters=filters,
        site=site,
        sites=sites,
        zone=zone,
        now=now,
        metrics=metrics,
        previous=_previous(services, filters, now, zone),
        all_stations=all_stations,
        stations=[station for station in all_stations if not known or station.station_id in known],
        states=services.metrics.current_states(site.site_id, now),
        progress=services.progress(site.site_id),
        demo_loaded=services.demo.is_loaded(site.site_id),
        empty=_is_empty(services, metrics, site.site_id),
    )


def _site(sites: list[Any], site_id: str) -> Any:
    for site in sites:
        if site.site_id == site_id:
            return site
    raise UnknownSiteError(site_id)


def _query(filters: Filters, window: Window, now: datetime) -> MetricsQuery:
    # as_of is now for a window in the past too: it is judged by all that is known by now.
    return MetricsQuery(site_id=filters.site_id, start=window.start, end=window.end, as_of=now, station_ids=filters.station_ids)


def _previous(services: Any, filters: Filters, now: datetime, zone: ZoneInfo) -> SiteMetrics | None:
    window = filters.previous(now, zone)
    if window is None:
        return None
    metrics: SiteMetrics = services.metrics.read(_query(filters, window, now))
    return metrics if metrics.factory["total_events"] else None


def _is_empty(services: Any, metrics: SiteMetrics, site_id: str) -> bool:
    """Whether no event of the site counts, ever; asked only when the window has none."""
    if metrics.factory["total_events"]:
        return False
    return not services.metrics.read(MetricsQuery(site_id=site_id)).factory["total_events"]
