"""Inflating gzip without ever holding more than was allowed."""

import zlib

_GZIP = 31  # zlib's word for "32 KiB window, gzip's header and checksum"
_FED_AT_ONCE = 32 * 1024
#: A sender that compresses each event for itself needs as many members as a request may hold events.
_MOST_MEMBERS = 10_000


class NotGzip(ValueError):
    """The bytes are no gzip, or not all of it; the text goes on from "The body"."""


class TooLarge(ValueError):
    """The bytes inflate to more than was allowed, or are in more members than anybody needs."""


def inflated(body: bytes, most: int) -> bytes:
    """All members of a gzip file, put together; zeros after the last one are padding. most: bytes.

    Raises NotGzip for anything else, a false checksum included, TooLarge as soon as there is one byte more.
    """
    found = bytearray()
    at = members = 0
    while at < len(body):
        members += 1
        if members > _MOST_MEMBERS:
            raise TooLarge
        at = _member(body, at, found, most)
        if body[at : at + 1] == b"\0":
            at = len(body) - len(body[at:].lstrip(b"\0"))
    return bytes(found)


def _member(body: bytes, at: int, found: bytearray, most: int) -> int:
    """Inflate one member; where it ends."""
    member = zlib.decompressobj(_GZIP)
    while not member.eof:
        # In small pieces: what a member leaves over is copied, and that may be done ten thousand times.
        fed = body[at : at + _FED_AT_ONCE]
        if not fed:
            raise NotGzip("is gzip that ends too early.")
        try:
            found += member.decompress(fed, most + 1 - len(found))
        except zlib.error:
            raise NotGzip("is not gzip, although its Content-Encoding says so.") from None
        if len(found) > most:
            raise TooLarge
        at += len(fed) - len(member.unused_data)
    return at
