"""Whose figures were looked at by whom in this hour: a screen that stays open is one look an hour, and not one a second."""

import threading
from collections.abc import Callable, Sequence
from datetime import datetime

Look = tuple[str, str]
#: Stands for all looks of which it is only told how many there were.
_MORE: Look = ("", "")


class Looks:
    """Remembers the looks of the hour. now: the clock."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._hour: datetime | None = None
        self._seen: set[tuple[str, Look]] = set()

    def fresh(self, actor: str, looks: Sequence[Look], at_somebody: Callable[[Sequence[Look]], Sequence[Look]], most: int) -> tuple[list[Look], int]:
        """Those of an actor's looks (site, worker) that are at somebody and the first of this hour, `most` of them, and how many more there are.

        They alone are remembered: who looks at one of the others by himself later on is noted then. That there are more is told once an hour.
        """
        hour = self._now().replace(minute=0, second=0, microsecond=0)
        with self._lock:
            if hour != self._hour:
                self._hour = hour
                self._seen.clear()
            unseen = [look for look in dict.fromkeys(looks) if (actor, look) not in self._seen]
        found = at_somebody(unseen) if unseen else []
        named, more = [*found[:most]], len(found) - most
        with self._lock:
            self._seen.update((actor, look) for look in named)
            if more > 0 and (actor, _MORE) in self._seen:
                return named, 0
            if more > 0:
                self._seen.add((actor, _MORE))
        return named, max(0, more)
