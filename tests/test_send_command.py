"""`python -m ingest.send`: what it prints, what it remembers, and how it ends."""

import gzip
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from misbehaving_server import FakeServer, breaking_off, fake_server, hanging_up, refusing

from ingest.sending.command import run
from ingest.sending.state import StateFile

ROOT = Path(__file__).parents[1]
WRONG = {3: "count: must be a whole number, not 'x'.", 7: "site_id: there is no site 'south'.", 8: "count: must be a whole number, not 'y'."}


def lines(numbers: range, wrong: dict[int, str] | None = None) -> bytes:
    """An event a line, the line's number in it."""
    refused = WRONG if wrong is None else wrong
    return b"".join(json.dumps({"n": number, **({"wrong": refused[number]} if number in refused else {})}).encode() + b"\n" for number in numbers)


@dataclass
class Said:
    """How a run ended. counts: the table's upper half. reasons: its lower one."""

    status: int
    counts: dict[str, int]
    reasons: list[str]
    told: str


@dataclass
class Command:
    """The command against a server, on a file of a temporary folder."""

    server: FakeServer
    file: Path
    capture: pytest.CaptureFixture[str]

    def __call__(self, *options: str, file: str | None = None) -> Said:
        self.capture.readouterr()
        status = run([file or str(self.file), "--url", self.server.url, *options])
        return said(status, *self.capture.readouterr())

    @property
    def state(self) -> Path:
        return self.file.with_name(self.file.name + ".sent.json")


def said(status: int, out: str, err: str) -> Said:
    upper, _, lower = out.partition("\n\n")
    counts = {}
    for row in upper.splitlines():
        name, number = next((name, rest) for name, rest in _NAMES.items() if row.strip().startswith(name))
        counts[name] = int(row.strip().removeprefix(number).split()[0].replace(",", ""))
    return Said(status, counts, lower.splitlines(), err)


_NAMES = {name: name for name in ("read", "sent", "new", "repeated", "rejected", "not sent", "would be new", "would be repeated", "would be rejected")}


@pytest.fixture
def command(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Command]:
    monkeypatch.delenv("FACTORY_KEY", raising=False)
    with fake_server() as server:
        yield Command(server, tmp_path / "events.jsonl", capsys)


def test_all_taken(command: Command) -> None:
    command.file.write_bytes(lines(range(1, 2_501), {}))
    ended = command()
    assert (ended.status, ended.counts) == (0, {"read": 2_500, "sent": 2_500, "new": 2_500, "repeated": 0, "rejected": 0})
    assert ended.reasons == []
    assert sorted(map(len, command.server.requests)) == [500, 1_000, 1_000]
    assert len(command.server.stored) == 2_500


def test_some_rejected(command: Command) -> None:
    command.file.write_bytes(b"\n" + lines(range(2, 20)) + b'{"n": "\xff"}\n' + lines(range(2, 4)))
    ended = command("--rejects", str(command.file.with_name("rejects.jsonl")))
    assert ended.status == 1
    assert ended.counts == {"read": 21, "sent": 20, "new": 15, "repeated": 1, "rejected": 4, "not sent": 1}
    assert ended.reasons == [
        "events  lines     reason",
        "     3  3, 8, 22  count: must be a whole number, not ….",
        "     1  7         site_id: there is no site ….",
        "     1  20        line: is not UTF-8.",
    ]
    rejects = [json.loads(row) for row in command.file.with_name("rejects.jsonl").read_bytes().splitlines()]
    assert [(row["line"], row["reason"]) for row in rejects] == [(3, WRONG[3]), (7, WRONG[7]), (8, WRONG[8]), (20, "line: is not UTF-8."), (22, WRONG[3])]
    assert json.loads(rejects[0]["event"]) == {"n": 3, "wrong": WRONG[3]}


