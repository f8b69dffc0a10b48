"""Whether the database answers, told within a bounded time even when it does not."""

import logging
import threading
from concurrent.futures import Future

from sqlalchemy import select

from data_layer import tables
from data_layer.engine import Database

log = logging.getLogger(__name__)


class Probe:
    """Asks the database in a thread of its own, one question at a time: a database that hangs holds up one thread, not each that asks."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._one_at_a_time = threading.Lock()
        self._asked: Future[None] | None = None

    def trouble(self, within: float) -> str | None:
        """Why the database can't be used; None if it answers within so many seconds."""
        with self._one_at_a_time:
            if self._asked is None or self._asked.done():
                self._asked = self._ask()
            asked = self._asked
        try:
            error = asked.exception(within)
        except TimeoutError:
            return f"the database has not answered for {within:g} s"
        if error is not None:
            log.warning("The database does not answer: %s", getattr(error, "orig", error))
            return "the database answers with an error"
        return None

    def _ask(self) -> Future[None]:
        asked: Future[None] = Future()
        threading.Thread(target=self._read, args=(asked,), name="probe", daemon=True).start()
        return asked

    def _read(self, asked: Future[None]) -> None:
        try:
            with self._database.read() as connection:
                connection.execute(select(tables.sites.c.site_id).limit(1))
        except Exception as error:
            asked.set_exception(error)
        else:
            asked.set_result(None)
