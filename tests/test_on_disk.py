"""No event is acknowledged while the database has anything of it that is not on disk: what the system was asked to do, in order (T2)."""

import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field

import pytest
from server_process import Server, until
from soaking import SOAKING

pytestmark = pytest.mark.timeout(600)

_ONE_BY_ONE, _BATCHES = (200, 100) if SOAKING else (12, 6)
_A_BATCH = 50
_CALLS = "pwrite64,write,writev,pwritev,fsync,fdatasync,recvfrom,read,recvmsg,sendto,sendmsg"
_CALL = re.compile(r"^(?P<thread>\d+) +(?:<\.\.\. )?(?P<name>\w+)(?P<resumed> resumed>)?(?:\(\d+<(?P<path>[^>]*)>)?(?P<rest>.*)$")
_TAKEN, _ACKNOWLEDGED = re.compile(r'"POST /api/events'), re.compile(r'"HTTP/1\.1 20[01]')


@dataclass
class Watcher:
    """Reads a trace: whether the thread that stored a request had all it wrote synced when the answer left.

    Only one request is under way at a time, and nothing else is stored when it comes, so the first thread to write is the one that
    stores it; the refresher follows on its own.
    """

    database: str
    unsynced: set[str] = field(default_factory=set)
    syncing: dict[str, set[str]] = field(default_factory=dict)
    storing: str | None = None
    under_way: bool = False
    acknowledged: int = 0
    too_early: list[str] = field(default_factory=list)

    def read(self, lines: Iterable[str]) -> None:
        for line in lines:
            if call := _CALL.match(line):
                self._call(line, **call.groupdict())

    def _call(self, line: str, thread: str, name: str, resumed: str | None, path: str | None, rest: str) -> None:
        unfinished = rest.endswith("<unfinished ...>")
        if name in ("fsync", "fdatasync"):
            self._sync(thread, begins=resumed is None, ends=not unfinished)
        elif resumed is None and path is not None and self._is_data(path) and "write" in name:
            self.unsynced.add(thread)
            if self.under_way and self.storing is None:
                self.storing = thread
        elif _TAKEN.search(rest):
            self.under_way, self.storing = True, None
        elif self.under_way and resumed is None and _ACKNOWLEDGED.search(rest):
            self.under_way = False
            self.acknowledged += 1
            if self.storing is None or self.storing in self.unsynced:
                self.too_early.append(line)

    def _is_data(self, path: str) -> bool:
        """What a commit stands in. A checkpoint, which copies it into the database's file later on, promises nothing."""
        return path in (f"{self.database}-wal", f"{self.database}-journal")

    def _sync(self, thread: str, *, begins: bool, ends: bool) -> None:
        """What had been written when a sync began is on disk when it ends."""
        if begins:
            self.syncing[thread] = set(self.unsynced)
        if ends:
            self.unsynced -= self.syncing.pop(thread, set())


def event(number: int) -> dict[str, object]:
    at = f"2026-01-15T{10 + number // 3_600}:{number // 60 % 60:02}:{number % 60:02}Z"
    return {"timestamp": at, "worker_id": "W1", "workstation_id": "S1", "event_type": "working"}


def at_rest(server: Server) -> bool:
    """Whether all that was stored is refreshed."""
    return not server.rows("SELECT 1 FROM invalidations")


def test_nothing_is_acknowledged_before_it_is_on_disk(tmp_path, record_property):
    strace = shutil.which("strace")
    assert strace, "strace is needed: install it, or run make test, which does"
    trace, database = tmp_path / "trace", tmp_path / "factory.db"
    server = Server(database, under=(strace, "-f", "-y", "-q", "-s", "40", "-e", f"trace={_CALLS}", "-o", str(trace)))
    try:
        server.start()
        for number in range(_ONE_BY_ONE):
            assert server.call("POST", "/api/events", event(number))[0] == 201
            until(lambda: at_rest(server))
        for number in range(_BATCHES):
            assert server.call("POST", "/api/events/batch", [event(_ONE_BY_ONE + _A_BATCH * number + at) for at in range(_A_BATCH)])[0] == 200
            until(lambda: at_rest(server))
    finally:
        server.clean_up()
    watcher = Watcher(str(database))
    watcher.read(trace.read_text(errors="replace").splitlines())
    assert watcher.acknowledged == _ONE_BY_ONE + _BATCHES
    assert watcher.too_early == []
    record_property("acknowledgements", watcher.acknowledged)
    record_property("before the disk had it", 0)
