"""The worker: `celery -A jobs.worker worker` does what servers ask for, `celery -A jobs.worker beat` asks for what is due by the clock."""

import logging
import sys
import threading
import time
from collections import defaultdict
from datetime import UTC, datetime
from functools import cache
from typing import Any

from celery.signals import setup_logging

from data_layer.catching_up import catch_up_alone
from data_layer.counting import HourCounts
from data_layer.engine import Database, installation_of
from data_layer.migrate import migrate
from data_layer.refreshing import Progress
from data_layer.retention.keeping import Keeping
from data_layer.standing import lacks, newest_invalidation, note_recomputed, standings
from jobs.queue import CATCH_UP, KEEP, KEEP_WITHIN_SECONDS, REFRESH, REFRESH_WITHIN_SECONDS, Queue
from settings import InvalidSetting, Settings
from sharing.nudges import tell
from sharing.store import Store
from watching import logs

#: While another process is at a site, nobody says when it has done: it is looked at so often.
_GLANCE_SECONDS = 0.1


class Workshop:
    """What a process of the worker works with."""

    def __init__(self, settings: Settings) -> None:
        self.database = Database(settings.database_url, settings.folder)
        migrate(self.database)
        self._store = Store(settings.redis_url, self.database.installation) if settings.redis_url else None
        self._counts: dict[str, HourCounts] = defaultdict(HourCounts)
        self._keeping = Keeping(self.database, self.wait, lambda: datetime.now(UTC), lambda _: self._tell(), threading.Event())

    def refresh(self, site_id: str) -> bool:
        """Bring a site's figures up to its events; False where another process is at it."""

        def note(progress: Progress | None) -> None:
            note_recomputed(self.database, site_id, progress)
            self._tell()

        if not catch_up_alone(self.database, site_id, note, counts=self._counts[site_id]):
            return False
        self._tell()
        return True

    def behind(self) -> list[str]:
        """Sites whose figures lack something."""
        with self.database.read() as connection:
            return [site_id for site_id, standing in standings(connection).items() if standing.newest]

    def wait(self, site_id: str, timeout: float) -> bool:
        """Bring a site's figures up to what was committed before; False when that took longer (seconds)."""
        with self.database.read() as connection:
            target = newest_invalidation(connection, site_id)
        until = time.monotonic() + timeout
        while self._lacks(site_id, target):
            if time.monotonic() > until:
                return False
            if not self.refresh(site_id):
                time.sleep(_GLANCE_SECONDS)
        return True

    def keep(self) -> None:
        """Let leave what is older than sites keep."""
        self._keeping.look_round()

    def _lacks(self, site_id: str, invalidation_id: int) -> bool:
        with self.database.read() as connection:
            return lacks(connection, site_id, invalidation_id)

    def _tell(self) -> None:
        if self._store is not None:
            tell(self._store)


def _settings() -> Settings:
    try:
        found = Settings.load()
        if not found.broker_url:
            raise InvalidSetting("BROKER_URL must be set, for a worker to know where wishes come from.")
    except InvalidSetting as error:
        sys.exit(str(error))
    return found


_SETTINGS = _settings()
_QUEUE = Queue(_SETTINGS.broker_url, installation_of(_SETTINGS.database_url))
app = _QUEUE.app
# What is asked for again is not wanted twice.
app.conf.beat_schedule = {
    task: {"task": task, "schedule": every, "options": {"expires": every}} for task, every in ((KEEP, KEEP_WITHIN_SECONDS), (CATCH_UP, REFRESH_WITHIN_SECONDS))
}


@cache
def workshop() -> Workshop:
    """This process's own: connections are not shared with the one that it was forked from."""
    return Workshop(_SETTINGS)


@setup_logging.connect
def _log(**_: Any) -> None:
    logs.set_up(_SETTINGS.log_level, _SETTINGS.log_format)
    # Two lines for each of two tasks a second and site say nothing that a gauge doesn't.
    for name in ("celery.worker.strategy", "celery.app.trace"):
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLogger().level))


@app.task(name=REFRESH)
def refresh(site_id: str) -> None:
    """Bring a site's figures up to its events. Told twice, or for a site that is up to date, it does nothing."""
    workshop().refresh(site_id)


@app.task(name=CATCH_UP)
def catch_up() -> None:
    """Ask for all sites that are behind: for events that came while no server was up."""
    for site_id in workshop().behind():
        _QUEUE.ask_to_refresh(site_id)


@app.task(name=KEEP)
def keep() -> None:
    """Let leave what is older than sites keep. Told twice, the second finds nothing to do, or the first at it."""
    workshop().keep()
