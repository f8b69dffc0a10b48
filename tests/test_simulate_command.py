"""`python -m ingest.simulate`: what it sends, what it says, and how it ends."""

import os
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from http_api import DAY_SHIFT, Api
from listening import listening
from migrated import empty_database
from server_process import ROOT, Server, until

import api as http
from ingest.sending.tally import Counts
from ingest.simulation.command import run
from ingest.simulation.options import options_of
from ingest.simulation.plan import WORKER_IDS, Plan
from ingest.simulation.summary import line
from metrics.units import HOUR, MINUTE
from services import Clock, start_services
from settings import Settings

pytestmark = pytest.mark.timeout(240)


@dataclass
class Served:
    """The real API at an address, by the real clock; what `answers` holds is answered first, one a request: (status, headers)."""

    api: Api
    url: str = ""
    answers: deque[tuple[str, dict[str, str]]] = field(default_factory=deque)
    requests: list[tuple[str, str, str | None]] = field(default_factory=list)

    def wrapped(self, application: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
        def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
            self.requests.append((environ["REQUEST_METHOD"], environ["PATH_INFO"], environ.get("HTTP_AUTHORIZATION")))
            if self.answers:
                status, headers = self.answers.popleft()
                start_response(status, [*headers.items()])
                return [b'{"detail": "Not now."}']
            return application(environ, start_response)

        return answer

    def stored(self) -> list[tuple[Any, ...]]:
        return self.api.stored()


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    monkeypatch.delenv("FACTORY_KEY", raising=False)
    services = start_services(Settings(database_url=empty_database(tmp_path / "factory.db")), Clock())
    flask = Flask("factory")
    http.register(flask, services)
    made = Served(Api(flask.test_client(), services))
    with listening(made.wrapped(flask.wsgi_app)) as port:
        made.url = f"http://127.0.0.1:{port}"
        yield made
    services.close()


@dataclass
class Said:
    """How a run ended. counts: of the table."""

    status: int
    counts: dict[str, int]
    out: str
    err: str


def said(status: int, out: str, err: str) -> Said:
    rows = [row.split() for row in out.splitlines()[1:]]
    return Said(status, {row[0]: int(row[1].replace(",", "")) for row in rows if row[0].isalpha()}, out, err)


def simulate(served: Served, capsys: pytest.CaptureFixture[str], *arguments: str) -> Said:
    capsys.readouterr()
    status = run(["--url", served.url, *arguments])
    return said(status, *capsys.readouterr())


def test_a_backlog(served: Served, capsys: pytest.CaptureFixture[str]) -> None:
    first = simulate(served, capsys, "--since", "2h", "--for", "0s")
    assert first.status == 0
    assert first.counts["new"] == len(served.stored()) > 500
    assert first.counts["sent"] == first.counts["new"] + first.counts["repeated"]
    assert first.counts["rejected"] == 0 < first.counts["repeated"]
    assert all(datetime.now(UTC) - timedelta(hours=2, minutes=15) < row[3] < datetime.now(UTC) for row in served.stored())
    assert first.out.splitlines()[0].startswith("played from 20")
    workers = served.api.get("/api/workers").json
    assert [(row["worker_id"], row["name"]) for row in workers] == [(worker.worker_id, worker.name) for worker in Plan().all_workers]
    assert [row["station_ids"] for row in served.api.get("/api/cameras").json] == [list(camera.station_ids) for camera in Plan().all_cameras]
    served.requests.clear()
    again = simulate(served, capsys, "--since", "1h", "--for", "0s")
    assert again.counts["new"] < 30 < again.counts["repeated"]
    assert {request[0] for request in served.requests} == {"GET", "POST"}


def test_faster_than_time(served: Served, capsys: pytest.CaptureFixture[str]) -> None:
    """Three hours within three seconds, then no further than now."""
    ended = simulate(served, capsys, "--speed", "3600", "--since", "3h", "--for", "4s", "--workers", "3", "--stations", "2")
    assert ended.status == 0
    assert ended.counts["new"] == len(served.stored()) > 100
    assert {row[1] for row in served.stored()} <= {*WORKER_IDS[:3]}
    assert max(row[3] for row in served.stored()) < datetime.now(UTC)
    assert "workers at work" not in ended.out


def test_the_story_is_that_of_the_server(served: Served, capsys: pytest.CaptureFixture[str]) -> None:
    """What the switch on a page starts is what this command plays: no worker is in two places."""
    simulation = served.api.services.simulation
    simulation.start("main")
    until(lambda: simulation.status("main").events > 100)
    simulation.stop("main")
    before = {row[2] for row in served.stored()}
    assert simulate(served, capsys, "--since", "3h", "--for", "0s").status == 0
    times = [(row[1], row[3]) for row in served.stored()]
    assert before < {row[2] for row in served.stored()}
    assert len(set(times)) == len(times)


def test_another_site_with_shifts(served: Served, capsys: pytest.CaptureFixture[str]) -> None:
    days = [*range(7)]
    served.api.put("/api/sites/north", {"timezone": "Asia/Kathmandu", "shifts": [{**DAY_SHIFT, "days": days}], "exceptions": []})
    served.api.put("/api/sites/north", {"shifts": [{**DAY_SHIFT, "days": days, "start": "09:00"}], "valid_from": "2026-01-01"})
    ended = simulate(served, capsys, "--site", "north", "--since", "1d", "--for", "0s", "--seed", "7")
    assert ended.status == 0
    assert "(Asia/Kathmandu)" in ended.out
    local = [(row[3] + timedelta(hours=5, minutes=45)).time().isoformat() for row in served.stored()]
    assert {row[0] for row in served.stored()} == {"north"}
    assert len(local) > 500
    assert all("09:00" <= clock < "12:00" or "13:00" <= clock < "17:00" for clock in local)


def test_no_such_site(served: Served, capsys: pytest.CaptureFixture[str]) -> None:
    ended = simulate(served, capsys, "--site", "at/lantis")
    assert (ended.status, ended.out, ended.err) == (2, "", "No site at/lantis.\n")


def test_a_server_that_needs_time(served: Served, capsys: pytest.CaptureFixture[str]) -> None:
    served.answers.extend([("503 BUSY", {"Retry-After": "0"}), ("429 SLOWLY", {"Retry-After": "0"})])
    ended = simulate(served, capsys, "--since", "10m", "--for", "0s")
    assert ended.status == 0
    assert "answers 503; trying again in" in ended.err
    assert "answers 429; trying again in" in ended.err


def test_a_key(served: Served, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACTORY_KEY", "secret")
    simulate(served, capsys, "--since", "10m", "--for", "0s")
    assert {request[2] for request in served.requests} == {"Bearer secret"}


def test_no_key_is_right(served: Served, capsys: pytest.CaptureFixture[str]) -> None:
    served.answers.append(("403 FORBIDDEN", {"Content-Type": "application/problem+json"}))
    ended = simulate(served, capsys)
    assert (ended.status, ended.err) == (2, "Not now.\n")


def test_another_program_at_the_address(capsys: pytest.CaptureFixture[str]) -> None:
    class Other(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<h1>Welcome</h1>")

        def log_message(self, *_arguments: Any) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Other) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        status = run(["--url", f"http://127.0.0.1:{server.server_port}"])
        server.shutdown()
    assert status == 2
    assert "is it the address of a Factory Productivity server?" in capsys.readouterr().err


def test_what_the_server_refuses(served: Served, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine whose clock is an hour ahead: what it sends lies in the future."""
    import ingest.simulation.command as command

    now = command._now
    monkeypatch.setattr(command, "_now", lambda: now() + HOUR)
    ended = simulate(served, capsys, "--since", "2h", "--for", "0s")
    assert ended.status == 1
    assert ended.counts["rejected"] > 100 < ended.counts["new"]
    assert ended.out.splitlines()[-1].endswith("timestamp: … lies more than 5 minutes ahead of the server's clock.")
    assert all(row[3] < datetime.now(UTC) + timedelta(minutes=5) for row in served.stored())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--speed", "0.5"), "1 to 10,000"),
        (("--speed", "nan"), "1 to 10,000"),
        (("--workers", "0"), "1 to 200"),
        (("--stations", "101"), "1 to 100"),
        (("--cameras", "9"), "8 at most, not 9"),
        (("--cameras", "3", "--stations", "2"), "2 at most, not 3"),
        (("--since", "2"), "90s, 30m, 2h or 7d"),
        (("--since", "999d"), "90s, 30m, 2h or 7d"),
        (("--for", "-1s"), "expected one argument"),
        (("--seed", "x"), "whole number"),
    ],
)
def test_wrong_options(capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], words: str) -> None:
    with pytest.raises(SystemExit) as ended:
        run(arguments)
    assert ended.value.code == 2
    assert words in capsys.readouterr().err


def test_options() -> None:
    plain, fast, few = options_of([]), options_of(["--speed", "2.5", "--for", "10m"]), options_of(["--stations", "3", "--since", "90s", "--speed", "2"])
    assert (plain.since, plain.lasts, plain.speed, plain.cameras) == (0, None, 1, 4)
    assert (fast.since, fast.lasts, fast.speed) == (8 * HOUR, 10 * MINUTE, 2.5)
    assert (few.cameras, few.since) == (3, 90_000_000)


def test_the_line_meanwhile() -> None:
    now = datetime(2026, 11, 20, 12, tzinfo=UTC)
    counts = Counts(new=1_200, repeated=34)
    assert line(now, now, counts, 0, (6, 18)) == "12:00:00  1,200 events new, 34 repeated, 0 rejected; 6 of 18 workers at work"
    late = line(now, now - timedelta(hours=2), counts, 7, (6, 18))
    assert late == "12:00:00  1,200 events new, 34 repeated, 0 rejected, 7 waiting for the server; 6 of 18 workers at work, the story is at Fri 10:00"


def test_no_address(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--url", "example.com"]) == 2
    assert "no address" in capsys.readouterr().err


def playing(url: str, *arguments: str) -> subprocess.Popen[str]:
    """The command as a process of its own."""
    environment = {name: value for name, value in os.environ.items() if name != "FACTORY_KEY"}
    command = [sys.executable, "-m", "ingest.simulate", "--url", url, *arguments]
    return subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Who runs the tests in the background of a shell hands down that SIGINT is ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )


def ended(process: subprocess.Popen[str]) -> Said:
    out, err = process.communicate(timeout=60)
    return said(process.returncode, out, err)


def test_a_server_and_its_signals(tmp_path: Path) -> None:
    """Against the server as it is started by hand: played fast, stopped by either signal."""
    server = Server(tmp_path / "factory.db")
    url = f"http://127.0.0.1:{server.port}"
    early = playing(url, "--since", "1h")
    processes = [early]
    try:
        server.start()
        until(lambda: len(server.call("GET", "/api/events?limit=100")[1]["events"]) > 10)
        early.send_signal(signal.SIGINT)
        first = ended(early)
        assert "can't be reached; trying again in" in first.err
        assert (first.status, first.counts["rejected"]) == (0, 0)
        assert first.counts["new"] > 10
        late = playing(url, "--speed", "1000", "--seed", "2", "--for", "1h")
        processes.append(late)
        until(lambda: server.call("GET", "/api/metrics/factory")[1]["total_events"] > first.counts["new"] + 100)
        late.send_signal(signal.SIGTERM)
        second = ended(late)
        assert second.status == 0
        assert server.call("GET", "/api/metrics/factory")[1]["total_events"] == first.counts["new"] + second.counts["new"]
    finally:
        server.clean_up()
        for process in processes:
            process.kill()  # which does nothing to one that has ended


def test_interrupted_while_nobody_answers() -> None:
    process = playing("http://127.0.0.1:9")
    assert "trying again in" in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    stopped = ended(process)
    assert (stopped.status, stopped.out) == (2, "")
    assert stopped.err.endswith("Stopped before anything was played.\n")


def test_the_server_goes_away(served: Served) -> None:
    """Ctrl+C still ends it, with what was acknowledged in the table."""
    process = playing(served.url, "--speed", "100")
    until(lambda: len(served.stored()) > 50)
    served.answers.extend([("503 AWAY", {"Retry-After": "300"})] * 1_000)
    while "503" not in process.stderr.readline():
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    stopped = ended(process)
    assert stopped.status == 2
    assert "has not answered for the last events" in stopped.err
    assert stopped.counts["new"] == len(served.stored())
