"""The daily job's thread: looks every few minutes whether there is something to do, and at once when settings were changed."""

import threading
from collections.abc import Callable

_LOOK_EVERY_SECONDS = 600.0


class Keeper:
    """One thread. look: what is to be done, see `Keeping.look_round`. stopping: set before it is waited for. every: seconds; None: when told alone."""

    def __init__(self, look: Callable[[], None], stopping: threading.Event, every: float | None = _LOOK_EVERY_SECONDS) -> None:
        self._look = look
        self._stopping = stopping
        self._every = every
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._run, name="keeper", daemon=True)

    def start(self) -> None:
        """Begin, with what an earlier process left half done."""
        self._thread.start()

    def stop(self) -> None:
        """End after the current step."""
        self._stopping.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()

    def look(self) -> None:
        """Look now: settings were changed."""
        self._wake.set()

    @property
    def alive(self) -> bool:
        """Whether the keeper is at work."""
        return self._thread.is_alive()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            self._look()
            self._wake.wait(self._every)
