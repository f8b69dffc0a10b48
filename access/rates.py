"""How often one key may ask: a device that has gone mad must not take the others' turn."""

import math
import time
from typing import TYPE_CHECKING

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import FixedWindowRateLimiter

if TYPE_CHECKING:
    from sharing.store import Store

#: In place of a rate: as often as it likes.
UNLIMITED = "none"


class Rates:
    """Counts requests by key. rate: "500 per second", or UNLIMITED. store: where all servers count together; each does by itself while it is away."""

    def __init__(self, rate: str, store: "Store | None" = None) -> None:
        self._rate = parsed(rate)
        self._own = FixedWindowRateLimiter(MemoryStorage())
        self._store = store
        if store is not None:
            shared = RedisStorage(store.url, store.client.connection_pool, f"{store.prefix}:rate")
            self._shared = FixedWindowRateLimiter(shared)

    def wait_for(self, actor: str) -> int:
        """Count a request; 0 if it may go on, else after how many seconds another one may."""
        rate = self._rate
        if rate is None:
            return 0
        if self._store is None:
            return _counted(self._own, rate, actor)
        return self._store.ask(lambda: _counted(self._shared, rate, actor), lambda: _counted(self._own, rate, actor))


def _counted(counts: FixedWindowRateLimiter, rate: RateLimitItem, actor: str) -> int:
    if counts.hit(rate, actor):
        return 0
    ends = counts.get_window_stats(rate, actor).reset_time
    return max(1, math.ceil(ends - time.time()))


def parsed(rate: str) -> RateLimitItem | None:
    """A rate; None for UNLIMITED. Raises ValueError for what is none."""
    return None if rate == UNLIMITED else parse(rate)
