"""What the audit trail is told of requests: who changed, took away, exported, and whose figures somebody looked at."""

import logging
from collections.abc import Callable, Iterable, Sequence

from flask import g
from sqlalchemy import Connection, select
from sqlalchemy.exc import DBAPIError

from access import audit
from access.looks import Look
from access.roles import NOBODY, OPEN
from access.web.gate import entry, in_request, principal
from data_layer.privacy import Privacy, load_privacy, names_told, own_ids, privacy_json
from data_layer.tables import workers

log = logging.getLogger(__name__)

#: So many workers one look names; of more it says how many there are. Whoever asks for thousands at once must not fill the trail with it.
_MOST_NAMED = 100
#: So many ids are looked up at a time: a database takes only so many parameters.
_AT_A_TIME = 1_000

#: The subject of a look at the workers of a site all together, and of what is done to all there is.
EVERYTHING = "*"


def noting(action: str, site_id: str = "", subject: str = "", **details: object) -> Callable[[Connection], None]:
    """What puts a line into the trail, for the transaction of what it tells of. details: ids and settings, never names."""
    if not in_request():
        return _nothing
    at, actor = entry(), principal().actor
    return lambda connection: audit.note(connection, at.now(), actor, action, site_id=site_id, subject=subject, details=details)


def changing_privacy(site_id: str, rule: Privacy, actor: str | None = None) -> Callable[[Connection, Privacy], None]:
    """The same for what a site shows of its people; told what it was before. actor: who it is, if not who makes the request."""
    at, who = entry(), actor or principal().actor

    def line(connection: Connection, before: Privacy) -> None:
        audit.note(connection, at.now(), who, "privacy", site_id=site_id, details={"before": _told(before), "after": _told(rule)})

    return line


def _told(rule: Privacy) -> dict[str, object]:
    """Without the purpose: it is free text, in which somebody may have named somebody."""
    return {name: value for name, value in privacy_json(rule).items() if name != "purpose"}


def _nothing(_connection: Connection) -> None:
    """The server itself acts, for nobody."""


def note(action: str, site_id: str = "", subject: str = "", **details: object) -> None:
    """The same in a transaction of its own, before what it tells of: what can't be noted is not to be done."""
    if in_request():
        with entry().database.write() as connection:
            noting(action, site_id, subject, **details)(connection)


def saw(site_id: str, worker_ids: Iterable[str] = ()) -> None:
    """Somebody sees figures or events of workers (of all, where none is named): noted once an hour for each of them that there is.

    Where nobody signs in there is nobody to name.
    """
    if not in_request():
        return
    asked = (*worker_ids,) or (EVERYTHING,)
    looks_of_request().append((site_id, asked))
    if principal() in (OPEN, NOBODY):
        return
    own = asked if asked == (EVERYTHING,) else _unmasked(site_id, asked)
    fresh, more = entry().looks.fresh(principal().actor, [(site_id, worker_id) for worker_id in own], _at_somebody, _MOST_NAMED)
    if not fresh:
        return
    try:
        with entry().database.write() as connection:
            for look in fresh:
                noting("looked at", *look)(connection)
            if more:
                noting("looked at", site_id, EVERYTHING, more=more)(connection)
    except DBAPIError as error:
        # A full disk is no reason to show a supervisor nothing; the log has it.
        log.error("It could not be noted that %s looked at %s: %s", principal().actor, fresh, error.orig)


def _unmasked(site_id: str, called: Sequence[str]) -> Sequence[str]:
    """The workers' own ids, by which the trail knows them, where the caller knows them by pseudonyms."""
    with entry().database.read() as connection:
        rule = load_privacy(connection, site_id)
        if names_told(site_id, rule):
            return called
        own = own_ids(connection, site_id, rule)
    return [own[one] for one in called if one in own]


def looks_of_request() -> list[tuple[str, tuple[str, ...]]]:
    """What the answer to this request shows of whom, as `saw` was told: whoever is given the same answer again sees the same."""
    found: list[tuple[str, tuple[str, ...]]] = g.setdefault("looks", [])
    return found


def _at_somebody(looks: Sequence[Look]) -> list[Look]:
    """Those at somebody: whom nobody knows nobody sees, and the trail is no place to write what one likes."""
    found: set[Look] = set()
    with entry().database.read() as connection:
        for start in range(0, len(looks), _AT_A_TIME):
            some = looks[start : start + _AT_A_TIME]
            # The looks of one call are all at one site.
            here = (workers.c.site_id == some[0][0], workers.c.worker_id.in_([worker_id for _, worker_id in some]))
            found.update((row[0], row[1]) for row in connection.execute(select(workers.c.site_id, workers.c.worker_id).where(*here)))
    return [look for look in looks if look in found or look[1] == EVERYTHING]
