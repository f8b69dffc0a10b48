"""The command `python -m ingest.simulate`."""

import logging
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from ingest.sending.answers import Stopped
from ingest.sending.delivery import Server, key_of_environment
from ingest.sending.sender import BufferFull, Sender
from ingest.sending.tally import Tally
from ingest.simulation.crews import stays
from ingest.simulation.deliveries import Json, deliveries
from ingest.simulation.options import options_of
from ingest.simulation.plan import Plan
from ingest.simulation.playing import Pace, as_sent, pieces
from ingest.simulation.remote import Remote
from ingest.simulation.summary import line, table
from metrics.schedule import SiteRules
from metrics.units import SECOND, to_datetime, to_micros

ALL_TAKEN, SOME_REJECTED, STOPPED = 0, 1, 2

_EVERY_SECONDS = 0.5
_SAY_EVERY = 5 * SECOND
_LAST_ANSWERS_SECONDS = 5.0
_UNANSWERED = "The server has not answered for the last events: they may be stored or not."


def run(arguments: Sequence[str]) -> int:
    """Play what the arguments say. The exit status: 0 all taken, 1 some rejected, 2 stopped by an error."""
    options = options_of(arguments)
    logging.basicConfig(format="%(message)s")
    plan = Plan(options.site, options.seed, options.workers, options.stations, options.cameras)
    try:
        with _stopped_by_signals() as stopping:
            server = Server(options.url, key_of_environment())
            remote = Remote(server, _tell, stopping)
            rules = remote.rules(plan.site_id)
            remote.register(plan)
            now = _now()
            play = _Play(plan, rules, Pace(now, now - options.since, options.speed), stopping)
            return play.to_the_end(server, None if options.lasts is None else now + options.lasts)
    except Stopped as error:
        _tell(str(error))
        return STOPPED


@dataclass
class _Play:
    """A story that is being sent. cursor: what was to be sent before has been handed over (µs UTC). refused: why events were."""

    plan: Plan
    rules: SiteRules
    pace: Pace
    stopping: threading.Event
    refused: Tally = field(default_factory=Tally)
    _cursor: int = field(init=False)
    _said: int = field(init=False)

    def __post_init__(self) -> None:
        self._cursor, self._said = self.pace.first, self.pace.began

    def to_the_end(self, server: Server, ends: int | None) -> int:
        """Send until it is time (µs UTC), somebody stops it, or the server refuses us for good. The exit status."""
        sender = Sender(server.base, on_rejected=lambda _event, why: self.refused.refuse([(0, why)]))
        try:
            self._go_on(sender, ends)
            trouble = None if self._all_answered(sender) else _UNANSWERED
        except Stopped as error:
            trouble = str(error)
        counts = sender.counts
        sys.stdout.write(f"{table(self._local(self.pace.first), self._local(self._cursor), counts, self.refused)}\n")
        sys.stdout.flush()
        if trouble is not None:
            _tell(trouble)
            return STOPPED
        return SOME_REJECTED if counts.rejected else ALL_TAKEN

    def _go_on(self, sender: Sender, ends: int | None) -> None:
        """Send whatever is due, again and again. Raises Stopped."""
        while not self.stopping.is_set():
            now = _now()
            self._send_until(self.pace.reached(now), sender)
            if ends is not None and now >= ends:
                return
            self.stopping.wait(_EVERY_SECONDS)

    def _all_answered(self, sender: Sender) -> bool:
        """Wait for the answers to all that was sent; when somebody stops it, for the last ones a little longer. Raises Stopped."""
        while not self.stopping.is_set() and not sender.flush(_EVERY_SECONDS):
            self._say_now_and_then(sender)
        return sender.close(_LAST_ANSWERS_SECONDS)

    def _send_until(self, goal: int, sender: Sender) -> None:
        for start, end in pieces(self._cursor, goal):
            now = _now()
            for delivery in deliveries(self.plan, self.rules, start, end):
                for event in as_sent(delivery, now):
                    self._send(event, sender)
            if self.stopping.is_set():
                return
            self._cursor = end
            self._say_now_and_then(sender)

    def _send(self, event: Json, sender: Sender) -> None:
        while not self.stopping.is_set():
            with suppress(BufferFull):
                sender.send(event, _EVERY_SECONDS)
                return

    def _say_now_and_then(self, sender: Sender) -> None:
        now = _now()
        if now - self._said < _SAY_EVERY:
            return
        self._said = now
        at_work = len(stays(self.plan, self.rules, self._cursor, self._cursor + 1))
        _tell(line(self._local(now), self._local(self._cursor), sender.counts, sender.waiting, (at_work, self.plan.workers)))

    def _local(self, micros: int) -> datetime:
        return to_datetime(micros).astimezone(ZoneInfo(self.rules.timezone))


@contextmanager
def _stopped_by_signals() -> Iterator[threading.Event]:
    """An event that Ctrl+C and SIGTERM set: what is under way ends in good order."""
    stopping = threading.Event()
    before = {number: signal.signal(number, lambda _number, _frame: stopping.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stopping
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _now() -> int:
    return to_micros(datetime.now(UTC))


def _tell(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")
