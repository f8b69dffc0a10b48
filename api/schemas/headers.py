"""Headers of answers: what they say, and when they are there."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Header:
    """A header of answers. always: whether it is on every answer that names it. schema: JSON Schema of its value."""

    says: str
    schema: dict[str, Any] = field(default_factory=lambda: {"type": "string"})
    always: bool = True


#: On every answer.
OF_ALL = ("X-Request-ID",)

HEADERS = {
    "X-Request-ID": Header("The request's own `X-Request-ID` where it is 1 to 128 of A-Z a-z 0-9 . _ -, else one made here; the log names it."),
    "Data-Revision": Header(
        "Counts the changes of the site's figures: the same revision means the same figures.", {"type": "integer", "minimum": 0, "examples": [812]}
    ),
    "Data-Stale": Header("`true` where events that were acknowledged before the call are not in the figures yet.", {"const": "true"}, always=False),
    "Data-Sealed-Before": Header(
        "Where the window reaches behind it: figures before this time stand as they are, since their raw events are archived.",
        {"type": "string", "format": "date-time"},
        always=False,
    ),
    "ETag": Header(
        "Names this answer: send it as `If-None-Match` to be answered 304 while it stands. Not there if `Data-Stale` is, or while newer events are on "
        "their way into the figures.",
        always=False,
    ),
    "Cache-Control": Header("May be kept, but asked about before it is used again."),
    "Link": Header('Where the next page is (RFC 8288): `<…>; rel="next"`, relative to this address.', always=False),
    "Retry-After": Header("Send again after so many seconds; nothing was stored.", {"type": "integer", "minimum": 1, "examples": [1]}),
}
