"""Redis as it is used here: whatever is asked of it has another way, and it is not asked again and again while it is away."""

import logging
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

log = logging.getLogger(__name__)

Answer = TypeVar("Answer")

#: Who asks waits for it: what it gives can be worked out in a tenth of this.
_ANSWER_WITHIN_SECONDS = 0.25
#: After it didn't answer, it is left alone for so long.
_AWAY_SECONDS = 5.0


class Store:
    """One Redis. url: redis:// or rediss://. installation: what tells its keys and channels from those of others that use it."""

    def __init__(self, url: str, installation: str) -> None:
        self.url = url
        self.prefix = f"factory:{installation}"
        # Once, and at once: a question that is tried again is a request that waits twice as long.
        self.client = self.connected(_ANSWER_WITHIN_SECONDS)
        self._lock = threading.Lock()
        self._away_until = 0.0
        self._is_away = False

    def connected(self, patience: float) -> "Redis":
        """A client with connections of its own that waits for so many seconds."""
        return Redis.from_url(self.url, socket_timeout=patience, socket_connect_timeout=patience, retry=Retry(NoBackoff(), 0))

    def ask(self, question: Callable[[], Answer], otherwise: Callable[[], Answer]) -> Answer:
        """The answer to a question to Redis, or the other one while it is away."""
        if time.monotonic() < self._away_until:
            return otherwise()
        try:
            answer = question()
        except RedisError as error:
            self._note_away(error)
            return otherwise()
        if self._is_away:
            self._note_back()
        return answer

    @property
    def is_away(self) -> bool:
        """Whether it did not answer the latest question."""
        return self._is_away

    def close(self) -> None:
        """Give back the connections."""
        self.client.close()

    def _note_away(self, error: RedisError) -> None:
        with self._lock:
            said, self._is_away = self._is_away, True
            self._away_until = time.monotonic() + _AWAY_SECONDS
        if not said:
            log.warning("Redis does not answer; this server goes on by itself and asks again every %g s: %s", _AWAY_SECONDS, error)

    def _note_back(self) -> None:
        with self._lock:
            back, self._is_away = self._is_away, False
        if back:
            log.info("Redis answers again.")
