"""Bad requests as data: what cameras, proxies and attackers send, and how `POST /api/events` and `/api/events/batch` may answer.

Every case says the status codes that docs/api.md allows and how many good events it holds that must be stored all the same.
The good ones have timestamps of their own, so that the whole corpus can be posted to one server and its sum be checked.
"""

import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

ONE = "/api/events"
BATCH = "/api/events/batch"
JSON = {"Content-Type": "application/json"}
GZIP = {**JSON, "Content-Encoding": "gzip"}
BODY_LIMIT = 8 * 1024 * 1024

_FIRST = datetime(2026, 1, 15, tzinfo=UTC)
_STRING_FIELDS = ("worker_id", "workstation_id", "site_id", "camera_id", "model_name", "model_version")


class Case(NamedTuple):
    """A bad request, the status codes that may answer it, and the number of good events in it."""

    name: str
    path: str
    body: bytes
    headers: dict[str, str]
    statuses: frozenset[int]
    good: int = 0


# The event that every bad one is derived from: JSON texts, so that a value can be anything, JSON or not.
TEMPLATE = {
    "timestamp": '"2026-01-15T10:15:00Z"',
    "worker_id": '"W1"',
    "workstation_id": '"S3"',
    "event_type": '"working"',
    "confidence": "0.93",
    "count": "1",
}

NOT_STRINGS = {
    "an integer": "7",
    "a float": "1.5",
    "true": "true",
    "an array": '["W1"]',
    "an object": '{"id": "W1"}',
    "NaN": "NaN",
    "Infinity": "Infinity",
    "-Infinity": "-Infinity",
    "1e400": "1e400",
    "2**64": str(2**64),
}

BAD_TEXTS = {
    "NUL": r'"a\u0000b"',
    "a lone high surrogate": r'"\ud800"',
    "a lone low surrogate": r'"W\udc00"',
    "two high surrogates": r'"\ud83d\ud83d"',
    "129 characters": json.dumps("x" * 129),
    "129 letters beyond ASCII": json.dumps("Ä" * 129, ensure_ascii=False),
}

