"""The servers that tests need: how each is made, begun, found ready and ended. Of Python alone: `scripts/services` runs before anything is installed."""

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

_READY_WITHIN_SECONDS = 90.0
_STOP_WITHIN_SECONDS = 2.0


Processes = list[subprocess.Popen[bytes]]


@dataclass(frozen=True)
class Place:
    """Where a server lives while it does: a folder of its own, a port on loopback, a password, and the user it runs as when started by root."""

    folder: Path
    port: int
    password: str
    durable: bool


@dataclass(frozen=True)
class Server:
    """A kind of server. variable, address: how tests find it. make: what it takes once. start: begins it, also one that has ended, and returns its
    processes, the main one last. ready: the command that succeeds once it answers."""

    name: str
    variable: str
    package: str
    program: str
    make: Callable[[Place, str], object]
    start: Callable[[Place, str], Processes]
    ready: Callable[[Place], Sequence[str]]
    address: Callable[[Place], str]

    def found(self) -> str | None:
        """Its program; None where it isn't installed."""
        return _found(self.program)


def _found(program: str) -> str | None:
    places = [*sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True), Path("/usr/lib/rabbitmq/bin"), Path("/usr/sbin")]
    return shutil.which(program, path=os.pathsep.join([*map(str, places), os.environ.get("PATH", "")]))


def _as(user: str) -> list[str]:
    """Database servers refuse to be root."""
    return ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups"] if os.geteuid() == 0 else []


def _own(path: Path, user: str) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    if os.geteuid() == 0:
        entry = pwd.getpwnam(user)
        os.chown(path, entry.pw_uid, entry.pw_gid)
    return path


def _begin(command: Sequence[str], place: Place, **environment: str) -> subprocess.Popen[bytes]:
    log = (place.folder / "server.log").open("ab")
    # A group of its own: what is typed at the terminal is for the command alone, and all of it can be ended.
    return subprocess.Popen(
        command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=place.folder, env={**os.environ, **environment}, start_new_session=True
    )


def _make_postgresql(place: Place, program: str) -> None:
    secret = place.folder / "password"
    secret.write_text(place.password, encoding="ascii")
    _own(place.folder, "postgres")
    if os.geteuid() == 0:
        shutil.chown(secret, "postgres")
    initdb = str(Path(program).resolve().with_name("initdb"))
    made = [
        initdb,
        "--pgdata",
        str(place.folder / "data"),
        "--username=factory",
        f"--pwfile={secret}",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale=C.UTF-8",
        "--no-sync",
    ]
    subprocess.run([*_as("postgres"), *made], check=True, stdout=subprocess.DEVNULL, cwd=place.folder)
    secret.unlink()


def _postgresql(place: Place, program: str) -> Processes:
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": place.port,
        "unix_socket_directories": str(place.folder),
        "max_connections": 200,
        "shared_buffers": "256MB",
    }
    if not place.durable:
        settings |= {"fsync": "off", "full_page_writes": "off"}
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    return [_begin([*_as("postgres"), program, "-D", str(place.folder / "data"), *options], place)]


def _mariadb_user() -> str:
    return f"--user={'mysql' if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name}"


def _make_mariadb(place: Place, _program: str) -> None:
    data = _own(place.folder, "mysql") / "data"
    install = shutil.which("mariadb-install-db") or "mariadb-install-db"
    subprocess.run(
        [install, "--no-defaults", _mariadb_user(), f"--datadir={data}", "--auth-root-authentication-method=normal", "--skip-test-db"],
        check=True,
        stdout=subprocess.DEVNULL,
        cwd=place.folder,
    )
    # Read at each start.
    sentences = [
        f"CREATE USER IF NOT EXISTS factory@'%' IDENTIFIED BY '{place.password}'",
        "GRANT ALL ON *.* TO factory@'%' WITH GRANT OPTION",
        "DROP USER IF EXISTS root@localhost",
    ]
    (place.folder / "account.sql").write_text(";\n".join([*sentences, "FLUSH PRIVILEGES"]) + ";\n", encoding="ascii")


def _mariadb(place: Place, program: str) -> Processes:
    settings = {
        "datadir": place.folder / "data",
        "port": place.port,
        "bind-address": "127.0.0.1",
        "socket": place.folder / "socket",
        "pid-file": place.folder / "pid",
    }
    settings |= {
        "max-connections": 200,
        "init-file": place.folder / "account.sql",
        "innodb-buffer-pool-size": "256M",
        "innodb-flush-log-at-trx-commit": 1 if place.durable else 2,
        "skip-log-bin": "",
    }
    if not place.durable:
        # Each table that is made or emptied would wait for the disk several times.
        settings |= {"innodb-flush-method": "nosync"}
    options = [f"--{name}={value}" if value != "" else f"--{name}" for name, value in settings.items()]
    return [_begin([program, "--no-defaults", _mariadb_user(), *options], place)]


