"""The background refresher: takes invalidations as they are committed and keeps the derived rows up with the events."""

import logging
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
from sqlalchemy import Connection, delete, select
from sqlalchemy.exc import OperationalError

from data_layer import tables
from data_layer.changes import Change, apply
from data_layer.counting import HourCounts
from data_layer.engine import Database
from data_layer.faultpoint import faultpoint
from data_layer.frames import Frames
from data_layer.levels import sum_levels
from data_layer.names import Names, load_names
from data_layer.plan import Pass, entire_pass, history, passes
from data_layer.refresh import refresh
from data_layer.refreshing import Progress
from data_layer.sites import held_revision, load_site, next_revision
from data_layer.standing import latest_revisions, newest_invalidation, note_recomputed
from data_layer.types import micros
from metrics.columns import columns
from metrics.schedule import SiteRules
from metrics.units import BEGINNING, FOREVER

log = logging.getLogger(__name__)

#: Invalidations taken at once, which bounds the memory of a round behind a fast import; more wait for the next one.
_TAKEN_AT_ONCE = 2_000
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
        self._revisions = latest_revisions(self._database)
        self._announce(self._revisions)
        self.notify(set(self._revisions))
        self._thread.start()

    def stop(self) -> None:
        """End after the current pass."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if self._thread.is_alive():
            self._thread.join()

    def notify(self, sites: set[str]) -> None:
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
            self._catch_up_alone(site_id)
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

    def _catch_up_alone(self, site_id: str) -> None:
        """Leave it to another process that is at it: whatever that one misses is found by the next look."""
        with self._database.only_one(refreshing(site_id)) as mine:
            if mine:
                catch_up(self._database, site_id, lambda progress: self._note_progress(site_id, progress), lambda: self._stopping, self._counts[site_id])

    def _note_progress(self, site_id: str, progress: Progress | None) -> None:
        if self._database.product.is_shared:
            note_recomputed(self._database, site_id, progress)
        if progress is None:
            self._progress.pop(site_id, None)
        else:
            self._progress[site_id] = progress
            # The steps done are in the figures already: whoever looks at them may see them change.
            self._announce(latest_revisions(self._database))


def refreshing(site_id: str) -> str:
    """What only one process at a time does, see `Database.only_one`."""
    return f"refresh {site_id}"


def catch_up(
    database: Database,
    site_id: str,
    note: Callable[[Progress | None], None] = lambda _: None,
    stopping: Callable[[], bool] = lambda: False,
    counts: HourCounts | None = None,
) -> None:
    """Consume the invalidations of a site that there are now; those that come meanwhile are the next round's.

    note: told of the steps of a recomputation. stopping: asked between steps. counts: what the round before remembers.
    """
    counts = HourCounts() if counts is None else counts
    with database.read() as connection:
        newest = newest_invalidation(connection, site_id)
    while newest and not stopping():
        with database.read() as connection:
            everything = _taken(connection, site_id, newest, of_everyone=True)
            touched = _taken(connection, site_id, newest, of_everyone=False)
        faultpoint("refresher: invalidations taken")
        if everything:
            try:
                _refresh_everything(database, site_id, everything, counts, note, stopping)
            finally:
                note(None)
        elif touched:
            _refresh_touched(database, site_id, touched, counts)
        else:
            return


_ANY = 2**63 - 1
_Taken = list[tuple[int, str, int, int]]


def _taken(connection: Connection, site_id: str, newest: int, *, of_everyone: bool) -> _Taken:
    """The oldest invalidations up to `newest`, of everyone (settings) or of single workers: id, worker, low, high."""
    table = tables.invalidations
    statement = select(table.c.invalidation_id, table.c.worker_id, micros(table.c.from_time), micros(table.c.to_time))
    statement = statement.where(table.c.site_id == site_id, table.c.invalidation_id <= newest)
    chosen = statement.where(table.c.worker_id.is_(None) if of_everyone else table.c.worker_id.is_not(None))
    return [tuple(row) for row in connection.execute(chosen.order_by(table.c.invalidation_id).limit(_TAKEN_AT_ONCE))]


def _refresh_touched(database: Database, site_id: str, taken: _Taken, counts: HourCounts) -> None:
    """Refresh what some touched events change; the invalidations go with the last pass, and all stay where one pass could not be written."""
    ids, workers, lows, highs = zip(*taken, strict=True)
    with database.read() as connection:
        frames = Frames(connection, site_id, load_names(connection, site_id))
        dirty = columns(worker=frames.names.numbers("worker", workers), low=lows, high=highs)
        works = passes(frames, load_site(connection, site_id).rules, dirty)
    for number, work in enumerate(works, start=1):
        if not run_pass(database, site_id, work, frames.names, list(ids) if number == len(works) else [], counts):
            return


def _refresh_everything(
    database: Database, site_id: str, taken: _Taken, counts: HourCounts, note: Callable[[Progress | None], None], stopping: Callable[[], bool]
) -> None:
    """Refresh a site's history under changed settings, step by step; live events are seen to between the steps."""
    with database.read() as connection:
        since = max(min(low for _, _, low, _ in taken), load_site(connection, site_id).horizons.sealed_before)
        stretches = history(Frames(connection, site_id, load_names(connection, site_id)), since)
    for number, (low, high) in enumerate(stretches, start=1):
        note((number - 1, len(stretches)))
        consumed = [id_ for id_, *_ in taken] if number == len(stretches) else []
        while not _refresh_stretch(database, site_id, low, high, consumed, counts):
            if stopping():
                return
        with database.read() as connection:
            touched = _taken(connection, site_id, _ANY, of_everyone=False)
        if touched:
            _refresh_touched(database, site_id, touched, counts)
        if stopping():
            return


