"""More bad requests as data: JSON lines and CloudEvents, compressed or not. See malformed.py."""

import gzip
import json
from collections.abc import Iterator

from malformed import BAD_TEXTS, BATCH, NOT_EVENTS, NOT_JSON, NOT_STRINGS, ONE, TEMPLATE, Case, bad_events, good_event
from written import CLOUDEVENT, CLOUDEVENTS, GZIP, JSON, NDJSON, lines

TAKEN, MIXED, NO_JSON, TOO_LARGE, OTHER_TYPE, REFUSED = (frozenset({status}) for status in (200, 207, 400, 413, 415, 422))

_EVENT = good_event(99_999)
_NOT_TEXTS = {**NOT_STRINGS, "null": "null"}
_NOT_A_TIME = {"an integer": "1768472100", "true": "true", "empty": '""', "words": '"now"', "a date": '"2026-01-15"', "NaN": "NaN", **BAD_TEXTS}

#: By attribute of a CloudEvent: values, as JSON texts, of which each costs the event.
BAD_ATTRIBUTES: dict[str, dict[str, str]] = {
    "specversion": {**_NOT_TEXTS, "empty": '""', "an older one": '"0.3"', "a newer one": '"1.1"', "a number": "1.0", "NUL": r'"1.0\u0000"'},
    "id": {**_NOT_TEXTS, **BAD_TEXTS, "empty": '""'},
    "source": {**_NOT_TEXTS, **BAD_TEXTS, "empty": '""', "kept for demo data": '"demo"'},
    "type": {**_NOT_TEXTS, "empty": '""', "NUL": r'"a\u0000b"', "a surrogate": r'"\ud800"'},
    "time": {**_NOT_A_TIME, "1999": '"1999-12-31T23:59:59Z"', "far future": '"2999-01-15T10:15:00Z"'},
    "recordedtime": {**_NOT_A_TIME, "1999": '"1999-12-31T23:59:59Z"', "2101": '"2101-01-01T00:00:00Z"'},
    "sequence": {"a float": "1.5", "true": "true", "an array": "[1]", "2**63": str(2**63), "NaN": "NaN", **BAD_TEXTS},
    "data": {"null": "null", "a text": '"{}"', "an array": "[]", "a number": "1", "NaN": "NaN", "2**64": str(2**64), "a surrogate": r'"\ud800"'},
    "data_base64": {"an event": '"e30="', "empty": '""', "a number": "1", "NaN": "NaN", "an object": "{}"},
}


def bad_envelopes() -> Iterator[tuple[str, str]]:
    """Names and JSON texts of CloudEvents of which each must be refused for itself."""
    for name, event in bad_events():
        yield name, envelope(0, data=event)
    untimed = "{" + ", ".join(f'"{field}": {value}' for field, value in TEMPLATE.items() if field != "timestamp") + "}"
    for attribute, values in BAD_ATTRIBUTES.items():
        for name, value in values.items():
            data = {"data": untimed} if attribute == "time" else {}
            yield f"{attribute}: {name}", envelope(0, **{**data, attribute: value})
    for attribute in ("specversion", "id", "source", "type", "data"):
        yield f"{attribute}: missing", envelope(0, **{attribute: ""})
        yield f"{attribute}: given twice, last one bad", envelope(0)[:-1] + f', "{attribute}": 7}}'
    yield "timestamp: neither time nor timestamp", envelope(0, data=untimed)


def envelope(number: int, **attributes: str) -> str:
    """The JSON text of a good CloudEvent but for the attributes given; an empty one is left out. No two numbers have the same id and time."""
    given = {"specversion": '"1.0"', "id": f'"{number}"', "source": '"/hall-1"', "type": '"t"', "data": good_event(number)} | attributes
    return "{" + ", ".join(f'"{name}": {value}' for name, value in given.items() if value) + "}"


def cases() -> Iterator[Case]:
    """The whole corpus."""
    numbers = iter(range(100_000, 1_000_000))
    yield from _lines_between(numbers)
    yield from _broken_lines(numbers)
    yield from _many_lines(numbers)
    yield from _envelopes(numbers)
    yield from _compressed(numbers)
    yield from _other_types()


