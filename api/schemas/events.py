"""Events as they are sent, plainly or as CloudEvents, and what is answered to them."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from api.schemas.service import NoParameters, Problem
from api.schemas.terms import Count, Id, OptionalId, Probability, Time, says
from ingest.event import MOST_EVENTS
from ingest.record import LARGEST_COUNT, Number63

EventType = Literal["working", "idle", "absent", "product_count"]
Units = Annotated[int, Meta(ge=0, le=LARGEST_COUNT)]


class IngestQuestion(NoParameters):
    """Whether events are to be stored."""

    dry_run: Annotated[bool, says("`true`: say what would become of the events, and store nothing, not even in the quarantine.", True)] | UnsetType = UNSET


class Occurrence(Struct, kw_only=True):
    """What a worker does from a moment on (`working`, `idle`, `absent`), or units that were finished (`product_count`).

    Fields that are not named here are ignored; `null` is the same as left out.
    """

    event_type: Annotated[EventType, says("What it says.", "working")]
    worker_id: (
        Annotated[OptionalId | None, says("The worker. Only a `product_count` may be without one: a line counter knows no people.", "W1")] | UnsetType
    ) = UNSET
    workstation_id: Annotated[OptionalId | None, says("The workstation. Only `absent` may be without one.", "S1")] | UnsetType = UNSET
    confidence: Annotated[Probability | None, says("How sure the sender is. Left out: as sure as can be.", 0.93)] | UnsetType = UNSET
    count: Annotated[Units | None, says("Units finished, for `product_count`; ignored otherwise. Left out: 1.", 1)] | UnsetType = UNSET
    site_id: Annotated[Id | None, says("The site; it must exist. Left out: `main`.", "main")] | UnsetType = UNSET
    camera_id: Annotated[OptionalId | None, says("The camera that saw it; the sender's ids of events are told apart by it.", "CAM-1")] | UnsetType = UNSET
    model_name: Annotated[OptionalId | None, says("The model that recognised it.", "posture")] | UnsetType = UNSET
    model_version: Annotated[OptionalId | None, says("The model's version.", "2.1")] | UnsetType = UNSET
    sent_at: Annotated[Time | None, says("When it was sent, by the sender's clock.", "2026-01-15T10:15:01Z")] | UnsetType = UNSET
    sequence: Annotated[OptionalId | Number63 | None, says("Where it stands among the sender's others; kept as it came.", "17")] | UnsetType = UNSET


class Event(Occurrence, kw_only=True):
    """What a worker does from a moment on (`working`, `idle`, `absent`), or units that were finished (`product_count`).

    Fields that are not named here are ignored; `null` is the same as left out.
    """

    timestamp: Annotated[
        Time,
        says(
            "When it happened: RFC 3339, from 2000 on, at most 5 minutes ahead of the server's clock. Without an offset it is read in the site's time zone.",
            "2026-01-15T10:15:00Z",
        ),
    ]
    event_id: Annotated[OptionalId | Number63 | None, says("The sender's own id of the event. Left out: what it says is its identity.", "17")] | UnsetType = (
        UNSET
    )


class CloudEventData(Occurrence, kw_only=True):
    """The event in a CloudEvent, as in plain JSON; an `event_id` in it is ignored in favour of the CloudEvent's `id`."""

    timestamp: Annotated[Time | None, says("When it happened. Left out: the CloudEvent's `time`.", "2026-01-15T10:15:00Z")] | UnsetType = UNSET


