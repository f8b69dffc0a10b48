"""What the user sees meanwhile, on standard error: a bar if somebody looks at it, and sentences."""

import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from tqdm import tqdm  # type: ignore[import-untyped]

_SAME_AGAIN_SECONDS = 60.0


class Screen:
    """bar: whether to draw one. total: bytes of the input, None if nobody knows. begin: bytes that an earlier run has sent."""

    def __init__(self, *, bar: bool, total: int | None, begin: int = 0, out: TextIO | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._out = out or sys.stderr
        self._clock = clock
        self._began = clock()
        self._events = 0
        self._said_at = float("-inf")
        self._troubled = False
        self._bar: tqdm[None] | None = _bar(total, begin, self._out) if bar else None

    def say(self, sentence: str) -> None:
        """One sentence on a line of its own."""
        if self._bar is None:
            print(sentence, file=self._out, flush=True)
        else:
            self._bar.write(sentence, file=self._out)

    def trouble(self, sentence: str) -> None:
        """A sentence that may come every few seconds for a whole night: at most one a minute is shown."""
        now = self._clock()
        if now - self._said_at >= _SAME_AGAIN_SECONDS:
            self._said_at, self._troubled = now, True
            self.say(sentence)

    def moved(self, passed: int | None, events: int) -> None:
        """So many more events were acknowledged. passed: bytes of the file that were read by now."""
        self._events += events
        if self._troubled:
            self._troubled = False
            self.say("The server answers again.")
        if self._bar is not None:
            rate = self._events / max(self._clock() - self._began, 1e-3)
            self._bar.set_postfix_str(f"{rate:,.0f} events/s", refresh=False)
            self._bar.update(max(0, (passed or 0) - self._bar.n))

    def close(self) -> None:
        """Leave the bar as it is."""
        if self._bar is not None:
            self._bar.close()


def _bar(total: int | None, begin: int, out: TextIO) -> "tqdm[None]":
    from tqdm import tqdm  # a camera's program, which has no use for it, need not load it

    return tqdm(total=total, initial=begin, unit="B", unit_scale=True, file=out, dynamic_ncols=True, leave=True)
