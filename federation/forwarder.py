"""The thread that tells a central server what this one's sites come to, or send."""

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime

import requests
from sqlalchemy import Connection

from data_layer.engine import Database
from data_layer.outbox import Forwarding, forwarded, note_trouble
from data_layer.scope import UnknownSite
from federation.telling import Telling
from federation.wire import Server, Trouble
from ingest.sending.patience import Patience

log = logging.getLogger(__name__)

#: So often at most are sums told, however often they change.
_LOOK_EVERY_SECONDS = 5.0
_STOP_WITHIN_SECONDS = 3.0


class Forwarder:
    """Tells until it is stopped: what can't be told waits in the database, and is tried again ever less often.

    Of several processes on one database one does so at a time.
    """

    def __init__(self, database: Database, server: Server, now: Callable[[], datetime]) -> None:
        self._database = database
        self._server = server
        self._now = now
        self._patience, self._every = Patience(base=1.0, cap=60.0), _LOOK_EVERY_SECONDS
        self._failures: dict[str, int] = {}
        self._troubles: dict[str, str] = {}
        self._again_at: dict[str, float] = {}
        self._wake, self._settling, self._stopping = threading.Event(), threading.Lock(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="forwarder", daemon=True)

    def start(self) -> None:
        """Begin, with what an earlier process left."""
        self._thread.start()

    def stop(self) -> None:
        """Write nothing more; an answer that is still on its way comes too late, and what it would have acknowledged is told again."""
        with self._settling:
            self._stopping.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(_STOP_WITHIN_SECONDS)

    def look(self) -> None:
        """Try now."""
        self._again_at.clear()
        self._wake.set()

    def troubles(self) -> dict[str, str]:
        """Why sites can't be forwarded now, by id, as far as this process has tried."""
        return dict(self._troubles)

    def _run(self) -> None:
        with requests.Session() as session:
            telling = Telling(self._database, session, self._server, self._now, self._settle)
            while not self._stopping.is_set():
                self._wake.clear()
                if not self._round(telling):
                    self._wake.wait(self._every)

    def _round(self, telling: Telling) -> bool:
        """Whether there may be more to tell at once."""
        try:
            with self._database.read() as connection:
                sites = [one for one in forwarded(connection) if time.monotonic() >= self._again_at.get(one.site_id, 0.0)]
            # All of them have their turn, whatever the first one says.
            more = [self._tell(telling, one) for one in sites]
            return any(more)
        except Exception:
            if not self._stopping.is_set():
                log.exception("What a central server is to be told could not be looked at; trying again.")
            return False

    def _tell(self, telling: Telling, of: Forwarding) -> bool:
        try:
            with self._database.only_one(f"forward {of.site_id}") as mine:
                more = mine and telling.tell(of)
        except UnknownSite:
            return False
        except Trouble as trouble:
            self._failed(of, str(trouble), trouble.after)
            return False
        except Exception as error:
            if not self._stopping.is_set():
                log.exception("Site %s could not be forwarded; trying again.", of.site_id)
                self._failed(of, f"It failed here ({type(error).__name__}); the log says more.", None)
            return False
        if self._failures.pop(of.site_id, 0):
            log.info("Site %s is forwarded to %s again.", of.site_id, of.target)
        self._again_at.pop(of.site_id, None)
        self._troubles.pop(of.site_id, None)
        return more

    def _failed(self, of: Forwarding, sentence: str, after: float | None) -> None:
        attempt = self._failures[of.site_id] = self._failures.get(of.site_id, 0) + 1
        self._again_at[of.site_id] = time.monotonic() + self._patience.seconds(attempt, after)
        self._troubles[of.site_id] = sentence
        if sentence != of.trouble:
            log.warning("Site %s can't be forwarded: %s", of.site_id, sentence)
            self._settle(lambda connection: note_trouble(connection, of.site_id, sentence))

    def _settle(self, write: Callable[[Connection], None]) -> None:
        with self._settling:
            if not self._stopping.is_set():
                with self._database.write() as connection:
                    write(connection)