BAD_VALUES: dict[str, dict[str, str]] = {
    "event_type": {
        **NOT_STRINGS,
        "null": "null",
        "empty": '""',
        "unknown": '"walking"',
        "capitals": '"WORKING"',
        "a blank": '"working "',
        "NUL": r'"working\u0000"',
        "a surrogate": r'"\ud800"',
        "100,000 characters": json.dumps("w" * 100_000),
        "a word that looks like SQL": json.dumps("working'; DROP TABLE events; --"),
    },
    "timestamp": {
        **NOT_STRINGS,
        "null": "null",
        "empty": '""',
        "seconds since 1970": "1768472100",
        "seconds as text": '"1768472100"',
        "words": '"yesterday"',
        "a date": '"2026-01-15"',
        "a time": '"10:15:00Z"',
        "no seconds": '"2026-01-15T10:15Z"',
        "basic format": '"20260115T101500Z"',
        "a week date": '"2026-W03-4T10:15:00Z"',
        "month 13": '"2026-13-15T10:15:00Z"',
        "30 February": '"2026-02-30T10:15:00Z"',
        "29 February of a common year": '"2026-02-29T10:15:00Z"',
        "hour 24": '"2026-01-15T24:00:00Z"',
        "hour 25": '"2026-01-15T25:00:00Z"',
        "minute 60": '"2026-01-15T10:60:00Z"',
        "second 60": '"2026-01-15T10:15:60Z"',
        "second 61": '"2026-01-15T10:15:61Z"',
        "an empty fraction": '"2026-01-15T10:15:00.Z"',
        "a comma": '"2026-01-15T10:15:00,5Z"',
        "offset of 24 h": '"2026-01-15T10:15:00+24:00"',
        "offset without colon": '"2026-01-15T10:15:00+0100"',
        "zero offset without colon": '"2026-01-15T10:15:00+0000"',
        "offset of hours": '"2026-01-15T10:15:00+01"',
        "offset of 60 minutes": '"2026-01-15T10:15:00+01:60"',
        "a zone name": '"2026-01-15T10:15:00 Europe/Berlin"',
        "zone in brackets": '"2026-01-15T10:15:00+01:00[Europe/Berlin]"',
        "two offsets": '"2026-01-15T10:15:00Z+01:00"',
        "leading blank": '" 2026-01-15T10:15:00Z"',
        "trailing blank": '"2026-01-15T10:15:00Z "',
        "trailing newline": r'"2026-01-15T10:15:00Z\n"',
        "NUL": r'"2026-01-15T10:15:00Z\u0000"',
        "a surrogate": r'"2026-01-15T10:15:00\ud800"',
        "American": '"01/15/2026 10:15:00"',
        "RFC 2822": '"Thu, 15 Jan 2026 10:15:00 GMT"',
        "other digits": '"٢٠٢٦-01-15T10:15:00Z"',
        "a minus sign": '"-2026-01-15T10:15:00Z"',
        "five-digit year": '"12026-01-15T10:15:00Z"',
        "year 0": '"0000-01-15T10:15:00Z"',
        "year 1": '"0001-01-01T00:00:00Z"',
        "year 1 with offset": '"0001-01-01T00:00:00+14:00"',
        "1970": '"1970-01-01T00:00:00Z"',
        "1999": '"1999-12-31T23:59:59.999999Z"',
        "1999 by offset": '"2000-01-01T00:30:00+01:00"',
        "far future": '"2999-01-15T10:15:00Z"',
        "last moment of time": '"9999-12-31T23:59:59.999999Z"',
        "beyond the last moment": '"9999-12-31T23:59:59.9999999Z"',
        "last moment with offset": '"9999-12-31T23:59:59-14:00"',
        "10,000 digits of fraction": f'"2026-01-15T10:15:00.{"1" * 10_000}Z"',
    },
    "confidence": {
        "true": "true",
        "a text": '"0.9"',
        "an array": "[0.9]",
        "an object": "{}",
        "below 0": "-0.01",
        "tiny below 0": "-1e-300",
        "above 1": "1.0000001",
        "percent": "93",
        "2**63": str(2**63),
        "2**64": str(2**64),
        "5,000 digits": "9" * 5_000,
        "1e400": "1e400",
        "-1e400": "-1e400",
        "NaN": "NaN",
        "Infinity": "Infinity",
        "-Infinity": "-Infinity",
        "NaN as text": '"NaN"',
    },
    "count": {
        "true": "true",
        "false": "false",
        "a text": '"1"',
        "an array": "[1]",
        "an object": "{}",
        "negative": "-1",
        "a fraction": "1.5",
        "a small fraction": "1e-9",
        "a negative fraction": "-0.5",
        "above a milliard": "1000000001",
        "above a milliard as float": "1e10",
        "2**63": str(2**63),
        "2**64": str(2**64),
        "-2**63 - 1": str(-(2**63) - 1),
        "5,000 digits": "9" * 5_000,
        "1e400": "1e400",
        "NaN": "NaN",
        "Infinity": "Infinity",
        "-Infinity": "-Infinity",
    },
    "event_id": {
        "a float": "1.5",
        "a whole float": "1.0",
        "true": "true",
        "an array": "[1]",
        "an object": "{}",
        "NaN": "NaN",
        "1e400": "1e400",
        "2**63": str(2**63),
        "2**64": str(2**64),
        "-2**63 - 1": str(-(2**63) - 1),
        "5,000 digits": "9" * 5_000,
        **BAD_TEXTS,
    },
    "sent_at": {
        "an integer": "1768472100",
        "true": "true",
        "an array": "[]",
        "empty": '""',
        "words": '"now"',
        "a date": '"2026-01-15"',
        "month 13": '"2026-13-15T10:15:00Z"',
        "1999": '"1999-12-31T23:59:59Z"',
        "2101": '"2101-01-01T00:00:00Z"',
        "NaN": "NaN",
        "NUL": r'"2026-01-15T10:15:00Z\u0000"',
        "a surrogate": r'"\udfff"',
    },
    "sequence": {
        "a float": "1.5",
        "true": "true",
        "an array": "[1]",
        "NaN": "NaN",
        "2**63": str(2**63),
        **BAD_TEXTS,
    },
    **{field: {**NOT_STRINGS, **BAD_TEXTS} for field in _STRING_FIELDS},
}
for _field in ("worker_id", "workstation_id"):
    BAD_VALUES[_field] |= {"null": "null", "empty": '""'}
