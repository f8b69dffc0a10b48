"""From the bytes of a request to validated events: one bad event never costs its neighbours (api.md, "Ingest").

body ──▶ msgspec, typed, the whole list at once ──▶ judge each ──▶ events
           │ anything in it fails                      │ refused
           ▼                                           ▼
         split into elements ──▶ msgspec, each ──▶ rejections with their JSON text
                                   │ NaN, lone surrogate
                                   ▼
                                 the standard parser, that element alone
"""

from collections.abc import Mapping

import msgspec

from ingest.event import Event, Parsed, Refused, Rejection, SiteRules, TooMany, Unparseable
from ingest.json_text import elements, is_json, lenient_value, too_deep, unlike
from ingest.judge import check_text, judge
from ingest.record import EXPECTED, Record, described

__all__ = ["MOST_EVENTS", "PAYLOAD_BYTES", "Event", "Parsed", "Rejection", "SiteRules", "TooMany", "Unparseable", "parse_batch", "parse_one"]

MOST_EVENTS = 10_000
PAYLOAD_BYTES = 64 * 1024

_ONE = msgspec.json.Decoder(Record)
_BATCH = msgspec.json.Decoder(list[Record])
_NUL = "\\u0000"  # the only way to write NUL in JSON; it may also be an escaped backslash, so this only raises suspicion


def parse_one(body: bytes, sites: Mapping[str, SiteRules], now: int) -> Parsed:
    """The event of a body that is one JSON object: either one event or one rejection.

    sites: the sites that exist, by id. now: the server's clock in microseconds since the epoch. Raises Unparseable.
    """
    text = _text(body)
    if not text.lstrip().startswith("{"):
        raise unlike(text, "one JSON object")
    return _judged([text], sites, now)


def parse_batch(body: bytes, sites: Mapping[str, SiteRules], now: int) -> Parsed:
    """The events of a body that is a JSON array, each judged on its own; arguments as for `parse_one`.

    Raises Unparseable if the body is no JSON array, TooMany beyond MOST_EVENTS elements.
    """
    text = _text(body)
    try:
        records = _BATCH.decode(body)
    except msgspec.DecodeError:
        return _judged(elements(text, MOST_EVENTS), sites, now)
    except RecursionError:
        raise too_deep() from None
    if len(records) > MOST_EVENTS:
        raise TooMany(f"A request may hold at most {MOST_EVENTS:,} events.")
    if _NUL in text:
        return _judged(elements(text, MOST_EVENTS), sites, now)
    try:
        events = [judge(record, sites, now) for record in records]
    except Refused:
        return _judged(elements(text, MOST_EVENTS), sites, now)
    return Parsed(events, range(len(events)), [], len(events))


def _text(body: bytes) -> str:
    # msgspec skips unknown fields without looking at their bytes; a body is valid UTF-8 or it is not JSON.
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise Unparseable(f"The body is not UTF-8: byte {error.start}.") from None


def _judged(texts: list[str], sites: Mapping[str, SiteRules], now: int) -> Parsed:
    events: list[Event] = []
    positions: list[int] = []
    rejected: list[Rejection] = []
    for index, text in enumerate(texts):
        try:
            events.append(judge(_record(text), sites, now))
            positions.append(index)
        except Refused as refusal:
            rejected.append(Rejection(index, str(refusal), _payload(text)))
    return Parsed(events, positions, rejected, len(texts))


def _record(text: str) -> Record:
    """The typed record of one element's text. Raises Refused, or Unparseable if the text is no JSON at all."""
    try:
        record = _ONE.decode(text)
    except msgspec.DecodeError as error:
        # A wrong type is told before the rest is read: only strict JSON is judged by it.
        if isinstance(error, msgspec.ValidationError) and is_json(text):
            raise described(error) from None
        return _lenient_record(text)
    except RecursionError:
        raise too_deep() from None
    if _NUL in text:
        check_text(msgspec.structs.asdict(record))
    return record


def _lenient_record(text: str) -> Record:
    value = lenient_value(text)
    if isinstance(value, dict):
        check_text(value)  # before the types: msgspec cannot even name a surrogate in its complaint
        value = {field: value[field] for field in value.keys() & EXPECTED.keys()}
    try:
        return msgspec.convert(value, Record)
    except msgspec.ValidationError as error:
        raise described(error) from None


def _payload(text: str) -> str:
    return text.strip().encode()[:PAYLOAD_BYTES].decode("utf-8", "ignore")
