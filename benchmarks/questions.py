"""The metrics calls that are timed, over windows of a day to a year, and the same question by other means."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from benchmarks.dataset import TIMEZONE

LENGTHS = {"a day": 1, "7 days": 7, "31 days": 31, "90 days": 90, "a year": 365}
A_MONTH = 31
#: Within hours, since those between full hours are sums that are there already.
_BEGIN, _END = time(9, 17, 23), time(13, 41, 7)


@dataclass(frozen=True)
class Window:
    """begin, end: local times. days: about how long it is."""

    name: str
    days: int
    begin: datetime
    end: datetime

    @property
    def is_ragged(self) -> bool:
        """Whether it begins and ends within hours."""
        return self.begin.time() == _BEGIN

    @property
    def query(self) -> str:
        """As the API takes it."""
        return f"from={self.begin.replace(tzinfo=None).isoformat()}&to={self.end.replace(tzinfo=None).isoformat()}"


def windows(today: date) -> list[Window]:
    """Each length once between midnights and once ragged; all end where the events end, or in the midst of them."""
    found = []
    for name, days in LENGTHS.items():
        for kind, last, begin, end in (("between midnights", today, time(), time()), ("ragged", today - timedelta(days=1), _BEGIN, _END)):
            first = last - timedelta(days=days)
            found.append(Window(f"{name}, {kind}", days, _local(first, begin), _local(last, end)))
    return found


def _local(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, ZoneInfo(TIMEZONE))


#: Each call's path; the window is to be added.
WORKERS = "workers"
CALLS = {
    WORKERS: "/api/metrics/workers?",
    "one worker": "/api/metrics/workers/W017?",
    "workstations": "/api/metrics/workstations?",
    "one workstation": "/api/metrics/workstations/S017?",
    "factory": "/api/metrics/factory?",
    "series by day": "/api/metrics/series?bucket=1d&by=site&",
}

#: The same as the first of them, asked of raw events.
BY_DUCKDB, BY_PLAIN_LOOP = "workers by DuckDB", "workers by a plain loop"
