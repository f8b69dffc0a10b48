"""JSON lines: one event a line. The lines go as they are; what they say is the server's to judge."""

import json
from collections.abc import Iterable, Iterator

from ingest.sending.lines import BYTE_ORDER_MARK, Entry, Line, entry, long_fault, without_mark
from ingest.sending.source import Unusable

_LINES_LOOKED_AT = 50
NOT_UTF8 = "line: is not UTF-8."


def entries(lines: Iterable[Line | None]) -> Iterator[Entry | None]:
    """An entry for each line that isn't blank; None where the input is quiet."""
    for line in lines:
        if line is None:
            yield None
            continue
        text = without_mark(line).strip()
        if line.too_long:
            yield long_fault(line)
        elif text:
            yield entry(line, text, None if _is_utf8(text) else NOT_UTF8)


def check(head: bytes, name: str) -> None:
    """Refuse an input of which nothing at the beginning looks like an event of its own. Raises Unusable."""
    start = head.removeprefix(BYTE_ORDER_MARK).lstrip()
    if start.startswith(b"["):
        raise Unusable(f"{name} is one JSON array; wanted are JSON lines, one event a line: jq -c '.[]' makes them.")
    # Only whole lines: what has come from a pipe so far may end in the middle of one.
    looked_at = [text for text in start.split(b"\n")[:-1] if text.strip()][:_LINES_LOOKED_AT]
    if looked_at and not any(is_object(text) for text in looked_at):
        raise Unusable(f"{name} has no JSON object in its first lines; wanted are JSON lines, one event a line, or CSV (--format csv).")


def is_object(text: bytes) -> bool:
    """Whether a line is a JSON object, NaN and the like allowed, as Python's own writer makes them."""
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def _is_utf8(text: bytes) -> bool:
    if text.isascii():
        return True
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True
