"""The group-commit writer: many requests, one transaction, one fsync; each is answered after the commit has reached the disk.

request ──┐                                   ┌── answered
request ──┼──▶ queue ──▶ one transaction ──▶ COMMIT ── answered
request ──┘   (bounded)      (writer thread)  └── answered
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, OperationalError

from data_layer.engine import Database
from data_layer.faultpoint import faultpoint
from data_layer.scope import Scope, in_force
from data_layer.servers import was_in_the_way
from ingest import quarantine
from ingest.event import Event, Parsed, Rejection
from ingest.store import EventStore, Stored

log = logging.getLogger(__name__)

_EVENTS_WAITING = 100_000
_EVENTS_A_COMMIT = 20_000
_ANSWER_WITHIN_SECONDS = 30.0
_TRIES_AMONG_OTHERS = 5


class Unavailable(RuntimeError):
    """The store is busy, full or away, or its answer is lost: the request may be sent again after `retry_after` seconds.

    Unless the message says otherwise nothing of it was stored; in any case what was is then told to repeat.
    """

    def __init__(self, message: str, retry_after: int = 1) -> None:
        super().__init__(message)
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a request's events, each counted once: `new + repeated + len(rejected) == total`.

    event_ids: our ids by the order of the parsed events. rejected: those of parsing and those found when storing, by index.
    """

    new: int
    repeated: int
    rejected: list[Rejection]
    event_ids: list[int]
    total: int


class Commit(NamedTuple):
    """A transaction as who keeps watch sees it: events that were new and repeated, why others were refused, how many bodies
    could not be read at all, and the seconds until it was on disk, or had failed."""

    new: int
    repeated: int
    refused: list[str]
    unreadable: int
    seconds: float
    failed: bool = False


def _unwatched(_commit: Commit) -> None:
    """Nobody keeps watch."""


@dataclass
class _Job:
    parsed: Parsed
    quarantined: Sequence[quarantine.Kept] = ()
    replay_of: int | None = None
    dry_run: bool = False
    #: Of whoever hands it in, whose thread this is made in.
    scope: Scope = field(default_factory=in_force)
    answer: "Future[Receipt]" = field(default_factory=Future)

    @property
    def size(self) -> int:
        return self.parsed.total


