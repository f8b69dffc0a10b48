"""The log: what a line says, that nobody can write lines into it, and that it tells no events."""

import io
import json
import logging
import re
import threading
from collections.abc import Iterator

import pytest
from http_api import Api, event
from server_process import Server, until
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from watching import logs

ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
MOMENT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
#: Characters with which a line could be ended, or a terminal led astray.
CONTROLS = ["\n", "\r", "\r\n", "\x1b[2J", "\x00", "\x7f", "\x85", "\u2028", "\u2029", "\u202e", "\ud800"]


class Log:
    """What all loggers write from now on, in one form."""

    def __init__(self, formatter: logging.Formatter) -> None:
        self.stream = io.StringIO()
        self.handler = logging.StreamHandler(self.stream)
        self.handler.setFormatter(formatter)

    def logger(self) -> logging.Logger:
        """One that nobody else hears: pytest would put what no report can hold, half of a surrogate pair, into its reports."""
        alone = logging.Logger("x")
        alone.addHandler(self.handler)
        return alone

    @property
    def lines(self) -> list[str]:
        return self.stream.getvalue().split("\n")[:-1]

    @property
    def records(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.lines]


@pytest.fixture(params=[logs.TEXT, logs.JSON])
def form(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def log(form: str) -> Iterator[Log]:
    """All that is logged, down to DEBUG."""
    yield from _logged(logs.JsonLines() if form == logs.JSON else logs.TextLines())


@pytest.fixture
def as_json() -> Iterator[Log]:
    """All that is logged, down to DEBUG, as JSON."""
    yield from _logged(logs.JsonLines())


def _logged(formatter: logging.Formatter) -> Iterator[Log]:
    made, root = Log(formatter), logging.getLogger()
    before = root.level
    root.addHandler(made.handler)
    root.setLevel(logging.DEBUG)
    yield made
    root.setLevel(before)
    root.removeHandler(made.handler)


# Lines


def test_a_line(log: Log, form: str) -> None:
    logging.getLogger("some.where").warning("%d things", 3)
    (line,) = log.lines
    if form == logs.TEXT:
        assert re.fullmatch(f"{MOMENT} WARNING some.where 3 things", line)
    else:
        record = json.loads(line)
        assert re.fullmatch(MOMENT, record.pop("time"))
        assert record == {"level": "WARNING", "logger": "some.where", "message": "3 things"}


@pytest.mark.parametrize("letter", CONTROLS)
def test_no_text_makes_a_second_line(log: Log, letter: str) -> None:
    log.logger().warning("before%safter", letter)
    (line,) = log.lines
    assert line.isprintable()
    assert "before" in line
    assert "after" in line


@pytest.mark.parametrize("letter", CONTROLS)
def test_a_stack_can_not_look_like_a_record(log: Log, form: str, letter: str) -> None:
    try:
        raise ValueError(f"what{letter}2026-01-15T10:15:00.000Z ERROR app a lie")
    except ValueError:
        log.logger().exception("It failed.")
    first, *stack = log.lines
    assert "It failed." in first
    assert all(line.isprintable() for line in log.lines)
    if form == logs.TEXT:
        assert stack[0] == "    Traceback (most recent call last):"
        assert all(line.startswith("    ") for line in stack)
    else:
        assert stack == []
        assert json.loads(first)["exc_info"].startswith("Traceback (most recent call last):\n")


def test_lines_end_somewhere(log: Log) -> None:
    try:
        raise ValueError("x" * 100_000)
    except ValueError:
        logging.getLogger("x").exception("y" * 100_000)
    assert sum(map(len, log.lines)) < 6_000


# Requests


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("abc-DEF_1.2", True),
        ("x", True),
        ("x" * 128, True),
        ("x" * 129, False),
        ("", False),
        ("a b", False),
        ("a\nb", False),
        ("a\n", False),
        ("ünlaut", False),
        ("a/b", False),
        (None, False),
    ],
)
def test_the_id_of_a_request(api: Api, given: str | None, kept: bool) -> None:
    # Not every server refuses such headers.
    environ = {} if given is None else {"HTTP_X_REQUEST_ID": given}
    found = api.client.get("/health", environ_overrides=environ).headers["X-Request-ID"]
    assert ID.fullmatch(found)
    assert (found == given) is kept


def test_ids_are_told_apart(api: Api) -> None:
    assert len({api.get("/health").headers["X-Request-ID"] for _ in range(50)}) == 50


@pytest.mark.parametrize("path", ["/health", "/", "/api/nothing", "/api/metrics/factory?site_id=none", "/metrics"])
def test_every_answer_has_an_id(api: Api, path: str) -> None:
    assert api.client.get(path, headers={"X-Request-ID": "mine"}).headers["X-Request-ID"] == "mine"


def fail(*_: object, **__: object) -> None:
    raise RuntimeError("a bug")


def test_a_500_names_its_place_in_the_log(api: Api, as_json: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(api.services.metrics), "read", fail)
    answer = api.client.get("/api/metrics/factory", headers={"X-Request-ID": "mine"})
    assert (answer.status_code, answer.json["request_id"]) == (500, "mine")
    named = [record for record in as_json.records if record.get("request_id") == "mine"]
    assert [(record["level"], record["method"], record["path"]) for record in named] == [
        ("ERROR", "GET", "/api/metrics/factory"),
        ("WARNING", "GET", "/api/metrics/factory"),
    ]
    assert "RuntimeError: a bug" in named[0]["exc_info"]
    assert named[1]["status"] == 500
    assert named[1]["seconds"] >= 0


