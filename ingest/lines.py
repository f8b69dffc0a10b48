"""JSON lines: one event a line, each line read for itself, so that a torn one costs no other."""

import re
from collections.abc import Callable
from typing import TypeVar

import msgspec

from ingest.event import MOST_EVENTS, TooMany, Unparseable

T = TypeVar("T")

# Not str.splitlines: it also splits at characters that may stand inside a JSON text as they are, U+2028 for one.
_LINE = re.compile(r"[^ \t\r\n][^\n]*")


def lines(text: str, limit: int) -> list[str]:
    """The lines of a text but for blank ones. Raises Unparseable if there are none, TooMany beyond `limit` (what follows is not read)."""
    found: list[str] = []
    for line in _LINE.finditer(text):
        if len(found) == limit:
            raise TooMany(f"A request may hold at most {limit:,} events.")
        found.append(line[0])
    if not found:
        raise Unparseable("is empty.")
    return found


def line_decoder(decoder: msgspec.json.Decoder[T]) -> Callable[[bytes], list[T] | None]:
    """What reads all lines of a body at once; None where it can't tell that each holds exactly one object. Raises DecodeError."""

    def decode(body: bytes) -> list[T] | None:
        breaks = body.count(b"\n") - body.endswith(b"\n")
        # The decoder takes any blank for the end of a line. No JSON value holds a closing brace, a blank and an opening one in a
        # row: breaks of this form part values, and as many values as lines are one on each.
        if breaks >= MOST_EVENTS or body.count(b"}\n{") != breaks != body.count(b"}\r\n{"):
            return None
        found = decoder.decode_lines(body)
        return found if len(found) == breaks + 1 else None

    return decode
