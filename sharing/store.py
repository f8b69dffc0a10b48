"""Redis as it is used here: whatever is asked of it has another way, and it is not asked again and again while it is away."""

import logging
from collections.abc import Callable
from typing import TypeVar

from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from watching.absence import Absence

log = logging.getLogger(__name__)

Answer = TypeVar("Answer")

#: Who asks waits for it: what it gives can be worked out in a tenth of this.
_ANSWER_WITHIN_SECONDS = 0.25
_AWAY = "Redis does not answer; this server goes on by itself and asks again every %g s: %s"


class Store:
    """One Redis. url: redis:// or rediss://. installation: what tells its keys and channels from those of others that use it."""

    def __init__(self, url: str, installation: str) -> None:
        self.url = url
        self.prefix = f"factory:{installation}"
        # Once, and at once: a question that is tried again is a request that waits twice as long.
        self.client = self.connected(_ANSWER_WITHIN_SECONDS)
        self._absence = Absence(log, _AWAY, "Redis answers again.")

    def connected(self, patience: float) -> "Redis":
        """A client with connections of its own that waits for so many seconds."""
        return Redis.from_url(self.url, socket_timeout=patience, socket_connect_timeout=patience, retry=Retry(NoBackoff(), 0))

    def ask(self, question: Callable[[], Answer], otherwise: Callable[[], Answer]) -> Answer:
        """The answer to a question to Redis, or the other one while it is away."""
        if self._absence.is_resting:
            return otherwise()
        try:
            answer = question()
        except RedisError as error:
            self._absence.begin(error)
            return otherwise()
        self._absence.end()
        return answer

    @property
    def is_away(self) -> bool:
        """Whether it did not answer the latest question."""
        return bool(self._absence)

    def close(self) -> None:
        """Give back the connections."""
        self.client.close()
