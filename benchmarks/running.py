"""Starting, importing, rebuilding, and the memory and disk that it takes."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

from benchmarks.figures import Figure
from benchmarks.server import ROOT, serving
from benchmarks.workbench import TEN_MILLION, Imported, Workbench

SECTION = "running"
_START_SECONDS, _MEMORY_MB, _BYTES, _REBUILD_SECONDS = 5, 300, 150, 10


def measure(bench: Workbench) -> Iterator[Figure]:
    """Figures of a server on an empty database, on a month and on a year of events."""
    yield _start(bench.fresh_database(), "empty database")
    imported = bench.month()
    yield from _of_import(imported)
    yield _disk(imported.path, imported.events)
    yield _rebuild(imported.path, imported.events)
    if bench.full:
        path = bench.year(TEN_MILLION)
        yield _start(path, f"{TEN_MILLION:,} events")
        stored = _stored(path)
        yield _disk(path, stored)
        yield _rebuild(path, stored)


def _start(database: Path, what: str) -> Figure:
    with serving(database) as server:
        return Figure(SECTION, f"start until /ready says so, {what}", server.started_in, "s", target=_START_SECONDS, less_is_better=True)


def _of_import(imported: Imported) -> Iterator[Figure]:
    yield Figure(SECTION, f"import of {imported.events:,} events by HTTP", imported.events / imported.seconds, "events/s")
    yield Figure(SECTION, "  then all visible in metrics after", imported.lag, "s")
    for what, memory in (("idle, before it", imported.idle), ("after it", imported.memory)):
        if memory is not None:
            yield Figure(SECTION, f"  resident memory, {what}", memory, "MB", target=_MEMORY_MB, less_is_better=True)


def _stored(database: Path) -> int:
    """How many events a database has: other sections posted some."""
    with serving(database) as server:
        return int(server.request("GET", "/api/metrics/factory")[1]["total_events"])


def _disk(database: Path, events: int) -> Figure:
    """Of a database that nobody has open, its log included."""
    size = sum(file.stat().st_size for file in database.parent.glob(f"{database.name}*"))
    target = _BYTES if events >= TEN_MILLION * 0.99 else None
    return Figure(SECTION, f"disk, derived rows included, {events:,} events", size / events, "bytes/event", target=target, less_is_better=True)


def _rebuild(database: Path, events: int) -> Figure:
    """The whole command. Raises CalledProcessError if it finds a difference."""
    began = perf_counter()
    environment = {**os.environ, "DATABASE_URL": f"sqlite:///{database}"}
    subprocess.run([sys.executable, "-m", "data_layer.rebuild"], cwd=ROOT, env=environment, capture_output=True, check=True)
    seconds = (perf_counter() - began) / events * 1e6
    return Figure(SECTION, f"rebuild of {events:,} events", seconds, "s/million", target=_REBUILD_SECONDS, less_is_better=True)
