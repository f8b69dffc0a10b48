"""Several servers on one database, at a database server of their own that may be killed; and what stands before and between them."""

import os
import re
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
from on_servers import WANTED, new_database
from server_process import ROOT, Door, Server, alive, until
from sqlalchemy import URL, NullPool, create_engine, make_url

from data_layer.engine import Database
from data_layer.rebuild import rebuild
from scripts.servers import SERVERS, Running
from scripts.servers import Server as Kind

_KINDS = {kind.name: kind for kind in SERVERS}


def _installed(name: str) -> Kind:
    """A kind of server that tests begin themselves. Where everything must be played, one that is missing is a failure."""
    kind = _KINDS[name]
    if kind.found() is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"{name} is missing: install the package {kind.package}")
    return kind


def shown(url: URL) -> str:
    """An address as a setting, with its password."""
    return url.render_as_string(hide_password=False)


@dataclass
class Store:
    """A database server of its own, which waits for its disk as in earnest."""

    running: Running

    def database(self) -> URL:
        """The address of a new database without tables."""
        address = make_url(self.running.address)
        engine = create_engine(address, isolation_level="AUTOCOMMIT", poolclass=NullPool)
        with engine.connect() as connection:
            return address.set(database=new_database(connection))

    def stop(self, sign: signal.Signals) -> None:
        """Have it end; with SIGKILL each of its processes at once."""
        main = self.running.processes[-1]
        whole = [main.pid, *(child.pid for child in psutil.Process(main.pid).children(recursive=True))]
        for pid in whole if sign == signal.SIGKILL else [main.pid]:
            os.kill(pid, sign)
        main.wait(60)
        until(lambda: not any(map(alive, whole)))

    def begin(self) -> None:
        """Begin again on what is stored."""
        self.running.begin()
        self.running.wait()


@contextmanager
def store(name: str = WANTED) -> Iterator[Store]:
    """A database server of the kind that the tests are run on, or another server."""
    kind = _installed(name)
    with tempfile.TemporaryDirectory(prefix="factory-chaos-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        running = Running(kind, Path(folder) / kind.name, durable=True)
        running.begin()
        try:
            running.wait()
            yield Store(running)
        finally:
            running.end()


@dataclass
class Instances:
    """Servers on one database. url: where it is, whatever stands between it and them."""

    url: URL
    servers: list[Server]

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """What the database says."""
        with create_engine(self.url, poolclass=NullPool).connect() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(statement)]

    def count(self) -> int:
        """Events that each server's figures tell of, once they agree and nothing is left to refresh."""
        until(lambda: not self.rows("SELECT 1 FROM invalidations"))
        told = {server.call("GET", "/api/metrics/factory?to=2026-07-01")[1]["total_events"] for server in self.servers}
        assert len(told) == 1
        return told.pop()

    def end(self) -> None:
        """End the servers; there must be no stack in their logs, and no derived row that is not that of a rebuild."""
        for server in self.servers:
            code = server.terminate()
            assert code == 0, (code, server.log()[-2000:])
            # The pool shows the stack of a connection that is cut at the very moment that it is given back, and throws it away.
            records = re.split(r"^(?=\d{4}-)", server.log(), flags=re.MULTILINE)
            stacks = [record for record in records if "Traceback" in record and " sqlalchemy.pool" not in record]
            assert not stacks, stacks
        database = Database(shown(self.url))
        try:
            assert [(table.table, table.differing) for table in rebuild(database) if table.differing] == []
        finally:
            database.close()


@contextmanager
def instances(folder: Path, url: URL, addresses: Sequence[URL], **environment: str) -> Iterator[Instances]:
    """A server for each of these addresses of the database at `url`, ready."""
    names = [f"instance-{number}" for number in range(len(addresses))]
    made = [Server(folder / name, url=shown(address)) for name, address in zip(names, addresses, strict=True)]
    try:
        with ThreadPoolExecutor() as several:
            list(several.map(lambda server: server.start(DATA_FOLDER=str(folder), **environment), made))
        yield Instances(url, made)
    finally:
        for server in made:
            server.clean_up()


@contextmanager
def nginx(servers: Sequence[Server]) -> Iterator[Door]:
    """The proxy of deploy/nginx.conf before two servers."""
    program, door = _installed("nginx").found() or "", Door()
    with tempfile.TemporaryDirectory(prefix="factory-nginx-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        places = {"127.0.0.1:8080": f"127.0.0.1:{door.port}", "/run/factory-nginx.pid": f"{folder}/pid", "http {": _temporary(folder)}
        configuration = (ROOT / "deploy" / "nginx.conf").read_text()
        for of_the_example, ours in {**{f"127.0.0.1:{5001 + number}": f"127.0.0.1:{server.port}" for number, server in enumerate(servers)}, **places}.items():
            assert of_the_example in configuration
            configuration = configuration.replace(of_the_example, ours)
        file, log = Path(folder) / "nginx.conf", Path(folder) / "log"
        file.write_text(configuration)
        with log.open("w") as out:
            process = subprocess.Popen([program, "-c", str(file), "-p", folder, "-g", "daemon off; error_log stderr;"], stdout=out, stderr=out)
        try:
            until(lambda: process.poll() is not None or _answers(door))
            assert process.poll() is None, log.read_text()
            yield door
        finally:
            process.terminate()
            process.wait(60)


def _temporary(folder: str) -> str:
    """What doesn't fit into memory, in a folder that needs no root."""
    return "http {" + "".join(f" {what}_temp_path {folder}/{what};" for what in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))


def _answers(door: Door) -> bool:
    try:
        return door.ask("GET", "/health")[0] == 200
    except OSError:
        return False