class CloudEvent(Struct, kw_only=True):
    """An event in the JSON format of CloudEvents 1.0. Attributes that are not named here are ignored; one of the two must say when it happened."""

    specversion: Literal["1.0"]
    id: Annotated[Id, says("The sender's own id of the event; with the camera, else the source, its identity.", "17")]
    source: Annotated[Id, says("Who sends it.", "/hall-1/gate")]
    type: Annotated[Annotated[str, Meta(min_length=1)], says("What kind of event it is, by the sender's words.", "factory.working")]
    data: Annotated[CloudEventData, says("The event.")]
    time: Annotated[OptionalId | None, says("When it happened, RFC 3339; looked at where `data` has no `timestamp`.", "2026-01-15T10:15:00Z")] | UnsetType = (
        UNSET
    )
    recordedtime: (
        Annotated[OptionalId | None, says("When it was sent, RFC 3339; looked at where `data` has no `sent_at`.", "2026-01-15T10:15:01Z")] | UnsetType
    ) = UNSET
    sequence: Annotated[OptionalId | Number63 | None, says("Where it stands among the source's others; kept as it came.", "17")] | UnsetType = UNSET


EventBatch = Annotated[list[Event], Meta(title="EventBatch", max_length=MOST_EVENTS)]
CloudEventBatch = Annotated[list[CloudEvent], Meta(title="CloudEventBatch", max_length=MOST_EVENTS)]


class Taken(Struct, forbid_unknown_fields=True):
    """An event is stored."""

    message: Literal["Event ingested successfully"]
    event_id: Annotated[int, Meta(ge=1), says("Our number of the event.", 1)]
    duplicate: Annotated[bool, says("Whether it was stored already: a repeat changes nothing.", False)]


class Known(Struct, forbid_unknown_fields=True):
    """An event was stored already, or would be."""

    message: Literal["Event ingested successfully", "Event would be ingested"]
    event_id: Annotated[Annotated[int, Meta(ge=1)] | None, says("Our number of the event. `null` in a dry run, if it is new.", 1, None)]
    duplicate: Annotated[bool, says("Whether it was stored already: a repeat changes nothing.", True)]
    dry_run: Annotated[Literal[True], says("There in a dry run only: nothing was stored.")] | UnsetType = UNSET


class Refusal(Struct, forbid_unknown_fields=True):
    """An event of a batch that was refused."""

    index: Annotated[Count, says("Where it stood in the batch, from 0; of lines, blank ones are not counted.", 3)]
    detail: Annotated[str, says("Why; opens with the field.", "event_type: must be one of working, idle, absent, product_count, not 'sleeping'.")]


class BatchCounts(Struct, forbid_unknown_fields=True):
    """What became of a batch, or would: `success_count + rejected_count == total_count`."""

    message: Annotated[str, says("The counts in words.", "4/5 events ingested successfully")]
    success_count: Annotated[Count, says("Events stored, repeats among them.", 4)]
    total_count: Annotated[Count, says("Events in the batch.", 5)]
    duplicate_count: Annotated[Count, says("Events that were stored already.", 1)]
    rejected_count: Annotated[Count, says("Events refused; they are in the quarantine.", 1)]
    errors: Annotated[list[Refusal], says("The refused events.")]
    dry_run: Annotated[Literal[True], says("There in a dry run only: nothing was stored.")] | UnsetType = UNSET


class EventProblem(Problem, kw_only=True):
    """The event can't be taken in."""

    dry_run: Annotated[Literal[True], says("There in a dry run only: nothing was stored.")] | UnsetType = UNSET


class ReplayProblem(Problem, kw_only=True):
    """What was refused can't be taken up."""

    errors: Annotated[list[Refusal], says("The events that are refused still.")] | UnsetType = UNSET


class BatchProblem(EventProblem, kw_only=True):
    """None of the events could be taken in; or, without counts, the request can't be what it is."""

    message: Annotated[str, says("The counts in words.", "0/5 events ingested successfully")] | UnsetType = UNSET
    success_count: Annotated[Count, says("Events stored.", 0)] | UnsetType = UNSET
    total_count: Annotated[Count, says("Events in the batch.", 5)] | UnsetType = UNSET
    duplicate_count: Annotated[Count, says("Events that were stored already.", 0)] | UnsetType = UNSET
    rejected_count: Annotated[Count, says("Events refused; they are in the quarantine.", 5)] | UnsetType = UNSET
    errors: Annotated[list[Refusal], says("The refused events.")] | UnsetType = UNSET
