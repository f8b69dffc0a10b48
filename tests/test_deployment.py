"""What the image, the composition and the unit promise: no root, nothing written but the data, a stop that is heard, settings that exist."""

import ast
import configparser
import json
import os
import re
import shlex
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from fnmatch import fnmatch
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

import app
from settings import ROOT, Settings

DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
SETTINGS = {setting.name.upper() for setting in fields(Settings)}
HOME = "/opt/factory-dashboard"


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions and their arguments, in order."""
    lines = [line for line in DOCKERFILE.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [(name, rest.strip()) for name, _, rest in (line.partition(" ") for line in joined.splitlines() if line)]


def last_stage() -> dict[str, list[str]]:
    """Of the stage that becomes the image: the arguments of each instruction."""
    found: dict[str, list[str]] = {}
    for name, arguments in instructions():
        if name == "FROM":
            found = {}
        found.setdefault(name, []).append(arguments)
    return found


def environment() -> dict[str, str]:
    """What the image's ENV sets."""
    return dict(pair.split("=", 1) for line in last_stage()["ENV"] for pair in shlex.split(line))


def health_check() -> list[str]:
    """The command of the image's health check."""
    return json.loads(last_stage()["HEALTHCHECK"][0].partition("CMD ")[2])


# The image


def test_both_stages_begin_with_the_same_python() -> None:
    images = [arguments.split()[0] for name, arguments in instructions() if name == "FROM"]
    assert len(images) == 2
    assert len(set(images)) == 1
    version = re.fullmatch(r"python:(\d+\.\d+)-slim", images[0])[1]
    assert tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["requires-python"] == f">={version}"


def test_it_does_not_run_as_root() -> None:
    (user,) = last_stage()["USER"]
    uid, _, gid = user.partition(":")
    assert int(uid) >= 1_000
    (made,) = [line for line in last_stage()["RUN"] if "useradd" in line]
    assert f"--uid {uid} " in made
    assert re.search(rf"install -d -o {uid} -g {gid} \S+ \S+ /data$", made)


def test_it_starts_without_a_shell() -> None:
    for name in ("CMD", "HEALTHCHECK"):
        assert "[" in last_stage()[name][0]
    assert json.loads(last_stage()["CMD"][0]) == ["python", "app.py"]
    assert last_stage()["WORKDIR"] == [HOME]
    assert "ENTRYPOINT" not in last_stage()


def test_its_environment_is_made_of_settings() -> None:
    ours = {name: value for name, value in environment().items() if name != "PATH" and not name.startswith("PYTHON")}
    assert set(ours) <= SETTINGS
    settings = Settings.load(ours)
    assert settings.host == "0.0.0.0"
    assert settings.log_format == "json"
    assert last_stage()["EXPOSE"] == [str(settings.port)]
    (volume,) = last_stage()["VOLUME"]
    assert settings.database_url.startswith(f"sqlite:///{volume}/")
    # On a read-only root nothing can be compiled.
    assert environment()["PYTHONDONTWRITEBYTECODE"] == "1"


@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1), (None, 1)])
def test_its_health_is_that_of_ready(ready: "Ready", status: int | None, code: int) -> None:
    ready.status = status
    ended = subprocess.run([sys.executable, *health_check()[1:]], env={**os.environ, "PORT": str(ready.server_port)}, capture_output=True, timeout=60)
    assert health_check()[0] == "python"
    assert ended.returncode == code, ended.stderr
    assert ready.asked == ["/ready"]


class Ready(HTTPServer):
    """Answers with a status, or hangs up."""

    status: int | None = None

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.asked: list[str] = []


class Answering(BaseHTTPRequestHandler):
    server: Ready

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        if self.server.status is not None:
            self.send_response(self.server.status)
            self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def ready() -> Iterator[Ready]:
    server = Ready()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


# What goes into it


