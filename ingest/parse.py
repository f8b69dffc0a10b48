"""From the bytes of a request to validated events: one bad event never costs its neighbours (api.md, "Ingest").

body ──▶ msgspec, typed, all events at once ──▶ judge each ──▶ events
           │ anything in it fails                 │ refused
           ▼                                      ▼
         split into elements ──▶ msgspec, each ──▶ rejections with their JSON text
                                   │ NaN, lone surrogate
                                   ▼
                                 the standard parser, that element alone
"""

from collections.abc import Mapping

import msgspec

from ingest.event import MOST_EVENTS, Event, Parsed, Refused, Rejection, SiteRules, TooMany, Unparseable
from ingest.forms import EVENTS, ONE_EVENT, Form
from ingest.notation import NUL

__all__ = ["MOST_EVENTS", "PAYLOAD_BYTES", "Event", "Parsed", "Rejection", "SiteRules", "TooMany", "Unparseable", "parse", "parse_batch", "parse_one"]

PAYLOAD_BYTES = 64 * 1024


def parse_one(body: bytes, sites: Mapping[str, SiteRules], now: int) -> Parsed:
    """The event of a body that is one JSON object; see `parse`."""
    return parse(ONE_EVENT, body, sites, now)


def parse_batch(body: bytes, sites: Mapping[str, SiteRules], now: int) -> Parsed:
    """The events of a body that is a JSON array; see `parse`."""
    return parse(EVENTS, body, sites, now)


def parse(form: Form, body: bytes, sites: Mapping[str, SiteRules], now: int) -> Parsed:
    """The events of a body in one of the forms, each judged on its own.

    sites: the sites that exist, by id. now: the server's clock in microseconds since the epoch.
    Raises Unparseable if the body as a whole is not of this form, TooMany beyond MOST_EVENTS.
    """
    text = _text(body)
    events = _at_once(form, body, text, sites, now)
    return _each(form, form.split(text, MOST_EVENTS), sites, now) if events is None else Parsed(events, range(len(events)), [], len(events))


def _text(body: bytes) -> str:
    # msgspec skips unknown fields without looking at their bytes; a body is valid UTF-8 or it is not JSON.
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise Unparseable(f"is not UTF-8: byte {error.start}.") from None


def _at_once(form: Form, body: bytes, text: str, sites: Mapping[str, SiteRules], now: int) -> list[Event] | None:
    """All events of a body without fault; None where one must be looked for."""
    try:
        written = form.decode(body)
    except (msgspec.DecodeError, RecursionError):
        return None
    if written is None or NUL in text:
        return None
    if len(written) > MOST_EVENTS:
        raise TooMany(f"A request may hold at most {MOST_EVENTS:,} events.")
    judge = form.notation.judge
    try:
        return [judge(one, sites, now) for one in written]
    except Refused:
        return None


def _each(form: Form, texts: list[str], sites: Mapping[str, SiteRules], now: int) -> Parsed:
    """The events that can be taken in, and a rejection for each of the others."""
    events: list[Event] = []
    positions: list[int] = []
    rejected: list[Rejection] = []
    torn = 0
    for index, text in enumerate(texts):
        try:
            events.append(form.notation.judge(form.notation.read(text), sites, now))
            positions.append(index)
        except Refused as refusal:
            rejected.append(Rejection(index, str(refusal), _payload(text)))
        except Unparseable as error:
            torn += 1
            if not form.torn or torn == len(texts):
                raise
            rejected.append(Rejection(index, str(Refused("event", error.what)), _payload(text)))
    return Parsed(events, positions if rejected else range(len(events)), rejected, len(texts))


def _payload(text: str) -> str:
    return text.strip().encode()[:PAYLOAD_BYTES].decode("utf-8", "ignore")
