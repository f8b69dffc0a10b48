"""A look at all sites: where a site's local day has turned, what is older than the site keeps is let leave."""

import logging
import threading
from collections.abc import Callable
from dataclasses import astuple, replace
from datetime import datetime

from data_layer.engine import Database
from data_layer.horizons import Horizons, accepted_behind, planned
from data_layer.partitions import InUse, keep_up
from data_layer.retention.archive import Archive
from data_layer.retention.runs import Run, note_run
from data_layer.retention.sealing import Sealing
from data_layer.retention.steps import NotNow, Pace, Stopped
from data_layer.retention.thinning import Thinning
from data_layer.sites import Site, list_sites
from metrics.units import BEGINNING, to_micros

log = logging.getLogger(__name__)

_CATCH_UP_WITHIN_SECONDS = 60.0


class Keeping:
    """Keeps what each site wants kept, and nothing else.

    wait: waits until a site's derived rows have all that was committed, for so many seconds at most. moved: called after horizons have
    moved. stopping: set when the work is to be left as it stands.
    """

    def __init__(
        self,
        database: Database,
        wait: Callable[[str, float], bool],
        now: Callable[[], datetime],
        moved: Callable[[set[str]], None],
        stopping: threading.Event,
    ) -> None:
        self._database = database
        self._wait = wait
        self._now = now
        self._moved = moved
        self._stopping = stopping
        self._begun: set[str] = set()

    def look_round(self) -> None:
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
                self._keep_alone(site.site_id, wanted)

    def _keep_alone(self, site_id: str, wanted: Horizons) -> None:
        begun = self._now()
        self._begun.discard(site_id)
        note_run(self._database, site_id, Run(begun))
        try:
            problem = self._tried(site_id, wanted)
        except Stopped:
            return
        note_run(self._database, site_id, Run(begun, self._now(), problem))
        self._moved({site_id})

    def _tried(self, site_id: str, wanted: Horizons) -> str | None:
        """Why it can't be done, in a sentence. Raises Stopped."""
        try:
            keep(self._database, site_id, wanted, lambda: self._wait(site_id, _CATCH_UP_WITHIN_SECONDS), Pace(self._stopping))
        except Stopped:
            raise
        except NotNow as why:
            return f"Put off until later: {why}."
        except Exception as error:
            log.exception("Retention of site %s failed; trying again later.", site_id)
            return f"It failed, and is tried again later: {type(error).__name__}; the server's log says more."
        self._begun.add(site_id)
        log.info("Retention of site %s: all that is older than it keeps has left.", site_id)
        return None


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
