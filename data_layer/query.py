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


@dataclass(frozen=True, slots=True)
class SiteMetrics:
    """Figures of one site: rows carry the field names of docs/metrics.md.

    revision: the data revision that the figures were read at. stale: whether acknowledged events were not in them yet.
    """

    factory: Row
    workers: list[Row] = field(default_factory=list)
    workstations: list[Row] = field(default_factory=list)
    revision: int = 0
    stale: bool = False


@dataclass(frozen=True, slots=True)
class CurrentState:
    """What a worker does now: working, idle, absent or no_signal (rule 5), where, and since when."""

    worker_id: str
    state: str
    station_id: str | None
    since: datetime | None
