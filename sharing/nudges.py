"""Nudges between servers: one that has made new figures says so, and the others look at the database at once instead of soon."""

import threading
from collections.abc import Callable
from typing import Any

from redis import RedisError

from sharing.store import Store
from watching.absence import REST_SECONDS

#: A look that nobody asked for comes every half second: a nudge that is lost costs no more.
_LISTEN_SECONDS = 1.0


class Nudges:
    """One thread that listens. nudged: called whenever a process has told."""

    def __init__(self, store: Store, nudged: Callable[[], None]) -> None:
        self._store = store
        self._nudged = nudged
        self._client = store.connected(_LISTEN_SECONDS * 2)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="nudges", daemon=True)

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def stop(self) -> None:
        """End within a moment."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()
        self._client.close()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                with self._client.pubsub(ignore_subscribe_messages=True) as heard:  # type: ignore[no-untyped-call]
                    heard.subscribe(_channel(self._store))
                    # What was told before this one listened, or while it could not.
                    self._nudged()
                    self._listen(heard)
            except RedisError:
                self._stopping.wait(REST_SECONDS)

    def _listen(self, heard: Any) -> None:
        while not self._stopping.is_set():
            if heard.get_message(timeout=_LISTEN_SECONDS) is not None:
                self._nudged()


def tell(store: Store) -> None:
    """Tell all servers, this one too, that there are new figures."""
    store.ask(lambda: store.client.publish(_channel(store), b""), lambda: None)


def _channel(store: Store) -> str:
    return f"{store.prefix}:figures"
