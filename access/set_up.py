"""The first administrator: a server that others can reach serves nothing but one address, told to whoever can read its files.

There is no default password. The address is in a file beside the database that only the server's own user can read, holds for a day and
for one use; the next start makes another one if nobody came.
"""

import hmac
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from access import audit, people
from access.passwords import Passwords, check_fit
from access.roles import EVERYWHERE, Role
from access.tokens import new_token
from data_layer.engine import Database

VALID_FOR = timedelta(hours=24)
ENDED = "This address does not hold: it was used, or is more than a day old. Restart the server for another one."


class NotNow(ValueError):
    """There is nothing to set up, or not by this address; the text is a sentence."""


@dataclass(frozen=True)
class SetUp:
    """The way to the first administrator. path: of the file."""

    database: Database
    passwords: Passwords
    now: Callable[[], datetime]
    path: Path

    @classmethod
    def of(cls, database: Database, passwords: Passwords, now: Callable[[], datetime]) -> "SetUp":
        """With its file beside the database."""
        return cls(database, passwords, now, database.place.with_name(f"{database.place.name}.set-up"))

    def token(self) -> str | None:
        """The token of the address, a new one where none holds; None once there is a user."""
        with self.database.read() as connection:
            if people.any_user(connection):
                self.path.unlink(missing_ok=True)
                return None
        return self._standing() or self._made()

    def holds(self, token: str) -> bool:
        """Whether the address with this token makes the administrator now."""
        standing = self._standing()
        return standing is not None and hmac.compare_digest(standing.encode(), token.encode())

    def complete(self, token: str, login: str, password: str) -> str:
        """Enter the administrator; the user's id. Raises NotNow, Refused, Unfit."""
        if not self.holds(token):
            raise NotNow(ENDED)
        check_fit(password, login)
        hashed = self.passwords.hashed(password)
        with self.database.write() as connection:
            # Two at once: the second one finds the first one's user.
            if people.any_user(connection):
                raise NotNow("The administrator has been entered already: sign in.")
            user_id = people.create_user(connection, login, {EVERYWHERE: Role.ADMINISTRATOR}, self.now(), password_hash=hashed)
            audit.note(connection, self.now(), f"user:{user_id}", "set up", subject=user_id)
        self.path.unlink(missing_ok=True)
        return user_id

    def _standing(self) -> str | None:
        """The token in the file, while it holds."""
        try:
            made = datetime.fromtimestamp(self.path.stat().st_mtime, UTC)
            token = self.path.read_text(encoding="ascii").strip()
        except OSError:
            return None
        return token if token and self.now() - made < VALID_FOR else None

    def _made(self) -> str:
        token = new_token()
        self.path.unlink(missing_ok=True)
        # Nobody else may read it, at no moment; and nobody may have put something else there.
        with os.fdopen(os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(f"{token}\n")
        return token
