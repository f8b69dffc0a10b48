"""What goes wrong between a camera and the server, hour by hour: silence, poor sight, answers that get lost."""

from functools import lru_cache
from typing import NamedTuple

from ingest.simulation.plan import Plan
from metrics.units import HOUR, MINUTE, SECOND

#: A camera sends what it has seen so often.
PERIOD = 3 * SECOND
#: The longest that an event may be under way: a silence, then the next time that the camera sends.
LONGEST_WAY = 9 * MINUTE + 2 * PERIOD
#: The longest after which a camera sends a batch once more whose answer it has not got.
LONGEST_REPEAT = 20 * PERIOD

_SILENT, _BLURRED, _REPEATED = 0.25, 0.25, 0.02  # share of the hours, of the hours, of the batches
_SILENCE, _BLUR = (3.0, 9.0), (4.0, 15.0)  # minutes


class Stretch(NamedTuple):
    """`[start, end)`, µs UTC."""

    start: int
    end: int


class Hour(NamedTuple):
    """What befalls a camera in an hour, if anything. blurred: it sees, and is not sure of what."""

    silent: Stretch | None
    blurred: Stretch | None


@lru_cache(maxsize=512)
def hour(plan: Plan, camera: int, number: int) -> Hour:
    """An hour of a camera. number: hours since 1970-01-01 UTC. Whatever happens ends within the hour."""
    chance = plan.chance("faults", camera, number)

    def stretch(share: float, minutes: tuple[float, float]) -> Stretch | None:
        happens, length = chance.random() < share, chance.uniform(*minutes)
        start = number * HOUR + round(chance.uniform(0, 59 - length) * MINUTE)
        return Stretch(start, start + round(length * MINUTE)) if happens else None

    return Hour(stretch(_SILENT, _SILENCE), stretch(_BLURRED, _BLUR))


def is_blurred(plan: Plan, camera: int, at: int) -> bool:
    """Whether a camera sees poorly at a moment (µs UTC)."""
    found = hour(plan, camera, at // HOUR).blurred
    return found is not None and found.start <= at < found.end


def sending_of(plan: Plan, camera: int, at: int) -> int:
    """When a camera sends what it sees at a moment: the next time that it sends at all (both µs UTC)."""
    sending = _next(plan, camera, at)
    silent = hour(plan, camera, sending // HOUR).silent
    return _next(plan, camera, silent.end) if silent is not None and silent.start <= sending < silent.end else sending


def repeat_of(plan: Plan, camera: int, sending: int) -> int | None:
    """When a camera sends the batch of a moment once more; None for most, whose answer arrives (both µs UTC)."""
    chance = plan.chance("repeat", camera, sending)
    return sending + chance.randint(2, LONGEST_REPEAT // PERIOD) * PERIOD if chance.random() < _REPEATED else None


def _next(plan: Plan, camera: int, at: int) -> int:
    """Cameras take turns within a period; what is seen at that very moment has to wait for the next one."""
    turn = camera * PERIOD // plan.cameras
    return ((at - turn) // PERIOD + 1) * PERIOD + turn
