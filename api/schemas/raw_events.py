"""Raw events as they are asked for and shown."""

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType, field

from api.schemas.events import EventType
from api.schemas.metrics import Sites
from api.schemas.terms import Count, Id, Moment, Probability, Utc, says

USUAL_PAGE, MOST_A_PAGE = 100, 1_000


class EventsQuestion(Struct):
    """A window `[from, to)` and filters. Times are RFC 3339; without an offset, or as a day (its midnight), in the site's time zone."""

    site_id: Sites = UNSET
    from_: Annotated[Moment, says("Only events from this time on.", "2026-01-15T08:00:00Z", "2026-01-15")] | UnsetType = field(name="from", default=UNSET)
    to: Annotated[Moment, says("Only events before this time; not before `from`.", "2026-01-15T17:00:00Z", "2026-01-16")] | UnsetType = UNSET
    worker_id: Annotated[list[str], says("Only events of these workers; give it several times for several.", ["W1"])] | UnsetType = UNSET
    station_id: Annotated[list[str], says("Only events at these workstations; give it several times for several.", ["S1"])] | UnsetType = UNSET
    event_type: Annotated[list[EventType], says("Only events of these types; give it several times for several.", ["working"])] | UnsetType = UNSET
    camera_id: Annotated[list[str], says("Only events that these cameras sent; give it several times for several.", ["CAM-1"])] | UnsetType = UNSET
    limit: Annotated[int, Meta(ge=1, le=MOST_A_PAGE), says(f"How many events at most. Left out: {USUAL_PAGE}.", 20)] | UnsetType = UNSET
    cursor: (
        Annotated[str, says("Go on from here: the `next_cursor` of the page before, as it came, to the same question. Left out: begin with the newest event.")]
        | UnsetType
    ) = UNSET


class RawEvent(Struct, forbid_unknown_fields=True):
    """An event as it is stored."""

    event_id: Annotated[int, Meta(ge=1), says("Our number of the event.", 1)]
    client_event_id: Annotated[str | None, says("The sender's own id of it, as text.", "a-17")]
    site_id: Annotated[Id, says("The site.", "main")]
    timestamp: Annotated[Utc, says("When it happened.", "2026-01-15T10:15:00Z")]
    worker_id: Annotated[Id | None, says("The worker. `null` where a line counter sent it.", "W1")]
    workstation_id: Annotated[Id | None, says("The workstation.", "S1")]
    event_type: Annotated[EventType, says("What it says.", "working")]
    confidence: Annotated[Probability | None, says("How sure the sender was.", 0.93)]
    count: Annotated[Count | None, says("Units finished. `null` unless it is a `product_count`.", 1)]
    camera_id: Annotated[Id | None, says("The camera that sent it.", "CAM-1")]
    source: Annotated[str | None, says("Within what `client_event_id` is unique: the camera, else the CloudEvents source.", "CAM-1")]
    model_name: Annotated[str | None, says("The model that recognised it.", "posture")]
    model_version: Annotated[str | None, says("The model's version.", "2.1")]
    sequence: Annotated[str | None, says("Where the sender says that it stands among its others.", "17")]
    sent_at: Annotated[Utc | None, says("When it was sent, by the sender's clock.", "2026-01-15T10:15:01Z")]
    created_at: Annotated[Utc, says("When it was received.", "2026-01-15T10:15:01.204511Z")]
    visible: Annotated[bool, says("Whether the metrics see it: not if its confidence is below the site's `min_confidence`.", True)]


class EventPage(Struct, forbid_unknown_fields=True):
    """A page of events. Pages neither repeat nor lose an event that was there when the first one was asked for, whatever comes in between."""

    events: Annotated[
        list[RawEvent],
        says("Newest first. A page may hold fewer than `limit`, even none, where few of very many events pass the filters: only `next_cursor` tells the end."),
    ]
    next_cursor: Annotated[str | None, says("What to give as `cursor` for the next page. `null`: there is none.")]
