"""The background refresher: takes invalidations as they are committed and keeps the derived rows up with the events."""

import logging
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager

from sqlalchemy.exc import OperationalError

from data_layer.catching_up import catch_up_alone
from data_layer.counting import HourCounts
from data_layer.engine import Database
from data_layer.faultpoint import faultpoint
from data_layer.refreshing import Progress
from data_layer.standing import latest_revisions, note_recomputed, standings

log = logging.getLogger(__name__)

_PAUSE_AFTER_ERROR_SECONDS = 1.0
#: While nobody waits for figures, a round is followed by a rest of five times its length: events that come one by one are then
#: refreshed many at a time, and the writer has the connection and the interpreter to itself meanwhile.
_REST_PER_ROUND, _SHORTEST_REST_SECONDS, _LONGEST_REST_SECONDS = 5.0, 0.05, 1.0


class Refresher:
    """One thread that refreshes site after site; waiters learn when a site has caught up.

    A site's *sequence* counts the commits that touched it. What was committed before a round began is in the derived rows when
    it has ended, so whoever noted the sequence after a commit only waits until it is done. `refreshed` is called with the seconds
    that a site took, `announce` with the data revisions of all sites after it.
    """

    def __init__(
        self,
        database: Database,
        refreshed: Callable[[float], None] = lambda _seconds: None,
        announce: Callable[[dict[str, int]], None] = lambda _revisions: None,
    ) -> None:
        self._database = database
        self._refreshed = refreshed
        self._announce = announce
        self._changed = threading.Condition()
        self._sequence: dict[str, int] = defaultdict(int)
        self._done: dict[str, int] = defaultdict(int)
        self._progress: dict[str, Progress] = {}
        self._revisions: dict[str, int] = {}
        self._counts: dict[str, HourCounts] = defaultdict(HourCounts)
        # When the oldest commit came that no round has taken yet, and the oldest of the round under way (monotonic seconds).
        self._untaken_since: dict[str, float] = {}
        self._taken_since: dict[str, float] = {}
        self._waiting = 0
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="refresher", daemon=True)

    def start(self) -> None:
        """Begin, with whatever an earlier process left behind."""
        with self._database.read() as connection:
            found = standings(connection)
        self._revisions = {site_id: standing.revision for site_id, standing in found.items()}
        self._announce(self._revisions)
        self.notify([site_id for site_id, standing in found.items() if standing.newest])
        self._thread.start()

    def stop(self) -> None:
        """End after the current pass."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if self._thread.is_alive():
            self._thread.join()

    def notify(self, sites: Collection[str]) -> None:
        """Events or settings of these sites were committed."""
        with self._changed:
            for site_id in sites:
                self._sequence[site_id] += 1
                self._untaken_since.setdefault(site_id, time.monotonic())
            self._changed.notify_all()

    def wait(self, site_id: str, timeout: float) -> bool:
        """Wait until all that was committed at a site before this call is in its derived rows; False when time ran out (seconds; 0 only asks)."""
        with self._changed:
            target = self._sequence[site_id]
            if self._done[site_id] >= target or not timeout:
                return self._done[site_id] >= target
            with self.hurried():
                self._changed.wait_for(lambda: self._done[site_id] >= target or self._stopping, timeout)
            return self._done[site_id] >= target

    @contextmanager
    def hurried(self) -> Iterator[None]:
        """While the block lasts, somebody waits for figures: there is no rest between rounds."""
        with self._changed:
            self._waiting += 1
            self._changed.notify_all()
        try:
            yield
        finally:
            with self._changed:
                self._waiting -= 1

    def progress(self, site_id: str) -> Progress | None:
        """Steps done and to do while a site's history is recomputed under new settings; None when it isn't."""
        return self._progress.get(site_id)

    def lags(self) -> dict[str, float]:
        """Seconds since the oldest commit of each site that is not in its derived rows yet; 0 where all are."""
        now = time.monotonic()
        with self._changed:
            since = {**self._untaken_since, **self._taken_since}
            return {site_id: now - since.get(site_id, now) for site_id in self._revisions}

    def revisions(self) -> dict[str, int]:
        """The data revision of each site after its latest round."""
        with self._changed:
            return dict(self._revisions)

    @property
    def alive(self) -> bool:
        """Whether the refresher is at work."""
        return self._thread.is_alive()

    @property
    def warning(self) -> None:
        """It needs nobody else."""
        return None

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._stopping or self._behind())
                if self._stopping:
                    return
                targets = {site_id: self._sequence[site_id] for site_id in self._behind()}
                self._taken_since = {site_id: self._untaken_since.pop(site_id) for site_id in targets}
            begun = time.monotonic()
            for site_id, target in targets.items():
                self._catch_up(site_id, target)
            self._rest(time.monotonic() - begun)

    def _rest(self, round_seconds: float) -> None:
        rest = min(max(round_seconds * _REST_PER_ROUND, _SHORTEST_REST_SECONDS), _LONGEST_REST_SECONDS)
        with self._changed:
            self._changed.wait_for(lambda: self._stopping or self._waiting, rest)

    def _behind(self) -> list[str]:
        return [site_id for site_id, sequence in self._sequence.items() if self._done[site_id] < sequence]

    def _catch_up(self, site_id: str, target: int) -> None:
        begun = time.monotonic()
        try:
            catch_up_alone(self._database, site_id, lambda progress: self._note_progress(site_id, progress), lambda: self._stopping, self._counts[site_id])
            faultpoint("refresher: caught up")
            revisions = latest_revisions(self._database)
        except Exception as error:
            # Nothing is lost: what was not consumed is taken again. A full disk or a lock is no mistake of ours: its name says all.
            stack = None if isinstance(error, OperationalError) else error
            log.error("Refreshing site %s failed; trying again: %s", site_id, getattr(error, "orig", error), exc_info=stack)
            with self._changed:
                self._untaken_since[site_id] = self._taken_since.pop(site_id)
                self._changed.wait_for(lambda: self._stopping, _PAUSE_AFTER_ERROR_SECONDS)
            return
        self._refreshed(time.monotonic() - begun)
        with self._changed:
            self._done[site_id] = target
            self._revisions = revisions
            self._taken_since.pop(site_id)
            self._changed.notify_all()
        self._announce(revisions)

    def _note_progress(self, site_id: str, progress: Progress | None) -> None:
        if self._database.product.is_shared:
            note_recomputed(self._database, site_id, progress)
        if progress is None:
            self._progress.pop(site_id, None)
        else:
            self._progress[site_id] = progress
            # The steps done are in the figures already: whoever looks at them may see them change.
            self._announce(latest_revisions(self._database))