def _redis(place: Place, program: str) -> Processes:
    configuration = place.folder / "redis.conf"
    lines = ["bind 127.0.0.1", f"port {place.port}", f"requirepass {place.password}", 'save ""', f"dir {place.folder}"]
    configuration.write_text("\n".join(lines) + "\n", encoding="ascii")
    return [_begin([program, str(configuration)], place)]


def _rabbitmq(place: Place, program: str) -> Processes:
    _own(place.folder, "rabbitmq")
    configuration = place.folder / "rabbitmq.conf"
    lines = [f"listeners.tcp.local = 127.0.0.1:{place.port}", "default_user = factory", f"default_pass = {place.password}", "loopback_users = none"]
    configuration.write_text("\n".join(lines) + "\n", encoding="ascii")
    # Else Erlang starts one that outlives us.
    names = free_port()
    directory = _begin(["epmd", "-port", str(names), "-address", "127.0.0.1"], place)
    environment = {
        "RABBITMQ_NODENAME": f"factory{place.port}@localhost",
        "RABBITMQ_CONFIG_FILE": str(configuration),
        "RABBITMQ_DIST_PORT": str(free_port()),
        "RABBITMQ_MNESIA_BASE": str(place.folder),
        "RABBITMQ_LOG_BASE": str(place.folder),
        "HOME": str(place.folder),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(place.folder / "plugins"),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
        "ERL_EPMD_PORT": str(names),
    }
    return [directory, _begin([*_as("rabbitmq"), program], place, **environment)]


def _listens(place: Place) -> list[str]:
    """A command that succeeds when something takes connections at the port."""
    return [sys.executable, "-c", f"import socket; socket.create_connection(('127.0.0.1', {place.port}), 1).close()"]


def _pings(place: Place) -> list[str]:
    return [
        "mariadb-admin",
        "--no-defaults",
        "--protocol=tcp",
        "--host=127.0.0.1",
        f"--port={place.port}",
        "--user=factory",
        f"--password={place.password}",
        "ping",
    ]


def _nothing(_place: Place, _program: str) -> None:
    """It is made as it begins."""


SERVERS = [
    Server("postgresql", "TEST_POSTGRESQL_URL", "postgresql", "postgres", _make_postgresql, _postgresql,
           lambda place: ["pg_isready", "-q", "-h", "127.0.0.1", "-p", str(place.port)],
           lambda place: f"postgresql+psycopg://factory:{place.password}@127.0.0.1:{place.port}/postgres"),
    Server("mariadb", "TEST_MARIADB_URL", "mariadb-server", "mariadbd", _make_mariadb, _mariadb, _pings,
           lambda place: f"mysql+pymysql://factory:{place.password}@127.0.0.1:{place.port}/mysql"),
    # Begun by tests themselves, which know what stands behind it.
    Server("nginx", "TEST_NGINX", "nginx", "nginx", _nothing, lambda _place, _program: [], lambda _: ["true"], lambda _: _found("nginx") or ""),
    Server("redis", "TEST_REDIS_URL", "redis-server", "redis-server", _nothing, _redis, _listens,
           lambda place: f"redis://:{place.password}@127.0.0.1:{place.port}/0"),
    Server("rabbitmq", "TEST_BROKER_URL", "rabbitmq-server", "rabbitmq-server", _nothing, _rabbitmq, _listens,
           lambda place: f"amqp://factory:{place.password}@127.0.0.1:{place.port}//"),
]  # fmt: skip


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Running:
    """A server of a kind, in a folder of its own, from `begin` to `end`."""

    server: Server
    folder: Path
    durable: bool = False
    processes: Processes = field(default_factory=list)
    place: Place = field(init=False)

    def __post_init__(self) -> None:
        self.place = Place(self.folder, free_port(), secrets.token_hex(16), self.durable)
        self.folder.mkdir()
        self.server.make(self.place, self._program)

    @property
    def _program(self) -> str:
        return self.server.found() or self.server.program

    @property
    def address(self) -> str:
        """What tests are told."""
        return self.server.address(self.place)

    def begin(self) -> None:
        """Begin, or begin again on what was stored before."""
        self.processes = self.server.start(self.place, self._program)

    def wait(self) -> None:
        """Until it answers. Raises RuntimeError if it ends before, or never does."""
        until = time.monotonic() + _READY_WITHIN_SECONDS
        while time.monotonic() < until and all(process.poll() is None for process in self.processes):
            if subprocess.run(self.server.ready(self.place), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode == 0:
                return
            time.sleep(0.1)
        log = (self.folder / "server.log").read_text(encoding="utf-8", errors="replace")
        raise RuntimeError(f"{self.server.name} did not start:\n{log[-3_000:]}")

    def end(self) -> None:
        """All of it: some servers have processes of their own below the first. What they hold is thrown away, so that they need not be asked kindly."""
        for process in reversed(self.processes):
            for sign in (signal.SIGQUIT, signal.SIGKILL):
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, sign)
                with suppress(subprocess.TimeoutExpired):
                    process.wait(_STOP_WITHIN_SECONDS)
