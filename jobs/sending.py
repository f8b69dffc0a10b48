"""Hands that let workers do the work, and do it themselves where nobody else does."""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

from data_layer.refreshing import Hands, Standing
from watching.absence import Absence

log = logging.getLogger(__name__)

#: Between two wishes for the same site while nobody waits: events that come one by one are then refreshed many at a time.
_REST_SECONDS = 0.5
#: A wish after which nothing has changed for so long was lost, or no worker is free.
_LOST_SECONDS = 5.0
_AWAY = "The message broker does not answer; this server refreshes by itself and asks again every %g s: %s"


class _Wish(NamedTuple):
    """What was asked for last: at which revision, and when (monotonic seconds)."""

    revision: int
    at: float


class Sending:
    """One thread that asks for sites to be refreshed. send: asks for one; raises where the broker is away. own: does it here instead."""

    def __init__(self, send: Callable[[str], None], own: Hands) -> None:
        self._send = send
        self._own = own
        self._changed = threading.Condition()
        self._behind: Mapping[str, Standing] = {}
        self._wishes: dict[str, _Wish] = {}
        self._absence = Absence(log, _AWAY, "The message broker answers again.")
        self._hurried = 0
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="sending", daemon=True)

    def start(self) -> None:
        """Begin; who is behind is told by whoever looks."""
        self._own.start()
        self._thread.start()

    def stop(self) -> None:
        """End after the current wish."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if self._thread.is_alive():
            self._thread.join()
        self._own.stop()

    def notify(self, behind: Mapping[str, Standing]) -> None:
        """These sites are behind, as was seen just now."""
        with self._changed:
            self._behind = behind
            self._changed.notify_all()

    @contextmanager
    def hurried(self) -> Iterator[None]:
        """While the block lasts, somebody waits for figures: there is no rest between wishes."""
        with self._own.hurried():
            self._count_hurried(1)
            try:
                yield
            finally:
                self._count_hurried(-1)

    def _count_hurried(self, more: int) -> None:
        with self._changed:  # many requests may wait at once
            self._hurried += more

    @property
    def alive(self) -> bool:
        """Whether it is at work, and who would stand in too."""
        return self._thread.is_alive() and self._own.alive

    @property
    def warning(self) -> str | None:
        """Whether no worker can be asked."""
        return "The message broker does not answer: this server refreshes by itself." if self._absence else None

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._stopping or self._behind)
                if self._stopping:
                    return
                behind, self._behind = self._behind, {}
            for site_id, standing in behind.items():
                self._see_to(site_id, standing)

    def _see_to(self, site_id: str, standing: Standing) -> None:
        now, before = time.monotonic(), self._wishes.get(site_id)
        lost = before is not None and before.revision == standing.revision
        if before is not None and now - before.at < (_LOST_SECONDS if lost else 0.0 if self._hurried else _REST_SECONDS):
            return
        self._wishes[site_id] = _Wish(standing.revision, now)
        # Whoever is at it already has the site's lock: then this does nothing.
        if not self._asked(site_id) or lost:
            self._own.notify({site_id: standing})

    def _asked(self, site_id: str) -> bool:
        if self._absence.is_resting:
            return False
        try:
            self._send(site_id)
        except Exception as error:
            self._absence.begin(error)
            return False
        self._absence.end()
        return True
