"""How long to wait before something is tried again."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST_ASKED_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Patience:
    """Exponential backoff with full jitter: many cameras that lost their server at once must not all come back at once.

    base: seconds, the most before the first repetition. cap: the most before any. chance: a number from 0 to 1 each time.
    """

    base: float = 0.5
    cap: float = 30.0
    chance: Callable[[], float] = random.random

    def seconds(self, attempt: int, asked: float | None = None) -> float:
        """What to wait after so many failures, from 1 on. asked: the seconds that the server asked for, which are the least then."""
        if asked is not None:
            return min(asked, LONGEST_ASKED_SECONDS) + self.chance() * self.base
        doublings = min(attempt - 1, 32)
        return self.chance() * min(self.cap, self.base * 2.0**doublings)


def asked_seconds(retry_after: str | None, now: datetime) -> float | None:
    """What a Retry-After header asks for, in seconds or as a date; None if it says nothing that can be understood."""
    text = (retry_after or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())
