"""How many requests may bring events at once: a burst waits a moment, a lasting crowd is turned away, and who asks for figures finds a thread.

          ┌── open screens ──┬── places for events ──┬── everybody else ──┐
threads   │   up to 3/4      │   half of the rest    │    the other half  │
          └──────────────────┴───────────────────────┴────────────────────┘
"""

import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ingest.writer import Unavailable

#: While there has been a crowd for less than this, who finds no place waits for one, though it takes a thread from everybody else.
BURST_SECONDS = 1.0
#: A crowd is over when no moment of so long saw all places taken. A commit frees many at once, which says nothing: they are taken again at once.
QUIET_SECONDS = 0.2


class Entrance:
    """Places for the requests that bring events. places: how many there are now, one or more."""

    def __init__(self, places: Callable[[], int]) -> None:
        self._places = places
        self._changed = threading.Condition()
        self._taken = 0
        self._crowded_since = self._last_full = -math.inf

    @contextmanager
    def place(self) -> Iterator[None]:
        """A place for as long as the block takes. Raises Unavailable when there are crowds."""
        self._enter()
        try:
            yield
        finally:
            self._leave()

    def _enter(self) -> None:
        with self._changed:
            if not self._has_place():
                now = time.monotonic()
                if now - self._last_full > QUIET_SECONDS:
                    self._crowded_since = now
                self._last_full = now
                if not self._changed.wait_for(self._has_place, max(0.0, self._crowded_since + BURST_SECONDS - now)):
                    raise Unavailable("More requests bring events now than can be worked on.")
            self._taken += 1

    def _leave(self) -> None:
        with self._changed:
            if not self._has_place():
                self._last_full = time.monotonic()
            self._taken -= 1
            self._changed.notify()

    def _has_place(self) -> bool:
        return self._taken < self._places()
