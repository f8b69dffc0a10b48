"""What the cameras of a simulated factory send, and when: a pure function of the plan, the site's rules and a stretch of time.

stories ──▶ moments ──▶ the camera that sees the station ──▶ a batch every few seconds ──▶ deliveries, some late, some twice
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from operator import attrgetter

from ingest.simulation.crews import stays
from ingest.simulation.faults import LONGEST_REPEAT, LONGEST_WAY, is_blurred, repeat_of, sending_of
from ingest.simulation.plan import EVENT_PREFIX, Plan
from ingest.simulation.story import PRODUCT_COUNT, Moment, story
from metrics.schedule import SiteRules
from metrics.units import to_datetime

Json = dict[str, str | int | float]

_BLURRED_CONFIDENCE = 0.5  # times what it would be


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a camera sends at a moment (µs UTC): events as the API takes them, by time. again: it sent the same before."""

    moment: int
    camera_id: str
    events: tuple[Json, ...]
    again: bool = False


def deliveries(plan: Plan, rules: SiteRules, start: int, end: int) -> list[Delivery]:
    """All that is sent in `[start, end)` (µs UTC), in order. The deliveries of two adjoining stretches are those of both together."""
    found = []
    for (sending, camera), seen in _batches(plan, rules, start - LONGEST_REPEAT - LONGEST_WAY, end).items():
        due = [moment for moment in (sending, repeat_of(plan, camera, sending)) if moment is not None and start <= moment < end]
        if due:
            events = _events(plan, camera, sending, seen)
            found += [Delivery(moment, plan.all_cameras[camera].camera_id, events, moment != sending) for moment in due]
    return sorted(found, key=attrgetter("moment", "camera_id", "again"))


def _batches(plan: Plan, rules: SiteRules, start: int, end: int) -> dict[tuple[int, int], list[tuple[Moment, int]]]:
    """What was to be seen in `[start, end)`, as (moment, worker), by when which camera sends it."""
    found: dict[tuple[int, int], list[tuple[Moment, int]]] = defaultdict(list)
    for stay in stays(plan, rules, start, end):
        told = story(plan, stay)
        for moment in told[bisect_left(told, start, key=_at) : bisect_left(told, end, key=_at)]:
            camera = plan.camera_of(moment.station)
            found[sending_of(plan, camera, moment.at), camera].append((moment, stay.worker))
    return found


_at = attrgetter("at")


def _events(plan: Plan, camera: int, sending: int, seen: Iterable[tuple[Moment, int]]) -> tuple[Json, ...]:
    sent_at = _written(sending + plan.all_cameras[camera].clock_ahead)
    return tuple({**_event(plan, camera, *each), "sent_at": sent_at} for each in sorted(seen))


def _event(plan: Plan, camera: int, moment: Moment, worker: int) -> Json:
    """A moment as an event. Its id holds all that makes it what it is: a story told otherwise has other ids, and no conflicts."""
    worker_id, station_id = plan.all_workers[worker].worker_id, plan.all_stations[moment.station].station_id
    counted: Json = {"count": moment.count} if moment.event_type == PRODUCT_COUNT else {}
    return {
        "event_id": f"{EVENT_PREFIX}{plan.seed}-{worker_id}-{station_id}-{moment.at // 1_000}-{moment.event_type}-{moment.count}",
        "timestamp": _written(moment.at),
        "site_id": plan.site_id,
        "worker_id": worker_id,
        "workstation_id": station_id,
        "event_type": moment.event_type,
        **counted,
        "confidence": round(moment.confidence * _BLURRED_CONFIDENCE, 2) if is_blurred(plan, camera, moment.at) else moment.confidence,
        "camera_id": plan.all_cameras[camera].camera_id,
    }


def _written(micros: int) -> str:
    return f"{to_datetime(micros).replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"
