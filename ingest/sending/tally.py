"""What has become of the events so far, and why those that were refused were."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec

#: Further ones are counted together: a table that nobody reads to the end must not fill the memory either.
MOST_REASONS = 200
OTHER_REASONS = "other reasons"
LINES_A_REASON = 5

#: What the server's sentences say about one event only; what is left is the same for all that are refused for this reason.
_VALUES = (
    (re.compile(r", not .*$", re.DOTALL), ", not …."),
    (re.compile(r"^(timestamp|sent_at): .* lies "), r"\1: … lies "),
    (re.compile(r"^event_id: .* was sent before with other content, .*$", re.DOTALL), "event_id: … was sent before with other content."),
    (re.compile(r": no (\w+) .* is registered at site ", re.DOTALL), r": no \1 … is registered at site "),
    (re.compile(r": there is no site .*$", re.DOTALL), ": there is no site …."),
    (re.compile(r": is not JSON: .*$", re.DOTALL), ": is not JSON."),
)


class Outcome(NamedTuple):
    """What became of the events of a request. rejected: index and reason of each that was refused."""

    new: int = 0
    repeated: int = 0
    rejected: tuple[tuple[int, str], ...] = ()

    def followed_by(self, other: "Outcome", offset: int) -> "Outcome":
        """Both outcomes as one; the other's events begin at index `offset`."""
        later = tuple((offset + index, why) for index, why in other.rejected)
        return Outcome(self.new + other.new, self.repeated + other.repeated, self.rejected + later)


class Counts(msgspec.Struct):
    """Events by what became of them: `read == sent + unsent`, `sent == new + repeated + rejected`.

    unsent: those that no request can hold, a line that is not UTF-8 for instance.
    """

    read: int = 0
    sent: int = 0
    new: int = 0
    repeated: int = 0
    rejected: int = 0
    unsent: int = 0

    def add(self, events: int, outcome: Outcome, unsent: int = 0) -> None:
        """Count the events of a request, and those that were left out of it."""
        self.read += events + unsent
        self.sent += events
        self.new += outcome.new
        self.repeated += outcome.repeated
        self.rejected += len(outcome.rejected)
        self.unsent += unsent


class Reason(msgspec.Struct):
    """How many events were refused for a reason. lines: the first of them."""

    count: int = 0
    lines: list[int] = []


@dataclass
class Tally:
    """Counts, and the reasons by sentence; what is particular to one event is an ellipsis in it."""

    counts: Counts = field(default_factory=Counts)
    reasons: dict[str, Reason] = field(default_factory=dict)

    def refuse(self, refused: Iterable[tuple[int, str]]) -> None:
        """Note the reasons: line and sentence of each."""
        for line, why in refused:
            reason = self._reason(in_general(why))
            reason.count += 1
            if len(reason.lines) < LINES_A_REASON:
                reason.lines.append(line)

    def _reason(self, sentence: str) -> Reason:
        if sentence not in self.reasons and len(self.reasons) >= MOST_REASONS:
            sentence = OTHER_REASONS
        return self.reasons.setdefault(sentence, Reason())


def in_general(detail: str) -> str:
    """A reason without what it says about one event: its values."""
    for pattern, instead in _VALUES:
        detail = pattern.sub(instead, detail)
    return detail
