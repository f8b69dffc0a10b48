"""A month of a factory's events, or another stretch of days, the same each time: 100 workers in two shifts at 100 stations, in order of time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

WORKERS = STATIONS = 100
TIMEZONE = "Europe/Berlin"
FIRST_DAY = date(2026, 3, 2)
DAYS = 33
LAST_DAY = FIRST_DAY + timedelta(days=DAYS - 1)

#: Two shifts a day with a break each; a camera's silence of more than an hour is no signal.
SITE = {
    "timezone": TIMEZONE,
    "signal_timeout_seconds": 3600,
    "shifts": [
        {"name": "early", "start": "06:00", "end": "14:00", "breaks": [{"start": "10:00", "end": "10:30"}]},
        {"name": "late", "start": "14:00", "end": "22:00", "breaks": [{"start": "18:00", "end": "18:30"}]},
    ],
}

_SHIFT_STARTS = (6, 14)
_SHIFT_MILLIS = 8 * 3_600_000
_KINDS = np.array(["working", "product_count", "idle", "absent"])
_SHARES = (0.45, 0.3, 0.2, 0.05)
_STATIONS_A_SHIFT = 3
_WORKERS_A_CAMERA = 10


@dataclass(frozen=True)
class History:
    """Events as columns, in order of time. at: ms since 1970-01-01 UTC. worker, station: numbers from 0."""

    at: NDArray[np.int64]
    worker: NDArray[np.int64]
    station: NDArray[np.int64]
    kind: NDArray[np.str_]
    units: NDArray[np.int64]
    confidence: NDArray[np.float64]

    def first(self, events: int) -> "History":
        """The earliest so many of them."""
        return self.between(0, events)

    def between(self, begin: int, end: int) -> "History":
        """Those with numbers from `begin` up to `end`."""
        return History(*(getattr(self, column.name)[begin:end] for column in fields(self)))


def history(events: int, days: int = DAYS, seed: int = 1, first_day: date = FIRST_DAY) -> History:
    """So many events, spread evenly over all workers, so many days and the shifts; no two of a worker at the same instant."""
    chance = np.random.default_rng(seed)
    number = np.arange(events)
    worker, day, ordinal = number % WORKERS, number // WORKERS % days, number // (WORKERS * days)
    a_shift = -(-events // (WORKERS * days))
    # One event in each slice of the shift, somewhere in it.
    at = _shift_starts(first_day, days)[day, worker % 2] + ((ordinal + 0.95 * chance.random(events)) * (_SHIFT_MILLIS / a_shift)).astype(np.int64)
    station = (worker + ordinal * _STATIONS_A_SHIFT // a_shift) % STATIONS
    kind = _KINDS[chance.choice(len(_KINDS), events, p=_SHARES)]
    units, confidence = chance.integers(1, 6, events), chance.integers(60, 101, events) / 100
    by_time = np.lexsort((worker, at))
    return History(at[by_time], worker[by_time], station[by_time], kind[by_time], units[by_time], confidence[by_time])


def _shift_starts(first_day: date, days: int) -> NDArray[np.int64]:
    """Starts of the shifts in ms, by day and shift."""
    midnights = [datetime.combine(first_day + timedelta(days=day), datetime.min.time(), ZoneInfo(TIMEZONE)) for day in range(days)]
    return np.array([[int(midnight.replace(hour=hour).timestamp() * 1000) for hour in _SHIFT_STARTS] for midnight in midnights])


def encoded(events: History, *, client_ids: bool = False) -> list[bytes]:
    """Each event as JSON. client_ids: whether cameras give events ids of their own."""
    times = np.datetime_as_string(events.at.astype("datetime64[ms]"), unit="ms").tolist()
    columns = (times, events.worker.tolist(), events.station.tolist(), events.kind.tolist(), events.units.tolist(), events.confidence.tolist())
    made = []
    for number, (time, worker, station, kind, units, confidence) in enumerate(zip(*columns, strict=True)):
        count = f',"count":{units}' if kind == "product_count" else ""
        identity = f',"camera_id":"C{worker // _WORKERS_A_CAMERA:02}","event_id":"{number:012x}"' if client_ids else ""
        made.append(
            f'{{"timestamp":"{time}Z","worker_id":"W{worker + 1:03}","workstation_id":"S{station + 1:03}","event_type":"{kind}",'
            f'"confidence":{confidence}{count}{identity}}}'.encode()
        )
    return made


def batches(events: Sequence[bytes], size: int) -> Iterator[bytes]:
    """JSON arrays of so many events each."""
    for begin in range(0, len(events), size):
        yield b"[" + b",".join(events[begin : begin + size]) + b"]"
