"""The words that the shapes are made of: ids, times, durations and ratios, each with its unit and its bounds."""

from typing import Annotated

from msgspec import Meta

from ingest.record import ID_LENGTH

#: Blanks alone are no name.
NOT_BLANK = r"[^\s\x1c-\x1f]"
_DAY = "20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_T = "[Tt]"
_CLOCK = "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,9})?"
_OFFSET = "([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])"


def says(description: str, *examples: object) -> Meta:
    """What a field means, with values that it may have."""
    return Meta(description=description, examples=list(examples) or None)


Id = Annotated[str, Meta(min_length=1, max_length=ID_LENGTH)]
#: An id as an event carries it: an empty one is none.
OptionalId = Annotated[str, Meta(max_length=ID_LENGTH)]
Name = Annotated[str, Meta(min_length=1, max_length=200, pattern=NOT_BLANK)]

#: Times in answers are UTC and end in Z.
Utc = Annotated[str, Meta(pattern="Z$", extra_json_schema={"format": "date-time"})]
#: A time that a client names.
Time = Annotated[str, Meta(max_length=ID_LENGTH, extra_json_schema={"format": "date-time"})]
Day = Annotated[str, Meta(extra_json_schema={"format": "date"})]
#: A time or a day in a query string.
Moment = Annotated[str, Meta(pattern=f"^{_DAY}({_T}{_CLOCK}{_OFFSET}?)?$")]
WallClock = Annotated[str, Meta(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$")]

Count = Annotated[int, Meta(ge=0)]
Hours = Annotated[float, Meta(ge=0)]
Rate = Annotated[float, Meta(ge=0)]
Percentage = Annotated[float, Meta(ge=0, le=100)]
Probability = Annotated[float, Meta(ge=0, le=1)]
