"""Windows split by time: buckets on the site's local clock, the last part of rule 4 of docs/metrics.md."""

from typing import Final

import numpy as np

from metrics.local_time import LocalClock
from metrics.units import DAY, HOUR, MINUTE, WEEK, Micros

#: Lengths of buckets by name, in µs of local time.
BUCKETS: Final = {"5m": 5 * MINUTE, "15m": 15 * MINUTE, "1h": HOUR, "1d": DAY, "1w": WEEK}


def edges(clock: LocalClock, start: int, end: int, step: int) -> Micros:
    """The instants between which the buckets of `[start, end)` lie (µs UTC), both ends included; one alone if nothing lies between.

    Minutes are counted from the local hour, days from local midnight, weeks from Monday; an hour that daylight saving repeats is
    two buckets. step: one of BUCKETS.
    """
    if start >= end:
        return np.array([start], dtype=np.int64)
    bounds = clock.buckets_around(start, end, step)
    inner = np.unique(bounds[(bounds > start) & (bounds < end)])
    return np.concatenate([[start], inner, [end]]).astype(np.int64)