class Writer:
    """One thread that stores what requests hand in. `committed` is called with the sites of each commit, `watched` with what it did."""

    def __init__(
        self, database: Database, now: Callable[[], int], committed: Callable[[set[str]], None], watched: Callable[[Commit], None] = _unwatched
    ) -> None:
        self._database = database
        self._now = now
        self._committed = committed
        self._watched = watched
        self.store = EventStore()
        self._arrived = threading.Condition()
        self._jobs: deque[_Job] = deque()
        self._waiting = 0
        self._stopping = False
        self._begun: float | None = None
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)

    def start(self) -> None:
        """Begin to store."""
        self._thread.start()

    def stop(self) -> None:
        """Store what is waiting, then end."""
        with self._arrived:
            self._stopping = True
            self._arrived.notify_all()
        if self._thread.is_alive():
            self._thread.join()

    @property
    def alive(self) -> bool:
        """Whether the writer is at work."""
        return self._thread.is_alive()

    @property
    def busy_seconds(self) -> float:
        """How long the transaction under way has taken so far; 0 when there is none."""
        begun = self._begun
        return 0.0 if begun is None else time.monotonic() - begun

    @property
    def waiting(self) -> int:
        """Events that no transaction has taken yet."""
        return self._waiting

    @property
    def most_waiting(self) -> int:
        """Events beyond which requests are refused."""
        return _EVENTS_WAITING

    def submit(self, parsed: Parsed, replay_of: int | None = None, *, dry_run: bool = False) -> Receipt:
        """Store a request's events and quarantine its rejections; returns after the commit. Raises Unavailable.

        replay_of: the quarantine entry that the events come from, which is marked when all of them are stored.
        dry_run: find out what would become of them, and leave no trace; ids of new events mean nothing then.
        """
        return self._answered(_Job(parsed, replay_of=replay_of, dry_run=dry_run))

    def quarantine(self, reason: str, payload: str, *, barred: bool = False) -> None:
        """Keep a body that could not be read at all; returns after the commit. barred: as of a Rejection. Raises Unavailable."""
        # Nobody knows what is in it: of who may not bring everything it may be anything.
        kept = quarantine.Kept(None, reason, payload, barred or not in_force().is_everywhere)
        self._answered(_Job(Parsed([], (), [], 0), [kept]))

    def _answered(self, job: _Job) -> Receipt:
        with self._arrived:
            if self._stopping:
                raise Unavailable("The server is stopping.", retry_after=5)
            if self._waiting + job.size > _EVENTS_WAITING:
                raise Unavailable("More events are waiting to be stored than can be taken in now.")
            self._jobs.append(job)
            self._waiting += job.size
            self._arrived.notify_all()
        faultpoint("writer: request handed in")
        try:
            return job.answer.result(_ANSWER_WITHIN_SECONDS)
        except TimeoutError:
            raise Unavailable("The store did not answer in time.", retry_after=5) from None

    def _run(self) -> None:
        while True:
            with self._arrived:
                self._arrived.wait_for(lambda: self._jobs or self._stopping)
                jobs = self._take()
            if not jobs:
                return
            self._begun = time.monotonic()
            try:
                receipts = self._commit(jobs)
            except Exception as error:
                self._refuse(jobs, error)
            else:
                self._answer(jobs, receipts)
            self._begun = None

    def _take(self) -> list[_Job]:
        """The jobs of the next transaction."""
        jobs: list[_Job] = []
        size = 0
        while self._jobs and (not jobs or _together(jobs[0], self._jobs[0], size)):
            jobs.append(self._jobs.popleft())
            size += jobs[-1].size
        self._waiting -= size
        return jobs

    def _commit(self, jobs: list[_Job]) -> list[Receipt]:
        """Store all jobs in one transaction, which is on disk when this returns."""
        faultpoint("writer: jobs taken")
        try:
            return self._stored_at_last(jobs)
        except OperationalError:
            raise
        except (DBAPIError, ValueError, OverflowError):
            # Bad data never costs its neighbours: once more, splitting until the culprit is found.
            log.exception("A transaction failed; its events are stored piece by piece.")
            self.store.forget()
            return self._stored(jobs, self._store_piecemeal)

    def _stored_at_last(self, jobs: list[_Job]) -> list[Receipt]:
        """Again where the database took this transaction for one that another has to wait for: it has done nothing."""
        for _ in range(_TRIES_AMONG_OTHERS - 1):
            try:
                return self._stored(jobs, self.store.store)
            except OperationalError as error:
                if not was_in_the_way(error):
                    raise
                self.store.forget()
        return self._stored(jobs, self.store.store)

    def _refuse(self, jobs: list[_Job], error: Exception) -> None:
        # A full disk or a lock is no mistake of ours: its name says all, and it fails many a transaction.
        stack = None if isinstance(error, OperationalError) else error
        log.error("A transaction failed and was rolled back: %s", getattr(error, "orig", error), exc_info=stack)
        self._watched(Commit(0, 0, [], 0, self.busy_seconds, failed=True))
        self.store.forget()
        for job in jobs:
            job.answer.set_exception(Unavailable("The database cannot store events now."))

    def _answer(self, jobs: list[_Job], receipts: list[Receipt]) -> None:
        """What is on disk is told to all who wait for it. If that fails, whoever sends it again is told that it repeats."""
        try:
            try:
                faultpoint("writer: committed")
            finally:
                self._tell(jobs, receipts)
            faultpoint("writer: refresher told")
            for job, receipt in zip(jobs, receipts, strict=True):
                job.answer.set_result(receipt)
        except Exception:
            log.exception("A transaction is stored, but its requests were not answered.")
            for job in jobs:
                if not job.answer.done():
                    job.answer.set_exception(Unavailable("The request was taken in, but the answer to it failed."))

    def _tell(self, jobs: list[_Job], receipts: list[Receipt]) -> None:
        """What is stored is refreshed and counted, whatever becomes of the answer; a dry run left nothing but memories."""
        if jobs[0].dry_run:
            self.store.forget()
        else:
            self._committed({event[0] for job in jobs for event in job.parsed.events})
            self._watched(_outcome(jobs, receipts, self.busy_seconds))

    def _stored(self, jobs: list[_Job], store: Callable[[Connection, Sequence[Event], int], Stored]) -> list[Receipt]:
        """One transaction for all jobs."""
        now = self._now()
        events = [event for job in jobs for event in job.parsed.events]
        with self._database.write(beside_others=True) as connection, _undone(connection) if jobs[0].dry_run else nullcontext():
            stored = store(connection, events, now) if events else Stored([])
            receipts = _receipts(jobs, stored)
            for job, receipt in zip(jobs, receipts, strict=True):
                self._keep_refused(connection, job, receipt, now)
            faultpoint("writer: about to commit")
        return receipts

    @staticmethod
    def _keep_refused(connection: Connection, job: _Job, receipt: Receipt, now: int) -> None:
        """Into the quarantine with what was refused; what came from there stays where it is."""
        if job.replay_of is None:
            quarantine.keep(connection, [*(_kept(rejection, job.scope) for rejection in receipt.rejected), *job.quarantined], now)
        elif not receipt.rejected:
            quarantine.mark_replayed(connection, job.replay_of)

    def _store_piecemeal(self, connection: Connection, events: Sequence[Event], now: int) -> Stored:
        """Store events in halves until what the database refuses stands alone."""
        try:
            with connection.begin_nested():
                return self.store.store(connection, events, now)
        except OperationalError:
            raise
        except (DBAPIError, ValueError, OverflowError) as error:
            self.store.forget()
            if len(events) == 1:
                return Stored([0], refused={0: f"event: the database refused it ({type(error).__name__})."})
        middle = len(events) // 2
        first, second = (self._store_piecemeal(connection, part, now) for part in (events[:middle], events[middle:]))
        return Stored(
            first.event_ids + second.event_ids,
            first.repeats | {middle + index for index in second.repeats},
            first.refused | {middle + index: why for index, why in second.refused.items()},
        )


