"""The page's filters: what its address says."""

from dataclasses import dataclass
from datetime import date
from typing import Literal
from urllib.parse import parse_qs

from metrics.kpis import FACTORY_FIGURES

RANGES = ("today", "shift", "last-shift", "yesterday", "7d", "custom", "all")
DEFAULT_SITE = "main"
DEFAULT_METRIC = "average_utilization_percentage"


@dataclass(frozen=True, slots=True)
class Filters:
    """first, last: the local days of a custom range, both included. station_ids, station_types, worker_ids: empty for all. by: whose lanes a timeline has.
    metric: by which of the factory's figures sites are ranked."""

    site_id: str = DEFAULT_SITE
    range: str = "today"
    first: date | None = None
    last: date | None = None
    station_ids: tuple[str, ...] = ()
    station_types: tuple[str, ...] = ()
    worker_ids: tuple[str, ...] = ()
    by: Literal["worker", "station"] = "worker"
    metric: str = DEFAULT_METRIC

    @classmethod
    def from_query(cls, search: str | None) -> "Filters":
        """Filters from an address's query string; values that mean nothing are dropped.

        "?range=custom&from=2026-01-05&to=2026-01-07&station=S1&station=S2&type=assembly&worker=W1"
        """
        query = parse_qs((search or "").lstrip("?"))
        wanted, metric = _last(query, "range"), _last(query, "metric")
        first, last = _day(_last(query, "from")), _day(_last(query, "to"))
        if wanted == "custom" and first and last:
            first, last = min(first, last), max(first, last)
        else:
            first = last = None
        dated = wanted in RANGES and (wanted != "custom" or first is not None)
        return cls(
            site_id=_last(query, "site") or DEFAULT_SITE,
            range=wanted if dated and wanted else "today",
            first=first,
            last=last,
            station_ids=_all(query, "station"),
            station_types=_all(query, "type"),
            worker_ids=_all(query, "worker"),
            by="station" if _last(query, "by") == "station" else "worker",
            metric=metric if metric in FACTORY_FIGURES else DEFAULT_METRIC,
        )


def _last(query: dict[str, list[str]], key: str) -> str | None:
    return query[key][-1] if query.get(key) else None


def _all(query: dict[str, list[str]], key: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(query.get(key, ())))


def _day(text: str | None) -> date | None:
    try:
        day = date.fromisoformat(text or "")
    except ValueError:
        return None
    # Outside these years there are no events (api.md), and arithmetic with time zones overflows.
    return day if 2000 <= day.year < 2200 else None
