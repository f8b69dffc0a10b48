"""Talking to another server of this product: bounded in time and size, and never further than to its own address."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec
import requests
from requests.auth import AuthBase

_CONNECT_SECONDS = 5.0
_PIECE = 16 * 1024
_LONGEST_SAID = 300


class Trouble(Exception):
    """The other server can't be asked, or doesn't do what it was asked; the text is a sentence. after: seconds that it wants to be left alone."""

    def __init__(self, sentence: str, after: float | None = None) -> None:
        super().__init__(sentence)
        self.after = after


@dataclass(frozen=True, slots=True)
class Server:
    """Another server. url: its address without a path. key: made there, for its Authorization header."""

    url: str
    key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Told:
    """What it answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class _Key(AuthBase):
    """Sent along by hand: given as a header, a .netrc would take its place."""

    def __init__(self, key: str) -> None:
        self._key = key

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._key}"
        return request


def ask(
    session: requests.Session, server: Server, method: str, path: str, body: bytes | None = None, *, kind: str = "application/json", seconds: float, most: int
) -> Told:
    """One request, answered whole within so many seconds by at most so many bytes, whatever its status. Raises Trouble."""
    until = time.monotonic() + seconds
    headers = {"Accept": "application/json", **({} if body is None else {"Content-Type": kind})}
    limits = (min(_CONNECT_SECONDS, seconds), seconds)
    try:
        address, key = f"{server.url}{path}", _Key(server.key)
        # A redirection would take the key to somebody else.
        with session.request(method, address, data=body, headers=headers, auth=key, timeout=limits, stream=True, allow_redirects=False) as answer:
            return Told(answer.status_code, answer.headers, _whole(answer, server, until, most))
    except requests.exceptions.Timeout:
        raise Trouble(f"{server.url} does not answer in time.") from None
    except requests.exceptions.SSLError:
        raise Trouble(f"{server.url} can’t be talked to securely: its certificate is not to be trusted, or it has none.") from None
    except requests.exceptions.RequestException:
        raise Trouble(f"{server.url} can’t be reached.") from None


def _whole(answer: requests.Response, server: Server, until: float, most: int) -> bytes:
    """The body: who sends it drop by drop has as much time as who sends nothing."""
    found = bytearray()
    for piece in answer.iter_content(_PIECE):
        found += piece
        if len(found) > most:
            raise Trouble(f"{server.url} answers more than it was asked for.")
        if time.monotonic() > until:
            raise Trouble(f"{server.url} does not answer in time.")
    return bytes(found)


def refused(server: Server, told: Told) -> Trouble:
    """Why it did not do what it was asked."""
    said = _said(told.body)
    after = told.headers.get("Retry-After", "")
    reasons = {
        401: "does not know our key",
        403: "does not let our key do this",
        404: "has no such site for our key, or is no server of this product",
        429: "is asked too often",
    }
    if 300 <= told.status < 400:
        return Trouble(f"{server.url} sends us on to another address: name that one.")
    return Trouble(f"{server.url} {reasons.get(told.status, f'answers {told.status}')}{said or '.'}", float(after[:6]) if after.isdecimal() else None)


class _Problem(msgspec.Struct):
    detail: str = ""


def _said(body: bytes) -> str:
    """Its own sentence, if it has one, to end ours with; without what could break a line of a log."""
    try:
        detail = msgspec.json.decode(body, type=_Problem).detail
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    plain = "".join(letter if letter.isprintable() else " " for letter in detail[:_LONGEST_SAID])
    return f": {plain}" if plain else ""
