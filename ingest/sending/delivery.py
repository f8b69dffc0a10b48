"""Taking events to the server until it has answered for each of them, whatever happens on the way."""

import os
import re
import threading
import time
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import requests
from requests.auth import AuthBase

from ingest.sending.answers import Again, Stopped, Whole, understood
from ingest.sending.batch import MOST_BYTES
from ingest.sending.json_lines import is_object
from ingest.sending.patience import Patience
from ingest.sending.tally import Outcome

KEY_VARIABLE = "FACTORY_KEY"

_PATH = "/api/events/batch"
_CONNECT_SECONDS, _ANSWER_SECONDS = 10.0, 60.0
_PUZZLES = 10
_FASTEST, _AS_GZIP = 1, 31


@dataclass(frozen=True, slots=True)
class Server:
    """Where events go. url: of the server. key: for its Authorization header. dry_run: whether it is to judge only, and store nothing."""

    url: str
    key: str | None = None
    dry_run: bool = False

    def __post_init__(self) -> None:
        try:
            parts = urlsplit(self.url)
            usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        except ValueError:
            usable = False
        if not usable:
            raise Stopped(f"{self.url} is no address of a server: give one such as http://127.0.0.1:5000.")

    @property
    def base(self) -> str:
        """The address without the path of the call."""
        return self.url.rstrip("/").removesuffix(_PATH)

    @property
    def batches(self) -> str:
        """The address that batches go to."""
        return f"{self.base}{_PATH}{'?dry_run=true' if self.dry_run else ''}"


def key_of_environment() -> str | None:
    """The key where no list of processes shows it."""
    return os.environ.get(KEY_VARIABLE) or None


class _Key(AuthBase):
    """Sent along by hand: given as a header, a .netrc would take its place."""

    def __init__(self, key: str) -> None:
        self._key = key

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._key}"
        return request


@dataclass
class Delivery:
    """One connection to the server; for one thread. tell: is given a sentence when something must be tried again.

    stopping: ends the waiting. give_up_after: seconds without success after which `deliver` raises; None for never.
    pause, clock: how to wait so many seconds, and what time it is in seconds.
    """

    server: Server
    stopping: threading.Event = field(default_factory=threading.Event)
    tell: Callable[[str], None] = lambda _sentence: None
    give_up_after: float | None = None
    patience: Patience = field(default_factory=Patience)
    pause: Callable[[float], object] | None = None
    clock: Callable[[], float] = time.monotonic
    _session: requests.Session = field(default_factory=requests.Session, init=False)
    _most_bytes: int = field(default=MOST_BYTES, init=False)

    def __post_init__(self) -> None:
        self._session.headers.update({"Content-Type": "application/x-ndjson", "Content-Encoding": "gzip", "Accept": "application/json"})
        self._session.auth = _Key(self.server.key) if self.server.key else None

    def close(self) -> None:
        """Hang up."""
        self._session.close()

    def deliver(self, events: Sequence[bytes]) -> Outcome:
        """Send events, a line of JSON each, until the server has answered for all of them. Raises Stopped."""
        if not events:
            return Outcome()
        size = sum(map(len, events)) + len(events)
        if size > self._most_bytes and len(events) > 1:
            return self._halves(events)
        answer = self._answered(events)
        if isinstance(answer, Outcome):
            return answer
        if answer.too_large and len(events) > 1:
            self._most_bytes = size * 5 // 8  # halves of the next batch should pass, though its lines may be a little longer
        elif len(events) == 1 or not any(map(is_object, events)):
            return Outcome(rejected=tuple((index, f"body: {answer.why}") for index in range(len(events))))
        return self._halves(events)

    def _halves(self, events: Sequence[bytes]) -> Outcome:
        middle = len(events) // 2
        return self.deliver(events[:middle]).followed_by(self.deliver(events[middle:]), middle)

    def _answered(self, events: Sequence[bytes]) -> Outcome | Whole:
        """Send a request again and again until it is answered for good. Raises Stopped."""
        packed = zlib.compress(b"\n".join(events) + b"\n", _FASTEST, _AS_GZIP)
        began, attempt, puzzles = self.clock(), 0, 0
        while True:
            answer = self._post(packed, len(events))
            if not isinstance(answer, Again):
                return answer
            attempt, puzzles = attempt + 1, puzzles + answer.puzzling
            wait = self.patience.seconds(attempt, answer.after)
            failing = self.clock() - began
            if puzzles >= _PUZZLES or (self.give_up_after is not None and failing + wait > self.give_up_after):
                raise Stopped(f"{self.server.base} {answer.why}; given up after {attempt} attempt{'s' if attempt > 1 else ''}.")
            self.tell(f"{self.server.base} {answer.why}; trying again in {wait:.1f} s.")
            self._wait(wait)

    def _wait(self, seconds: float) -> None:
        (self.pause or self.stopping.wait)(seconds)
        if self.stopping.is_set():
            raise Stopped("Stopped while the server did not answer.")

    def _post(self, packed: bytes, events: int) -> Outcome | Again | Whole:
        try:
            answer = self._session.post(self.server.batches, data=packed, timeout=(_CONNECT_SECONDS, _ANSWER_SECONDS), allow_redirects=False)
        except requests.exceptions.SSLError as error:
            if "CERTIFICATE_VERIFY_FAILED" in str(error):
                raise Stopped(f"The certificate of {self.server.base} can't be trusted: {_cause(error)}.") from None
            return Again(f"can't be talked to securely ({_cause(error)})")
        except requests.exceptions.Timeout:
            return Again("does not answer in time")
        except (requests.exceptions.ConnectionError, requests.exceptions.ChunkedEncodingError, requests.exceptions.ContentDecodingError) as error:
            return Again(f"can't be reached ({_cause(error)})")
        except requests.exceptions.RequestException as error:
            raise Stopped(f"{self.server.base} can't be asked: {error}.") from None
        return understood(answer.status_code, answer.headers, answer.content, events, dry_run=self.server.dry_run)


def _cause(error: BaseException) -> str:
    """What an exception of three layers comes down to: "Connection refused"."""
    while True:
        inner = getattr(error, "reason", None) or next((part for part in reversed(error.args) if isinstance(part, BaseException)), None)
        if not isinstance(inner, BaseException):
            break
        error = inner
    sentence = getattr(error, "strerror", None) or str(error).rpartition(": ")[2] or type(error).__name__
    return re.sub(r"^\[Errno -?\d+\] ", "", sentence)