def _together(first: _Job, following: _Job, size: int) -> bool:
    """Whether a job may join a transaction of so many events; a dry run has one of its own, since it is taken back."""
    return size + following.size <= _EVENTS_A_COMMIT and not first.dry_run and not following.dry_run


@contextmanager
def _undone(connection: Connection) -> Iterator[None]:
    """Take back all that the block writes; after an error the whole transaction is."""
    savepoint = connection.begin_nested()
    yield
    savepoint.rollback()


def _outcome(jobs: list[_Job], receipts: list[Receipt], seconds: float) -> Commit:
    """What a transaction did. What a replay refuses again was counted when it came first."""
    refused = [rejection.detail for job, receipt in zip(jobs, receipts, strict=True) if job.replay_of is None for rejection in receipt.rejected]
    new, repeated = sum(receipt.new for receipt in receipts), sum(receipt.repeated for receipt in receipts)
    return Commit(new, repeated, refused, sum(len(job.quarantined) for job in jobs), seconds)


def _kept(rejection: Rejection, scope: Scope) -> quarantine.Kept:
    """What is kept of a refused event. scope: of its sender, who puts nothing before the eyes of another site's people, nor into anybody's hands."""
    site_id = quarantine.site_of(rejection.payload)
    own = scope.is_everywhere or (site_id is not None and scope.has(site_id))
    return quarantine.Kept(site_id if own else None, rejection.detail, rejection.payload, rejection.barred or not own)


def _receipts(jobs: list[_Job], stored: Stored) -> list[Receipt]:
    """Deal the outcome of a transaction out to its jobs."""
    receipts = []
    begin = 0
    for job in jobs:
        parsed = job.parsed
        own = range(begin, begin + len(parsed.events))
        refused = [
            Rejection(parsed.positions[at - begin], stored.refused[at], quarantine.payload_of(parsed.events[at - begin])) for at in own if at in stored.refused
        ]
        rejected = sorted([*parsed.rejected, *refused])
        repeated = sum(at in stored.repeats for at in own)
        receipts.append(Receipt(len(own) - len(refused) - repeated, repeated, rejected, stored.event_ids[begin : own.stop], parsed.total))
        begin = own.stop
    return receipts
