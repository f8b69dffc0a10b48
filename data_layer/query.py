"""The questions that can be asked of a site's metrics, and the shape of the answers."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricsQuery:
    """A window `[start, end)` and filters over one site (metrics.md rule 4).

    Times are aware and UTC. Left out, `start` is the site's first visible event and `end` takes in every event.
    as_of: counts states that are still open up to this moment (rule 5).
    """

    site_id: str = "main"
    start: datetime | None = None
    end: datetime | None = None
    as_of: datetime | None = None
    worker_ids: tuple[str, ...] = ()
    station_ids: tuple[str, ...] = ()
    station_types: tuple[str, ...] = ()
    shift: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesQuery(MetricsQuery):
    """A window split into buckets (a name of metrics.series.BUCKETS). by: worker, workstation or site. metrics: the figures wanted, () for all."""

    bucket: str = "1h"
    by: str = "site"
    metrics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineQuery(MetricsQuery):
    """A window whose states are wanted. by: worker or workstation."""

    by: str = "worker"


@dataclass(frozen=True, slots=True)
class Revision:
    """How far the derived data of some sites have come.

    number: grows with each change of what a metrics call may answer. stale: whether acknowledged events are not in it yet.
    settled: whether no other events had been stored when it was answered: ragged ends of a window are counted from them directly.
    mark: tells it from one of the same number in another database, or in this one before it was restored.
    """

    number: int
    stale: bool
    settled: bool = True
    mark: int = 0


class TooMuch(ValueError):
    """An answer would be larger than one may be; the text is a sentence that says what to ask instead."""


class MadeElsewhere(TooMuch):
    """A site's figures are made by a server of its own, which tells us sums alone; the text is a sentence that says where these are."""


class NotKept(TooMuch):
    """An answer would need what is no longer kept; the text is a sentence that says what can be asked."""


@dataclass(frozen=True, slots=True)
class SiteMetrics:
    """Figures of one or more sites: rows carry the field names of docs/metrics.md.

    factory: of all the sites together; of several, with `sites` for each. revision: the data revision that the figures were read
    at. stale: whether acknowledged events were not in them yet. settled, mark: as in Revision.
    """

    factory: Row
    workers: list[Row] = field(default_factory=list)
    workstations: list[Row] = field(default_factory=list)
    revision: int = 0
    stale: bool = False
    settled: bool = True
    mark: int = 0


@dataclass(frozen=True, slots=True)
class CurrentState:
    """What a worker does now: working, idle, absent or no_signal (rule 5), where, and since when."""

    worker_id: str
    state: str
    station_id: str | None
    since: datetime | None
