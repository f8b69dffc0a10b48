"""Reading what a request sends: bounded in size, of a known type, inflated."""

from typing import Any

import msgspec
from flask import request
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from api import inflating
from api.problems import Invalid
from ingest.event import Unparseable

MOST_BYTES = 8 * 1024 * 1024
#: Werkzeug reads so much of a body of unknown length and silently drops the rest: one byte too many shows that there was more.
BYTES_READ = MOST_BYTES + 1
_GZIP = ("gzip", "x-gzip")  # RFC 9110 8.4.1.3 takes the two for one


def sent_bytes() -> bytes:
    """The body as it was sent, perhaps compressed. Raises UnsupportedMediaType, RequestEntityTooLarge."""
    if _encoding() not in ("identity", *_GZIP):
        raise UnsupportedMediaType(f"Content-Encoding {_encoding()} is not taken; send the body as it is, or as gzip.")
    try:
        return _bounded(request.get_data(cache=False))
    except RequestEntityTooLarge:
        raise _too_large() from None


def inflated(body: bytes) -> bytes:
    """A request's body as it was before compression. Raises Unparseable, RequestEntityTooLarge."""
    if _encoding() not in _GZIP:
        return body
    try:
        return inflating.inflated(body, MOST_BYTES)
    except inflating.TooLarge:
        raise _too_large() from None
    except inflating.NotGzip as error:
        raise Unparseable(str(error)) from None


def json_object(known: set[str]) -> dict[str, Any]:
    """The body as a JSON object of known fields. Raises UnsupportedMediaType, RequestEntityTooLarge, Unparseable, Invalid."""
    if request.mimetype != "application/json":
        raise UnsupportedMediaType("Send JSON as Content-Type: application/json.")
    try:
        found = msgspec.json.decode(inflated(sent_bytes()))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Unparseable("is not valid JSON.") from None
    if not isinstance(found, dict):
        raise Invalid("body: must be a JSON object.")
    unknown = sorted(found.keys() - known)
    if unknown:
        raise Invalid(f"{unknown[0]}: is not a field; known are {', '.join(sorted(known))}.")
    return found


def _encoding() -> str:
    return (request.headers.get("Content-Encoding") or "identity").strip().lower()


def _bounded(body: bytes) -> bytes:
    if len(body) > MOST_BYTES:
        raise _too_large()
    return body


def _too_large() -> RequestEntityTooLarge:
    return RequestEntityTooLarge(f"A request may hold at most {MOST_BYTES:,} bytes, before and after compression; send the events in several batches.")
