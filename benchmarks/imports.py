"""Importing a history of years with `python -m ingest.send`: lines a second, memory on both sides, and ten kills on the way."""

import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from time import perf_counter, sleep

from benchmarks import years
from benchmarks.figures import Figure
from benchmarks.server import ROOT, Server, serving
from benchmarks.setting_up import set_up
from benchmarks.workbench import Workbench

SECTION = "import"
KILLS = 10

#: Lines of the large import for each event of the large database: ten million, if nothing else is asked for.
_LINES_AN_EVENT = 10
_TARGET = 40_000
_GLANCE_SECONDS = 0.05
_GLANCES_A_MEASUREMENT = 10
_FRESHNESS = f"/api/metrics/workers/W001?from={years.LAST_DAY}&to={years.LAST_DAY}"
_TABLE_ROWS = ("read", "sent", "new", "repeated", "rejected")


@dataclass
class Import:
    """A file on its way. seconds: of all attempts, starts included. sender, server: MB by the lines acknowledged when measured."""

    path: Path
    server: Server
    seconds: float = 0.0
    kills: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    sender: dict[int, float] = field(default_factory=dict)
    server_memory: dict[int, float] = field(default_factory=dict)
    sender_cpu: float = 0.0

    def run(self, kill_at: list[int]) -> None:
        """Send all of it; the sender is killed at each of these numbers of lines. Raises RuntimeError if something is wrong at the end."""
        began = perf_counter()
        for goal in [*kill_at, sys.maxsize]:
            self._attempt(goal)
        self.seconds = perf_counter() - began

    def _attempt(self, goal: int) -> None:
        sending = subprocess.Popen(_command(self.path, self.server), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        cpu = 0.0
        for glance in count():
            if sending.poll() is not None:
                break
            acknowledged = self._acknowledged()
            cpu = _cpu_seconds(sending.pid) or cpu
            if glance % _GLANCES_A_MEASUREMENT == 0:
                self._note(acknowledged, _peak(sending.pid))
            if acknowledged >= goal:
                sending.kill()
                self.kills += 1
                break
            sleep(_GLANCE_SECONDS)
        out = sending.communicate()[0]
        self.sender_cpu += cpu
        if sending.returncode == 0:
            rows = [line.split() for line in out.splitlines()]
            self.counts = {row[0]: int(row[1].replace(",", "")) for row in rows if row and row[0] in _TABLE_ROWS}
        elif goal == sys.maxsize or sending.returncode > 0:
            raise RuntimeError(f"The sender ended with {sending.returncode}: {out}")

    def _acknowledged(self) -> int:
        try:
            return int(json.loads(Path(f"{self.path}.sent.json").read_text(encoding="utf-8"))["lines"])
        except (OSError, KeyError):
            return 0

    def _note(self, acknowledged: int, sender: float | None) -> None:
        if sender is not None:
            self.sender[acknowledged] = sender
        resident = self.server.memory()
        if resident is not None:
            self.server_memory[acknowledged] = resident


def measure(bench: Workbench) -> Iterator[Figure]:
    """The large import as JSON lines, then a tenth of it as CSV, as a dry run and for good, each on a new database."""
    lines = bench.events * _LINES_AN_EVENT
    path = bench.directory / "history.jsonl"
    years.write_json_lines(path, lines)
    with serving(bench.fresh_database()) as server:
        set_up(server)
        yield from _killed(Import(path, server), lines)
    path.unlink()
    yield from _csv(bench, lines // 10)


def _killed(imported: Import, lines: int) -> Iterator[Figure]:
    """All kills are in the first half, so that the last attempt is long enough for a memory that grows to show."""
    chance = random.Random(1)  # repeatable, not secret  # nosec B311
    before = _server_cpu(imported.server)
    imported.run(sorted(chance.randrange(1, lines // 2) for _ in range(KILLS)))
    cpu = _server_cpu(imported.server) - before
    lag = imported.server.wait_until_fresh(_FRESHNESS)
    _check(imported, lines)
    yield Figure(SECTION, f"{lines:,} JSON lines, the sender killed {imported.kills} times", lines / imported.seconds, "lines/s", target=_TARGET)
    yield Figure(SECTION, "  of them sent again after kills", imported.counts["repeated"], "lines")
    yield Figure(SECTION, "  then all visible in metrics after", lag, "s")
    for side, memory, spent in (("sender", imported.sender, imported.sender_cpu), ("server", imported.server_memory, cpu)):
        yield Figure(SECTION, f"  {side}: CPU", spent, "s")
        if memory:
            yield Figure(SECTION, f"  {side}: most memory in the first tenth", _most(memory, 0, lines // 10), "MB")
            yield Figure(SECTION, f"  {side}: most memory in the last tenth", _most(memory, lines - lines // 10, lines), "MB")


def _csv(bench: Workbench, lines: int) -> Iterator[Figure]:
    path = bench.directory / "history.csv"
    years.write_csv(path, lines)
    with serving(bench.fresh_database()) as server:
        set_up(server)
        began = perf_counter()
        subprocess.run([*_command(path, server), "--dry-run"], cwd=ROOT, capture_output=True, check=True)
        yield Figure(SECTION, f"{lines:,} lines of CSV, dry run", lines / (perf_counter() - began), "lines/s")
        imported = Import(path, server)
        imported.run([])
        server.wait_until_fresh(_FRESHNESS)
        _check(imported, lines)
        yield Figure(SECTION, f"{lines:,} lines of CSV", lines / imported.seconds, "lines/s", target=_TARGET)
    path.unlink()


def _command(path: Path, server: Server) -> list[str]:
    """As docs/operations.md recommends it for a history."""
    return [sys.executable, "-m", "ingest.send", str(path), "--url", f"http://127.0.0.1:{server.port}", "--batch", "5000", "--connections", "6"]


def _check(imported: Import, lines: int) -> None:
    """Every line stored once, and counted once. Raises RuntimeError."""
    counts = imported.counts
    stored = imported.server.request("GET", "/api/metrics/factory")[1]["total_events"]
    if stored != lines or counts["read"] != lines or counts["sent"] != counts["new"] + counts["repeated"] or counts["rejected"]:
        raise RuntimeError(f"Of {lines:,} lines {stored:,} are stored, and the sender says {counts}.")


def _most(memory: dict[int, float], begin: int, end: int) -> float:
    return max((size for acknowledged, size in memory.items() if begin <= acknowledged <= end), default=0.0)


def _peak(pid: int) -> float | None:
    """The most memory that a process has held, in MB (10⁶ bytes); None where /proc can't tell."""
    try:
        lines = (Path("/proc") / str(pid) / "status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith("VmHWM:")), None)


def _server_cpu(server: Server) -> float:
    """CPU seconds of the server's worker and parent so far."""
    return sum(_cpu_seconds(pid) or 0.0 for pid in server.processes())


def _cpu_seconds(pid: int) -> float | None:
    try:
        fields = (Path("/proc") / str(pid) / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return None
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
