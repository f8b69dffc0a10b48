"""The audit trail as administrators of all sites read it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, request

from access import audit, people
from access.roles import Role
from access.web.gate import entry, still_in
from access.web.inside import inside
from access.web.page import page
from access.web.witness import note
from components.csv_text import csv_lines
from data_layer.engine import Database
from metrics.units import to_datetime

bp = Blueprint("audit", __name__)

_HERE = "/audit"
_A_PAGE = 100
_A_PIECE = 1_000
_FIELDS = ("number", "at", "actor", "action", "site_id", "subject", "details", "hash")


@page(bp, "GET", _HERE, Role.ADMINISTRATOR, everywhere=True)
def trail() -> Response:
    """The newest entries, a page at a time. Whether the chain is whole is found out when it is asked for: each row is looked at."""
    entry().note_failures()
    filters, checked = _filters(), "check" in request.args
    with entry().database.read() as connection:
        rows = audit.newest(connection, _A_PAGE + 1, before=request.args.get("before", type=int), **filters)
        latest = audit.newest(connection, 1)
        broken = audit.first_broken(audit.entries(connection)) if checked else None
        known = {column: audit.known(connection, column) for column in ("action", "actor")}
        logins = {user.actor: user.login for user in people.list_users(connection)}
    older = rows[_A_PAGE - 1].number if len(rows) > _A_PAGE else None
    told: dict[str, Any] = {"checked": checked, "broken": broken, "latest": latest[0] if latest else None, "known": known, "logins": logins}
    return inside("audit.html", _HERE, rows=rows[:_A_PAGE], older=older, filters=filters, when=to_datetime, **told)


@page(bp, "GET", f"{_HERE}.csv", Role.ADMINISTRATOR, everywhere=True)
def as_csv() -> Response:
    """All entries that the filters let through, the oldest first."""
    entry().note_failures()
    filters = _filters()
    note("exported", subject="audit", filters=filters)
    headers = {"Content-Disposition": "attachment; filename=audit.csv", "Cache-Control": "no-store"}
    lines = csv_lines(_FIELDS, _pieces(entry().database, filters, still_in()))
    return Response(lines, content_type="text/csv; charset=utf-8; header=present", headers=headers)


def _filters() -> dict[str, str]:
    return {name: request.args.get(name, "") for name in ("action", "actor")}


def _pieces(database: Database, filters: dict[str, str], allowed: Callable[[], bool]) -> Iterator[Iterable[dict[str, Any]]]:
    """A piece after the other, each in a transaction of its own."""
    after: int | None = 0
    while after is not None and allowed():
        with database.read() as connection:
            found = list(audit.entries(connection, after=after, limit=_A_PIECE, **filters))
        yield ({**asdict(row), "at": to_datetime(row.at)} for row in found)
        after = found[-1].number if len(found) == _A_PIECE else None
