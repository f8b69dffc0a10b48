"""Signing in: a login and a password for a session, and nothing else that could be learned from trying."""

import math
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from access import audit, delays, people, sessions
from access.failures import Failures
from access.passwords import Passwords
from data_layer.engine import Database

#: Longer ones are nobody's, and are not looked up.
_LONGEST_LOGIN = 200
#: So many tries are looked at or wait for it, one after the other; each holds a thread of the server, of which the others need some.
_AT_ONCE = 5


class Wrong(ValueError):
    """Nobody signs in by this login with this password; which of the two is wrong, or whether somebody is shut out, isn't said."""


class TooSoon(ValueError):
    """This login was tried in vain too often. seconds: how long nobody's try is looked at."""

    def __init__(self, wait: timedelta) -> None:
        self.seconds = math.ceil(wait.total_seconds())
        super().__init__(f"Too many tries in vain: try again in {self.seconds} s.")


class Crowded(TooSoon):
    """More people try at once than are looked at."""

    def __init__(self) -> None:
        super().__init__(timedelta(seconds=2))

    def __str__(self) -> str:
        return "Many are signing in just now: try again in a moment."


@dataclass(frozen=True)
class SignIn:
    """The door for people. Every try is counted before it is looked at, so that many at once are no way around the delays."""

    database: Database
    passwords: Passwords
    now: Callable[[], datetime]
    failures: Failures
    _places: threading.Semaphore = field(default_factory=lambda: threading.BoundedSemaphore(_AT_ONCE))

    @classmethod
    def of(cls, database: Database, passwords: Passwords, now: Callable[[], datetime]) -> "SignIn":
        """With nobody at it yet."""
        return cls(database, passwords, now, Failures(database, now))

    def sign_in(self, login: str, password: str, browser: str, address: str = "") -> str:
        """Begin a session; the token for its cookie. address: from where, for the audit trail. Raises Wrong, TooSoon, Crowded."""
        if len(login) > _LONGEST_LOGIN:
            raise Wrong
        with self._place():
            return self._tried(login, password, browser, address)

    def _tried(self, login: str, password: str, browser: str, address: str) -> str:
        self._count(login)
        with self.database.read() as connection:
            found = people.find_by_login(connection, login)
        user, stored = found or (None, None)
        matches = self.passwords.match(stored, password)
        if user is None or user.disabled or not matches:
            self._note_failure(user, login, address)
            raise Wrong
        anew = self.passwords.hashed(password) if stored is not None and self.passwords.outdated(stored) else None
        return self._let_in(user, login, browser, anew)

    def confirm(self, user: people.User, password: str) -> None:
        """Somebody who is in shows that it is they: as hard to guess as at the door. Raises Wrong, TooSoon, Crowded."""
        with self._place():
            self._count(user.login)
            with self.database.read() as connection:
                found = people.find_by_login(connection, user.login)
            if not self.passwords.match(None if found is None else found[1], password):
                self._note_failure(user, user.login, "")
                raise Wrong
        with self.database.write() as connection:
            delays.forget(connection, user.login)

    @contextmanager
    def _place(self) -> Iterator[None]:
        if not self._places.acquire(blocking=False):
            raise Crowded
        try:
            yield
        finally:
            self._places.release()

    def _count(self, login: str) -> None:
        with self.database.write() as connection:
            now = self.now()
            wait = delays.wait_for(connection, login, now)
            if wait:
                raise TooSoon(wait)
            delays.note_failure(connection, login, now)

    def _note_failure(self, user: people.User | None, login: str, address: str) -> None:
        """What was typed is not kept: people type passwords where logins belong."""
        self.failures.note("" if user is None else user.user_id, address, lambda connection: delays.touch(connection, login))

    def _let_in(self, user: people.User, login: str, browser: str, anew: str | None) -> str:
        self.failures.settle(user.user_id)
        with self.database.write() as connection:
            now = self.now()
            # Disabled while the password was looked at: there is no session to end yet.
            still = people.find(connection, user.user_id)
            if still is None or still.disabled:
                raise Wrong
            delays.forget(connection, login)
            sessions.sweep(connection, now)
            if anew is not None:
                people.rehash(connection, user.user_id, anew)
            audit.note(connection, now, user.actor, "signed in")
            return sessions.begin(connection, user.user_id, browser, now)
