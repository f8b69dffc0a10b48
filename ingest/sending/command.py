"""The command `python -m ingest.send`."""

import argparse
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from ingest.sending.answers import Stopped
from ingest.sending.batch import Batch, batches
from ingest.sending.delivery import Delivery, Server, key_of_environment
from ingest.sending.ledger import Ledger
from ingest.sending.options import options_of
from ingest.sending.reading import Reading
from ingest.sending.rejects import Rejects
from ingest.sending.screen import Screen
from ingest.sending.source import PIPE, Source, Unusable, opened
from ingest.sending.state import State, StateFile
from ingest.sending.table import table
from ingest.sending.tally import Outcome
from ingest.sending.transfer import Transfer

ALL_TAKEN, SOME_REJECTED, STOPPED = 0, 1, 2


def run(arguments: Sequence[str]) -> int:
    """Send what the arguments say. The exit status: 0 all taken, 1 some rejected, 2 stopped before the end."""
    options = options_of(arguments)
    try:
        with _terminated_like_interrupted(), opened(options.file) as source:
            return _send(source, options)
    except (Unusable, Stopped) as error:
        _tell(f"{error}")
    except KeyboardInterrupt:
        _tell("Interrupted.")
    return STOPPED


def _send(source: Source, options: argparse.Namespace) -> int:
    server = Server(options.url, options.key or key_of_environment(), options.dry_run)
    reading = Reading.of(source, options.file, options.format, dict(options.column))
    file = _state_file(options)
    state = _state(source, server, file, restart=options.restart)
    if state.ended and source.size == state.passed:
        _tell(f"Nothing to send: {source.name} was acknowledged to its end; --restart sends it again.\n")
        return _concluded(state, dry_run=False)
    with ExitStack() as stack:
        rejects = None if options.rejects is None else stack.enter_context(_rejects(options, state))
        bar = sys.stderr.isatty() if options.progress is None else options.progress
        screen = Screen(bar=bar, total=source.size, begin=0 if source.packed else state.offset)
        stack.callback(screen.close)
        if state.offset:
            screen.say(f"Resuming at line {state.lines + 1:,}.")
        ledger = Ledger(source, state, file, rejects)
        stopped = _transferred(reading, ledger, server, options, screen)
    status = _concluded(state, dry_run=options.dry_run)
    if stopped is not None:
        further = f" Start again to go on at line {state.lines + 1:,}." if file and state.lines else ""
        _tell(f"\n{stopped}{further}")
    return status if stopped is None else STOPPED


def _transferred(reading: Reading, ledger: Ledger, server: Server, options: argparse.Namespace, screen: Screen) -> str | None:
    """Send everything; None, or why it ended early."""

    def acknowledged(batch: Batch, outcome: Outcome) -> None:
        ledger.acknowledged(batch, outcome)
        screen.moved(ledger.source.passed, len(batch))

    stopping = threading.Event()
    deliveries = [Delivery(server, stopping, screen.trouble, options.give_up_after) for _ in range(options.connections)]
    transfer = Transfer([delivery.deliver for delivery in deliveries], acknowledged, stopping)
    try:
        ledger.save()  # a state that can't be written is better known before anything is sent
        transfer.run(batches(reading.entries(ledger.state.place), options.batch))
        ledger.end()
    except (Unusable, Stopped, KeyboardInterrupt) as error:
        with suppress(Unusable):
            ledger.save()
        return str(error) or "Interrupted."
    finally:
        for delivery in deliveries:
            delivery.close()
    return None


def _concluded(state: State, *, dry_run: bool) -> int:
    sys.stdout.write(f"{table(state.tally, dry_run=dry_run)}\n")
    sys.stdout.flush()
    return SOME_REJECTED if state.counts.rejected or state.counts.unsent else ALL_TAKEN


def _state_file(options: argparse.Namespace) -> StateFile | None:
    if options.dry_run:
        return None
    if options.state is not None:
        return StateFile(options.state)
    return None if options.file == PIPE else StateFile(Path(f"{options.file}.sent.json"))


def _state(source: Source, server: Server, file: StateFile | None, *, restart: bool) -> State:
    """Where an earlier run has come to, or the beginning. Raises Unusable if it was about something else."""
    found = None if file is None or restart else file.load()
    if file is not None and found is not None:
        found.check(source, server.base, file.path)
        # A file that has grown since tells more of itself.
        found.head_bytes, found.head_digest = len(source.head), source.digest(len(source.head))
        return found
    return State(server.base, len(source.head), source.digest(len(source.head)))


@contextmanager
def _rejects(options: argparse.Namespace, state: State) -> Iterator[Rejects]:
    if options.file != PIPE and options.rejects.exists() and options.rejects.samefile(options.file):
        raise Unusable(f"{options.rejects} is what is to be sent: give --rejects another name.")
    kept = Rejects(options.rejects, state.rejects_bytes if state.rejects == str(options.rejects) else 0)
    try:
        yield kept
    finally:
        kept.close()


@contextmanager
def _terminated_like_interrupted() -> Iterator[None]:
    """A SIGTERM ends as Ctrl+C does: with the state saved and the table shown."""

    def interrupt(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _tell(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")
