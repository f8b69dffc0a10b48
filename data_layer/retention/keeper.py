"""The daily job: looks every few minutes whether a site's local day has turned, and lets leave what is older than the site keeps."""

import logging
import threading
from collections.abc import Callable
from dataclasses import astuple, dataclass, replace
from datetime import datetime

from data_layer.engine import Database
from data_layer.horizons import Horizons, accepted_behind, planned
from data_layer.partitions import InUse, keep_up
from data_layer.refreshing import Refreshing
from data_layer.retention.archive import Archive
from data_layer.retention.sealing import Sealing
from data_layer.retention.steps import NotNow, Pace, Stopped
from data_layer.retention.thinning import Thinning
from data_layer.sites import Site, list_sites
from metrics.units import BEGINNING, to_micros

log = logging.getLogger(__name__)

_LOOK_EVERY_SECONDS = 600.0
_CATCH_UP_WITHIN_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Run:
    """The latest run at a site. finished: None while it is under way. problem: why it didn't come to its end, in a sentence."""

    begun: datetime
    finished: datetime | None = None
    problem: str | None = None


class Keeper:
    """One thread that keeps what each site wants kept, and nothing else. moved: called after horizons have moved."""

    def __init__(self, database: Database, refresher: Refreshing, now: Callable[[], datetime], moved: Callable[[set[str]], None]) -> None:
        self._database = database
        self._refresher = refresher
        self._now = now
        self._moved = moved
        self._stopping = threading.Event()
        self._wake = threading.Event()
        self._begun: set[str] = set()
        self._runs: dict[str, Run] = {}
        self._thread = threading.Thread(target=self._run, name="keeper", daemon=True)

    def start(self) -> None:
        """Begin, with what an earlier process left half done."""
        self._thread.start()

    def stop(self) -> None:
        """End after the current step."""
        self._stopping.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()

    def look(self) -> None:
        """Look now: settings were changed."""
        self._wake.set()

    @property
    def alive(self) -> bool:
        """Whether the keeper is at work."""
        return self._thread.is_alive()

    def run(self, site_id: str) -> Run | None:
        """The latest run at a site; None before the first one."""
        return self._runs.get(site_id)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            self._look_round()
            self._wake.wait(_LOOK_EVERY_SECONDS)

    def _look_round(self) -> None:
        """Whatever goes wrong, the next look comes."""
        try:
            keep_up(self._database, self._now())
        except InUse as why:
            log.info("Partitions of events are made later: %s.", why)
        except Exception:
            log.exception("Partitions of events could not be made; trying again later.")
        try:
            with self._database.read() as connection:
                sites = list_sites(connection)
            for site in sites:
                self._keep(site)
        except Exception:
            log.exception("Retention could not look at all sites; trying again later.")

    def _keep(self, site: Site) -> None:
        wanted = due(site, self._now())
        # What an earlier process left half done can't be seen in the horizons.
        if self._stopping.is_set() or (wanted == site.horizons and (site.site_id in self._begun or not site.retention.limited)):
            return
        with self._database.only_one(f"retention {site.site_id}") as mine:
            if mine:
                self._keep_alone(site, wanted)

    def _keep_alone(self, site: Site, wanted: Horizons) -> None:
        begun = self._now()
        self._begun.discard(site.site_id)
        self._runs[site.site_id] = Run(begun)
        try:
            keep(self._database, site.site_id, wanted, lambda: self._refresher.wait(site.site_id, _CATCH_UP_WITHIN_SECONDS), Pace(self._stopping))
        except Stopped:
            return
        except NotNow as why:
            self._runs[site.site_id] = Run(begun, self._now(), f"Put off until later: {why}.")
        except Exception as error:
            log.exception("Retention of site %s failed; trying again later.", site.site_id)
            self._runs[site.site_id] = Run(begun, self._now(), f"It failed, and is tried again later: {type(error).__name__}; the server's log says more.")
        else:
            self._begun.add(site.site_id)
            self._runs[site.site_id] = Run(begun, self._now())
            log.info("Retention of site %s: all that is older than it keeps has left.", site.site_id)
        self._moved({site.site_id})


def due(site: Site, now: datetime) -> Horizons:
    """Where a site's horizons belong now. What has left is in the archive: only late events may be welcome again."""
    clock, wanted = site.rules.clock, planned(site.retention, site.rules.clock, to_micros(now))
    reached = Horizons(*map(max, astuple(site.horizons), astuple(wanted)))
    return replace(reached, accepted_from=max(wanted.accepted_from, accepted_behind(clock, reached.sealed_before)))


def keep(database: Database, site_id: str, wanted: Horizons, caught_up: Callable[[], bool], pace: Pace) -> None:
    """Let leave what lies before some horizons. Raises NotNow, Stopped, OSError and the databases' errors."""
    archive = Archive.of(database.place, site_id)
    if wanted.sealed_before > BEGINNING:
        Sealing(database, archive, site_id, wanted.accepted_from, wanted.sealed_before, caught_up, pace).run()
    if wanted.detailed_from > BEGINNING or wanted.kept_from > BEGINNING:
        Thinning(database, archive, site_id, wanted.detailed_from, wanted.kept_from, pace).run()