def test_a_503_names_its_place_in_the_log(api: Api, as_json: Log) -> None:
    api.services.writer.stop()
    answer = api.post(event())
    assert answer.status_code == 503
    assert answer.json["request_id"] == answer.headers["X-Request-ID"]
    (said,) = [record for record in as_json.records if record.get("request_id") == answer.json["request_id"]]
    assert (said["level"], said["status"]) == ("WARNING", 503)


@pytest.mark.parametrize("path", ["/api/nothing", "/api/metrics/factory?site_id=none", "/api/metrics/factory?from=x"])
def test_what_is_the_senders_fault_has_no_id_in_its_body(api: Api, path: str) -> None:
    assert "request_id" not in api.client.get(path).json


def test_requests_as_such_are_no_news(api: Api, as_json: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    api.get("/health")
    monkeypatch.setattr("api.every_request._SLOW_SECONDS", -1.0)
    api.get("/health")
    assert [record["level"] for record in as_json.records if record.get("path") == "/health"] == ["DEBUG", "WARNING"]


def test_a_thread_forgets_its_request(api: Api, as_json: Log) -> None:
    api.get("/health")
    logging.getLogger("x").warning("afterwards")
    assert "request_id" not in as_json.records[-1]


@pytest.mark.parametrize("path", ["/api/a%0A2026-01-15T10:15:00.000Z%20ERROR%20app%20a%20lie", "/api/a%0D%0Ab", "/api/%1B[2J", "/api/%E2%80%A8", "/api/%FF%00"])
def test_no_address_makes_a_second_line(api: Api, log: Log, path: str) -> None:
    api.get(path)
    api.client.open(path, method="BREW" * 1_000)
    assert len(log.lines) == 2
    assert all(line.isprintable() and len(line) < 500 for line in log.lines)


# What is not told


def test_the_log_tells_no_events(api: Api, log: Log) -> None:
    secret = "Anna Berg"
    with api.services.database.write() as connection:
        connection.execute(text("CREATE TRIGGER refusal BEFORE INSERT ON events WHEN NEW.worker_id LIKE '%poison' BEGIN SELECT RAISE(ABORT, 'poison'); END"))
    api.post(event(worker=secret))
    api.post(event(worker=secret, kind=secret))
    api.post_batch([event(worker=f"{secret} poison"), event("2026-01-15T09:00:00Z", worker=secret)])
    api.client.post("/api/events", data=f'{{"worker_id": "{secret}", ', content_type="application/json")
    assert [record["reason"].partition(":")[0] for record in api.quarantined()][1:] == ["event", "event_type"]
    assert any("IntegrityError" in line for line in log.lines)
    assert not [line for line in log.lines if secret in line]


# Threads, and the real server


def test_what_ends_a_thread_is_in_the_log(as_json: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threading, "excepthook", logs._thread_failed)
    thread = threading.Thread(target=fail, name="writer")
    thread.start()
    thread.join()
    (said,) = as_json.records
    assert (said["level"], said["message"]) == ("CRITICAL", "The thread writer has ended by an error.")
    assert "RuntimeError: a bug" in said["exc_info"]


def test_an_unforeseen_error_of_the_writer_keeps_its_stack(api: Api, as_json: Log) -> None:
    api.services.writer.store.store = fail
    assert api.post(event()).status_code == 503
    (said,) = [record for record in as_json.records if record["logger"] == "ingest.writer"]
    assert "RuntimeError: a bug" in said["exc_info"]


def test_an_error_of_the_refresher_keeps_its_stack(api: Api, as_json: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("data_layer.refresher._PAUSE_AFTER_ERROR_SECONDS", 0)
    monkeypatch.setattr("data_layer.catching_up.catch_up", fail)
    api.services.refresher.notify({"main"})
    until(lambda: any("RuntimeError: a bug" in str(record.get("exc_info")) for record in as_json.records))


def test_a_full_disk_is_no_bug_of_the_refresher(api: Api, as_json: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OperationalError("COMMIT", None, Exception("database or disk is full"))

    monkeypatch.setattr("data_layer.refresher._PAUSE_AFTER_ERROR_SECONDS", 0)
    monkeypatch.setattr("data_layer.catching_up.catch_up", full)
    api.services.refresher.notify({"main"})
    until(lambda: [record for record in as_json.records if record["logger"] == "data_layer.refresher"])
    said = next(record for record in as_json.records if record["logger"] == "data_layer.refresher")
    assert said["message"].endswith("trying again: database or disk is full")
    assert "exc_info" not in said


def test_the_servers_whole_log_is_json(server_in_json: Server) -> None:
    server = server_in_json
    assert server.call("GET", "/api/nothing%0Ahere")[0] == 404
    assert server.terminate() == 0
    records = [json.loads(line) for line in server.log().splitlines()]
    assert all(re.fullmatch(MOMENT, record["time"]) for record in records)
    assert {record["logger"] for record in records} == {"app"}
    assert str(server.port) in records[0]["message"]
    assert str(server.database) in records[-1]["message"]


def test_what_the_web_server_says_goes_the_same_way(server_in_json: Server) -> None:
    server_in_json.kill("worker")
    said = [json.loads(line) for line in server_in_json.log().splitlines()]
    assert ["worker-1" in record["message"] for record in said if record["level"] == "ERROR"] == [True]


def test_a_refusal_to_start_is_json_too(server_in_json: Server) -> None:
    second = Server(server_in_json.database, port=server_in_json.port)
    second.parent = second.launch(LOG_FORMAT="json")
    assert second.parent.wait(60) == 1
    assert "Another process is writing" in json.loads(second.log().splitlines()[-1])["message"]


@pytest.fixture
def server_in_json(tmp_path) -> Iterator[Server]:
    """A server that is ready."""
    server = Server(tmp_path / "factory.db")
    server.start(LOG_FORMAT="json")
    yield server
    server.clean_up()