def test_a_long_list_of_reasons_is_cut(command: Command) -> None:
    wrong = {number: f"field_{number}: is wrong." for number in range(1, 31)}
    wrong |= dict.fromkeys(range(31, 40), "field_0: is wrong.")
    command.file.write_bytes(lines(range(1, 40), wrong))
    ended = command()
    assert len(ended.reasons) == 22
    assert ended.reasons[1] == "     9  31, 32, 33, 34, 35, …  field_0: is wrong."
    assert ended.reasons[-1] == "and 11 further reasons"


def test_a_dry_run_stores_nothing_and_remembers_nothing(command: Command) -> None:
    command.file.write_bytes(lines(range(1, 11)))
    ended = command("--dry-run")
    assert ended.status == 1
    assert ended.counts == {"read": 10, "sent": 10, "would be new": 7, "would be repeated": 0, "would be rejected": 3}
    assert command.server.stored == {}
    assert not command.state.exists()
    assert command().counts["new"] == 7
    assert command("--dry-run").counts["would be repeated"] == 7


def test_csv(command: Command) -> None:
    path = command.file.with_name("events.csv")
    path.write_text("Time;event_type;count\n2026;product_count;5\n\n2026;product_count\n")
    ended = command("--column", "Time=timestamp", file=str(path))
    assert (ended.status, ended.counts["read"], ended.counts["new"], ended.counts["not sent"]) == (1, 2, 1, 1)
    assert list(command.server.stored) == [b'{"timestamp":"2026","event_type":"product_count","count":5}']


@pytest.mark.parametrize("packed", [False, True])
def test_a_stop_goes_on_where_it_was(command: Command, packed: bool) -> None:
    data = lines(range(1, 10_001))
    command.file.write_bytes(gzip.compress(data) if packed else data)
    rejects = ("--rejects", str(command.file.with_name("rejects.jsonl")), "--connections", "1")
    command.server.misbehaviours.extend([None, None, None, refusing(401)])  # type: ignore[list-item]  # None behaves
    first = command(*rejects)
    assert first.status == 2
    assert first.counts["read"] == 3_000
    assert "wants a valid key" in first.told
    assert "Start again to go on at line 3,001." in first.told
    second = command(*rejects)
    assert "Resuming at line 3,001." in second.told
    assert (second.status, second.counts) == (1, {"read": 10_000, "sent": 10_000, "new": 9_997, "repeated": 0, "rejected": 3})
    assert len(command.file.with_name("rejects.jsonl").read_bytes().splitlines()) == 3
    third = command(*rejects)
    assert "Nothing to send" in third.told
    assert (third.status, third.counts) == (second.status, second.counts)
    assert len(command.server.requests) == 11


def test_what_is_refused_again_after_a_kill_is_kept_once(command: Command) -> None:
    """The rejects of batches that the state does not know of are dropped, since their events come again."""
    command.file.write_bytes(lines(range(1, 11)))
    rejects = command.file.with_name("rejects.jsonl")
    command("--rejects", str(rejects), "--batch", "5")
    state = StateFile(command.state)
    early = state.load()
    assert early is not None
    first = rejects.read_bytes().split(b"\n")[0] + b"\n"
    early.offset, early.lines, early.passed, early.rejects_bytes = len(lines(range(1, 6))), 5, -1, len(first)
    state.save(early)
    command("--rejects", str(rejects))
    assert [json.loads(row)["line"] for row in rejects.read_bytes().splitlines()] == [3, 7, 8]


def test_a_file_that_grows(command: Command) -> None:
    command.file.write_bytes(lines(range(1, 11)) + b'{"n": 1')  # somebody is writing
    assert command().counts == {"read": 11, "sent": 11, "new": 7, "repeated": 0, "rejected": 4}
    assert command().told.startswith("Nothing to send")
    command.file.write_bytes(lines(range(1, 21)))
    ended = command()
    assert "Resuming at line 11." in ended.told
    assert ended.counts == {"read": 21, "sent": 21, "new": 17, "repeated": 0, "rejected": 4}
    assert "Nothing to send" in command().told
    command.file.write_bytes(lines(range(1, 15)) + lines(range(30, 40)))  # as long as it was known at first, it looks the same
    assert "begins differently" in command().told


