"""What administrators and people themselves change about who may come in: each change is noted in its own transaction, and holds at once."""

import secrets
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from access import audit, keys, people, sessions
from access.callers import Callers
from access.passwords import Passwords, Unfit, check_fit
from access.refused import Refused
from access.roles import Role
from access.sign_in import SignIn
from data_layer.engine import Database

#: Letters and digits that nobody takes for one another when they are read out.
_LEGIBLE = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _GROUP_LENGTH = 4, 5


class NotThere(LookupError):
    """There is no such user or key, or not for whoever asks."""


@dataclass(frozen=True)
class Administration:
    """Changes to users, passwords, sessions and keys. `actor` is always who changes, as the audit trail calls them."""

    database: Database
    passwords: Passwords
    callers: Callers
    sign_in: SignIn
    now: Callable[[], datetime]

    def enter(self, actor: str, login: str, name: str, roles: Mapping[str, Role]) -> str:
        """Let somebody in; the password to hand over, which nobody can be told again. Raises Refused."""
        password = new_password()
        hashed = self.passwords.hashed(password)
        with self._changing() as connection:
            keys.check_lasting(connection, actor)
            user_id = people.create_user(connection, login, roles, self.now(), name=name.strip() or None, password_hash=hashed)
            audit.note(connection, self.now(), actor, "user entered", subject=user_id, details={"roles": dict(roles)})
        return password

    def grant(self, actor: str, user_id: str, roles: Mapping[str, Role]) -> None:
        """Let somebody hold these roles and no others. Raises NotThere, Refused."""
        with self._changing() as connection:
            keys.check_lasting(connection, actor)
            before = _local(connection, user_id).roles
            people.set_roles(connection, user_id, roles)
            audit.note(connection, self.now(), actor, "roles changed", subject=user_id, details={"before": dict(before), "after": dict(roles)})

    def disable(self, actor: str, user_id: str, *, disabled: bool) -> None:
        """Let somebody in no more, or again. Raises NotThere, Refused."""
        with self._changing() as connection:
            keys.check_lasting(connection, actor)
            _user(connection, user_id)
            people.set_disabled(connection, user_id, disabled=disabled)
            audit.note(connection, self.now(), actor, "user disabled" if disabled else "user let in again", subject=user_id)

    def renew_password(self, actor: str, user_id: str) -> str:
        """Give somebody another password, which nobody can be told again; their sessions end. Raises NotThere, Refused."""
        password = new_password()
        hashed = self.passwords.hashed(password)
        with self._changing() as connection:
            keys.check_lasting(connection, actor)
            _local(connection, user_id)
            people.set_password(connection, user_id, hashed)
            audit.note(connection, self.now(), actor, "password renewed", subject=user_id)
        return password

    def change_password(self, user: people.User, session: sessions.Session, old: str, new: str) -> None:
        """Somebody changes their own; their other sessions end. Raises Wrong, TooSoon, Unfit."""
        check_fit(new, user.login)
        if new == old:
            raise Unfit("password: must be another one than before.")
        self.sign_in.confirm(user, old)
        hashed = self.passwords.hashed(new)
        with self._changing() as connection:
            people.set_password(connection, user.user_id, hashed, but=session.token_hash)
            audit.note(connection, self.now(), user.actor, "password changed", subject=user.user_id)

    def end_session(self, user: people.User, token_hash: str) -> None:
        """Somebody signs one of their browsers out."""
        with self._changing() as connection:
            sessions.end(connection, user.user_id, token_hash)
            audit.note(connection, self.now(), user.actor, "signed out", subject=user.user_id)

    def end_sessions(self, user: people.User) -> None:
        """Somebody signs out everywhere."""
        with self._changing() as connection:
            sessions.end(connection, user.user_id)
            audit.note(connection, self.now(), user.actor, "signed out everywhere", subject=user.user_id)

    def issue_key(self, actor: str, name: str, scope: str, site_id: str, *, cameras: Collection[str] | None, expires_at: datetime | None) -> str:
        """Make a key, neither for more sites nor for longer than the key by which its maker came. Its text, which nobody can be told again. Raises Refused."""
        with self._changing() as connection:
            keys.check_successor(connection, actor, site_id, expires_at)
            text = keys.issue(connection, name, scope, site_id, self.now(), cameras=cameras, expires_at=expires_at)
            audit.note(connection, self.now(), actor, "key made", site_id=site_id, subject=keys.id_of(text), details={"scope": scope})
        return text

    def revoke_key(self, actor: str, key_id: str) -> None:
        """Let a key open nothing any more; one that was revoked stays so."""
        with self._changing() as connection:
            if keys.revoke(connection, key_id, self.now()):
                audit.note(connection, self.now(), actor, "key revoked", subject=key_id)

    @contextmanager
    def _changing(self) -> Iterator[Connection]:
        with self.database.write() as connection:
            yield connection
        self.callers.forget()


def new_password() -> str:
    """A password to be handed over: about a hundred random bits, in groups that can be read out."""
    return "-".join("".join(secrets.choice(_LEGIBLE) for _ in range(_GROUP_LENGTH)) for _ in range(_GROUPS))


def _local(connection: Connection, user_id: str) -> people.User:
    """Somebody who is entered here. Raises NotThere, and Refused for whom a provider knows."""
    found = _user(connection, user_id)
    if found.is_provided:
        raise Refused("user: the company’s sign-in says what they may, and looks after their password.")
    return found


def _user(connection: Connection, user_id: str) -> people.User:
    found = people.find(connection, user_id)
    if found is None:
        raise NotThere(user_id)
    return found
