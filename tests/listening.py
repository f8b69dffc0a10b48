"""A WSGI application at a port of this machine, for whoever asks over a real connection."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

from werkzeug.serving import make_server


@contextmanager
def listening(application: Callable[..., Any], **options: Any) -> Iterator[int]:
    """Serve it while the block lasts; the port."""
    server = make_server("127.0.0.1", 0, application, threaded=True, **options)
    # An answer that nobody waits for any more holds up nothing.
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