def in_image(path: str) -> bool:
    """Whether a path below the project goes into the image: of .dockerignore's lines the last one that fits decides."""
    goes = True
    for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines():
        pattern = line.removeprefix("!").rstrip("/")
        above = [path, *map(str, Path(path).parents)]
        if line and not line.startswith("#") and any(fnmatch(each, pattern) or fnmatch(each, pattern.removeprefix("**/")) for each in above):
            goes = line.startswith("!")
    return goes


@pytest.mark.parametrize(
    ("path", "goes"),
    [
        (".git", False),
        (".git/config", False),
        (".venv/bin/python", False),
        ("data/factory.db", False),
        (".env", False),
        ("tests/test_api_events.py", False),
        ("benchmarks/__main__.py", False),
        ("docs/metrics.md", False),
        ("notes.txt", False),
        ("requirements-dev.txt", False),
        ("app.py", True),
        ("ingest/writer.py", True),
        ("data_layer/migrations/versions/0001_tables.py", True),
        ("assets/90-app.css", True),
        ("ingest/__pycache__/writer.pyc", False),
        ("api/schemas/__pycache__/terms.cpython-311.pyc", False),
    ],
)
def test_the_image_holds_what_runs_and_nothing_else(path: str, goes: bool) -> None:
    assert in_image(path) is goes


def test_whatever_is_imported_goes_into_the_image() -> None:
    ours = {path.stem if path.suffix == ".py" else path.name: path for path in ROOT.iterdir() if path.suffix == ".py" or any(path.glob("*.py"))}
    sources = [path for path in ROOT.rglob("*.py") if in_image(str(path.relative_to(ROOT)))]
    assert len(sources) > 50
    missing = {name for path in sources for name in imported(path) if name in ours and not in_image(str(ours[name].relative_to(ROOT)))}
    assert missing == set()


