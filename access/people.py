"""People who sign in: what they are called, what they may do where, and whether they still may."""

import secrets
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select, update

from access.refused import Refused
from access.roles import EVERYWHERE, Principal, Role
from data_layer.access_tables import grants, sessions, users

#: The roles that people hold; CAMERA is for keys.
PEOPLE_ROLES = (Role.VIEWER, Role.SUPERVISOR, Role.ADMINISTRATOR)
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who signs in. roles: by site; EVERYWHERE for all. has_password: else nobody gets in by the login. is_provided: whether a provider of
    identities says who they are and what they may.
    """

    user_id: str
    login: str
    name: str | None
    disabled: bool
    has_password: bool
    roles: Mapping[str, Role]
    is_provided: bool = False

    @property
    def actor(self) -> str:
        """How the audit trail calls them."""
        return f"user:{self.user_id}"

    @property
    def principal(self) -> Principal:
        """Who asks with one of their sessions."""
        return Principal(self.actor, self.roles)


def login_key(login: str) -> str:
    """What logins are compared by: neither case nor the way in which a letter is composed makes another person."""
    return unicodedata.normalize("NFKC", login).strip().casefold()


def any_user(connection: Connection) -> bool:
    """Whether anybody has been entered: from then on everybody signs in."""
    return connection.execute(select(users.c.user_id).limit(1)).first() is not None


def create_user(
    connection: Connection,
    login: str,
    roles: Mapping[str, Role],
    now: datetime,
    *,
    name: str | None = None,
    password_hash: str | None = None,
    subject: str | None = None,
) -> str:
    """Enter somebody; their id. Raises Refused."""
    _check(connection, login)
    _check_roles(roles)
    user_id = secrets.token_hex(6)
    row = {"user_id": user_id, "login": login.strip(), "login_key": login_key(login), "name": name or None, "password_hash": password_hash, "subject": subject}
    connection.execute(insert(users).values(**row, disabled=False, created_at=now))
    _grant(connection, user_id, roles)
    return user_id


def find_by_login(connection: Connection, login: str) -> tuple[User, str | None] | None:
    """Who signs in by a login, with the password's hash; None for nobody."""
    row = connection.execute(select(users).where(users.c.login_key == login_key(login))).one_or_none()
    return None if row is None else (_user(connection, row), row.password_hash)


def find(connection: Connection, user_id: str) -> User | None:
    """Who has an id; None for nobody."""
    row = connection.execute(select(users).where(users.c.user_id == user_id)).one_or_none()
    return None if row is None else _user(connection, row)


def find_by_subject(connection: Connection, subject: str) -> User | None:
    """Whom a provider calls so; None for nobody."""
    row = connection.execute(select(users).where(users.c.subject == subject)).one_or_none()
    return None if row is None else _user(connection, row)


def list_users(connection: Connection) -> list[User]:
    """Everybody, by login."""
    return [_user(connection, row) for row in connection.execute(select(users).order_by(users.c.login_key))]


def set_roles(connection: Connection, user_id: str, roles: Mapping[str, Role]) -> None:
    """Let somebody hold these roles and no others. Raises Refused where nobody would be left to administer."""
    _check_roles(roles)
    connection.execute(delete(grants).where(grants.c.user_id == user_id))
    _grant(connection, user_id, roles)
    _check_somebody_administers(connection)


def set_disabled(connection: Connection, user_id: str, *, disabled: bool) -> None:
    """Let somebody in no more, or again; all their sessions end. Raises Refused where nobody would be left to administer."""
    connection.execute(update(users).where(users.c.user_id == user_id).values(disabled=disabled))
    connection.execute(delete(sessions).where(sessions.c.user_id == user_id))
    _check_somebody_administers(connection)


def set_password(connection: Connection, user_id: str, password_hash: str, *, but: str | None = None) -> None:
    """Give somebody another password; all their sessions end, but perhaps one (its token's hash)."""
    rehash(connection, user_id, password_hash)
    ended = delete(sessions).where(sessions.c.user_id == user_id)
    connection.execute(ended if but is None else ended.where(sessions.c.token_hash != but))


def rehash(connection: Connection, user_id: str, password_hash: str) -> None:
    """Keep the same password by another hash; sessions go on."""
    connection.execute(update(users).where(users.c.user_id == user_id).values(password_hash=password_hash))


def _check(connection: Connection, login: str) -> None:
    key = login_key(login)
    if not key or len(key) > _LONGEST or len(login) > _LONGEST:
        raise Refused(f"login: must have 1 to {_LONGEST} characters.")
    if any(unicodedata.category(character).startswith("C") for character in login):
        raise Refused("login: must not hold control characters.")
    if connection.execute(select(users.c.user_id).where(users.c.login_key == key)).first() is not None:
        raise Refused(f"login: {login.strip()} is taken.")


def _check_roles(roles: Mapping[str, Role]) -> None:
    for role in roles.values():
        if role not in PEOPLE_ROLES:
            raise Refused(f"role: must be one of {', '.join(PEOPLE_ROLES)}, not {role}.")


def _check_somebody_administers(connection: Connection) -> None:
    able = select(func.count()).select_from(users.join(grants, users.c.user_id == grants.c.user_id))
    administrators = able.where(users.c.disabled.is_(False), grants.c.site_id == EVERYWHERE, grants.c.role == Role.ADMINISTRATOR)
    if not connection.scalar(administrators):
        raise Refused("role: somebody must be left who administers all sites.")


def _grant(connection: Connection, user_id: str, roles: Mapping[str, Role]) -> None:
    rows = [{"user_id": user_id, "site_id": site, "role": str(role)} for site, role in sorted(roles.items())]
    if rows:
        connection.execute(insert(grants), rows)


def _user(connection: Connection, row: object) -> User:
    held = connection.execute(select(grants.c.site_id, grants.c.role).where(grants.c.user_id == row.user_id))  # type: ignore[attr-defined]
    roles = {site: Role(role) for site, role in held}
    has_password, is_provided = row.password_hash is not None, row.subject is not None  # type: ignore[attr-defined]
    return User(row.user_id, row.login, row.name, row.disabled, has_password, roles, is_provided)  # type: ignore[attr-defined]
