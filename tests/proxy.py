"""A network between two parties that can be cut, swallow everything, or be slow."""

import ctypes
import socket
import struct
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field

_CHUNK = 65_536
#: A socket that is closed so resets its connection.
_RESET = struct.pack("ii", 1, 0)
_SO_ATTACH_FILTER = 26
#: One instruction for the kernel: take nothing of any packet.
_NOTHING = ctypes.create_string_buffer(struct.pack("HBBI", 0x06, 0, 0, 0))
_DROP_ALL = struct.pack("HP", 1, ctypes.addressof(_NOTHING))

_Line = tuple[socket.socket, socket.socket]


@dataclass
class Proxy:
    """Forwards what comes to `port` to another port of this machine. slowness: seconds that each piece is late; may be changed at any time."""

    target: int
    slowness: float = 0.0
    port: int = field(init=False)
    _swallows: bool = False
    _lines: set[_Line] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def connections(self) -> int:
        """How many there are now."""
        return len(self._lines)

    def cut(self) -> None:
        """Reset all connections; new ones are forwarded as before."""
        for line in list(self._lines):
            self._close(line, reset=True)

    def swallow(self) -> None:
        """Like a cable that is pulled: not even the kernel acknowledges a packet. Connections of now are lost for good, whatever comes after."""
        self._swallows = True
        for line in list(self._lines):
            self._lose(line)

    def forward(self) -> None:
        """Forward new connections again."""
        self._swallows = False

    def close(self) -> None:
        """End it, and what goes through it."""
        self._listening.close()
        self.cut()

    def _accept(self) -> None:
        with suppress(OSError):  # closed
            while True:
                near, _ = self._listening.accept()
                try:
                    line = (near, socket.create_connection(("127.0.0.1", self.target)))
                except OSError:
                    near.close()
                    continue
                self._lines.add(line)
                if self._swallows:
                    self._lose(line)
                for source, sink in (line, line[::-1]):
                    threading.Thread(target=self._pump, args=(line, source, sink), daemon=True).start()

    def _lose(self, line: _Line) -> None:
        for end in line:
            with suppress(OSError):
                end.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, _DROP_ALL)

    def _pump(self, line: _Line, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):  # closed from either side
            while piece := source.recv(_CHUNK):
                if self.slowness:
                    time.sleep(self.slowness)
                sink.sendall(piece)
        self._close(line)

    def _close(self, line: _Line, *, reset: bool = False) -> None:
        try:
            self._lines.remove(line)
        except KeyError:
            return  # by the other thread
        for end in line:
            with suppress(OSError):
                if reset:
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                # Wakes who waits for it.
                end.shutdown(socket.SHUT_RD if reset else socket.SHUT_RDWR)
            end.close()
