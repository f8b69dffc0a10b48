"""The examples run: those of the documents, in their order, and those of the OpenAPI document."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from documented import document
from http_api import event
from server_process import ROOT, Server
from snippets import SERVER, Snippet, alike, snippets, values

DOCUMENTS = [path for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))) if snippets(path.read_text(encoding="utf-8"))]
#: The status of each call goes to standard error.
CURL = "curl() { command curl --silent --show-error --max-time 30 --write-out '%{stderr}%{http_code}\\n' \"$@\"; }\n"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """The server as a user starts it, on an empty database."""
    made = Server(tmp_path / "factory.db")
    try:
        made.start()
        yield made
    finally:
        made.clean_up()


def run(server: Server, language: str, text: str) -> tuple[str, list[int]]:
    """What a snippet prints, and the statuses of its curl calls. Raises AssertionError where it fails."""
    folder = server.database.parent
    for written, meant in (("/tmp/", f"{folder}/"), (SERVER, f"http://127.0.0.1:{server.port}"), (".venv/bin/python", sys.executable)):
        text = text.replace(written, meant)
    command = ["sh", "-e", "-c", CURL + text] if language == "sh" else [sys.executable, "-c", text]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, f"{text}\n{done.stderr}"
    return done.stdout, [int(line) for line in done.stderr.split() if re.fullmatch(r"\d{3}", line)] if language == "sh" else []


def check(server: Server, snippet: Snippet) -> None:
    printed, statuses = run(server, snippet.language, snippet.text)
    expected = snippet.answers or []
    # A problem that the document shows is what is wanted there.
    problems = [answer["status"] for answer in expected if isinstance(answer, dict) and {"status", "detail"} <= answer.keys()]
    assert [status for status in statuses if status >= 400] == problems, f"{snippet.text}\n{printed}"
    if snippet.answers is not None:
        answered = list(values(printed))
        assert alike(snippet.answers, answered), f"{snippet.text}\nis said to print {snippet.answers}\nand printed {answered}"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_the_examples_of_a_document(server: Server, path: Path) -> None:
    for snippet in snippets(path.read_text(encoding="utf-8")):
        check(server, snippet)


def test_the_readme_has_examples() -> None:
    found = snippets((ROOT / "README.md").read_text(encoding="utf-8"))
    assert len(found) >= 7
    assert sum(snippet.answers is not None for snippet in found) >= 4


def test_the_examples_of_the_openapi_document(server: Server) -> None:
    # What the examples are about: demo data, a camera, an event that is refused until there is a site north, and a site whose own server tells of it.
    server.call("PUT", "/api/sites/hall-2", {"timezone": "UTC"})
    for path, body in (("/api/seed", None), ("/api/events", event(camera_id="CAM-1")), ("/api/events", event(site_id="north"))):
        server.call("POST", path, body)
    operations = [operation for methods in document()["paths"].values() for operation in methods.values()]
    assert len(operations) > 20
    for operation in operations:
        assert operation["x-codeSamples"], operation["operationId"]
        for sample in operation["x-codeSamples"]:
            _, (status,) = run(server, "sh", sample["source"])
            assert 200 <= status < 300, sample["source"]
            assert str(status) in operation["responses"], sample["source"]


@pytest.mark.parametrize(
    ("documented", "answered", "same"),
    [
        ([{"a": 1}], [{"a": 1}], True),
        ([{"a": 1}], [{"a": 2}], False),
        ([{"a": 1}], [{"a": 1, "b": 2}], False),
        ([{"a": 1}], [], False),
        ([{"a": 1}], [{"a": True}], False),
        ([{"a": None}], [{"a": 0}], False),
        ([{"created_at": "2026-01-15T10:15:00Z"}], [{"created_at": "2027-01-15T10:15:00.5Z"}], True),
        ([{"created_at": "2026-01-15T10:15:00Z"}], [{"created_at": "yesterday"}], False),
        ([{"created_at": "2026-01-15T10:15:00Z"}], [{"created_at": None}], False),
        ([{"timestamp": "2026-01-15T10:15:00Z"}], [{"timestamp": "2027-01-15T10:15:00Z"}], False),
    ],
)
def test_what_is_the_same_answer(documented: list, answered: list, same: bool) -> None:
    assert alike(documented, answered) is same
