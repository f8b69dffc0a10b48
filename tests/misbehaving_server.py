"""A server that takes batches as the real one does, and misbehaves where a test asks it to."""

import json
import threading
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PROBLEM = "application/problem+json"

Misbehaviour = Callable[["Handler", list[bytes]], None]


@dataclass
class FakeServer:
    """What it has stored, how often each request came, and how it will misbehave: one entry a request, then no more.

    An event that is no JSON object, or has a member "wrong", is refused with that member as the reason.
    """

    stored: dict[bytes, int] = field(default_factory=dict)
    requests: list[list[bytes]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    misbehaviours: deque[Misbehaviour] = field(default_factory=deque)
    always: Misbehaviour | None = None
    port: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def take(self, lines: list[bytes], *, dry_run: bool = False) -> tuple[int, dict[str, Any]]:
        """Judge and store events; status and answer."""
        errors, repeated = [], 0
        with self.lock:
            for index, line in enumerate(lines):
                why = _wrong(line)
                if why:
                    errors.append({"index": index, "detail": why})
                elif line in self.stored:
                    repeated += 1
                elif not dry_run:
                    self.stored[line] = 1
        success = len(lines) - len(errors)
        answer = {"success_count": success, "total_count": len(lines), "duplicate_count": repeated, "rejected_count": len(errors), "errors": errors}
        status = 200 if not errors else 422 if not success else 207
        return status, {"message": "", **answer, **({"dry_run": True} if dry_run else {})}


def _wrong(line: bytes) -> str | None:
    try:
        event = json.loads(line)
    except ValueError:
        return "line: is not JSON."
    return event.get("wrong") if isinstance(event, dict) else "event: must be a JSON object, not something else."


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    fake: FakeServer

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        lines = zlib.decompress(body, 31).split(b"\n")[:-1]
        with self.fake.lock:
            self.fake.requests.append(lines)
            self.fake.headers.append(dict(self.headers))
            self.fake.paths.append(self.path)
            misbehaviour = self.fake.misbehaviours.popleft() if self.fake.misbehaviours else self.fake.always
        if misbehaviour:
            misbehaviour(self, lines)
        else:
            self.behave(lines)

    def behave(self, lines: list[bytes]) -> None:
        status, answer = self.fake.take(lines, dry_run="dry_run=true" in self.path)
        self.answer(status, answer)

    def answer(self, status: int, body: Any, headers: dict[str, str] | None = None, kind: str = "application/json") -> None:
        encoded = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(encoded)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(encoded)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


def refusing(status: int, detail: str = "", **headers: str) -> Misbehaviour:
    """Answer with a status, as the real server does, and store nothing."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda handler, _lines: handler.answer(status, {"status": status, "detail": detail}, named, PROBLEM)


def saying(status: int, body: bytes, kind: str = "text/html") -> Misbehaviour:
    """Answer something that the real server never says."""
    return lambda handler, _lines: handler.answer(status, body, kind=kind)


def hanging_up(*, stored: bool) -> Misbehaviour:
    """Break the connection instead of answering, before or after storing the events."""

    def misbehave(handler: Handler, lines: list[bytes]) -> None:
        if stored:
            handler.fake.take(lines)
        handler.close_connection = True

    return misbehave


def breaking_off(handler: Handler, lines: list[bytes]) -> None:
    """Store, and break the connection in the middle of the answer."""
    status, answer = handler.fake.take(lines)
    handler.send_response(status)
    handler.send_header("Content-Length", "10000")
    handler.end_headers()
    handler.wfile.write(json.dumps(answer).encode()[:20])
    handler.close_connection = True


def at_most(size: int, status: int = 413) -> Misbehaviour:
    """Refuse what has more lines, as a proxy does that lets small requests through only."""

    def misbehave(handler: Handler, lines: list[bytes]) -> None:
        if len(lines) > size:
            handler.answer(status, {"detail": "Too much of it."}, kind=PROBLEM)
        else:
            handler.behave(lines)

    return misbehave


@contextmanager
def fake_server() -> Iterator[FakeServer]:
    """A server at a free port, for as long as the block lasts."""
    fake = FakeServer()
    handler = type("BoundHandler", (Handler,), {"fake": fake})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as http:
        http.daemon_threads = True
        fake.port = http.server_address[1]
        thread = threading.Thread(target=http.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield fake
        http.shutdown()
        thread.join()
