"""What may be away for a while: said once when it goes and once when it comes back, and not asked again and again in between."""

import logging
import threading
import time

#: So long it is left alone after it didn't answer.
REST_SECONDS = 5.0


class Absence:
    """Of something that is done without while it is away.

    log: where that is said. away: what, with places for REST_SECONDS and the error. back: what is said afterwards.
    """

    def __init__(self, log: logging.Logger, away: str, back: str) -> None:
        self._log, self._away, self._back = log, away, back
        self._lock = threading.Lock()
        self._until = 0.0
        self._is_away = False

    def __bool__(self) -> bool:
        """Whether it did not answer the latest question."""
        return self._is_away

    @property
    def is_resting(self) -> bool:
        """Whether it is to be left alone."""
        return time.monotonic() < self._until

    def begin(self, error: Exception) -> None:
        """It did not answer."""
        with self._lock:
            said, self._is_away = self._is_away, True
            self._until = time.monotonic() + REST_SECONDS
        if not said:
            self._log.warning(self._away, REST_SECONDS, error)

    def end(self) -> None:
        """It has answered."""
        if not self._is_away:
            return
        with self._lock:
            back, self._is_away = self._is_away, False
        if back:
            self._log.info(self._back)
