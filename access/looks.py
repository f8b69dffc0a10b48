"""Whose figures were looked at by whom in this hour: a screen that stays open is one look an hour, and not one a second."""

import threading
from collections.abc import Callable, Sequence
from datetime import datetime

Look = tuple[str, str]


class Looks:
    """Remembers the looks of the hour. now: the clock."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._hour: datetime | None = None
        self._seen: set[tuple[str, Look]] = set()

    def fresh(self, actor: str, looks: Sequence[Look], is_at_somebody: Callable[[Look], bool]) -> list[Look]:
        """Those of an actor's looks (site, worker) that are at somebody and the first of this hour; they alone are remembered."""
        hour = self._now().replace(minute=0, second=0, microsecond=0)
        with self._lock:
            if hour != self._hour:
                self._hour = hour
                self._seen.clear()
            unseen = [look for look in dict.fromkeys(looks) if (actor, look) not in self._seen]
        found = [look for look in unseen if is_at_somebody(look)]
        with self._lock:
            self._seen.update((actor, look) for look in found)
        return found
