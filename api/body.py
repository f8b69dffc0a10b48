"""Reading what a request sends: bounded in size, of a known type."""

from typing import Any

import msgspec
from flask import request
from werkzeug.exceptions import UnsupportedMediaType

from api.problems import Invalid
from ingest.event import Unparseable


def json_bytes() -> bytes:
    """The body of a JSON request. Raises UnsupportedMediaType; Werkzeug raises RequestEntityTooLarge while it reads."""
    if request.mimetype != "application/json":
        raise UnsupportedMediaType("Send JSON as Content-Type: application/json.")
    encoding = request.headers.get("Content-Encoding", "identity").lower()
    if encoding != "identity":
        raise UnsupportedMediaType(f"Content-Encoding {encoding} is not taken; send the body as it is.")
    return request.get_data(cache=False)


def json_object(known: set[str]) -> dict[str, Any]:
    """The body as a JSON object of known fields. Raises Unparseable, Invalid."""
    try:
        found = msgspec.json.decode(json_bytes())
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Unparseable("The body is not valid JSON.") from None
    if not isinstance(found, dict):
        raise Invalid("body: must be a JSON object.")
    unknown = sorted(found.keys() - known)
    if unknown:
        raise Invalid(f"{unknown[0]}: is not a field; known are {', '.join(sorted(known))}.")
    return found
