"""Signed-in browsers. The cookie holds a random text and the database its hash: whoever reads the one can't make the other."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, update

from access.people import User, find
from access.tokens import digest, new_token
from data_layer.access_tables import sessions

#: A session that nobody uses ends after a shift; one that is used, after a week all the same.
IDLE = timedelta(hours=12)
ABSOLUTE = timedelta(days=7)
#: How exactly it is noted when a session was used last: not each request is worth a commit.
_NOTED_EVERY = timedelta(minutes=1)
_BROWSER_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in browser, as its owner sees it. token_hash: what it goes by."""

    token_hash: str
    browser: str
    created_at: datetime
    seen_at: datetime


def begin(connection: Connection, user_id: str, browser: str, now: datetime) -> str:
    """Sign a browser in: the token for its cookie. It never had one before that an attacker could have given it."""
    token = new_token()
    row = {"token_hash": digest(token), "user_id": user_id, "browser": browser[:_BROWSER_LENGTH], "created_at": now, "seen_at": now}
    connection.execute(insert(sessions).values(row))
    return token


def find_session(connection: Connection, token: str, now: datetime) -> tuple[User, Session] | None:
    """Whose session a token is of; None for none that still holds, or of somebody who may not sign in."""
    row = connection.execute(select(sessions).where(sessions.c.token_hash == digest(token))).one_or_none()
    if row is None or _over(row.created_at, row.seen_at, now):
        return None
    user = find(connection, row.user_id)
    if user is None or user.disabled:
        return None
    return user, Session(row.token_hash, row.browser, row.created_at, row.seen_at)


def worth_noting(session: Session, now: datetime) -> bool:
    """Whether it is time to note that a session is used."""
    return now - session.seen_at >= _NOTED_EVERY


def note_use(connection: Connection, session: Session, now: datetime) -> None:
    """Note that a session is used; one that has ended meanwhile stays so."""
    connection.execute(update(sessions).where(sessions.c.token_hash == session.token_hash).values(seen_at=now))


def sessions_of(connection: Connection, user_id: str, now: datetime) -> list[Session]:
    """Somebody's sessions that hold, the one used last first."""
    rows = connection.execute(select(sessions).where(sessions.c.user_id == user_id).order_by(sessions.c.seen_at.desc()))
    return [Session(row.token_hash, row.browser, row.created_at, row.seen_at) for row in rows if not _over(row.created_at, row.seen_at, now)]


def end(connection: Connection, user_id: str, token_hash: str | None = None) -> None:
    """Sign somebody out: of one session, or everywhere."""
    own = delete(sessions).where(sessions.c.user_id == user_id)
    connection.execute(own if token_hash is None else own.where(sessions.c.token_hash == token_hash))


def sweep(connection: Connection, now: datetime) -> None:
    """Forget the sessions that are over."""
    connection.execute(delete(sessions).where((sessions.c.seen_at < now - IDLE) | (sessions.c.created_at < now - ABSOLUTE)))


def _over(created_at: datetime, seen_at: datetime, now: datetime) -> bool:
    return now - seen_at > IDLE or now - created_at > ABSOLUTE