def test_another_file_by_the_same_name(command: Command) -> None:
    command.file.write_bytes(lines(range(1, 11)))
    command()
    for data, words in ((lines(range(5, 30)), "begins differently"), (lines(range(1, 3)), "begins differently"), (b"", "begins differently")):
        command.file.write_bytes(data)
        ended = command()
        assert (ended.status, ended.counts) == (2, {})
        assert words in ended.told
        assert "--restart" in ended.told
    command.file.write_bytes(lines(range(5, 30)))
    ended = command("--restart")
    assert ended.counts["read"] == 25
    assert "Nothing to send" in command().told


def test_a_long_file_that_lost_its_end(command: Command) -> None:
    data = lines(range(1, 10_001))
    command.file.write_bytes(data)
    command()
    command.file.write_bytes(data[:-20])
    assert "shorter" in command().told


def test_another_server(command: Command) -> None:
    command.file.write_bytes(lines(range(1, 11)))
    command()
    with fake_server() as other:
        status = run([str(command.file), "--url", other.url])
        assert status == 2
        assert "not to" in command.capture.readouterr().err
        assert run([str(command.file), "--url", other.url, "--state", str(command.file.with_name("other.json"))]) == 1
        assert len(other.stored) == 7


@pytest.mark.parametrize("content", [b"", b"{}", b"hello", b"\xff", b'{"url": "http://x", "head_bytes": 0, "head_digest": "", "version": 9}', b"[" * 100_000])
def test_no_state_file_of_ours(command: Command, content: bytes) -> None:
    command.file.write_bytes(lines(range(1, 11)))
    command.state.write_bytes(content)
    ended = command()
    assert (ended.status, ended.counts) == (2, {})
    assert "state file" in ended.told
    assert len(ended.told.splitlines()) == 1
    assert command("--restart").counts["read"] == 10


def test_a_state_that_cannot_be_written(command: Command) -> None:
    command.file.write_bytes(lines(range(1, 11)))
    ended = command("--state", str(command.file.with_name("absent") / "state.json"))
    assert ended.status == 2
    assert "can't be written (No such file or directory)" in ended.told
    assert command.server.requests == []


def test_rejects_must_not_overwrite_the_input(command: Command) -> None:
    command.file.write_bytes(lines(range(1, 11)))
    ended = command("--rejects", str(command.file))
    assert ended.status == 2
    assert command.file.read_bytes() == lines(range(1, 11))


def test_a_server_that_is_away_for_too_long(command: Command) -> None:
    command.file.write_bytes(lines(range(1, 11)))
    command.server.always = refusing(503, "The store is full.", Retry_After="9")
    ended = command("--give-up-after", "5")
    assert (ended.status, ended.counts["read"]) == (2, 0)
    assert "answers 503: The store is full.; given up after 1 attempt." in ended.told
    command.server.always = None
    assert command().counts["new"] == 7


def test_connections_that_break(command: Command) -> None:
    command.file.write_bytes(lines(range(1, 1_001), {}))
    command.server.misbehaviours.extend([hanging_up(stored=True), breaking_off, hanging_up(stored=False)])
    ended = command("--batch", "100", "--progress")
    assert ended.status == 0
    assert ended.counts["sent"] == 1_000 == ended.counts["new"] + ended.counts["repeated"]
    assert len(command.server.stored) == 1_000
    assert "trying again in" in ended.told
    assert "The server answers again." in ended.told
    assert "events/s" in ended.told


