"""The books of a transfer: what each acknowledged batch adds to the counts, the rejects and the state."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from ingest.sending.batch import Batch
from ingest.sending.lines import Entry
from ingest.sending.rejects import Rejects
from ingest.sending.source import Source
from ingest.sending.state import State, StateFile
from ingest.sending.tally import Outcome, Tally

#: Each save waits for the disk. What a kill leaves unsaved is sent again, and recognised by the server.
_SAVE_EVERY_SECONDS = 0.5


@dataclass
class Ledger:
    """Acknowledged batches in the order of the input. file: None keeps no state, as in a dry run."""

    source: Source
    state: State
    file: StateFile | None = None
    rejects: Rejects | None = None
    clock: Callable[[], float] = time.monotonic
    _saved_at: float = field(default=float("-inf"), init=False)
    tally: Tally = field(init=False)

    def __post_init__(self) -> None:
        self.tally = self.state.tally

    def acknowledged(self, batch: Batch, outcome: Outcome) -> None:
        """Enter what became of the next batch. Raises Unusable if the disk refuses."""
        refused = [(batch.entries[index], why) for index, why in outcome.rejected]
        refused += [(entry, entry.fault or "") for entry in batch.faulty]
        self.tally.counts.add(len(batch.entries), outcome, len(batch.faulty))
        if refused:
            self._refuse(sorted(refused, key=lambda each: each[0].line))
        self.state.offset, self.state.lines = batch.end
        if self.clock() - self._saved_at >= _SAVE_EVERY_SECONDS:
            self.save()

    def _refuse(self, refused: list[tuple[Entry, str]]) -> None:
        self.tally.refuse((entry.line, why) for entry, why in refused)
        if self.rejects is not None:
            for entry, why in refused:
                self.rejects.keep(entry, why)

    def save(self) -> None:
        """Write down how far it has come. Raises Unusable."""
        if self.rejects is not None:
            self.state.rejects, self.state.rejects_bytes = str(self.rejects.path), self.rejects.saved()
        if self.file is not None:
            self.file.save(self.state)
        self._saved_at = self.clock()

    def end(self) -> None:
        """Write down that there is nothing more to send. Raises Unusable."""
        self.state.passed = self.source.passed or 0
        self.save()
