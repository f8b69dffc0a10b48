"""A long time of a factory's events as files, two years if they are ten million, made day by day so that they never are in memory."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from benchmarks.dataset import FIRST_DAY as DAY_AFTER
from benchmarks.dataset import History, encoded, history

EVENTS_A_DAY = 13_700
LAST_DAY: date = DAY_AFTER - timedelta(days=1)

_DAY_MILLIS = 86_400_000
_COLUMNS = "timestamp,worker_id,workstation_id,event_type,confidence,count\n"


def days(events: int) -> Iterator[History]:
    """So many events, as many each day as 100 workers' cameras send, a day at a time and in order of time."""
    number = -(-events // EVENTS_A_DAY)
    for day in range(number):
        today = history(events * (day + 1) // number - events * day // number, days=1, seed=day)
        yield replace(today, at=today.at + (day - number) * _DAY_MILLIS)


def write_json_lines(path: Path, events: int) -> None:
    """About 130 bytes a line."""
    with path.open("wb") as file:
        for day in days(events):
            file.write(b"\n".join(encoded(day)) + b"\n")


def write_csv(path: Path, events: int) -> None:
    """About 50 bytes a line."""
    with path.open("w", encoding="utf-8") as file:
        file.write(_COLUMNS)
        for day in days(events):
            times = np.datetime_as_string(day.at.astype("datetime64[ms]"), unit="ms").tolist()
            columns = (times, day.worker.tolist(), day.station.tolist(), day.kind.tolist(), day.confidence.tolist(), day.units.tolist())
            file.writelines(
                f"{time}Z,W{worker + 1:03},S{station + 1:03},{kind},{confidence},{units if kind == 'product_count' else ''}\n"
                for time, worker, station, kind, confidence, units in zip(*columns, strict=True)
            )
