"""Where intervals begin and end: the event at that instant, or what else cut them there."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from data_layer.answer import Answer
from data_layer.explaining.queries import events_at
from data_layer.explanation import Bound, Reason
from metrics.columns import Columns


@dataclass(frozen=True)
class Bounds:
    """The bounds of intervals in the window of an answer. moments: worker, at (µs): whose event may be at which instant."""

    answer: Answer
    moments: Columns

    @cached_property
    def _events(self) -> dict[tuple[int, int], int]:
        """Ids by worker and instant. Of several at one instant the last one in the order of rule 2: its state is the one that lasts."""
        pairs = np.unique(np.stack([self.moments["worker"], self.moments["at"]]), axis=1)
        found = events_at(self.answer.frames, self.answer.site.rules, Columns({"worker": pairs[0], "at": pairs[1]}))
        keys = zip(found["worker"].tolist(), found["timestamp"].tolist(), strict=True)
        return dict(zip(keys, found["event_id"].tolist(), strict=True))

    @cached_property
    def _workers_at(self) -> dict[int, list[int]]:
        """Workers by instant, in their order."""
        found: dict[int, list[int]] = {}
        for worker, at in sorted(set(zip(self.moments["worker"].tolist(), self.moments["at"].tolist(), strict=True))):
            found.setdefault(at, []).append(worker)
        return found

    def of(self, workers: Iterable[int] | None, at: int) -> Bound:
        """Why something of some workers (None: of whoever may have an event then) begins or ends at an instant."""
        return self.event(self._workers_at.get(at, []) if workers is None else workers, at) or self.cut(at)

    def event(self, workers: Iterable[int], at: int) -> Bound | None:
        """The event of the first of some workers who has one at an instant."""
        for worker in workers:
            if (worker, at) in self._events:
                return Bound("event", self._events[worker, at], self.answer.registered.called[worker - 1])
        return None

    def cut(self, at: int) -> Bound:
        """What other than an event cuts time at an instant."""
        return Bound(next(reason for reason, instants in self._reasons if at in instants))

    @cached_property
    def _reasons(self) -> list[tuple[Reason, set[int]]]:
        answer, spans, shifts = self.answer, self.answer.schedule.spans, self.answer.schedule.shifts
        is_live = answer.query.as_of is not None
        return [
            ("now", {answer.clock} if is_live else set()),
            ("shift", {*shifts["start"].tolist(), *shifts["end"].tolist()}),
            ("break", {*spans["start"].tolist(), *spans["end"].tolist()}),
            ("window", {*answer.window.starts.tolist(), *answer.window.ends.tolist()}),
            ("last event", {answer.clock}),
        ]