BAD_VALUES["site_id"] |= {"unknown": '"atlantis"', "empty": '""', "a path": '"../main"'}

NOT_EVENTS = {
    "null": "null",
    "true": "true",
    "an integer": "1",
    "a float": "1.5",
    "a text": '"working"',
    "an empty object": "{}",
    "NaN": "NaN",
    "2**64": str(2**64),
    "1e400": "1e400",
    "an empty array": "[]",
    "an event in an array": '[{"event_type": "idle"}]',
    "arrays in arrays": "[[[[[]]]]]",
    "another object": '{"name": "W1"}',
    "another spelling": '{"eventType": "idle", "workerId": "W1", "workstationId": "S3", "Timestamp": "2026-01-15T10:15:00Z"}',
}

# What is no JSON whatever surrounds it; status 400 each.
NOT_JSON: dict[str, bytes] = {
    "empty": b"",
    "blank": b" \r\n\t ",
    "a word": b"hello",
    "a form": b"timestamp=2026-01-15T10%3A15%3A00Z&worker_id=W1",
    "XML": b'<?xml version="1.0"?><event/>',
    "NUL bytes": bytes(64),
    "single quotes": b"{'event_type': 'idle'}",
    "no quotes": b'{event_type: "idle"}',
    "Python's words": b'{"event_type": None}',
    "a comment": b'{"event_type": "idle" /* comment */}',
    "a trailing comma": b'{"event_type": "idle",}',
    "no colon": b'{"event_type" "idle"}',
    "an integer as key": b'{1: "idle"}',
    "a leading zero": b'{"count": 01}',
    "a plus sign": b'{"count": +1}',
    "hexadecimal": b'{"count": 0x10}',
    "a bare point": b'{"confidence": .5}',
    "a point without digits": b'{"confidence": 1.}',
    "another NaN": b'{"confidence": nan}',
    "an unknown escape": rb'{"worker_id": "\x41"}',
    "a short escape": rb'{"worker_id": "\u00"}',
    "a raw newline": b'{"worker_id": "W\n1"}',
    "a raw NUL": b'{"worker_id": "W\x001"}',
    "an open text": b'{"worker_id": "W1',
    "an open object": b'{"worker_id": "W1"',
    "an open escape": b'{"worker_id": "W1\\',
    "a million escaped quotes and no end": b'{"worker_id": "' + rb"\"" * 1_000_000,
    "a key and no value": b'{"worker_id":',
    "a closed array in an object": b'{"worker_id": "W1"]',
    "invalid UTF-8": b'{"worker_id": "W\xff1"}',
    "invalid UTF-8 in an unknown field": b'{"note": "\xc3\x28"}',
    "invalid UTF-8 in a key": b'{"\xff": 1}',
    "overlong UTF-8": b'{"worker_id": "\xc0\x80"}',
    "surrogates as UTF-8": b'{"worker_id": "\xed\xa0\x80"}',
    "Latin-1": '{"worker_id": "Jürgen"}'.encode("latin-1"),
    "100,000 open brackets": b"[" * 100_000,
    "100,000 open braces": b"{" * 100_000,
    "100,000 nested arrays": b"[" * 100_000 + b"]" * 100_000,
    "100,000 nested objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "deep nesting in a field": b'{"worker_id": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "deep nesting in an unknown field": b'{"note": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "deep and open": b'{"note": ' + b'{"a": [' * 50_000,
}

