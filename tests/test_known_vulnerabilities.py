"""What scripts/audit makes of the answers of a vulnerability service, and of none."""

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
PIP_AUDIT = Path(sys.executable).with_name("pip-audit")
NOT_AUDITED = "not audited: no vulnerability service can be reached\n"


class Service(HTTPServer):
    """Answers as OSV does: what is known of a package by its name, or an error."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.known: dict[str, dict[str, Any]] = {}
        self.status = 200
        self.asked: list[tuple[str, str]] = []


class Answering(BaseHTTPRequestHandler):
    server: Service

    def do_POST(self) -> None:
        question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        name = question["package"]["name"]
        self.server.asked.append((name, question["version"]))
        answer = {"vulns": [self.server.known[name]]} if name in self.server.known else {}
        self.send_response(self.server.status)
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def service() -> Iterator[Service]:
    server = Service()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def known(package: str, name: str, *aliases: str) -> dict[str, Any]:
    affected = {"package": {"ecosystem": "PyPI", "name": package}, "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "3.0"}]}]}
    return {"id": name, "aliases": list(aliases), "summary": "It breaks.", "affected": [affected]}


def audit(folder: Path, port: int, developers: str = "click==8.5.1\nselenium==4.2.0\n") -> subprocess.CompletedProcess[str]:
    """Run the script in a folder that pins two or three releases."""
    (folder / "scripts").mkdir()
    shutil.copy(ROOT / "scripts" / "audit", folder / "scripts")
    (folder / "requirements.txt").write_text("click==8.5.1\n", encoding="utf-8")
    (folder / "requirements-dev.txt").write_text("-r requirements.txt\n" + developers, encoding="utf-8")
    given = {**os.environ, "PIP_AUDIT_OSV_URL": f"http://127.0.0.1:{port}/", "NO_PROXY": "127.0.0.1", "XDG_CACHE_HOME": str(folder)}
    return subprocess.run([folder / "scripts" / "audit", PIP_AUDIT], env=given, capture_output=True, text=True, timeout=60)


def test_each_pin_is_asked_about(tmp_path: Path, service: Service) -> None:
    done = audit(tmp_path, service.server_port)
    assert (done.returncode, done.stdout) == (0, "No known vulnerabilities found\n"), done.stderr
    assert sorted(service.asked) == [("click", "8.5.1"), ("selenium", "4.2.0")]


def test_a_vulnerability_fails(tmp_path: Path, service: Service) -> None:
    service.known["click"] = known("click", "PYSEC-2026-1", "CVE-2026-1")
    done = audit(tmp_path, service.server_port)
    assert done.returncode == 1
    assert done.stdout == ""
    assert "click 8.5.1" in " ".join(done.stderr.split())
    assert "PYSEC-2026-1" in done.stderr


def test_an_accepted_one_is_counted_and_passes_by_its_other_name_too(tmp_path: Path, service: Service) -> None:
    service.known["selenium"] = known("selenium", "PYSEC-2023-206", "CVE-2023-5590")
    done = audit(tmp_path, service.server_port)
    assert (done.returncode, done.stdout) == (0, "No known vulnerabilities found, 1 ignored\n"), done.stderr


def test_nobody_there_is_said_and_passes(tmp_path: Path, service: Service) -> None:
    service.shutdown()
    service.server_close()
    done = audit(tmp_path, service.server_port)
    assert (done.returncode, done.stdout, done.stderr) == (0, NOT_AUDITED, "")


def test_a_service_in_trouble_is_nobody(tmp_path: Path, service: Service) -> None:
    service.status = 503
    done = audit(tmp_path, service.server_port)
    assert (done.returncode, done.stdout, done.stderr) == (0, NOT_AUDITED, "")


def test_what_is_not_pinned_fails(tmp_path: Path, service: Service) -> None:
    done = audit(tmp_path, service.server_port, "selenium>=4\n")
    assert done.returncode == 1
    assert "selenium is not pinned" in done.stderr
