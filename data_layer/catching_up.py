"""Catching up: the invalidations of a site are taken and its derived rows brought up to the events, by whoever is at it."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from sqlalchemy import Connection, delete, select

from data_layer import tables
from data_layer.changes import Change, apply
from data_layer.counting import HourCounts
from data_layer.engine import Database
from data_layer.faultpoint import faultpoint
from data_layer.frames import Frames
from data_layer.levels import sum_levels
from data_layer.names import Names, load_names
from data_layer.outbox import note_changes
from data_layer.plan import Pass, entire_pass, history, passes
from data_layer.refresh import refresh
from data_layer.refreshing import Progress
from data_layer.sites import held_revision, load_site, next_revision
from data_layer.standing import newest_invalidation
from data_layer.types import micros
from metrics.columns import columns
from metrics.schedule import SiteRules
from metrics.units import BEGINNING, FOREVER

#: Invalidations taken at once, which bounds the memory of a round behind a fast import; more wait for the next one.
_TAKEN_AT_ONCE = 2_000


def refreshing(site_id: str) -> str:
    """What only one process at a time does, see `Database.only_one`."""
    return f"refresh {site_id}"


def catch_up_alone(
    database: Database,
    site_id: str,
    note: Callable[[Progress | None], None] = lambda _: None,
    stopping: Callable[[], bool] = lambda: False,
    counts: HourCounts | None = None,
) -> bool:
    """See `catch_up`; False where another process is at it: whatever that one misses is found by the next look."""
    with database.only_one(refreshing(site_id)) as mine:
        if mine:
            catch_up(database, site_id, note, stopping, counts)
        return mine


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
        note_changes(connection, site_id, changes, *((work.low, work.high) if work.entire else ()))
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
