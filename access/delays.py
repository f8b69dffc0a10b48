"""Guessing takes longer and longer: after some failures in a row a login isn't looked at for a while, whether or not anybody has it."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, select, update

from access.people import login_key
from access.tokens import digest
from data_layer.access_tables import sign_in_delays
from data_layer.putting import put

#: Mistakes that cost nothing.
_FREE = 3
_FIRST, _LONGEST = timedelta(seconds=2), timedelta(minutes=15)
#: So long after the last failure all is forgotten.
_FORGOTTEN_AFTER = timedelta(days=1)
#: Logins that are remembered for a mistake or two. Guesses at logins beyond them make no more: what has to wait stays.
_MOST_REMEMBERED = 10_000


def delay_after(failures: int) -> timedelta:
    """How long nobody may try again after so many failures in a row."""
    if failures < _FREE:
        return timedelta()
    return min(_LONGEST, _FIRST * int(2 ** min(failures - _FREE, 20)))


def wait_for(connection: Connection, login: str, now: datetime) -> timedelta:
    """How long a login is not looked at yet; nothing where it is."""
    until = connection.scalar(select(sign_in_delays.c.until).where(sign_in_delays.c.login_hash == _key(login)))
    return timedelta() if until is None else max(timedelta(), until - now)


def note_failure(connection: Connection, login: str, now: datetime) -> None:
    """Count a failure; what is long past is forgotten with it, so that guessed logins don't fill the table."""
    table, key = sign_in_delays, _key(login)
    connection.execute(delete(table).where(table.c.until < now - _FORGOTTEN_AFTER))
    if (connection.scalar(select(func.count()).select_from(table)) or 0) >= _MOST_REMEMBERED:
        connection.execute(delete(table).where(table.c.failures < _FREE, table.c.login_hash != key))
    failures = (connection.scalar(select(table.c.failures).where(table.c.login_hash == key)) or 0) + 1
    put(connection, table, {"login_hash": key}, {"failures": failures, "until": now + delay_after(failures)})


def touch(connection: Connection, login: str) -> None:
    """Write what stands there anyway: to note one failure takes as long as any other."""
    connection.execute(update(sign_in_delays).where(sign_in_delays.c.login_hash == _key(login)).values(failures=sign_in_delays.c.failures))


def forget(connection: Connection, login: str) -> None:
    """Who has got in begins anew."""
    connection.execute(delete(sign_in_delays).where(sign_in_delays.c.login_hash == _key(login)))


def _key(login: str) -> str:
    """What a login goes by here: guesses are not to be read."""
    return digest(login_key(login))
