"""An event as it comes over the wire: its types and bounds, and the sentences for what breaks them."""

import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Literal

from msgspec import Meta, Struct, ValidationError

from data_layer.texts import ID_LENGTH as ID_LENGTH
from ingest.event import Refused

LARGEST_COUNT = 1_000_000_000

Text = Annotated[str, Meta(max_length=ID_LENGTH)]
Number63 = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
Probability = Annotated[float, Meta(ge=0, le=1)]
# A client whose numbers are all floats sends 3.0 for three units; the fraction itself is judged later.
Units = Annotated[int, Meta(ge=0, le=LARGEST_COUNT)] | Annotated[float, Meta(ge=0, le=LARGEST_COUNT)]


class Record(Struct, gc=False):
    """The fields of api.md's "Ingest"; unknown ones are ignored, null is the same as left out.

    timestamp: every event has one, which in a CloudEvent may stand outside the record: it is missed when the event is judged.
    """

    event_type: Literal["working", "idle", "absent", "product_count"]
    timestamp: Text | None = None
    worker_id: Text | None = None
    workstation_id: Text | None = None
    confidence: Probability | None = None
    count: Units | None = None
    event_id: Text | Number63 | None = None
    site_id: Text | None = None
    camera_id: Text | None = None
    model_name: Text | None = None
    model_version: Text | None = None
    sent_at: Text | None = None
    sequence: Text | Number63 | None = None


_SHORT_TEXT = f"a string of at most {ID_LENGTH} characters"
_KINDS = {
    "UnusableNumber": "NaN, an infinity or a huge number",
    "str": "a string",
    "int": "an integer",
    "float": "a number with a fraction",
    "bool": "true or false",
    "array": "an array",
    "object": "an object",
}
_WRONG_ENUM = "Invalid enum value "
_MISSING = "Object missing required field "
_SOME_TEXT = f"a string of 1 to {ID_LENGTH} characters"
_TIME = 'an RFC 3339 time such as "2026-01-15T10:15:00Z"'
#: What each field must be, those of a CloudEvent's envelope included.
EXPECTED = {
    "event_type": "one of working, idle, absent, product_count",
    "timestamp": _TIME,
    "worker_id": _SHORT_TEXT,
    "workstation_id": _SHORT_TEXT,
    "confidence": "a number from 0 to 1",
    "count": f"a whole number from 0 to {LARGEST_COUNT}",
    "event_id": f"{_SHORT_TEXT}, or an integer of at most 63 bits",
    "site_id": _SHORT_TEXT,
    "camera_id": _SHORT_TEXT,
    "model_name": _SHORT_TEXT,
    "model_version": _SHORT_TEXT,
    "sent_at": _TIME,
    "sequence": f"{_SHORT_TEXT}, or an integer of at most 63 bits",
    "specversion": '"1.0"',
    "id": _SOME_TEXT,
    "source": _SOME_TEXT,
    "type": "a string that is not empty",
    "time": _TIME,
    "recordedtime": _TIME,
    "data": "a JSON object, the event",
    "data_base64": "null (put the event into data, as a JSON object)",
}
_LONE_SURROGATE = re.compile("[\ud800-\udfff]").search


def unexpected(field: str, value: object) -> Refused:
    """The refusal of a field's value that is not what the field holds."""
    return Refused(field, f"must be {EXPECTED[field]}, not {value!r}.")


def described(error: ValidationError) -> Refused:
    """msgspec's complaint ("Expected `str`, got `int` - at `$.worker_id`") as our sentence, the field first."""
    complaint = str(error)
    if complaint.startswith(_MISSING):
        return Refused(complaint.removeprefix(_MISSING).strip("`").partition("`")[0], "is missing.")
    what, _, path = complaint.rpartition(" - at `$.")
    # The fields of a CloudEvent's data have the names that they have elsewhere, and none of its attributes'.
    field = path.removesuffix("`").removeprefix("data.")
    if field in EXPECTED:
        found = what.removeprefix(_WRONG_ENUM) if what.startswith(_WRONG_ENUM) else _got(what)
        return Refused(field, f"must be {EXPECTED[field]}{f', not {found}' if found else ''}.")
    return Refused("event", f"must be a JSON object, not {_got(complaint)}.")


def storable(fields: Mapping[str, object], known: Iterable[str]) -> dict[str, object]:
    """The known ones of a JSON object's fields. Raises Refused for texts that not every database can store: NUL and lone surrogates."""
    found = {field: fields[field] for field in known if field in fields}
    for field, value in found.items():
        if not isinstance(value, str):
            continue
        if "\0" in value:
            raise Refused(field, "holds a NUL character.")
        if not value.isascii() and _LONE_SURROGATE(value):
            raise Refused(field, "holds half of a surrogate pair.")
    return found


def _got(complaint: str) -> str:
    found = complaint.partition(", got ")[2].strip("`")
    return _KINDS.get(found, found)
