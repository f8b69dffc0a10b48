"""Batches over several connections at once: the server parses one while it commits another.

input ─▶ batches ─▶ waiting ─┬─▶ connection ─┬─▶ acknowledged, in the order of the input ─▶ ledger
          (this thread)      └─▶ connection ─┘
"""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from ingest.sending.batch import Batch
from ingest.sending.tally import Outcome

_BATCHES_A_CONNECTION = 4
_LAST_ANSWERS_SECONDS = 5.0

Deliver = Callable[[Sequence[bytes]], Outcome]


@dataclass
class Transfer:
    """deliver: one function a connection, each called by a thread of its own. acknowledged: called for batch after batch, in their
    order and by one thread at a time. stopping: set when nothing more is to be tried.
    """

    deliver: Sequence[Deliver]
    acknowledged: Callable[[Batch, Outcome], None]
    stopping: threading.Event = field(default_factory=threading.Event)
    _changed: threading.Condition = field(default_factory=threading.Condition, init=False)
    _waiting: deque[tuple[int, Batch]] = field(default_factory=deque, init=False)
    _answered: dict[int, tuple[Batch, Outcome]] = field(default_factory=dict, init=False)
    _handed_over: int = field(default=0, init=False)
    _entered: int = field(default=0, init=False)
    _ended: bool = field(default=False, init=False)
    _failure: BaseException | None = field(default=None, init=False)

    def run(self, batches: Iterable[Batch | None]) -> None:
        """Send batches; None among them is a moment without any. Memory is bounded: few are held at a time.

        Raises what `deliver` or `acknowledged` raised first, and what the batches raise once those before are through.
        """
        threads = [threading.Thread(target=self._carry, args=(deliver,), daemon=True) for deliver in self.deliver]
        for thread in threads:
            thread.start()
        try:
            for batch in batches:
                if not self._hand_over(batch):
                    break
            self._finish()
        except KeyboardInterrupt:
            self.stopping.set()
            raise
        except BaseException:
            self._finish()
            raise
        finally:
            self._end(threads)
        if self._failure is not None:
            raise self._failure

    def _hand_over(self, batch: Batch | None) -> bool:
        """Leave a batch to the connections once there is room for it; False if they have given up."""
        with self._changed:
            if batch is not None:
                room = len(self.deliver) * _BATCHES_A_CONNECTION
                self._changed.wait_for(lambda: self._failure or self._handed_over - self._entered < room)
                self._waiting.append((self._handed_over, batch))
                self._handed_over += 1
                self._changed.notify_all()
            return self._failure is None

    def _finish(self) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._failure or self._entered == self._handed_over)

    def _end(self, threads: Sequence[threading.Thread]) -> None:
        """Answers that are on their way may still come; a connection that waits for the server doesn't hold us up."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()
        for thread in threads:
            thread.join(_LAST_ANSWERS_SECONDS)
        with self._changed:
            self.acknowledged = _nothing

    def _carry(self, deliver: Deliver) -> None:
        while (taken := self._next()) is not None:
            number, batch = taken
            try:
                outcome = deliver([entry.text for entry in batch.entries])
                self._enter(number, batch, outcome)
            except BaseException as error:
                self._fail(error)
                return

    def _next(self) -> tuple[int, Batch] | None:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._ended or self._failure)
            if self._ended or self._failure or self.stopping.is_set():
                return None
            return self._waiting.popleft()

    def _enter(self, number: int, batch: Batch, outcome: Outcome) -> None:
        """What is answered out of turn waits: a state can only say up to where everything was acknowledged."""
        with self._changed:
            self._answered[number] = (batch, outcome)
            while self._entered in self._answered:
                self.acknowledged(*self._answered.pop(self._entered))
                self._entered += 1
            self._changed.notify_all()

    def _fail(self, error: BaseException) -> None:
        with self._changed:
            self._failure = self._failure or error
            self.stopping.set()
            self._changed.notify_all()


def _nothing(_batch: Batch, _outcome: Outcome) -> None:
    """After the end nobody is told."""
