"""The server as a user starts it: a process of its own, on a port of its own."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPMessage
from pathlib import Path
from typing import Any

import psutil

from data_layer.engine import Database
from data_layer.sqlite import sqlite_driver
from scripts.servers import free_port

ROOT = Path(__file__).parents[1]
_PATIENCE_SECONDS = 60.0
_GLANCE_SECONDS = 0.02


def until(condition: Callable[[], bool]) -> None:
    """Look again and again until something is so. Raises AssertionError if it never is."""
    never = threading.Event()
    for _ in range(int(_PATIENCE_SECONDS / _GLANCE_SECONDS)):
        if condition():
            return
        never.wait(_GLANCE_SECONDS)
    raise AssertionError("it never came to be")


@contextmanager
def the_only_one(database: Database, what: str) -> Iterator[None]:
    """Hold a lock of `Database.only_one`, once whoever has it now has let go."""
    with ExitStack() as stack:
        until(lambda: stack.enter_context(database.only_one(what)))
        yield


def alive(pid: int) -> bool:
    """Whether a process runs; one that only waits to be buried doesn't."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def rows(database: Path, statement: str) -> list[tuple[Any, ...]]:
    """What a database says to somebody who only reads, whoever is writing to it."""
    connection = sqlite_driver().connect(f"file:{database}?mode=ro", uri=True)
    try:
        return connection.execute(statement).fetchall()
    finally:
        connection.close()


@dataclass
class Door:
    """Where requests are answered, by a server or by what stands before some."""

    port: int = field(default_factory=free_port, kw_only=True)

    def call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Status and JSON of one request on a connection of its own. Raises OSError and HTTPException where no answer comes."""
        status, _, answer = self.ask(method, path, None if body is None else json.dumps(body).encode())
        return status, json.loads(answer)

    def ask(self, method: str, path: str, body: bytes | None = None) -> tuple[int, HTTPMessage, bytes]:
        """Status, headers and bytes of one request on a connection of its own. Raises OSError and HTTPException where no answer comes."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()


@dataclass
class Server(Door):
    """`python app.py`; `parent` watches over the one worker that serves.

    database: its SQLite file; only a name, beside which the log lies, where `url` is another database. under: a command that it is run by.
    """

    database: Path
    under: Sequence[str] = ()
    url: str = ""
    parent: subprocess.Popen[str] | None = None
    workers: list[int] = field(default_factory=list)
    log_file: Path = field(init=False)

    def __post_init__(self) -> None:
        self.log_file = self.database.with_suffix(".log")

    def launch(self, **environment: str) -> subprocess.Popen[str]:
        """Start the process, whatever comes of it."""
        given = {
            **os.environ,
            "DATABASE_URL": self.url or f"sqlite:///{self.database}",
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "THREADS": "8",
            **environment,
        }
        log = self.log_file.open("a")
        with log:
            return subprocess.Popen([*self.under, sys.executable, "app.py"], cwd=ROOT, env=given, stdout=log, stderr=log, text=True)

    def start(self, **environment: str) -> None:
        """Start, and wait until it is ready."""
        self.parent = self.launch(**environment)
        until(lambda: self._ready() or self.parent.poll() is not None)
        assert self.parent.poll() is None, self.log()
        self.workers = [child.pid for child in psutil.Process(self.parent.pid).children(recursive=True)]

    def _ready(self) -> bool:
        try:
            return self.call("GET", "/ready")[0] == 200
        except (OSError, HTTPException):
            return False

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """What the server's database says to somebody who only reads."""
        return rows(self.database, statement)

    def kill(self, victims: str) -> None:
        """SIGKILL to the parent, the worker or both; returns once all have ended."""
        assert self.parent is not None
        chosen = {"parent": [self.parent.pid], "worker": self.workers, "both": [self.parent.pid, *self.workers]}[victims]
        for pid in chosen:
            os.kill(pid, signal.SIGKILL)
        self.gone()

    def gone(self) -> int:
        """Wait until parent and worker have ended; the parent's exit code."""
        assert self.parent is not None
        code = self.parent.wait(_PATIENCE_SECONDS)
        until(lambda: not any(alive(pid) for pid in self.workers))
        return code

    def terminate(self) -> int:
        """SIGTERM, as `docker stop` and systemd send it; the exit code."""
        assert self.parent is not None
        self.parent.send_signal(signal.SIGTERM)
        return self.gone()

    def clean_up(self) -> None:
        """End what this server started and nobody else."""
        for pid in [*([self.parent.pid] if self.parent is not None and self.parent.poll() is None else []), *self.workers]:
            if alive(pid):
                os.kill(pid, signal.SIGKILL)
        if self.parent is not None:
            self.parent.wait(_PATIENCE_SECONDS)

    def log(self) -> str:
        return self.log_file.read_text()