@pytest.mark.parametrize(("given", "environment", "sent"), [(("--key", "a"), "b", "Bearer a"), ((), "b", "Bearer b"), ((), "", None)])
def test_the_key(command: Command, monkeypatch: pytest.MonkeyPatch, given: tuple[str, ...], environment: str, sent: str | None) -> None:
    monkeypatch.setenv("FACTORY_KEY", environment)
    command.file.write_bytes(lines(range(1, 11)))
    command(*given)
    assert command.server.headers[0].get("Authorization") == sent


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ((), "--url"),
        (("--url", "http://x", "--batch", "0"), "1 to 10,000"),
        (("--url", "http://x", "--batch", "10001"), "1 to 10,000"),
        (("--url", "http://x", "--connections", "99"), "1 to 16"),
        (("--url", "http://x", "--column", "a"), "THEIRS=FIELD"),
        (("--url", "http://x", "--format", "xml"), "json"),
    ],
)
def test_wrong_options(capsys: pytest.CaptureFixture[str], options: tuple[str, ...], words: str) -> None:
    with pytest.raises(SystemExit) as ended:
        run(["events.jsonl", *options])
    assert ended.value.code == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize(
    ("file", "url", "words"), [("absent.jsonl", "http://127.0.0.1:1", "absent.jsonl can't be opened"), (__file__, "example.com", "no address")]
)
def test_nothing_to_begin_with(capsys: pytest.CaptureFixture[str], file: str, url: str, words: str) -> None:
    assert run([file, "--url", url]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert words in err


def process(*arguments: str, **more: Any) -> subprocess.Popen[str]:
    """The command as a process of its own."""
    environment = {name: value for name, value in os.environ.items() if name != "FACTORY_KEY"}
    command = [sys.executable, "-m", "ingest.send", *arguments]
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more)


def test_standard_input(command: Command) -> None:
    sending = process("-", "--url", command.server.url, stdin=subprocess.PIPE)
    out, err = sending.communicate(lines(range(1, 11)).decode(), timeout=60)
    ended = said(sending.returncode, out, err)
    assert (ended.status, ended.counts["new"], ended.told) == (1, 7, "")


def test_standard_input_with_a_state(command: Command) -> None:
    state = ("--state", str(command.state))
    for data, read, told in ((lines(range(1, 11)), 10, ""), (lines(range(1, 21)), 20, "Resuming at line 11.\n")):
        sending = process("-", "--url", command.server.url, *state, stdin=subprocess.PIPE)
        out, err = sending.communicate(data.decode(), timeout=60)
        assert (said(sending.returncode, out, err).counts["read"], err) == (read, told)
    assert command.server.stored.keys() == {line for number, line in enumerate(lines(range(1, 21)).splitlines(), start=1) if number not in WRONG}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_in_good_order(command: Command, number: signal.Signals) -> None:
    arrived = threading.Event()

    def slow(handler: Any, given: list[bytes]) -> None:
        if json.loads(given[0])["n"] > 3_000:
            arrived.set()
            refusing(503, Retry_After="60")(handler, given)
        else:
            handler.behave(given)

    command.server.always = slow
    command.file.write_bytes(lines(range(1, 10_001), {}))
    # Who runs the tests in the background of a shell hands down that SIGINT is ignored.
    sending = process(str(command.file), "--url", command.server.url, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler))
    assert arrived.wait(60)
    sending.send_signal(number)
    out, err = sending.communicate(timeout=60)
    ended = said(sending.returncode, out, err)
    assert (ended.status, ended.counts["new"]) == (2, len(command.server.stored))
    assert "Interrupted. Start again to go on at line" in ended.told
    command.server.always = None
    assert command().counts == {"read": 10_000, "sent": 10_000, "new": 10_000, "repeated": 0, "rejected": 0}


def test_help() -> None:
    out, _ = process("--help").communicate(timeout=60)
    for word in ("FILE", "--url", "--dry-run", "--rejects", "--state", "--restart", "Exit status"):
        assert word in out


@pytest.mark.parametrize("module", ["flask", "sqlalchemy", "pandas", "numpy", "dash", "tqdm"])
def test_a_camera_needs_none_of_the_server(module: str) -> None:
    program = f"import sys; sys.modules[{module!r}] = None; from ingest.send import Sender; import ingest.sending.command"
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, timeout=60)
