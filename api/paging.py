"""Pages of long lists: how much at a time, from where on, and the way to the next one."""

import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import crc32
from urllib.parse import urlencode

from flask import request

from api.problems import Invalid
from data_layer.raw_events import Position

_PLACE, _CHECKED = struct.Struct(">qq"), struct.Struct(">qqI")
_PADDING = "="  # of as many bytes as a cursor has


def limit_asked_for(usual: int, most: int) -> int:
    """How much a page may hold. Raises Invalid."""
    text = request.args.get("limit")
    if not text:
        return usual
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(most)) and 1 <= int(text) <= most):
        raise Invalid(f"limit: must be a whole number from 1 to {most:,}.")
    return int(text)


def cursor_asked_for() -> Position | None:
    """Where the page before ended. Raises Invalid."""
    text = request.args.get("cursor")
    return position(text) if text else None


def cursor(place: Position) -> str:
    """A place as clients are handed it: a text that says nothing to them, with a check sum against what was cut or mistyped."""
    return urlsafe_b64encode(_CHECKED.pack(*place, crc32(_PLACE.pack(*place)))).decode().removesuffix(_PADDING)


def position(text: str) -> Position:
    """The place of a cursor. Raises Invalid."""
    try:
        timestamp, event_id, check = _CHECKED.unpack(urlsafe_b64decode(text + _PADDING))
    except (struct.error, ValueError):
        raise _not_ours() from None
    place = Position(timestamp, event_id)
    # Several texts decode to the same bytes; only one of them is handed out.
    if check != crc32(_PLACE.pack(*place)) or text != cursor(place):
        raise _not_ours()
    return place


def link_to(next_cursor: str) -> str:
    """The Link header (RFC 8288) that leads from this page to the next. Relative: a proxy in between may have another address."""
    asked = [(name, value) for name, value in request.args.items(multi=True) if name != "cursor"]
    return f'<{request.script_root}{request.path}?{urlencode([*asked, ("cursor", next_cursor)])}>; rel="next"'


def _not_ours() -> Invalid:
    return Invalid("cursor: must be the next_cursor of a page, as it came.")
