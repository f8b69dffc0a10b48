"""Refused payloads taken up again, as if they were sent now."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from sqlalchemy import select

from data_layer.catalog import Catalog
from data_layer.engine import Database
from data_layer.refused import OPEN, REPLAYED, shown_at
from data_layer.tables import quarantine as table
from ingest import quarantine
from ingest.event import Rejection, TooMany, Unparseable
from ingest.forms import form_of
from ingest.parse import parse
from ingest.writer import Receipt, Unavailable, Writer

#: Entries taken up in one go; each waits for its commit.
MOST_AT_ONCE = 200


class UnknownEntry(LookupError):
    """There is no such entry in the quarantine."""

    def __init__(self, quarantine_id: int) -> None:
        super().__init__(f"There is no quarantine entry {quarantine_id}.")


class ReplayedAlready(ValueError):
    """The entry was taken up before."""

    def __init__(self, quarantine_id: int) -> None:
        super().__init__(f"Quarantine entry {quarantine_id} was replayed already.")


class Barred(ValueError):
    """Whoever sent the entry may not send it, and nobody lends them the right."""

    def __init__(self, quarantine_id: int) -> None:
        super().__init__(f"Quarantine entry {quarantine_id} can't be replayed: this event was sent with a key that may not send it.")


class StillRefused(ValueError):
    """The payload is refused as before; the text is a sentence that says why. rejected: its events, where they could be told apart."""

    def __init__(self, sentence: str, rejected: Sequence[Rejection] = ()) -> None:
        super().__init__(sentence)
        self.rejected = rejected


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of many entries. taken_up: how many, with `new` and `repeated` events. refused: why others could not be.

    reached: the quarantine_id after which to go on; None when there are no more.
    """

    taken_up: int
    new: int
    repeated: int
    refused: tuple[str, ...]
    reached: int | None


@dataclass(frozen=True)
class Replays:
    """Takes payloads up again. now: the clock, in µs."""

    database: Database
    catalog: Catalog
    writer: Writer
    now: Callable[[], int]

    def replay(self, quarantine_id: int) -> Receipt:
        """Take up one entry. Raises UnknownEntry, ReplayedAlready, Barred, StillRefused, Unavailable."""
        with self.database.read() as connection:
            entry = quarantine.entry(connection, quarantine_id)
        if entry is None:
            raise UnknownEntry(quarantine_id)
        if entry["status"] == REPLAYED:
            raise ReplayedAlready(quarantine_id)
        if entry["status"] == quarantine.BARRED:
            raise Barred(quarantine_id)
        return self._taken_up(quarantine_id, entry["payload"])

    def try_one(self, quarantine_id: int) -> Outcome:
        """Take up one entry, and tell what came of it."""
        return self._tried([(quarantine_id, lambda: self.replay(quarantine_id))])

    def try_all(self, site_id: str, after: int = 0) -> Outcome:
        """Take up a site's open entries beyond the quarantine_id `after`, the oldest first, MOST_AT_ONCE at most, and tell what came of them."""
        entries = self._open(site_id, after)
        attempts = [(entry_id, partial(self._taken_up, entry_id, payload)) for entry_id, payload in entries[:MOST_AT_ONCE]]
        return self._tried(attempts, more=len(entries) > MOST_AT_ONCE)

    @staticmethod
    def _tried(attempts: Sequence[tuple[int, Callable[[], Receipt]]], *, more: bool = False) -> Outcome:
        receipts, refused = [], []
        for _, attempt in attempts:
            try:
                receipts.append(attempt())
            except (UnknownEntry, ReplayedAlready, Barred, StillRefused) as error:
                refused.append(str(error))
            except Unavailable as error:
                # Nor would the next ones be stored.
                refused.append(str(error))
                break
        new, repeated = sum(receipt.new for receipt in receipts), sum(receipt.repeated for receipt in receipts)
        return Outcome(len(receipts), new, repeated, tuple(refused), attempts[len(receipts) + len(refused) - 1][0] if more else None)

    def _open(self, site_id: str, after: int) -> list[tuple[int, str]]:
        with self.database.read() as connection:
            statement = select(table.c.quarantine_id, table.c.payload).where(shown_at(site_id), table.c.status == OPEN, table.c.quarantine_id > after)
            found = connection.execute(statement.order_by(table.c.quarantine_id).limit(MOST_AT_ONCE + 1))
            return [(row[0], row[1]) for row in found]

    def _taken_up(self, quarantine_id: int, payload: str) -> Receipt:
        try:
            parsed = parse(form_of(payload), payload.encode(), self.catalog.known, self.now())  # type: ignore[arg-type]  # a Site has a timezone
        except (Unparseable, TooMany) as error:
            raise StillRefused(f"The payload still can't be read: {error}") from None
        if parsed.rejected:
            raise StillRefused(f"Still refused: {parsed.rejected[0].detail}", parsed.rejected)
        receipt = self.writer.submit(parsed, replay_of=quarantine_id)
        if receipt.rejected:
            raise StillRefused(f"Still refused: {receipt.rejected[0].detail}", receipt.rejected)
        return receipt
