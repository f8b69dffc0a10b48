"""Figures by time bucket on the site's local clock: rule 4, Series."""

from collections.abc import Hashable
from datetime import datetime, timedelta, tzinfo

from .figures import figures
from .history import recount
from .moments import FOREVER, local
from .segments import Segment
from .window import bounds, filters, window

MINUTES = {"5m": 5, "15m": 15, "1h": 60}
STEP = 5 * 60 * 1_000_000


def series(site: dict, events: list[dict], query: dict, bucket: str) -> list[tuple[int, int, dict]]:
    """(start, end, figures) of each bucket of the window, in microseconds; bucket: 5m, 15m, 1h, 1d or 1w.

    A window without `to` ends at the clock, and its last bucket takes in what happens there; an empty window has no buckets.
    """
    history = recount(site, events, query)
    chosen = filters(site, history, query)
    asked = bounds(history, query)
    open_ended = asked is not None and asked[1] == FOREVER
    if asked is None or (open_ended and history.clock is None):
        return []
    split = buckets(asked[0], history.clock if open_ended else asked[1], history.zone, bucket)
    if open_ended and asked[0] == history.clock:
        split = [asked[:1] * 2]
    rows = []
    for n, (start, end) in enumerate(split):
        last = n + 1 == len(split)
        within = (start, FOREVER if open_ended and last else end)
        rows.append((start, end, figures(history, chosen, window(history, query, within))))
    return rows


def buckets(start: int, end: int, zone: tzinfo, bucket: str) -> list[Segment]:
    """The buckets of a window: a new one begins wherever the site's clock shows another bucket than five minutes before.

    All clocks since 1972 stand a multiple of five minutes from UTC, so that bucket edges and changes of the clock fall on such steps.
    """
    if start >= end:
        return []
    edges = [start]
    moment = start - start % STEP
    while moment + STEP < end:
        if _shown(local(moment, zone), bucket) != _shown(local(moment + STEP, zone), bucket):
            edges.append(moment + STEP)
        moment += STEP
    return list(zip(edges, [*edges[1:], end], strict=True))


def _shown(clock: datetime, bucket: str) -> Hashable:
    """The bucket that a local clock shows; by its offset an hour that daylight saving repeats is two."""
    if bucket == "1d":
        return clock.date()
    if bucket == "1w":
        return clock.date() - timedelta(days=clock.weekday())
    minute = clock.minute - clock.minute % MINUTES[bucket]
    return (clock.date(), clock.hour, minute, clock.utcoffset())
