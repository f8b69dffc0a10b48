"""The question how a figure came about, and the shape of the answer."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Literal, TypeVar

from data_layer.query import MetricsQuery
from metrics.derivations import Derivation, Unit

Of = Literal["factory", "worker", "workstation"]
#: What a row of an explanation is: an interval, span or event; or the sum of a worker, a local day or a week; or somebody registered, or at work now.
Level = Literal["interval", "worker", "day", "week", "registered", "now"]
#: Why something begins or ends: an event, the window's bound, a shift's, a break's, the moment asked about (`as_of`), or the site's last event.
Reason = Literal["event", "window", "shift", "break", "now", "last event"]

Q = TypeVar("Q", bound=MetricsQuery)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainQuery(MetricsQuery):
    """A figure (its field in docs/metrics.md) of the factory, of a worker or of a workstation (`id`), in a window."""

    of: Of
    figure: str
    id: str | None = None

    def plain(self, kind: type[Q], **changes: Any) -> Q:
        """The same window and filters as a question of another kind."""
        return kind(**{**{field.name: getattr(self, field.name) for field in fields(MetricsQuery)}, **changes})


@dataclass(frozen=True, slots=True)
class Bound:
    """Where a part begins or ends. event_id, worker_id: the visible event at exactly this instant, if `reason` is event."""

    reason: Reason
    event_id: int | None = None
    worker_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A row of what a sum is made of.

    amount: what it adds, in the unit of its sum. what: a state (working, idle, absent, no_signal), tracked, scheduled, window or, of an
    event, its type. worker_ids: whose; several where they are together at a station, none of units that no worker is named for.
    start, end: of an event, which has no length, and of a state that goes on, `end` is None; so are both of a sum over all the window.
    begins, ends: of an interval. event_id: of an event.
    """

    amount: float
    what: str | None = None
    worker_ids: tuple[str, ...] = ()
    station_id: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    begins: Bound | None = None
    ends: Bound | None = None
    event_id: int | None = None


@dataclass(frozen=True, slots=True)
class SumOfParts:
    """One of the sums that a figure is made of (a key of metrics.derivations.SUMS): its parts' amounts add up to its total."""

    key: str
    name: str
    unit: Unit
    total: float
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something that is not in a figure. amount: None where it can't be said in reasonable time."""

    name: str
    unit: Unit
    amount: float | None
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """How a figure came about.

    value: as `MetricsReader.read` gives it for the same question. numerator, denominator: of the derivation, from the totals of `sums`;
    integers (µs for time) except for a mean of percentages. sums: those of the derivation, none where it doesn't apply; a mean of
    utilizations is followed by the times that these come from. null_because: why there is no value. revision, stale: as in SiteMetrics.
    archived: whether raw events of the window have left.
    """

    query: ExplainQuery
    value: float | None
    derivation: Derivation
    numerator: float
    denominator: float | None
    sums: tuple[SumOfParts, ...]
    level: Level
    left_out: tuple[LeftOut, ...]
    null_because: str | None
    revision: int = 0
    stale: bool = False
    archived: bool = False
