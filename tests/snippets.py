"""The runnable parts of a document: shell blocks that call the server, Python that is no sketch, and the answers that stand below them."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

#: Where the documents say that the server is.
SERVER = "http://127.0.0.1:5000"

_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```\n", re.MULTILINE | re.DOTALL)
_SKETCH, _COMMENT = "# sketch", re.compile(r"(^|\s)#.*")
#: Fields whose values differ from run to run: a documented one only has to look like the answered one.
VARYING = {
    "created_at": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z",
    "received_at": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z",
    "last_seen_at": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z",
    "next_cursor": r"[A-Za-z0-9_-]+",
    "request_id": r"[A-Za-z0-9._-]+",
}


@dataclass(frozen=True)
class Snippet:
    """Something to run. answers: the JSON values that its document says it prints; None where it says nothing."""

    language: str
    text: str
    answers: list[Any] | None


def snippets(document: str) -> list[Snippet]:
    """What of a document is run, from top to bottom."""
    blocks = list(_BLOCK.finditer(document))
    followers = [*blocks[1:], None][: len(blocks)]
    return [
        Snippet(block[1], block[2], _answers(block, below))
        for block, below in zip(blocks, followers, strict=True)
        if (block[1] == "sh" and SERVER in _COMMENT.sub("", block[2])) or (block[1] == "python" and not block[2].startswith(_SKETCH))
    ]


def _answers(block: re.Match[str], below: re.Match[str] | None) -> list[Any] | None:
    """Only what stands right below a block is its answer."""
    return list(values(below[2])) if below is not None and below[1] == "json" and below.start() == block.end() else None


def values(text: str) -> Iterator[Any]:
    """The JSON values that stand one after the other in a text. Raises ValueError."""
    decoder, at = json.JSONDecoder(), 0
    while rest := text[at:].strip():
        at = len(text) - len(text[at:].lstrip())
        value, length = decoder.raw_decode(rest)
        yield value
        at += length


def alike(documented: Any, answered: Any, field: str = "") -> bool:
    """Whether an answer is the documented one, but for values that can't be foreseen."""
    if field in VARYING and isinstance(documented, str) and isinstance(answered, str):
        return all(re.fullmatch(VARYING[field], value) for value in (documented, answered))
    if isinstance(documented, dict) and isinstance(answered, dict):
        return documented.keys() == answered.keys() and all(alike(documented[name], answered[name], name) for name in documented)
    if isinstance(documented, list) and isinstance(answered, list):
        return len(documented) == len(answered) and all(alike(one, other, field) for one, other in zip(documented, answered, strict=True))
    return type(documented) is type(answered) and documented == answered
