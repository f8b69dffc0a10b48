"""Failed tries at signing in, added up: no row of the audit trail is ever taken out again, so that nobody must be able to fill it.

08:00:00  ─▶ a row: of this user, or of users that there aren't, from an address
08:00:01 ┐
   …     ├─▶ counted
08:14:59 ┘
08:15:00  ─▶ what was counted is a second row, as soon as anybody signs in or fails to, or looks at the trail
"""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from access import audit
from data_layer.engine import Database

_TOGETHER = timedelta(minutes=15)
#: Addresses that are told apart in a quarter of an hour: who has a network of them is one stranger more.
_MOST_ADDRESSES = 100
_ACTION = "sign-in failed"


@dataclass(frozen=True, slots=True)
class _Tally:
    """Failures of one user (or '' for users that there aren't) since the one that was noted. address: from where, '' for anywhere."""

    user_id: str
    address: str
    since: datetime
    count: int = 0


class Failures:
    """Notes failures: the first of each kind at once, the others of its quarter of an hour in one row. now: the clock."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now
        self._lock = threading.Lock()
        self._tallies: dict[tuple[str, str], _Tally] = {}

    def note(self, user_id: str, address: str, also: Callable[[Connection], None]) -> None:
        """Somebody has failed. user_id: '' where there is no such user. also: what is written in any case, so that the time tells nobody which it is."""
        with self._lock:
            now = self._now()
            over = self._over(now)
            key = self._key(user_id, address, over)
            tally = None if key in over else self._tallies.get(key)
            with self._database.write() as connection:
                self._write(connection, over.values())
                if tally is None:
                    audit.note(connection, now, "nobody", _ACTION, subject=user_id, details=_where(key[1]))
                also(connection)
            # Only now is it on disk.
            self._forget(over)
            self._tallies[key] = _Tally(*key, now) if tally is None else replace(tally, count=tally.count + 1)

    def settle(self, user_id: str | None = None, *, everything: bool = False) -> None:
        """Write what was counted before this quarter of an hour; of a user, who has come in after all, and of everything at the end, also what is younger."""
        with self._lock:
            mine = {key: tally for key, tally in self._tallies.items() if everything or (user_id is not None and tally.user_id == user_id)}
            over = self._over(self._now()) | mine
            if any(tally.count for tally in over.values()):
                with self._database.write() as connection:
                    self._write(connection, over.values())
            self._forget(over)

    def _over(self, now: datetime) -> dict[tuple[str, str], _Tally]:
        return {key: tally for key, tally in self._tallies.items() if now - tally.since >= _TOGETHER}

    def _key(self, user_id: str, address: str, over: dict[tuple[str, str], _Tally]) -> tuple[str, str]:
        if user_id:
            return user_id, ""
        strangers = [key for key in self._tallies if not key[0] and key not in over]
        return ("", address) if ("", address) in strangers or len(strangers) < _MOST_ADDRESSES else ("", "elsewhere")

    def _write(self, connection: Connection, tallies: Iterable[_Tally]) -> None:
        for tally in tallies:
            if tally.count:
                counted = {"count": tally.count, "since": tally.since.isoformat(timespec="seconds")}
                audit.note(connection, self._now(), "nobody", _ACTION, subject=tally.user_id, details=_where(tally.address) | counted)

    def _forget(self, over: dict[tuple[str, str], _Tally]) -> None:
        for key in over:
            self._tallies.pop(key, None)


def _where(address: str) -> dict[str, object]:
    return {"from": address} if address else {}