def _lines_between(numbers: Iterator[int]) -> Iterator[Case]:
    """One bad line between two good ones."""
    for name, text in [*bad_events(), *NOT_EVENTS.items()]:
        yield Case(f"lines: {name}", BATCH, _between(numbers, text), NDJSON, MIXED, good=2)
    for name, body in NOT_JSON.items():
        yield Case(f"lines, alone: {name}", BATCH, body, NDJSON, NO_JSON)
        if body.strip():
            utf8 = _is_utf8(body)
            mixed = (good_event(next(numbers)) + "\r\n").encode() + body + b"\n" + good_event(next(numbers)).encode()
            yield Case(f"lines: {name}", BATCH, mixed, NDJSON, MIXED if utf8 else NO_JSON, good=2 if utf8 else 0)
    together = [text for _, bad in bad_events() for text in (bad, good_event(next(numbers)))]
    yield Case("lines: all kinds of bad ones among good ones", BATCH, lines(together), NDJSON, MIXED, good=len(together) // 2)


def _broken_lines(numbers: Iterator[int]) -> Iterator[Case]:
    good = (good_event(number) for number in numbers)
    printed = json.dumps(json.loads(_EVENT), indent=1)
    bodies = {
        "the last one torn": (next(good) + "\n" + _EVENT[:50], MIXED, 1),
        "the first one torn": (_EVENT[50:] + "\n" + next(good), MIXED, 1),
        "one torn, alone": (_EVENT[:50], NO_JSON, 0),
        "all torn": (_EVENT[:50] + "\n" + _EVENT[:60], NO_JSON, 0),
        "a byte order mark": ("\ufeff" + _EVENT + "\n" + next(good), MIXED, 1),
        "two events on one": (_EVENT + _EVENT + "\n" + next(good), MIXED, 1),
        "two events on one, a blank between": (_EVENT + " " + _EVENT + "\n" + next(good), MIXED, 1),
        "carriage returns only": (_EVENT + "\r" + _EVENT, NO_JSON, 0),
        "an event over several": (printed + "\n" + next(good), MIXED, 1),
        "one over several, two on one": (_EVENT[:-1] + "\n}" + _EVENT + "\n" + next(good), MIXED, 1),
        "commas at the ends": (_EVENT + ",\n" + _EVENT + ",", NO_JSON, 0),
        "an array on one": (f"[{_EVENT}]\n{next(good)}", MIXED, 1),
        "an array and nothing else": (f"[{_EVENT}]", REFUSED, 0),
        "an array over several": (f"[\n{_EVENT},\n{next(good)}\n]", MIXED, 1),
        "record separators": ("\x1e" + _EVENT + "\n\x1e" + _EVENT + "\n", NO_JSON, 0),
        "NUL bytes at the end": (next(good) + "\n" + "\0" * 9, MIXED, 1),
        "form feeds": (_EVENT + "\f\n" + next(good), MIXED, 1),
        "a CloudEvent": (envelope(0) + "\n" + next(good), MIXED, 1),
        "carriage return and line feed": (next(good) + "\r\n" + next(good) + "\r\n", TAKEN, 2),
        "blank ones": ("\n \n\r\n\t" + next(good) + "\n\n\n" + next(good) + " \t\r\n\n", TAKEN, 2),
        "line separators inside a text": (next(good)[:-1] + ', "note": "a\u2028b\u0085c"}', TAKEN, 1),
        "only blank ones": ("\n\r\n \t\n", NO_JSON, 0),
        "a long text": (next(good)[:-1] + f', "note": "{"x" * 7_000_000}"}}', TAKEN, 1),
        "a long torn text": (next(good) + '\n{"note": "' + "x" * 7_000_000, MIXED, 1),
    }
    for name, (body, statuses, stored) in bodies.items():
        yield Case(f"lines: {name}", BATCH, body.encode(), NDJSON, statuses, stored)
    yield Case("lines: UTF-16", BATCH, (_EVENT + "\n" + _EVENT).encode("utf-16"), NDJSON, NO_JSON)
    yield Case("lines: torn amid a character", BATCH, lines([_EVENT]) + '{"worker_id": "Jü'.encode()[:-1], NDJSON, NO_JSON)
    yield Case("lines: one of 10 MB", BATCH, b'{"note": "' + b"x" * 10_000_000 + b'"}', NDJSON, TOO_LARGE)


def _many_lines(numbers: Iterator[int]) -> Iterator[Case]:
    good = [good_event(next(numbers)) for _ in range(4)]
    yield Case("lines: 10,001", BATCH, lines([_EVENT] * 10_001), NDJSON, TOO_LARGE)
    yield Case("lines: 10,001 with blank ones between", BATCH, lines([_EVENT] * 10_001, "\n\n"), NDJSON, TOO_LARGE)
    yield Case("lines: 4,000,000 zeros", BATCH, b"0\n" * 4_000_000, NDJSON, TOO_LARGE)
    yield Case("lines: 10,000 nulls", BATCH, b"null\n" * 10_000, NDJSON, REFUSED)
    yield Case("lines: 10,000 words", BATCH, b"null_\n" * 10_000, NDJSON, NO_JSON)
    yield Case("lines: two among 8,000,000 blank ones", BATCH, lines(good[:2], "\n" * 4_000_000), NDJSON, TAKEN, good=2)
    yield Case("lines: two among 8,000,000 blanks", BATCH, lines(good[2:], " " * 4_000_000 + "\n"), NDJSON, TAKEN, good=2)


def _envelopes(numbers: Iterator[int]) -> Iterator[Case]:
    for name, text in [*bad_envelopes(), *NOT_EVENTS.items()]:
        around = f"[{envelope(next(numbers))}, {text}, {envelope(next(numbers))}]"
        yield Case(f"CloudEvents: {name}", BATCH, around.encode(), CLOUDEVENTS, MIXED, good=2)
        yield Case(f"one CloudEvent: {name}", ONE, text.encode(), CLOUDEVENT, REFUSED | (NO_JSON if name in NOT_EVENTS else REFUSED))
    for name, body in NOT_JSON.items():
        yield Case(f"CloudEvents: {name}", BATCH, body, CLOUDEVENTS, NO_JSON)
        yield Case(f"one CloudEvent: {name}", ONE, body, CLOUDEVENT, NO_JSON)
    yield Case("CloudEvents: a plain event", BATCH, f"[{_EVENT}]".encode(), CLOUDEVENTS, REFUSED)
    yield Case("one CloudEvent: a plain event", ONE, _EVENT.encode(), CLOUDEVENT, REFUSED)
    yield Case("CloudEvents: one, no array", BATCH, envelope(0).encode(), CLOUDEVENTS, NO_JSON)
    yield Case("CloudEvents: on lines", BATCH, lines([envelope(0)] * 2), CLOUDEVENTS, NO_JSON)
    yield Case("one CloudEvent: in an array", ONE, f"[{envelope(0)}]".encode(), CLOUDEVENT, NO_JSON)
    yield Case("a CloudEvent as plain JSON", ONE, envelope(0).encode(), JSON, REFUSED)
    yield Case("CloudEvents: 10,001", BATCH, ("[" + ",".join([envelope(0)] * 10_001) + "]").encode(), CLOUDEVENTS, TOO_LARGE)
    yield Case("CloudEvents: a byte order mark", BATCH, f"\ufeff[{envelope(0)}]".encode(), CLOUDEVENTS, NO_JSON)
    ignored = {"NaN": "NaN", "a surrogate": r'"\ud800"', "deep nesting": "[" * 500 + "]" * 500, "NUL": r'"\u0000"', "2**64": str(2**64)}
    for name, value in ignored.items():
        text = envelope(next(numbers), unknown=value)
        yield Case(f"CloudEvents: {name} in an attribute that nobody knows", BATCH, f"[{text}]".encode(), CLOUDEVENTS, TAKEN, good=1)


def _compressed(numbers: Iterator[int]) -> Iterator[Case]:
    body = lines([good_event(next(numbers)) for _ in range(500)])
    packed = gzip.compress(body, mtime=0)
    nothing = gzip.compress(b"", mtime=0)
    bodies = {
        "whole": (packed, TAKEN, 500),
        "not compressed": (body, NO_JSON, 0),
        "truncated": (packed[:-20], NO_JSON, 0),
        "without its checksum": (packed[:-8], NO_JSON, 0),
        "with garbage behind": (packed + b"garbage", NO_JSON, 0),
        "gzip in gzip": (gzip.compress(packed, mtime=0), NO_JSON, 0),
        "only blank lines": (gzip.compress(b"\n\n", mtime=0), NO_JSON, 0),
        "a bomb of lines": (gzip.compress(b"{}\n" * 20_000_000, 9, mtime=0), TOO_LARGE, 0),
        "a bomb in a bomb": (gzip.compress(gzip.compress(bytes(64 * 1024 * 1024), mtime=0), mtime=0), NO_JSON, 0),
        "400,000 empty members": (nothing * (8 * 1024 * 1024 // len(nothing)), TOO_LARGE, 0),
        "an endless header": (nothing[:3] + b"\x08" + nothing[4:10] + b"a" * 8_000_000, NO_JSON, 0),
    }
    for name, (sent, statuses, stored) in bodies.items():
        yield Case(f"compressed lines: {name}", BATCH, sent, NDJSON | GZIP, statuses, stored)
    events = f"[{envelope(next(numbers))}, {envelope(0, id='7')}]"
    yield Case("compressed CloudEvents: a bad one", BATCH, gzip.compress(events.encode()), CLOUDEVENTS | GZIP, MIXED, good=1)
    yield Case("compressed twice, as said", BATCH, gzip.compress(packed), NDJSON | {"Content-Encoding": "gzip, gzip"}, OTHER_TYPE)


def _other_types() -> Iterator[Case]:
    for kind in (NDJSON, CLOUDEVENTS):
        yield Case(f"one: {kind['Content-Type']}", ONE, _EVENT.encode(), kind, OTHER_TYPE)
    yield Case("many: one CloudEvent", BATCH, envelope(0).encode(), CLOUDEVENT, OTHER_TYPE)
    for name in ("application/cloudevents", "application/cloudevents+xml", "application/cloudevents-batch", "text/x-ndjson", "application/json-seq"):
        yield Case(f"many: {name}", BATCH, b"[]", {"Content-Type": name}, OTHER_TYPE)
        yield Case(f"one: {name}", ONE, b"{}", {"Content-Type": name}, OTHER_TYPE)


def _between(numbers: Iterator[int], text: str) -> bytes:
    return lines([good_event(next(numbers)), text, good_event(next(numbers))])


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


FORM_CASES: list[Case] = list(cases())