def imported(path: Path) -> Iterator[str]:
    """The top-level names that a module imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.partition(".")[0]


# The composition


def test_the_composition() -> None:
    (service,) = [service for service in composed()["services"].values() if "profiles" not in service]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["restart"] == "unless-stopped"
    assert not {"privileged", "network_mode", "user", "cap_add", "command", "entrypoint"} & set(service)
    assert [mount.partition(":")[0] for mount in service["tmpfs"]] == ["/tmp"]
    ((volume, _, place),) = [mount.partition(":") for mount in service["volumes"]]
    assert volume in composed()["volumes"]
    assert [place] == last_stage()["VOLUME"]
    # Nobody but this machine, until somebody decides otherwise.
    port = environment()["PORT"]
    assert service["ports"] == [f"127.0.0.1:{port}:{port}"]
    assert set(service["environment"]) <= SETTINGS - {"HOST", "PORT", "DATABASE_URL"}
    assert {"interval", "start_period"} <= set(service["healthcheck"])
    assert int(service["stop_grace_period"].removesuffix("s")) > app._STOP_WITHIN_SECONDS
    assert service["mem_limit"]


def composed() -> dict[str, Any]:
    """What docker-compose.yml says."""
    found: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    return found


@pytest.fixture
def scaled() -> dict[str, Any]:
    """What is there with `--profile scale` alone."""
    return {name: service for name, service in composed()["services"].items() if service.get("profiles") == ["scale"]}


def test_the_scaled_composition_has_all_parts(scaled: dict[str, Any]) -> None:
    assert set(scaled) == {"web-1", "web-2", "worker-1", "worker-2", "beat", "proxy", "postgres", "redis", "rabbitmq"}
    # Whoever starts the proxy starts them all, and not the server with a file.
    needed, todo = set(), ["proxy"]
    while todo:
        todo += [name for name in scaled[todo.pop()].get("depends_on", {}) if not (name in needed or needed.add(name))]
    assert needed == set(scaled) - {"proxy"}


def test_the_scaled_composition_has_no_password_and_one_port(scaled: dict[str, Any]) -> None:
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    assert set(re.findall(r"\$\{(\w*PASSWORD)([^}]*)\}", text)) == {
        *((name, "-") for name in ("POSTGRES_PASSWORD", "REDIS_PASSWORD", "RABBITMQ_PASSWORD")),
        ("REDIS_PASSWORD", ":?must be set, here or in .env"),
    }
    assert {name: service["ports"] for name, service in scaled.items() if "ports" in service} == {"proxy": ["127.0.0.1:8080:8080"]}
    for service in scaled.values():
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert not {"privileged", "network_mode", "cap_add"} & set(service)


@pytest.mark.parametrize("name", ["web-1", "web-2", "worker-1", "worker-2", "beat"])
def test_scaled_servers_and_workers_share_everything(scaled: dict[str, Any], name: str) -> None:
    service = scaled[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["environment"] == scaled["web-1"]["environment"]
    assert set(service["environment"]) <= SETTINGS
    given = {key: re.sub(r"\$\{\w+-\}", "abc123", value) for key, value in service["environment"].items()}
    found = Settings.load({**given, "PUBLIC_URL": "http://localhost:8080"})
    assert (bool(found.redis_url), bool(found.broker_url)) == (True, True)
    # What lies beside the database is one folder for all of them.
    assert service["volumes"] == [f"shared:{found.data_folder}"]


def test_the_proxy_finds_the_servers(scaled: dict[str, Any]) -> None:
    """Its file is changed on the way in, by expressions that must find what they look for."""
    written = (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8")
    for found, put in re.findall(r"s/([^/]+)/([^/]+)/", scaled["proxy"]["command"][-1]):
        assert len(re.findall(found, written)) == 1
        written = re.sub(found, put, written)
    port = environment()["PORT"]
    assert re.findall(r"^\s+server (\S+) ", written, re.MULTILINE) == [f"web-1:{port}", f"web-2:{port}"]
    assert "listen 8080;" in written


# The unit


@pytest.fixture
def unit() -> dict[str, str]:
    """The [Service] section; of what is said several times the last."""
    parser = configparser.ConfigParser(strict=False, interpolation=None, comment_prefixes=("#",), delimiters=("=",))
    parser.optionxform = str
    parser.read(ROOT / "deploy" / "factory-dashboard.service", encoding="utf-8")
    assert set(parser) == {"DEFAULT", "Unit", "Service", "Install"}
    return dict(parser["Service"])


def test_the_unit_starts_what_make_installs(unit: dict[str, str]) -> None:
    python, program = unit["ExecStart"].split()
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    folder = re.search(r"^VENV := (\S+)$", makefile, re.MULTILINE)[1]
    assert unit["WorkingDirectory"] == HOME
    assert python == f"{HOME}/{folder}/bin/python"
    assert (ROOT / program).is_file()


def test_the_unit_writes_only_where_its_data_is(unit: dict[str, str]) -> None:
    given = dict(pair.split("=", 1) for pair in unit["Environment"].split())
    assert {name for name in given if not name.startswith("PYTHON")} <= SETTINGS
    assert Settings.load(given).database_url.startswith(f"sqlite:////var/lib/{unit['StateDirectory']}/")
    assert unit["EnvironmentFile"].startswith("-/etc/")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("User", "factory"),
        ("Restart", "always"),
        ("KillMode", "mixed"),
        ("ProtectSystem", "strict"),
        ("ProtectHome", "true"),
        ("PrivateTmp", "true"),
        ("NoNewPrivileges", "true"),
        ("CapabilityBoundingSet", ""),
        ("MemoryDenyWriteExecute", "true"),
    ],
)
def test_the_unit_is_hardened(unit: dict[str, str], name: str, value: str) -> None:
    assert unit[name] == value


def test_the_unit_waits_longer_than_the_server_takes(unit: dict[str, str]) -> None:
    assert int(unit["TimeoutStopSec"]) > app._STOP_WITHIN_SECONDS
