"""What parsing yields: events ready to store, rejections for the quarantine, and bodies that are neither."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

MOST_EVENTS = 10_000
DETAIL_LENGTH = 300


class Event(NamedTuple):
    """One accepted event; times are microseconds since 1970-01-01 UTC, ids that are missing are empty strings.

    count: units, 0 on state events. source, client_event_id: the sender's own identity of the event (metrics.md rule 1),
    both empty when it sent none; a source that isn't the camera came with a CloudEvent. sequence: the event's place among
    its sender's others, as it came.
    """

    site_id: str
    worker_id: str
    timestamp: int
    event_type: str
    station_id: str
    count: int  # type: ignore[assignment]  # events have counts; that tuples can count is of no use here
    confidence: float | None
    source: str
    client_event_id: str
    camera_id: str | None
    model_name: str | None
    model_version: str | None
    sent_at: int | None
    sequence: str | None = None


class Rejection(NamedTuple):
    """One refused event: its index in the request, a sentence that opens with the field, and its JSON text (at most 64 KiB of UTF-8).

    barred: whether its sender may not bring it at all, so that nobody must take it up either.
    """

    index: int  # type: ignore[assignment]  # hides tuple.index, which nobody asks of a rejection
    detail: str
    payload: str
    barred: bool = False


@dataclass(frozen=True, slots=True)
class Parsed:
    """A request's events: `events[i]` stood at index `positions[i]`; `len(events) + len(rejected) == total`."""

    events: list[Event]
    positions: Sequence[int]
    rejected: list[Rejection]
    total: int


@dataclass(frozen=True, slots=True)
class SiteRules:
    """What parsing must know of a site.

    timezone: the IANA zone in which timestamps without an offset are read. whole_seconds: whether state events are told apart by
    the second alone.
    """

    timezone: str
    whole_seconds: bool = False


class Unparseable(ValueError):
    """The body as a whole cannot be read; the text is a sentence for the sender, of which `what` is all after "The body"."""

    def __init__(self, what: str) -> None:
        super().__init__(f"The body {what}")
        self.what = what


class TooMany(ValueError):
    """The body holds more events than one request may; the text is a sentence for the sender."""


class Refused(ValueError):
    """One event breaks a rule; the text is a sentence that opens with the field, cut to a length that a log can bear."""

    def __init__(self, field: str, what: str) -> None:
        super().__init__(f"{field}: {what}"[:DETAIL_LENGTH])
        self.field = field
        self.what = what
