"""What keeps one of many processes in step with the others: it looks at the database, which alone knows what they have done.

other processes ──commit──▶ ┌──────────┐ ──revisions, invalidations──▶ ┌───────┐ ──told──▶ screens, remembered settings
this one's writer ──────────▶│ database │      twice a second,          │ Watch │ ──notify─▶ who refreshes
                            └──────────┘      at once when nudged       └───────┘
"""

import logging
import threading
import time
from collections.abc import Callable, Collection

from data_layer.engine import Database
from data_layer.refreshing import Hands, Progress, Standing
from data_layer.standing import newest_invalidation, recomputed, standings

log = logging.getLogger(__name__)

#: Between two looks: at most, while somebody waits for figures, and at least.
_EVERY_SECONDS, _WAITED_FOR_SECONDS, _REST_SECONDS = 0.5, 0.02, 0.05


class Watch:
    """One thread that looks how far all sites are, and answers for them as a Refresher does where it is alone.

    hands: who refreshes, called for sites that are behind. told: called with the revisions of all sites whenever one has changed. What
    was seen is never older than the database by more than a look; a nudge, lost or not, only makes the next look come sooner.
    """

    def __init__(self, database: Database, hands: Hands, told: Callable[[dict[str, int]], None]) -> None:
        self._database = database
        self._hands = hands
        self._told = told
        self._changed = threading.Condition()
        self._seen: dict[str, Standing] = {}
        self._progress: dict[str, Progress] = {}
        self._told_of: dict[str, int] = {}
        # Since when a site lacks something (monotonic seconds), and up to which invalidation that was then.
        self._lacking: dict[str, tuple[float, int]] = {}
        self._begun = self._ended = self._wanted = 0
        self._waiting = 0
        self._is_away = self._stopping = False
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)

    def start(self) -> None:
        """Look for the first time, then begin."""
        self._hands.start()
        self._look()
        self._thread.start()

    def stop(self) -> None:
        """End after the current look."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if self._thread.is_alive():
            self._thread.join()
        self._hands.stop()

    def look(self) -> None:
        """Look soon: something has changed, here or elsewhere."""
        with self._changed:
            self._wanted = self._begun + 1
            self._changed.notify_all()

    def notify(self, _sites: Collection[str]) -> None:
        """Something was committed here: the next look finds it."""
        self.look()

    def wait(self, site_id: str, timeout: float) -> bool:
        """Wait until all that was committed at a site before this call is in its derived rows; False when time ran out (seconds; 0 only asks)."""
        with self._database.read() as connection:
            target = newest_invalidation(connection, site_id)
        if not target or not timeout:
            return not target
        with self._hands.hurried(), self._changed:
            # A look that has begun already may not have seen it.
            number = self._wanted = self._begun + 1
            self._waiting += 1
            self._changed.notify_all()
            try:
                return self._changed.wait_for(lambda: self._stopping or (self._ended >= number and not self._lacks(site_id, target)), timeout)
            finally:
                self._waiting -= 1

    def progress(self, site_id: str) -> Progress | None:
        """Steps done and to do while a site's history is recomputed under new settings; None when it isn't."""
        return self._progress.get(site_id)

    def lags(self) -> dict[str, float]:
        """Seconds since each site was first seen to lack something that it lacks still; 0 where it lacks nothing."""
        now = time.monotonic()
        with self._changed:
            return {site_id: now - self._lacking.get(site_id, (now, 0))[0] for site_id in self._seen}

    def revisions(self) -> dict[str, int]:
        """The data revision of each site at the last look."""
        with self._changed:
            return {site_id: standing.revision for site_id, standing in self._seen.items()}

    @property
    def alive(self) -> bool:
        """Whether it looks, and whoever refreshes is at work."""
        return self._thread.is_alive() and self._hands.alive

    @property
    def warning(self) -> str | None:
        """What whoever refreshes has to say."""
        return self._hands.warning

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._stopping, _WAITED_FOR_SECONDS if self._waiting else _REST_SECONDS)
                self._changed.wait_for(lambda: self._stopping or self._waiting or self._wanted > self._begun, _EVERY_SECONDS)
                if self._stopping:
                    return
            try:
                self._look()
            except Exception as error:
                self._say_away(error)
            else:
                self._is_away = False

    def _look(self) -> None:
        with self._changed:
            self._begun += 1
        with self._database.read() as connection:
            seen, progress = standings(connection), recomputed(connection)
        with self._changed:
            self._seen, self._progress = seen, progress
            self._lacking = {site_id: self._lacks_since(site_id, standing) for site_id, standing in seen.items() if standing.oldest}
            self._ended = self._begun
            self._changed.notify_all()
        revisions = self.revisions()
        if revisions != self._told_of:
            self._told(revisions)
            # Only now: what could not be told is told at the next look.
            self._told_of = revisions
        if self._lacking:
            self._hands.notify({site_id: seen[site_id] for site_id in self._lacking})

    def _lacks(self, site_id: str, invalidation_id: int) -> bool:
        standing = self._seen.get(site_id)
        return standing is not None and standing.lacks(invalidation_id)

    def _lacks_since(self, site_id: str, standing: Standing) -> tuple[float, int]:
        known = self._lacking.get(site_id)
        return known if known is not None and standing.lacks(known[1]) else (time.monotonic(), standing.newest)

    def _say_away(self, error: Exception) -> None:
        """Once, however often it is tried."""
        if not self._is_away:
            log.warning("The database does not say how far the sites are; asking again: %s", getattr(error, "orig", error))
        self._is_away = True
