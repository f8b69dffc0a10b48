"""An HTTP client that costs little: requests encoded beforehand, kept-alive raw sockets, one thread for all connections.

Its process shares the machine with the server that is measured, so what it spends is missing there.
"""

import selectors
import socket
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http.client import HTTPConnection
from time import perf_counter

_RECEIVE = 65_536
_TIMEOUT_SECONDS = 60.0


def post(path: str, body: bytes, headers: Mapping[str, str] | None = None) -> bytes:
    """The bytes of a POST of JSON."""
    sent = {"Host": "127.0.0.1", "Content-Type": "application/json", "Content-Length": str(len(body)), **(headers or {})}
    lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in sent.items()), "", ""]
    return "\r\n".join(lines).encode() + body


def get(path: str) -> bytes:
    """The bytes of a GET."""
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()


def fetch(port: int, path: str, headers: dict[str, str] | None = None) -> tuple[bytes, dict[str, str]]:
    """The body of an answer as it came over the wire, and its headers, in lower case. Raises RuntimeError unless it is a 200."""
    connection = HTTPConnection("127.0.0.1", port, timeout=_TIMEOUT_SECONDS)
    try:
        connection.request("GET", path, headers=headers or {})
        answer = connection.getresponse()
        body = answer.read()
    finally:
        connection.close()
    if answer.status != 200:
        raise RuntimeError(f"{path} answered {answer.status}.")
    return body, {name.lower(): value for name, value in answer.getheaders()}


@dataclass
class Sent:
    """What became of some requests. seconds: from the first byte sent to the last received. latencies: s, in order of arrival."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    @property
    def per_second(self) -> float:
        """Requests a second."""
        return len(self.latencies) / self.seconds


@dataclass
class _Connection:
    socket: socket.socket
    began: float = 0.0
    received: bytes = b""

    def send(self, request: bytes) -> None:
        self.received = b""
        self.began = perf_counter()
        self.socket.sendall(request)

    def receive(self) -> int | None:
        """The status of the answer once it has come whole."""
        part = self.socket.recv(_RECEIVE)
        if not part:
            raise ConnectionError("The server closed the connection.")
        self.received += part
        head, found, body = self.received.partition(b"\r\n\r\n")
        if not found or len(body) < _content_length(head):
            return None
        return int(head[9:12])


def _content_length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    raise ValueError("The answer has no Content-Length.")


def send(port: int, requests: Sequence[bytes], connections: int) -> Sent:
    """Send requests in their order over some connections, each waiting for its answer before it takes the next. Raises OSError."""
    sent = Sent()
    waiting = iter(requests)
    with selectors.DefaultSelector() as selector:
        opened = [_Connection(socket.create_connection(("127.0.0.1", port), _TIMEOUT_SECONDS)) for _ in range(connections)]
        began = perf_counter()
        for connection, request in zip(opened, waiting, strict=False):
            connection.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            selector.register(connection.socket, selectors.EVENT_READ, connection)
            connection.send(request)
        try:
            while selector.get_map():
                for key, _ in selector.select(_TIMEOUT_SECONDS):
                    _take_answer(key.data, sent, waiting, selector)
            sent.seconds = perf_counter() - began
        finally:
            for connection in opened:
                connection.socket.close()
    return sent


def _take_answer(connection: _Connection, sent: Sent, waiting: Iterator[bytes], selector: selectors.BaseSelector) -> None:
    status = connection.receive()
    if status is None:
        return
    sent.latencies.append(perf_counter() - connection.began)
    sent.statuses[status] += 1
    request = next(waiting, None)
    if request is None:
        selector.unregister(connection.socket)
    else:
        connection.send(request)
