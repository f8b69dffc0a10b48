"""Who is behind a session's cookie or a key: looked up once a second at most, so that a camera's thousand requests cost one look.

What changes in this process is seen at once (`forget`), what another process changes within the second.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.exc import DBAPIError

from access import keys, people, sessions
from access.roles import Principal
from data_layer.engine import Database

log = logging.getLogger(__name__)

#: So long what was found is taken for true.
_TRUE_SECONDS = 1.0
#: Callers remembered; more than any factory has. Who guesses is not remembered.
_MOST = 10_000
#: How exactly it is noted when a key was used last.
_NOTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever asks. user, session: of a signed-in browser; None for a key."""

    principal: Principal
    user: people.User | None = None
    session: sessions.Session | None = None


class Callers:
    """Finds callers. now: the clock, by which sessions and keys end."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now
        self._found: dict[tuple[str, str], tuple[Caller, float]] = {}
        self._lock = threading.Lock()
        self._changes = 0
        self._anybody = False
        self._anybody_looked: float | None = None

    def of_session(self, token: str) -> Caller | None:
        """Whose session a token is of; None for none that holds."""
        return self._remembered("session", token, self._look_for_session)

    def of_key(self, text: str) -> Caller | None:
        """Whose key a text is; None for none that holds."""
        return self._remembered("key", text, self._look_for_key)

    @property
    def anybody(self) -> bool:
        """Whether any user was entered: from then on everybody signs in. Nobody is ever taken out again without a trace."""
        looked = self._anybody_looked
        if not self._anybody and (looked is None or time.monotonic() - looked > _TRUE_SECONDS):
            with self._database.read() as connection:
                self._anybody = people.any_user(connection)
            self._anybody_looked = time.monotonic()
        return self._anybody

    def forget(self) -> None:
        """Something has changed: look anew at everybody."""
        with self._lock:
            self._changes += 1
            self._found.clear()
            self._anybody_looked = None

    def _remembered(self, kind: str, text: str, look: Callable[[str], Caller | None]) -> Caller | None:
        remembered = self._found.get((kind, text))
        if remembered is not None and time.monotonic() - remembered[1] < _TRUE_SECONDS:
            return remembered[0]
        changes, began = self._changes, time.monotonic()
        found = look(text)
        with self._lock:
            if len(self._found) >= _MOST:
                self._found.clear()
            self._found.pop((kind, text), None)
            # What was read before a change must not be remembered after it.
            if found is not None and changes == self._changes:
                self._found[kind, text] = found, began
        return found

    def _look_for_session(self, token: str) -> Caller | None:
        now = self._now()
        with self._database.read() as connection:
            found = sessions.find_session(connection, token, now)
        if found is None:
            return None
        user, session = found
        if sessions.worth_noting(session, now):
            self._note(lambda connection: sessions.note_use(connection, session, now))
        return Caller(user.principal, user, session)

    def _look_for_key(self, text: str) -> Caller | None:
        now = self._now()
        with self._database.read() as connection:
            key = keys.find_key(connection, text, now)
        if key is None:
            return None
        if key.last_used_at is None or now - key.last_used_at >= _NOTED_EVERY:
            self._note(lambda connection: keys.note_use(connection, key.key_id, now))
        return Caller(key.principal)

    def _note(self, write: Callable[..., None]) -> None:
        """That somebody was here is worth a line, and no failed request: a disk may be full."""
        try:
            with self._database.write() as connection:
                write(connection)
        except DBAPIError as error:
            log.warning("It could not be noted that somebody was here: %s", error.orig)
