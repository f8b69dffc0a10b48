"""The forms in which a request may hold events: how one event is written, and how several are put together.

                   one event                          up to MOST_EVENTS
plain JSON         application/json                   application/json (an array), application/x-ndjson (lines)
CloudEvents 1.0    application/cloudevents+json       application/cloudevents-batch+json (an array)
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec

from ingest.cloudevents import is_envelope
from ingest.event import Unparseable
from ingest.json_text import elements, lenient_value, unlike
from ingest.lines import line_decoder, lines
from ingest.notation import CLOUDEVENT, PLAIN, Notation

T = TypeVar("T", bound=msgspec.Struct)


@dataclass(frozen=True)
class Form:
    """A form of a request's body.

    decode: a strict body as typed objects, all at once; raises DecodeError or answers None for whatever must be looked at
    more closely. split: a text as its events' texts, at most so many; raises Unparseable, TooMany. torn: whether an event
    that is no JSON may stand beside others that are.
    """

    notation: Notation[Any]
    decode: Callable[[bytes], list[Any] | None]
    split: Callable[[str, int], list[str]]
    torn: bool = False


def _one(notation: Notation[T]) -> Form:
    return Form(notation, lambda body: [notation.decoder.decode(body)], _alone)


def _array(notation: Notation[T]) -> Form:
    return Form(notation, msgspec.json.Decoder(list[notation.type]).decode, elements)  # type: ignore[name-defined]


def _lines(notation: Notation[T]) -> Form:
    return Form(notation, line_decoder(notation.decoder), lines, torn=True)


def _alone(text: str, _limit: int) -> list[str]:
    if not text.lstrip().startswith("{"):
        raise unlike(text, "one JSON object")
    return [text]


ONE_EVENT, EVENTS, LINES = _one(PLAIN), _array(PLAIN), _lines(PLAIN)
ONE_CLOUDEVENT, CLOUDEVENTS = _one(CLOUDEVENT), _array(CLOUDEVENT)

#: The forms by media type. That of JSON lines is not registered, and known by several names.
OF_ONE: Mapping[str, Form] = {"application/json": ONE_EVENT, "application/cloudevents+json": ONE_CLOUDEVENT}
OF_MANY: Mapping[str, Form] = {
    "application/json": EVENTS,
    "application/x-ndjson": LINES,
    "application/ndjson": LINES,
    "application/jsonl": LINES,
    "application/cloudevents-batch+json": CLOUDEVENTS,
}


def form_of(text: str) -> Form:
    """The form in which a text seems to be written whose media type nobody knows any more."""
    try:
        value = lenient_value(text)
    except Unparseable:
        return LINES if "\n" in text.strip() and text.lstrip()[:1] == "{" else ONE_EVENT
    if isinstance(value, list):
        return CLOUDEVENTS if any(map(is_envelope, value)) else EVENTS
    return ONE_CLOUDEVENT if is_envelope(value) else ONE_EVENT
