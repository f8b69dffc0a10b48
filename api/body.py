"""Reading what a request sends: bounded in size, of a known type, inflated."""

import gzip
import io
import zlib
from typing import Any

import msgspec
from flask import request
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from api.problems import Invalid
from ingest.event import Unparseable

MOST_BYTES = 8 * 1024 * 1024
#: Werkzeug reads so much of a body of unknown length and silently drops the rest: one byte too many shows that there was more.
BYTES_READ = MOST_BYTES + 1


def json_bytes() -> bytes:
    """The body of a JSON request as it was sent, perhaps compressed. Raises UnsupportedMediaType, RequestEntityTooLarge."""
    if request.mimetype != "application/json":
        raise UnsupportedMediaType("Send JSON as Content-Type: application/json.")
    if _encoding() not in ("identity", "gzip"):
        raise UnsupportedMediaType(f"Content-Encoding {_encoding()} is not taken; send the body as it is, or as gzip.")
    try:
        return _bounded(request.get_data(cache=False))
    except RequestEntityTooLarge:
        raise _too_large() from None


def inflated(body: bytes) -> bytes:
    """A request's body as it was before compression. Raises Unparseable, RequestEntityTooLarge."""
    if _encoding() != "gzip" or not body:
        return body
    try:
        return _bounded(gzip.GzipFile(fileobj=io.BytesIO(body)).read(BYTES_READ))
    except EOFError:
        raise Unparseable("The gzip of the body ends too early.") from None
    except (gzip.BadGzipFile, zlib.error):
        raise Unparseable("The body is not gzip, although its Content-Encoding says so.") from None


def json_object(known: set[str]) -> dict[str, Any]:
    """The body as a JSON object of known fields. Raises Unparseable, Invalid."""
    try:
        found = msgspec.json.decode(inflated(json_bytes()))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Unparseable("The body is not valid JSON.") from None
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
