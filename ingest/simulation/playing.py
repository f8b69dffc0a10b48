"""What whoever plays a story goes by: how far it has come by now, in pieces that can be held and stopped between."""

from collections.abc import Iterator
from dataclasses import dataclass

from ingest.simulation.deliveries import Delivery, Json
from metrics.units import MINUTE, SECOND

_PIECE = 10 * MINUTE
_PUNCTUAL = 5 * SECOND


@dataclass(frozen=True, slots=True)
class Pace:
    """How a story from `first` on is played to the present by somebody who begins at `began` (both µs UTC).

    speed 1     first ─(at once)─▶ began ──▶ now ──▶       what has passed is sent at once, then each thing when it happens
    speed 10    first ──▶──▶──▶──▶──▶──▶──▶──▶ now ──▶     ten times as fast as it happened until now is reached, then when it happens
    """

    began: int
    first: int
    speed: float = 1.0

    def reached(self, now: int) -> int:
        """The moment before which all is to be sent by now; never one to come."""
        return now if self.speed == 1 else min(now, self.first + round((now - self.began) * self.speed))


def pieces(start: int, end: int) -> Iterator[tuple[int, int]]:
    """`[start, end)` (µs UTC) cut to pieces."""
    for begin in range(start, end, _PIECE):
        yield begin, min(begin + _PIECE, end)


def as_sent(delivery: Delivery, now: int) -> list[Json]:
    """A delivery's events when they are sent at `now`. One that is behind its time doesn't say when it was sent: clocks would seem wrong."""
    if now - delivery.moment <= _PUNCTUAL:
        return list(delivery.events)
    return [{name: value for name, value in event.items() if name != "sent_at"} for event in delivery.events]
