"""A hundred cameras that send each of their thirty frames a second: what is left of that on the disk, and what it takes of the cores."""

import os
from collections.abc import Iterator
from pathlib import Path

from benchmarks.feed import feed
from benchmarks.figures import Figure
from benchmarks.server import serving
from benchmarks.setting_up import set_up
from benchmarks.workbench import Workbench
from data_layer.sqlite import sqlite_driver

SECTION = "frames"
_SECONDS = 60.0
_PER_SECOND = 3_000
_DAY_SECONDS = 86_400
_MOST_CORES = 1.0
_SITE = {"timezone": "UTC", "signal_timeout_seconds": 60, "state_timestamps": "whole_seconds"}


def measure(bench: Workbench) -> Iterator[Figure]:
    """A minute of it, scaled to a day."""
    path = bench.fresh_database()
    with serving(path) as server:
        set_up(server, _SITE)
        before = _cpu_seconds(server.processes())
        fed = feed(server.port, _SECONDS, _PER_SECOND).result()
        used = _cpu_seconds(server.processes()) - before
    rows, size = _stored(path)
    yield Figure(SECTION, f"100 cameras of 30 frames: {_PER_SECOND:,} events/s acknowledged", fed.per_second, "events/s", target=0.99 * _PER_SECOND)
    yield Figure(SECTION, "  left of them", rows / fed.seconds, "events/s")
    yield Figure(SECTION, "  cores of the server, refreshing included", used / fed.seconds, "cores", target=_MOST_CORES, less_is_better=True)
    yield Figure(SECTION, "  disk, derived rows included, scaled to a day", size / fed.seconds * _DAY_SECONDS / 1e9, "GB/day")


def _cpu_seconds(processes: list[int]) -> float:
    """What processes have used of the cores so far."""
    ticks = os.sysconf("SC_CLK_TCK")
    # Behind the name, which may hold blanks: state, 10 numbers, then user and system time.
    fields = [Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split() for pid in processes]
    return sum(int(one[11]) + int(one[12]) for one in fields) / ticks


def _stored(path: Path) -> tuple[int, int]:
    """Events, and bytes of the file that nobody has open any more."""
    connection = sqlite_driver().connect(path)
    try:
        rows = int(connection.execute("SELECT count(*) FROM events").fetchone()[0])
    finally:
        connection.close()
    return rows, path.stat().st_size
