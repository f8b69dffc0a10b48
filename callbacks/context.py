"""What a page shows: site, window, filters and moment, and the figures for them, read through a cache that all screens share."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from access.web.witness import saw
from callbacks.filters import DEFAULT_SITE, Filters
from callbacks.window import Window, Windows, windows
from data_layer.privacy import NotShown
from data_layer.query import CurrentState, MetricsQuery, Row, SeriesQuery, SiteMetrics, TimelineQuery
from data_layer.sites import Site
from data_layer.tables import workers, workstations

Query = TypeVar("Query", bound=MetricsQuery)


#: Pages that are about all sites.
ACROSS_SITES = ("sites", "compare")


class UnknownSiteError(LookupError):
    """There is no site of this id; not any LookupError, which would make a slip in our own code look like it."""


@dataclass(frozen=True)
class Context:
    """One look at a site.

    now: the moment that the look is of (UTC). view_id: whom a drill-down is about, or None. theme: light or dark.
    is_refresh: whether only time and data have moved since the page was last filled, so that what the reader has set up must stay.
    """

    services: Any
    site: Site
    asked: Filters
    now: datetime
    revision: int = 0
    view_id: str | None = None
    theme: str = "light"
    is_refresh: bool = False

    @property
    def zone(self) -> ZoneInfo:
        """The site's time zone."""
        return ZoneInfo(self.site.timezone)

    @cached_property
    def stations(self) -> list[Row]:
        """All registered stations by id: station_id, name, type."""
        return self._registered(workstations)

    @cached_property
    def workers(self) -> list[Row]:
        """All registered workers by id: worker_id, name, home_station_id; none where the site shows nobody."""
        return self._registered(workers) if self.site.privacy.shows_people else []

    @cached_property
    def everybody(self) -> list[Row]:
        """The same for those who look after names: administrators know who is registered wherever it is."""
        try:
            return self._registered(workers)
        except NotShown:
            return []

    @cached_property
    def station_names(self) -> dict[str, str]:
        """What the registered stations are called, by id; the id itself where they have no name."""
        return {row["station_id"]: row["name"] or row["station_id"] for row in self.stations}

    @cached_property
    def worker_names(self) -> dict[str, str]:
        """What the registered workers are called, as for stations."""
        return {row["worker_id"]: row["name"] or row["worker_id"] for row in self.workers}

    def _registered(self, table: Any) -> list[Row]:
        rows: list[Row] = self.services.screens.once(
            (table.name, self.site.site_id, self.now), lambda: self.services.sites.registered(table, self.site.site_id)
        )
        return rows

    @cached_property
    def filters(self) -> Filters:
        """The filters without what the site doesn't have."""
        known = {row["station_id"] for row in self.stations}, {row["type"] for row in self.stations}, {row["worker_id"] for row in self.workers}
        asked = (self.asked.station_ids, self.asked.station_types, self.asked.worker_ids)
        kept = [tuple(one for one in some if one in all_of_them) for some, all_of_them in zip(asked, known, strict=True)]
        return replace(self.asked, station_ids=kept[0], station_types=kept[1], worker_ids=kept[2])

    @cached_property
    def windows(self) -> Windows:
        """The window, the one before, and what they are called."""
        return windows(self.asked, self.site.rules, self.zone, self.now)

    @property
    def window(self) -> Window:
        """The window shown."""
        return self.windows.window

    @property
    def previous(self) -> Window | None:
        """The equal window before."""
        return self.windows.previous

    def query(self, kind: type[Query] = MetricsQuery, window: Window | None = None, **fields: Any) -> Query:  # type: ignore[assignment]
        """A question about the window shown (or another) under the filters. fields: those of the question that are otherwise."""
        span = window or self.window
        # as_of is now for a window in the past too: it is judged by all that is known by now.
        given = {"site_id": self.site.site_id, "start": span.start, "end": span.end, "as_of": self.now}
        names = ("station_ids", "station_types", "worker_ids")
        return kind(**{**given, **{name: getattr(self.filters, name) for name in names}, **fields})

    def read(self, *, stations: bool = True, **fields: Any) -> SiteMetrics:
        """Figures of the window."""
        found: SiteMetrics = self.services.screens.read(self.query(**fields), stations=stations)
        return found

    def read_previous(self, *, stations: bool = False, **fields: Any) -> SiteMetrics | None:
        """Figures of the equal window before; None where there is none, or nothing happened in it."""
        if self.previous is None:
            return None
        found: SiteMetrics = self.services.screens.read(self.query(window=self.previous, **fields), stations=stations)
        return found if found.factory["total_events"] else None

    def series(self, *, bucket: str, by: str = "site", metrics: tuple[str, ...] = (), **fields: Any) -> Row:
        """The window's figures by time bucket: starts, ends, and rows of values (see `data_layer.series`)."""
        found: Row = self.services.screens.series(self.query(SeriesQuery, bucket=bucket, by=by, metrics=metrics, **fields))
        return found

    def timeline(self, *, by: str = "worker", **fields: Any) -> list[Row]:
        """The window's lanes (see `data_layer.timeline`)."""
        found: list[Row] = self.services.screens.timeline(self.query(TimelineQuery, by=by, **fields))
        return found

    def current_states(self) -> list[CurrentState]:
        """What every worker of the site does now, whatever the window and the filters; nothing at a site that shows groups."""
        if self.site.privacy.shows_groups:
            return []
        found: list[CurrentState] = self.services.screens.current_states(self.site.site_id, self.now)
        return found

    @property
    def shown_stations(self) -> list[Row]:
        """The stations that the filters let through."""
        ids, types = self.filters.station_ids, self.filters.station_types
        return [row for row in self.stations if (not ids or row["station_id"] in ids) and (not types or row["type"] in types)]


def look(services: Any, search: str | None, *, told: int | None = None, at_worker: str | None = None, anywhere: bool = False, **more: Any) -> Context:
    """A look at what an address asks for. told: the data revision that the screen was told of (see `live.Hub.moment`).

    at_worker: whom the page is about, if about one. anywhere: whether it is about all sites, so that any of them will do where the address
    names none. more: further fields of Context. Raises UnknownSiteError.
    """
    asked, known = Filters.from_query(search), services.sites.known
    site = known.get(asked.site_id)
    if site is None and anywhere and asked.site_id == DEFAULT_SITE:
        site = next(iter(known.values()), None)
    if site is None:
        raise UnknownSiteError(asked.site_id)
    if not anywhere:
        # Sums of whole sites are figures of nobody, as in the API.
        saw(site.site_id, asked.worker_ids if at_worker is None else [at_worker])
    moment = services.hub.moment(site.site_id, told)
    return Context(services, site, asked, moment.now, moment.revision, **more)