BAD_ENCODINGS: list[tuple[str, dict[str, str], bytes, frozenset[int]]] = [
    ("plain text", {"Content-Type": "text/plain"}, b"{}", frozenset({415})),
    ("a form", {"Content-Type": "application/x-www-form-urlencoded"}, b"a=1", frozenset({415})),
    ("multipart", {"Content-Type": "multipart/form-data; boundary=x"}, b"--x--", frozenset({415})),
    ("XML", {"Content-Type": "application/xml"}, b"<event/>", frozenset({415})),
    ("a picture", {"Content-Type": "image/png"}, b"\x89PNG\r\n\x1a\n", frozenset({415})),
    ("nonsense for a type", {"Content-Type": "nonsense"}, b"{}", frozenset({415})),
    ("Brotli", {**JSON, "Content-Encoding": "br"}, b"\x0b\x02\x80{}\x03", frozenset({415})),
    ("an unknown encoding", {**JSON, "Content-Encoding": "rot13"}, b"{}", frozenset({415})),
    ("no gzip in gzip", GZIP, b'{"event_type": "idle"}', frozenset({400})),
    ("empty gzip", GZIP, b"", frozenset({400})),
    ("truncated gzip", GZIP, gzip.compress(json.dumps(list(range(5_000))).encode(), mtime=0)[:-20], frozenset({400})),
    ("gzip with a false sum", GZIP, gzip.compress(b"[]", mtime=0)[:-8] + bytes(8), frozenset({400})),
    ("gzip of nothing", GZIP, gzip.compress(b"", mtime=0), frozenset({400})),
    ("gzip of garbage", GZIP, gzip.compress(b"garbage", mtime=0), frozenset({400})),
    ("gzip bomb", GZIP, gzip.compress(bytes(64 * 1024 * 1024), mtime=0), frozenset({413})),
    ("text of 10 MB", JSON, b'"' + b"x" * 10_000_000 + b'"', frozenset({413})),
    ("blanks of 9 MB", JSON, b" " * 9_000_000 + b"[]", frozenset({413})),
]


def bad_events() -> Iterator[tuple[str, str]]:
    """Names and JSON texts of events of which each must be refused for itself."""
    for field, values in BAD_VALUES.items():
        for name, value in values.items():
            yield f"{field}: {name}", _event({**TEMPLATE, field: value})
    for field in ("timestamp", "worker_id", "workstation_id", "event_type"):
        yield f"{field}: missing", _event({name: value for name, value in TEMPLATE.items() if name != field})
    for kind in ("idle", "absent"):
        yield f"worker_id: missing on {kind}", _event({"timestamp": TEMPLATE["timestamp"], "workstation_id": '"S3"', "event_type": f'"{kind}"'})
    for kind in ("idle", "product_count"):
        yield f"workstation_id: missing on {kind}", _event({"timestamp": TEMPLATE["timestamp"], "worker_id": '"W1"', "event_type": f'"{kind}"'})
    yield "count: negative on product_count", _event({**TEMPLATE, "event_type": '"product_count"', "count": "-5"})
    yield "confidence: given twice, last one bad", _event(TEMPLATE)[:-1] + ', "confidence": 2}'
    yield "event_type: given twice, last one bad", _event(TEMPLATE)[:-1] + ', "event_type": "walking"}'
    yield "worker_id: given twice, last one bad", _event(TEMPLATE)[:-1] + r', "worker_id": "\ud800"}'


def good_event(number: int) -> str:
    """The JSON text of a good event; no two numbers have the same timestamp."""
    moment = (_FIRST + timedelta(seconds=number)).isoformat().replace("+00:00", "Z")
    return _event({**TEMPLATE, "timestamp": json.dumps(moment)})


