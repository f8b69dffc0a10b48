"""Reading what a strict JSON parser gives up on: the elements of an array one by one, NaN and lone surrogates tolerated."""

import re
from json import JSONDecodeError, JSONDecoder

import msgspec

from ingest.event import TooMany, Unparseable

DEEPEST = 1000  # msgspec and the standard parser stop at Python's recursion limit; walking on would only take time
LONGEST_LENIENT = 1 << 20  # characters: the standard parser takes up to forty bytes of memory for each

_WHITESPACE = " \t\n\r"
# Possessive quantifiers: a string that never ends is not tried in every length.
_STRING = r'"(?:[^"\\]++|\\.)*+"'


def _container(levels: int) -> str:
    """A pattern for a whole object or array with at most so many levels of others inside, matched brackets not looked at."""
    inside = rf"|{_container(levels - 1)}" if levels else ""
    return rf'[\[{{](?:[^"\[\]{{}}]++|{_STRING}{inside})*+[\]}}]'


# Most events are one token, key points and boxes in them included; only what is nested deeper is walked through.
_TOKEN = re.compile(rf'{_container(5)}|{_STRING}|[\[\]{{}},"]', re.DOTALL)
_STRICT = msgspec.json.Decoder(msgspec.Raw)


class UnusableNumber:
    """Stands for a number that JSON does not have or no column can hold; it fits no field, so that only its own event fails."""


def _integer(digits: str) -> int | UnusableNumber:
    # int() refuses more than 4,300 digits with a ValueError that would look like a syntax error.
    return int(digits) if len(digits) <= len(str(-(2**64))) else UnusableNumber()


_LENIENT = JSONDecoder(parse_constant=lambda _name: UnusableNumber(), parse_int=_integer)


def is_json(text: str) -> bool:
    """Whether a text is strict JSON as a whole. Raises Unparseable if it is nested too deeply to say."""
    try:
        _STRICT.decode(text)
    except msgspec.DecodeError:
        return False
    except RecursionError:
        raise too_deep() from None
    return True


def lenient_value(text: str) -> object:
    """The value of a text that is JSON but for NaN, infinities, huge numbers and lone surrogates. Raises Unparseable."""
    if len(text) > LONGEST_LENIENT:
        raise Unparseable("is not JSON.")
    try:
        return _LENIENT.decode(text)
    except JSONDecodeError as error:
        raise Unparseable(f"is not JSON: {error.msg}, at character {error.pos} of {text[:40]!a}.") from None
    except RecursionError:
        raise too_deep() from None


def elements(text: str, limit: int) -> list[str]:
    """The texts of an array's elements, split at its own commas; what stands between them is not judged here.

    Raises Unparseable if the text is no array, TooMany beyond `limit` elements (what follows is not read).
    """
    start = len(text) - len(text.lstrip(_WHITESPACE))
    if not text.startswith("[", start):
        raise unlike(text, "a JSON array of events")
    found: list[str] = []
    begins, depth = start + 1, 1
    for token in _TOKEN.finditer(text, begins):
        at, mark, single = token.start(), text[token.start()], token.end() == token.start() + 1
        if mark == "," and depth == 1:
            found.append(text[begins:at])
            begins = at + 1
            if len(found) >= limit:
                raise TooMany(f"A request may hold at most {limit:,} events.")
        elif mark in "[{" and single:
            depth += 1
            if depth > DEEPEST:
                raise too_deep()
        elif mark in "]}":
            depth -= 1
            if depth == 0:
                return _closed(text, begins, at, found)
        elif mark == '"' and single:
            break  # a string that never ends; trying again at each of its escaped quotes would take forever
    raise Unparseable("is not JSON: it ends in the middle of an event.")


def _closed(text: str, begins: int, at: int, found: list[str]) -> list[str]:
    if text[at] != "]" or text[at + 1 :].strip(_WHITESPACE):
        raise Unparseable("is not JSON: something stands after the end of the array.")
    last = text[begins:at]
    return [*found, last] if found or last.strip(_WHITESPACE) else []


def unlike(text: str, wanted: str) -> Unparseable:
    """The refusal of a body that is empty, no JSON, or JSON of another kind than wanted."""
    if not text.strip(_WHITESPACE):
        return Unparseable("is empty.")
    return Unparseable(f"must be {wanted}." if is_json(text) else "is not JSON.")


def too_deep() -> Unparseable:
    """The refusal of a body whose nesting exceeds what a parser can follow."""
    return Unparseable("is nested too deeply.")
