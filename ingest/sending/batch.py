"""Cutting entries into batches that a request can hold."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from ingest.sending.lines import LONGEST_LINE, Entry, Place

MOST_EVENTS = 10_000
MOST_BYTES = LONGEST_LINE + 1


@dataclass(slots=True)
class Batch:
    """Entries that follow each other: those to send, and those with a fault, which stay here."""

    entries: list[Entry] = field(default_factory=list)
    faulty: list[Entry] = field(default_factory=list)

    def add(self, entry: Entry) -> None:
        """Take one more."""
        (self.entries if entry.fault is None else self.faulty).append(entry)

    @property
    def end(self) -> Place:
        """The place behind the last entry."""
        return max(Place(entry.end, entry.passed) for entries in (self.entries, self.faulty) for entry in entries[-1:])

    def __len__(self) -> int:
        return len(self.entries) + len(self.faulty)


def batches(entries: Iterable[Entry | None], most_events: int) -> Iterator[Batch | None]:
    """Batches of at most so many events and 8 MiB. Where the input is quiet: what there is of one, then None."""
    batch, size = Batch(), 0
    for entry in entries:
        if entry is None:
            if len(batch):
                yield batch
                batch, size = Batch(), 0
            yield None
            continue
        if len(batch) >= most_events or size + len(entry.text) + 1 > MOST_BYTES:
            yield batch
            batch, size = Batch(), 0
        batch.add(entry)
        size += len(entry.text) + 1
    if len(batch):
        yield batch
