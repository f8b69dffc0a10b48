"""Which posted events are stored, and which of them the metrics see: rule 1."""

from dataclasses import dataclass
from datetime import tzinfo

from .moments import local_day, parse
from .settings import Version, in_force

ORDER_OF_TYPES = ["product_count", "absent", "idle", "working"]


@dataclass(frozen=True)
class Event:
    """One stored event; `count` is 0 for state events."""

    instant: int
    worker: str | None
    station: str | None
    type: str
    confidence: float | None
    count: int

    def order(self) -> tuple:
        """Where the event stands among its worker's: rule 2; a missing workstation comes first."""
        return (self.instant, ORDER_OF_TYPES.index(self.type), self.station is not None, self.station or "")


def stored(posted: list[dict], zone: tzinfo) -> list[Event]:
    """The events that are stored: of one identity the first that was posted, whether the others are repeats or conflicts."""
    kept: dict[tuple, Event] = {}
    for payload in posted:
        event = read(payload, zone)
        kept.setdefault(identity(payload, event), event)
    return list(kept.values())


def read(payload: dict, zone: tzinfo) -> Event:
    """A posted JSON object as an event; a count of its own has product_count only, 1 if it is missing."""
    counts = payload["event_type"] == "product_count"
    count = payload.get("count")
    return Event(
        instant=parse(payload["timestamp"], zone),
        worker=_id(payload.get("worker_id")),
        station=_id(payload.get("workstation_id")),
        type=payload["event_type"],
        confidence=payload.get("confidence"),
        count=0 if not counts else 1 if count is None else count,
    )


def identity(payload: dict, event: Event) -> tuple:
    """What makes two posted objects the same event at a site: the sender's own id, or else the content without confidence."""
    client_id = _id(payload.get("event_id"))
    if client_id is not None:
        return (_id(payload.get("camera_id")) or "", client_id)
    return (event.instant, event.worker, event.station, event.type, event.count)


def _id(value: object) -> str | None:
    return None if value is None or value == "" else str(value)


def visible(events: list[Event], versions: list[Version], zone: tzinfo) -> list[Event]:
    """The events that the metrics see: a confidence below the threshold of the event's local day hides it, a missing one doesn't."""
    return [event for event in events if event.confidence is None or event.confidence >= in_force(versions, local_day(event.instant, zone)).min_confidence]
