"""Starting, importing, rebuilding, and the disk that it takes."""

import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

from benchmarks.figures import Figure
from benchmarks.server import ROOT, serving
from benchmarks.workbench import Imported, Workbench

SECTION = "running"
_START_TARGET_SECONDS = 5
_MEMORY_TARGET_MB = 300


def measure(bench: Workbench) -> Iterator[Figure]:
    """Figures of a server on an empty database and on the large month."""
    with serving(bench.fresh_database()) as server:
        yield Figure(SECTION, "start to first answer, empty database", server.started_in, "s", target=_START_TARGET_SECONDS, less_is_better=True)
    imported = bench.month(bench.events)
    yield from _of_import(imported)
    with serving(imported.path) as server:
        what = f"start to first answer, {imported.events:,} events"
        yield Figure(SECTION, what, server.started_in, "s", target=_START_TARGET_SECONDS, less_is_better=True)
    yield Figure(SECTION, "disk, derived rows included", _bytes(imported.path) / imported.events, "bytes/event")
    if importlib.util.find_spec("data_layer.rebuild"):
        yield Figure(SECTION, f"rebuild of {imported.events:,} events", _rebuild(imported.path), "s")


def _of_import(imported: Imported) -> Iterator[Figure]:
    yield Figure(SECTION, f"import of {imported.events:,} events by HTTP", imported.events / imported.seconds, "events/s")
    yield Figure(SECTION, "  then all visible in metrics after", imported.lag, "s")
    if imported.memory is not None:
        yield Figure(SECTION, "  resident memory then", imported.memory, "MB", target=_MEMORY_TARGET_MB, less_is_better=True)


def _bytes(database: Path) -> int:
    """Size of a database that nobody has open, its log included."""
    return sum(file.stat().st_size for file in database.parent.glob(f"{database.name}*"))


def _rebuild(database: Path) -> float:
    """Seconds of the whole command. Raises CalledProcessError if it finds a difference."""
    began = perf_counter()
    environment = {**os.environ, "DATABASE_URL": f"sqlite:///{database}"}
    subprocess.run([sys.executable, "-m", "data_layer.rebuild"], cwd=ROOT, env=environment, capture_output=True, check=True)
    return perf_counter() - began
