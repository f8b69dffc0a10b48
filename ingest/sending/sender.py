"""Events from a running program: collected, sent in the background, kept while the server is away."""

import logging
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any

import msgspec

from ingest.sending.answers import Stopped
from ingest.sending.batch import MOST_BYTES, MOST_EVENTS
from ingest.sending.delivery import Delivery, Server, key_of_environment
from ingest.sending.lines import LONGEST_LINE
from ingest.sending.patience import Patience
from ingest.sending.tally import Counts, Outcome

log = logging.getLogger(__name__)

OnRejected = Callable[[bytes, str], object]


class BufferFull(RuntimeError):
    """As many events as may wait are waiting for the server already."""


class Sender:
    """Sends events in batches from a thread of its own; may be used by several threads.

        with Sender("http://127.0.0.1:5000") as sender:
            sender.send({"timestamp": datetime.now(UTC), "worker_id": "anna", "workstation_id": "press-1", "event_type": "working"})

    key: of the camera; left out: what FACTORY_KEY says in the environment. batch: events after which a request is sent; linger:
    seconds after which one is sent with what there is. capacity: events that may wait while the server is away; when so many do,
    `send` blocks. give_up_after: seconds without an answer after which it stops; None tries forever. on_rejected: called in the
    sender's thread with the event's JSON and the reason for each event that the server refused.

    What was sent and not acknowledged is gone if the program is killed. Where that must not be, let the program append its events
    to a file, a line of JSON each, and run `python -m ingest.send FILE` beside it: that goes on where it was.
    """

    def __init__(
        self,
        url: str,
        key: str | None = None,
        *,
        batch: int = 1_000,
        linger: float = 1.0,
        capacity: int = 100_000,
        give_up_after: float | None = None,
        on_rejected: OnRejected | None = None,
    ) -> None:
        if not 1 <= batch <= MOST_EVENTS or capacity < 1:
            raise ValueError(f"A batch holds 1 to {MOST_EVENTS:,} events, and at least one may wait.")
        self._batch, self._linger, self._capacity = min(batch, capacity), linger, capacity
        self._on_rejected = on_rejected
        self._stopping = threading.Event()
        self._delivery = Delivery(Server(url, key or key_of_environment()), self._stopping, log.warning, give_up_after, Patience())
        self._changed = threading.Condition()
        self._waiting: deque[bytes] = deque()
        self._handed_over = 0
        self._oldest = 0.0
        self._flushing = 0
        self._closed = False
        self._failure: BaseException | None = None
        self._counts = Counts()
        self._thread = threading.Thread(target=self._run, name="sender", daemon=True)
        self._thread.start()

    def send(self, event: Mapping[str, Any], timeout: float | None = None) -> None:
        """Hand over an event; it is sent soon. Times may be datetimes; one without an offset is read in the site's time zone.

        timeout: seconds to wait for room while the buffer is full; None waits as long as it takes. Raises BufferFull after that,
        Stopped if the server has refused us for good, TypeError or ValueError for what is no event.
        """
        line = _encoded(event)
        with self._changed:
            if not self._changed.wait_for(lambda: self._over or self._waits < self._capacity, timeout):
                raise BufferFull(f"{self._capacity:,} events wait for {self._delivery.server.base} already.")
            self._raise_if_over()
            if not self._waiting:
                self._oldest = time.monotonic()
            self._waiting.append(line)
            self._handed_over += 1
            self._changed.notify_all()

    def flush(self, timeout: float | None = None) -> bool:
        """Wait until all that was handed over so far is acknowledged; False when the time ran out first (seconds). Raises Stopped."""
        with self._changed:
            goal = self._handed_over
            self._flushing += 1
            self._changed.notify_all()
            try:
                self._changed.wait_for(lambda: self._over or self._counts.sent >= goal, timeout)
            finally:
                self._flushing -= 1
            if self._counts.sent < goal:
                self._raise_if_over()
            return self._counts.sent >= goal

    @property
    def counts(self) -> Counts:
        """What has become of the events that were acknowledged so far."""
        with self._changed:
            return msgspec.structs.replace(self._counts)

    @property
    def waiting(self) -> int:
        """Events that were handed over and not acknowledged yet."""
        with self._changed:
            return self._waits

    def close(self, timeout: float | None = None) -> bool:
        """Flush, and end; whether everything was acknowledged. After `timeout` seconds what still waits is given up. Raises Stopped."""
        try:
            return self.flush(timeout)
        finally:
            with self._changed:
                self._closed = True
                self._changed.notify_all()
            self._stopping.set()
            self._thread.join(1.0)

    def __enter__(self) -> "Sender":
        return self

    def __exit__(self, kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None) -> None:
        try:
            self.close()
        except Stopped:
            if kind is None:  # what made the block fail says more
                raise

    @property
    def _waits(self) -> int:
        return self._handed_over - self._counts.sent

    @property
    def _over(self) -> bool:
        return self._closed or self._failure is not None

    def _raise_if_over(self) -> None:
        if self._failure is not None:
            raise Stopped(str(self._failure)) from self._failure
        if self._closed:
            raise Stopped("The sender is closed.")

    def _run(self) -> None:
        try:
            while lines := self._next():
                self._answered(lines, self._delivery.deliver(lines))
        except BaseException as error:
            with self._changed:
                if not self._closed:  # what is given up when closing is no failure
                    log.error("Sending has ended: %s", error)
                    self._failure = error
                self._changed.notify_all()
        finally:
            self._delivery.close()

    def _next(self) -> Sequence[bytes]:
        """The events of the next request; none once the sender is closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed)
            self._changed.wait_for(
                lambda: len(self._waiting) >= self._batch or self._flushing or self._closed, max(0.0, self._oldest + self._linger - time.monotonic())
            )
            taken: list[bytes] = []
            size = 0
            while self._waiting and not self._closed and len(taken) < self._batch and size + len(self._waiting[0]) < MOST_BYTES:
                taken.append(self._waiting.popleft())
                size += len(taken[-1]) + 1
            self._oldest = time.monotonic()
            return taken

    def _answered(self, lines: Sequence[bytes], outcome: Outcome) -> None:
        if outcome.rejected:
            log.warning("The server refused %d of %d events; the first one: %s", len(outcome.rejected), len(lines), outcome.rejected[0][1])
        if self._on_rejected is not None:
            try:
                for index, why in outcome.rejected:
                    self._on_rejected(lines[index], why)
            except Exception:
                log.exception("What is called for refused events failed; sending goes on.")
        with self._changed:
            self._counts.add(len(lines), outcome)
            self._changed.notify_all()


def _encoded(event: Mapping[str, Any]) -> bytes:
    """An event as a line of JSON. Raises TypeError, ValueError."""
    for field, value in event.items():
        # As JSON it would be null, which means that nothing was said.
        if isinstance(value, float) and not math.isfinite(value):
            raise ValueError(f"{field}: {value} is no number that JSON knows.")
    line = msgspec.json.encode(event, enc_hook=_plain)
    if len(line) > LONGEST_LINE:
        raise ValueError(f"An event may have {LONGEST_LINE:,} bytes, not {len(line):,}.")
    return line


def _plain(value: Any) -> object:
    """Numbers of numpy, which is where a model's confidence comes from, as Python's own."""
    if hasattr(value, "item"):
        plain = value.item()
        if isinstance(plain, int | float | str) and plain == plain and plain not in (math.inf, -math.inf):
            return plain
    raise TypeError(f"{value!r} ({type(value).__name__}) can't be sent as JSON.")
