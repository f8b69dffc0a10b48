"""How often one key may ask: a device that has gone mad must not take the others' turn."""

import math
import time

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

#: In place of a rate: as often as it likes.
UNLIMITED = "none"


class Rates:
    """Counts requests by key. rate: "500 per second", or UNLIMITED."""

    def __init__(self, rate: str) -> None:
        self._rate = parsed(rate)
        self._counts = FixedWindowRateLimiter(MemoryStorage())

    def wait_for(self, actor: str) -> int:
        """Count a request; 0 if it may go on, else after how many seconds another one may."""
        if self._rate is None or self._counts.hit(self._rate, actor):
            return 0
        ends = self._counts.get_window_stats(self._rate, actor).reset_time
        return max(1, math.ceil(ends - time.time()))


def parsed(rate: str) -> RateLimitItem | None:
    """A rate; None for UNLIMITED. Raises ValueError for what is none."""
    return None if rate == UNLIMITED else parse(rate)
