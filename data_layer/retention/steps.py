"""How retention goes about its work: in slices, with a rest after each so that events go on being stored and figures being read."""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field


class NotNow(RuntimeError):
    """It can't be done at the moment, and is tried again later; the text says why."""


class Stopped(RuntimeError):
    """The server is stopping."""


@dataclass
class Pace:
    """Rests as long as the step before took. stopping: set when the work is to be left as it stands."""

    stopping: threading.Event = field(default_factory=threading.Event)
    _begun: float = field(default_factory=time.monotonic)

    def step(self) -> None:
        """A step is done. Raises Stopped."""
        if self.stopping.wait(min(time.monotonic() - self._begun, 1.0)):
            raise Stopped
        self._begun = time.monotonic()


def slices(counted: Sequence[tuple[int, int]], step: int, most: int, end: int) -> list[tuple[int, int]]:
    """Stretches `[low, high)` that hold about `most` rows each, and one step at least. counted: where steps begin, and their rows; in order, none empty."""
    found: list[tuple[int, int]] = []
    held = most
    for low, rows in counted:
        if held + rows > most:
            found.append((low, low))
            held = 0
        held += rows
        found[-1] = (found[-1][0], min(low + step, end))
    return found
