"""The live hub: tells every open screen the data revision as it grows, and which moment the screens show.

refresher ──revisions──▶ ┌─────┐ ──"revision 812"──▶ one SSE stream a screen, at most one push in two seconds
                         │ Hub │
screens' callbacks ────▶ └─────┘ ──moment──▶ the same `now` for all that were told of the same revision
"""

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

#: Between two pushes of a site; a burst of revisions is one push.
PUSH_EVERY_SECONDS = 2.0
#: A comment so often keeps proxies from closing the stream, and notices a screen that has gone.
_PING_SECONDS = 15.0
#: So long a moment serves those who ask after the first.
_SHARED_SECONDS = 2.0
#: When a stream breaks, the browser comes back after so long.
_RETRY_MS = 2_000


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant, and the data revision of a site that was known then."""

    now: datetime
    revision: int


class Hub:
    """The revisions that screens are told of: one condition and an integer a site, however many screens there are.

    now: the clock. most_streams: streams open at once; each holds one of the server's threads. latest: asks for the revisions of all
    sites when a screen was told of one that isn't known here; None where nobody else could have told it.
    """

    def __init__(self, now: Callable[[], datetime], most_streams: int, latest: Callable[[], Mapping[str, int]] | None = None) -> None:
        self._now = now
        self._latest = latest
        self._most_streams = most_streams
        self._changed = threading.Condition()
        self._known: dict[str, int] = {}
        self._told: dict[str, int] = {}
        self._told_at: dict[str, float] = defaultdict(float)
        self._moments: dict[str, tuple[Moment, float]] = {}
        self._streams = 0
        self._stopping = False

    def announce(self, revisions: Mapping[str, int]) -> None:
        """The figures have come to these revisions."""
        with self._changed:
            if self._known != revisions:
                self._known = dict(revisions)
                self._changed.notify_all()

    def stop(self) -> None:
        """End all streams."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()

    @property
    def streams(self) -> int:
        """Streams that are open."""
        return self._streams

    def moment(self, site_id: str, told: int | None) -> Moment:
        """The moment to show to a screen that was told of a revision (None: of none, so that nothing older than now's will do)."""
        if self._latest is not None and told is not None and told > self._known.get(site_id, 0):
            self._learn(site_id, self._latest().get(site_id, 0))
        with self._changed:
            known = self._known.get(site_id, 0)
            shared, taken = self._moments.get(site_id, (None, 0.0))
            wanted = known if told is None else min(told, known)
            if shared is None or shared.revision < wanted or time.monotonic() - taken > _SHARED_SECONDS:
                shared = Moment(self._now(), known)
                self._moments[site_id] = shared, time.monotonic()
            return shared

    def _learn(self, site_id: str, revision: int) -> None:
        """Another process has told of a revision a moment before this one has heard of it, which then is nothing new any more."""
        with self._changed:
            self._known[site_id] = max(self._known.get(site_id, 0), revision)
            self._changed.notify_all()

    def open(self, site_id: str, allowed: Callable[[], bool] = lambda: True) -> "Stream | None":
        """Server-sent events of a site: its revision at once, then each that follows; None when there are too many streams already.

        allowed: asked before each message; the stream ends when it is no more.
        """
        with self._changed:
            if self._streams >= self._most_streams or self._stopping:
                return None
            self._streams += 1
        return Stream(self, site_id, allowed)

    def leave(self) -> None:
        """A stream has ended."""
        with self._changed:
            self._streams -= 1

    def next_revision(self, site_id: str, seen: int | None) -> int | None:
        """The next revision to tell after `seen`, or `seen` again when it is time for a sign of life; None to end."""
        ping_at = time.monotonic() + _PING_SECONDS
        with self._changed:
            while not self._stopping:
                now = time.monotonic()
                due = self._publish(site_id, now)
                if self._told.get(site_id, 0) != seen:
                    return self._told.get(site_id, 0)
                if now >= ping_at:
                    return seen
                self._changed.wait(min(due, ping_at) - now if due else ping_at - now)
        return None

    def _publish(self, site_id: str, now: float) -> float | None:
        """Tell what is known, unless that was done just now: then when it will be time (monotonic seconds)."""
        if self._told.get(site_id) == self._known.get(site_id, 0):
            return None
        due = self._told_at[site_id] + PUSH_EVERY_SECONDS
        if now < due:
            return due
        self._told[site_id] = self._known.get(site_id, 0)
        self._told_at[site_id] = now
        self._changed.notify_all()
        return None


class Stream:
    """What one screen is told. An object and not a generator: a server may close what it has never begun to read, and that ends it too."""

    def __init__(self, hub: Hub, site_id: str, allowed: Callable[[], bool]) -> None:
        self._hub, self._site_id, self._allowed = hub, site_id, allowed
        self._seen: int | None = None
        self._begun = self._ended = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if not self._begun:
            self._begun = True
            return f"retry: {_RETRY_MS}\n\n"
        told = None if self._ended else self._hub.next_revision(self._site_id, self._seen)
        if told is None or not self._allowed():
            self.close()
            raise StopIteration
        line = ": here\n\n" if told == self._seen else f"data: {told}\n\n"
        self._seen = told
        return line

    def close(self) -> None:
        """End it; more than once is once."""
        if not self._ended:
            self._ended = True
            self._hub.leave()