def _refresh_stretch(database: Database, site_id: str, low: int, high: int, consumed: list[int], counts: HourCounts) -> bool:
    with database.read() as connection:
        frames = Frames(connection, site_id, load_names(connection, site_id))
        work = entire_pass(frames, load_site(connection, site_id).rules, low, high)
    return run_pass(database, site_id, work, frames.names, consumed, counts)


def run_pass(database: Database, site_id: str, work: Pass, names: Names, consumed: list[int], counts: HourCounts) -> bool:
    """Compute a pass on one snapshot, then write it and delete the invalidations it consumed, in one transaction.

    False, and nothing is written, nor consumed, where anything else was written about the site's figures meanwhile: by other settings, a seal, somebody erased,
    or another process that refreshes it too. names: those by which the pass numbers its workers; ids registered since then may shift the
    numbers of a newer list.
    """
    with database.read() as connection:
        site = load_site(connection, site_id)
        rules, sealed = site.rules, site.horizons.sealed_before
        newer = load_names(connection, site_id)
        if not names.are_in(newer):
            return False  # somebody was erased: what was taken is taken again, by the names there are now
        renumbered = newer.numbers("worker", names.texts("worker", work.regions["worker"]))
        work = replace(work, regions=work.regions.assign(worker=renumbered))
        counts.open(site.revision, newer)
        changes = refresh(Frames(connection, site_id, newer), rules, work, counts, sealed)
    faultpoint("refresher: changes computed")
    # Days are summed anew even where no hour differs: under another time zone they are other days.
    if not changes and not consumed and not work.entire:
        return True
    with database.write(beside_others=True) as connection:
        if held_revision(connection, site_id) != site.revision:
            return False
        for change in changes:
            apply(connection, site_id, newer, change)
            faultpoint("refresher: a table changed")
        _sum_changed_levels(connection, site_id, rules, work, changes)
        faultpoint("refresher: days and weeks summed")
        if consumed:
            connection.execute(delete(tables.invalidations).where(tables.invalidations.c.invalidation_id.in_(consumed)))
        # Answers may change even where no stored row differs: a longer shift lowers what nobody worked in, an event that no metric
        # sees registers a worker.
        if changes or consumed:
            next_revision(connection, site_id)
            counts.left(site.revision + 1)
        faultpoint("refresher: about to commit")
    faultpoint("refresher: committed")
    return True


def _sum_changed_levels(connection: Connection, site_id: str, rules: SiteRules, work: Pass, changes: list[Change]) -> None:
    by_table = {change.table.name: change for change in changes}
    for rollups in tables.ROLLUPS:
        low, high = (work.low, work.high) if work.entire else (FOREVER, BEGINNING)
        change = by_table.get(rollups.hours.name)
        if change is not None:
            # A recomputation from a day on may move earlier hours too: those of events that were not refreshed yet.
            buckets = np.concatenate([change.removed["bucket"], change.added["bucket"]])
            low, high = min(low, int(buckets.min())), max(high, int(buckets.max()) + 1)
        if low < high:
            sum_levels(connection, site_id, rules.clock, rollups, low, high)