def cases() -> Iterator[Case]:
    """The whole corpus."""
    numbers = iter(range(1_000_000))
    refused, mixed = frozenset({422}), frozenset({207})
    for name, event in bad_events():
        yield Case(f"one: {name}", ONE, event.encode(), JSON, refused)
        yield Case(f"batch: {name}", BATCH, _between(event, next(numbers), next(numbers)), JSON, mixed, good=2)
    for name, text in NOT_EVENTS.items():
        # Whether a JSON value that is no event is unparseable or refused is left open for a single event.
        yield Case(f"one: {name}", ONE, text.encode(), JSON, frozenset({400, 422}))
        yield Case(f"batch: {name}", BATCH, _between(text, next(numbers), next(numbers)), JSON, mixed, good=2)
        yield Case(f"batch of one: {name}", BATCH, f"[{text}]".encode(), JSON, refused)
        if not text.startswith("["):
            yield Case(f"no array: {name}", BATCH, text.encode(), JSON, frozenset({400}))
    for name, body in NOT_JSON.items():
        yield Case(f"one: {name}", ONE, body, JSON, frozenset({400}))
        yield Case(f"batch: {name}", BATCH, body, JSON, frozenset({400}))
        if body.strip():
            yield Case(f"in a batch: {name}", BATCH, b"[" + good_event(0).encode() + b", " + body + b"]", JSON, frozenset({400}))
    for name, headers, body, statuses in BAD_ENCODINGS:
        yield Case(f"one, transport: {name}", ONE, body, headers, statuses)
        yield Case(f"batch, transport: {name}", BATCH, body, headers, statuses)
    yield from _broken_arrays()
    yield from _long_batches()
    yield Case("batch: all kinds of bad ones among good ones", BATCH, *_all_together(numbers))


def _broken_arrays() -> Iterator[Case]:
    event = good_event(0).encode()
    bodies = {
        "byte order mark": b"\xef\xbb\xbf[" + event + b"]",
        "UTF-16": ("[" + good_event(0) + "]").encode("utf-16"),
        "truncated after an event": b"[" + event,
        "truncated after a comma": b"[" + event + b",",
        "truncated in an event": b"[" + event + b", " + event[:50],
        "trailing garbage": b"[" + event + b"] trailing",
        "trailing bracket": b"[" + event + b"]]",
        "closed by a brace": b"[" + event + b"}",
        "two arrays": b"[" + event + b"][" + event + b"]",
        "trailing comma": b"[" + event + b",]",
        "leading comma": b"[," + event + b"]",
        "two commas": b"[" + event + b",," + event + b"]",
        "no comma": b"[" + event + b" " + event + b"]",
        "only a comma": b"[,]",
        "lines of JSON": event + b"\n" + event,
        "an object around the array": b'{"events": [' + event + b"]}",
    }
    for name, body in bodies.items():
        yield Case(f"batch: {name}", BATCH, body, JSON, frozenset({400}))
    yield Case("one: byte order mark", ONE, b"\xef\xbb\xbf" + event, JSON, frozenset({400}))
    yield Case("one: UTF-16", ONE, event.decode().encode("utf-16"), JSON, frozenset({400}))
    yield Case("one: trailing garbage", ONE, event + b" trailing", JSON, frozenset({400}))
    yield Case("one: two events", ONE, event + event, JSON, frozenset({400}))
    yield Case("one: truncated", ONE, event[:-1], JSON, frozenset({400}))
    yield Case("one: an array", ONE, b"[" + event + b"]", JSON, frozenset({400, 422}))


def _long_batches() -> Iterator[Case]:
    too_many = frozenset({413})
    yield Case("batch: 10,001 events", BATCH, ("[" + ",".join([good_event(0)] * 10_001) + "]").encode(), JSON, too_many)
    yield Case("batch: 10,001 nulls", BATCH, b"[" + b"null," * 10_000 + b"null]", JSON, too_many)
    yield Case("batch: 2,000,000 zeros", BATCH, b"[" + b"0," * 1_999_999 + b"0]", JSON, too_many)
    yield Case("batch: 10,000 nulls", BATCH, b"[" + b"null," * 9_999 + b"null]", JSON, frozenset({422}))


def _all_together(numbers: Iterator[int]) -> tuple[bytes, dict[str, str], frozenset[int], int]:
    texts = [text for _, event in bad_events() for text in (event, good_event(next(numbers)))]
    return ("[" + ",".join(texts) + "]").encode(), JSON, frozenset({207}), len(texts) // 2


def _between(event: str, before: int, after: int) -> bytes:
    return f"[{good_event(before)}, {event}, {good_event(after)}]".encode()


def _event(fields: dict[str, str]) -> str:
    return "{" + ", ".join(f'"{name}": {value}' for name, value in fields.items()) + "}"


CASES: list[Case] = list(cases())
