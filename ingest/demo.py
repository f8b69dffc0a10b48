"""Demo data: six workers at six workstations, made up day by day, the same whenever they are made.

08:00           coffee              12:00    13:00                        17:00
working ─ idle ─ working ─ idle ─ … absent   working ─ idle ─ working ─ … absent
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from random import Random
from typing import NamedTuple
from zoneinfo import ZoneInfo

from ingest.event import Event
from metrics.units import to_micros

SOURCE = "demo"
WORKERS: list[tuple[str, str, str]] = [
    ("W1", "Alice Johnson", "S1"),
    ("W2", "Bob Smith", "S2"),
    ("W3", "Carol Diaz", "S3"),
    ("W4", "David Lee", "S4"),
    ("W5", "Emma Novak", "S5"),
    ("W6", "Frank Okafor", "S6"),
]
STATIONS: list[tuple[str, str, str]] = [
    ("S1", "Assembly Line 1", "assembly"),
    ("S2", "Assembly Line 2", "assembly"),
    ("S3", "Quality Inspection", "inspection"),
    ("S4", "Packaging A", "packaging"),
    ("S5", "Packaging B", "packaging"),
    ("S6", "Final Test", "inspection"),
]

_PAST_DAYS = 2
_HALVES = ((time(8), time(12)), (time(13), time(17)))
_UNITS_PER_HOUR = {"S1": 24, "S2": 22, "S3": 31, "S4": 42, "S5": 38, "S6": 18}
_NEIGHBOUR = {"S1": "S2", "S2": "S1", "S3": "S6", "S4": "S5", "S5": "S4", "S6": "S3"}
_IDLE_SHARE = {"W1": 0.10, "W2": 0.15, "W3": 0.12, "W4": 0.20, "W5": 0.17, "W6": 0.26}
_IDLE_MINUTES = 6.5  # a pause, on average
_HELPING = 0.3  # half days in which a worker helps next door for one stretch
_COUNTING = 0.7  # re-statements that are finished units rather than "still working"
_EVERY = (5.0, 9.0)  # minutes between two signals of somebody who is present


class _Moment(NamedTuple):
    wall: datetime  # naive, on the site's clock
    event_type: str
    station: str
    units: int


def demo_events(now: datetime, timezone: str, since: datetime | None = None, site_id: str = "main") -> list[Event]:
    """The demo site's events up to `now`, in the order of time: two past local days and today, every weekday alike.

    now, since: aware. since: instead, all events from this moment on, however long ago. A later call makes the same events
    and more: those of a local date and worker depend on nothing else. timezone: the site's IANA zone.
    """
    zone = ZoneInfo(timezone)
    today = now.astimezone(zone).date()
    first = today - timedelta(days=_PAST_DAYS) if since is None else since.astimezone(zone).date()
    days = [first + timedelta(days=number) for number in range((today - first).days + 1)]
    earliest = -1 if since is None else to_micros(since)
    latest = to_micros(now)
    made = (event for day in days for worker, _, home in WORKERS for event in _worker_day(site_id, day, zone, worker, home))
    return sorted((event for event in made if earliest <= event.timestamp <= latest), key=lambda event: (event.timestamp, event.worker_id))


def _worker_day(site_id: str, day: date, zone: ZoneInfo, worker: str, home: str) -> Iterator[Event]:
    chance = Random(f"{day.isoformat()}/{worker}")  # noqa: S311 - repeatable, not secret  # nosec B311
    moments = [moment for start, end in _HALVES for moment in _half_day(chance, datetime.combine(day, start), datetime.combine(day, end), worker, home)]
    for number, moment in enumerate(moments, start=1):
        yield Event(
            site_id=site_id,
            worker_id=worker,
            timestamp=to_micros(moment.wall.replace(tzinfo=zone)),
            event_type=moment.event_type,
            station_id=moment.station,
            count=moment.units,
            confidence=round(chance.uniform(0.75, 0.99), 2),
            source=SOURCE,
            client_event_id=f"demo-{day.isoformat()}-{worker}-{number:04}",
            camera_id=None,
            model_name=None,
            model_version=None,
            sent_at=None,
        )


def _half_day(chance: Random, start: datetime, end: datetime, worker: str, home: str) -> Iterator[_Moment]:
    """From arriving to leaving: stretches of work with pauses between them, then absent."""
    arrives = start + _minutes(chance.uniform(0, 3))
    leaves = end - _minutes(chance.uniform(0, 2))
    present = (leaves - arrives).total_seconds() / 60
    idle = present * _IDLE_SHARE[worker] * chance.uniform(0.82, 1.14)
    pauses = max(2, round(idle / _IDLE_MINUTES))
    work = _shares(chance, present - idle, pauses + 1)
    rest = [*_shares(chance, idle, pauses), 0.0]
    helping = chance.randrange(1, pauses) if chance.random() < _HELPING else None
    begins = arrives
    for index, (busy, pause) in enumerate(zip(work, rest, strict=True)):
        station = _NEIGHBOUR[home] if index == helping else home
        yield from _working(chance, begins, busy, station)
        begins += _minutes(busy)
        if pause:
            yield from _idle(chance, begins, pause, station)
            begins += _minutes(pause)
    yield _Moment(leaves, "absent", home, 0)


def _working(chance: Random, begins: datetime, minutes: float, station: str) -> Iterator[_Moment]:
    """A stretch of work: its beginning, then finished units and re-statements."""
    yield _Moment(begins, "working", station, 0)
    per_minute = _UNITS_PER_HOUR[station] / 60 * chance.uniform(0.85, 1.15)
    counted = 0.0
    for offset in _signals(chance, minutes):
        if chance.random() < _COUNTING:
            count = max(1, round((offset - counted) * per_minute))
            counted = offset
            yield _Moment(begins + _minutes(offset), "product_count", station, count)
        else:
            yield _Moment(begins + _minutes(offset), "working", station, 0)


def _idle(chance: Random, begins: datetime, minutes: float, station: str) -> Iterator[_Moment]:
    for offset in (0.0, *_signals(chance, minutes)):
        yield _Moment(begins + _minutes(offset), "idle", station, 0)


def _signals(chance: Random, minutes: float) -> Iterator[float]:
    """Minutes into a stretch at which a camera repeats what it sees, none in the stretch's last minute."""
    offset = chance.uniform(*_EVERY)
    while offset < minutes - 1:
        yield offset
        offset += chance.uniform(*_EVERY)


def _shares(chance: Random, total: float, parts: int) -> list[float]:
    weights = [chance.uniform(0.5, 1.5) for _ in range(parts)]
    return [total * weight / sum(weights) for weight in weights]


def _minutes(minutes: float) -> timedelta:
    """A length of time in whole milliseconds, as cameras report it."""
    return timedelta(milliseconds=round(minutes * 60_000))
