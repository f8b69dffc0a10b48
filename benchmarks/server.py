"""The real server as a process of its own, on a database of its own."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter, sleep
from typing import Any

ROOT = Path(__file__).parents[1]
_START_SECONDS = 60.0
_STOP_SECONDS = 60.0
_FRESH_SECONDS = 120.0
_POLL_SECONDS = 0.01


class Server:
    """A running server. started_in: seconds from the command to the first 200 on /ready. pid: of the parent process."""

    def __init__(self, database: Path | str, command: Sequence[str], **more: str) -> None:
        self.port = _free_port()
        address = database if isinstance(database, str) else f"sqlite:///{database}"
        settings = {"HOST": "127.0.0.1", "PORT": str(self.port), "DATABASE_URL": address, "LOG_LEVEL": "ERROR", **more}
        began = perf_counter()
        self._process = subprocess.Popen([sys.executable, *command], cwd=ROOT, env={**os.environ, **settings}, stdout=subprocess.DEVNULL)
        self.pid = self._process.pid
        self._wait_until_ready(began + _START_SECONDS)
        self.started_in = perf_counter() - began

    def _wait_until_ready(self, until: float) -> None:
        while perf_counter() < until and self._process.poll() is None:
            try:
                if self.request("GET", "/ready")[0] == 200:
                    return
            except OSError:
                pass
            sleep(_POLL_SECONDS)
        self.stop()
        raise RuntimeError("The server did not answer.")

    def request(self, method: str, path: str, body: Any = None) -> tuple[int, Any, dict[str, str]]:
        """Status, JSON and headers of an answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, None if body is None else json.dumps(body), {"Content-Type": "application/json"})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read()), dict(answer.getheaders())
        finally:
            connection.close()

    def wait_until_fresh(self, path: str) -> float:
        """Ask for metrics at `path` until nothing acknowledged is missing from them; the seconds that took. Raises RuntimeError."""
        began = perf_counter()
        while perf_counter() - began < _FRESH_SECONDS:
            if self.is_fresh(path):
                return perf_counter() - began
        raise RuntimeError(f"The metrics were still behind after {_FRESH_SECONDS:.0f} s.")

    def is_fresh(self, path: str) -> bool:
        """Whether an answer at `path` has all that was acknowledged before it was asked for. Raises RuntimeError unless it is a 200."""
        status, _, headers = self.request("GET", path)
        if status != 200:
            raise RuntimeError(f"{path} answered {status}.")
        return not any(name.lower() == "data-stale" for name in headers)

    def memory(self) -> float | None:
        """Resident memory of the server's processes in MB (10⁶ bytes); None where /proc can't tell."""
        if not Path("/proc/self/status").exists():
            return None
        return sum(int(fields.get("VmRSS", "0 kB").split()[0]) for fields in self._statuses()) * 1024 / 1e6

    def processes(self) -> list[int]:
        """The parent and its worker, where /proc can tell."""
        return [int(fields["Pid"]) for fields in self._statuses()]

    def _statuses(self) -> list[dict[str, str]]:
        found = [fields for fields in map(_status, Path("/proc").glob("[0-9]*")) if fields]
        return [fields for fields in found if str(self.pid) in (fields["Pid"], fields["PPid"])]

    def stop(self) -> None:
        """End the server and wait until it has gone."""
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()  # its worker notices, and ends too
            self._process.wait()


@contextmanager
def serving(database: Path | str, *, hold_refresher: bool = False, **settings: str) -> Iterator[Server]:
    """A server on a database, for as long as the block lasts: a file's path, or an address. hold_refresher: its figures stay as they
    were when it started. settings: further ones of the environment."""
    server = Server(database, ["-m", "benchmarks.held"] if hold_refresher else ["app.py"], **settings)
    try:
        yield server
    finally:
        server.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _status(process: Path) -> dict[str, str]:
    try:
        lines = (process / "status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return {}  # it has ended meanwhile
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}
