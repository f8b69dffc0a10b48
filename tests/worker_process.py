"""A worker as an operator starts it: processes of its own, at a real broker."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
from server_process import ROOT, alive, until

from settings import Settings


@contextmanager
def worker(settings: Settings, *program: str, concurrency: int = 1) -> Iterator[subprocess.Popen[bytes]]:
    """A worker of its own; ended with all its processes, however they are."""
    given = {name.upper(): str(getattr(settings, name)) for name in ("database_url", "data_folder", "redis_url", "broker_url")}
    begun = program or ("-m", "celery", "-A", "jobs.worker", "worker")
    command = [sys.executable, *begun, "--concurrency", str(concurrency), "--without-gossip", "--without-mingle"]
    with subprocess.Popen(command, cwd=ROOT, env={**os.environ, **given}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL to a worker and all its processes."""
    if process.poll() is not None:
        return
    victims = [process.pid, *(child.pid for child in psutil.Process(process.pid).children(recursive=True))]
    for pid in victims:
        os.kill(pid, signal.SIGKILL)
    process.wait()
    until(lambda: not any(alive(pid) for pid in victims[1:]))
