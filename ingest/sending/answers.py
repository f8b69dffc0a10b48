"""What an answer of the server means for the events that were sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

from ingest.sending.patience import asked_seconds
from ingest.sending.tally import Outcome

_LATER = (408, 425, 429)
_LONGEST_SAID = 500
_PROBLEM = "application/problem+json"


class Stopped(Exception):
    """Sending can't go on until a person has changed something; the text says what. Nothing that was acknowledged is affected."""


@dataclass(frozen=True, slots=True)
class Again:
    """The request may be sent again. why: a sentence's end. after: seconds that the server asked for. puzzling: whether it is an
    answer that the server would not give, so that trying forever is pointless."""

    why: str
    after: float | None = None
    puzzling: bool = False


@dataclass(frozen=True, slots=True)
class Whole:
    """The request was refused as a whole. too_large: for its size; otherwise it can't be read."""

    why: str
    too_large: bool


class _Refusal(msgspec.Struct):
    index: int
    detail: str


class _Answer(msgspec.Struct):
    success_count: int
    total_count: int
    duplicate_count: int
    rejected_count: int
    errors: list[_Refusal]
    dry_run: bool = False


class _Problem(msgspec.Struct):
    detail: str = ""


_ANSWERS = msgspec.json.Decoder(_Answer)
_PROBLEMS = msgspec.json.Decoder(_Problem)


def understood(status: int, headers: Mapping[str, str], body: bytes, events: int, *, dry_run: bool) -> Outcome | Again | Whole:
    """The meaning of an answer to a request with so many events. Raises Stopped."""
    if status in (200, 207, 422):
        outcome = _outcome(body, events, dry_run)
        if outcome is not None:
            return outcome
    said = _said(body)
    # Bad data never gives a 5xx: it is the server that needs time, or somebody to look after it.
    if status in _LATER or status >= 500:
        return Again(f"answers {status}{said}", asked_seconds(headers.get("Retry-After"), datetime.now(UTC)))
    if status == 413:
        return Whole(said.removeprefix(": ") or "The request is too large.", too_large=True)
    if status == 400 and headers.get("Content-Type", "").startswith(_PROBLEM):
        return Whole(said.removeprefix(": ") or "The request can't be read.", too_large=False)
    if status in (200, 207):
        return Again(f"gives an answer ({status}) that can't be understood", puzzling=True)
    raise Stopped(_hopeless(status, headers, said))


def _outcome(body: bytes, events: int, dry_run: bool) -> Outcome | None:
    """What an answer says of each event; None if it is none, or not about this request."""
    try:
        answer = _ANSWERS.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if answer.dry_run is not dry_run:
        raise Stopped("The server does not know dry runs." if dry_run else "The server made a dry run of it.")
    rejected = tuple((refusal.index, refusal.detail) for refusal in answer.errors)
    new = answer.success_count - answer.duplicate_count
    consistent = answer.total_count == events == answer.success_count + len(rejected) and new >= 0 <= answer.duplicate_count
    return Outcome(new, answer.duplicate_count, rejected) if consistent and all(0 <= index < events for index, _ in rejected) else None


def _said(body: bytes) -> str:
    """The server's own sentence, if there is one, to end ours with."""
    try:
        detail = _PROBLEMS.decode(body).detail
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    return f": {detail[:_LONGEST_SAID]}" if detail else ""


def _hopeless(status: int, headers: Mapping[str, str], said: str) -> str:
    if 300 <= status < 400:
        return f"The server sends us on to {headers.get('Location', 'another address')}: give that address."
    reasons = {
        401: "The server wants a valid key (--key, or FACTORY_KEY)",
        403: "The key does not allow to post events",
        404: "There is no such address at the server: look at the URL",
        405: "The address does not take events: look at the URL",
        415: "The server does not take events in this form: it is too old, or no Factory Productivity server",
    }
    return f"{reasons.get(status, f'The server refuses with status {status}')}{said or '.'}"
