"""Answers that a client may keep: tagged by the data revision, and not made anew while it stands."""

import secrets
from collections.abc import Iterable
from hashlib import blake2b

from flask import Response, request

from api.routing import services
from data_layer.query import MetricsQuery, Revision

HEADERS = ("Data-Revision", "Data-Stale", "ETag", "Cache-Control")

#: Another process may be another version, or may have been given another database.
_PROCESS = secrets.token_hex(8)


def unchanged(queries: Iterable[MetricsQuery]) -> Response | None:
    """304 if the client holds the answer of the revision that stands now; else None, and the question is to be answered."""
    # "*" holds for whatever exists, and that is only known once the question has been answered.
    if not request.if_none_match or request.if_none_match.star_tag:
        return None
    revision = services().metrics.revision([query.site_id for query in queries])
    if revision.stale or not request.if_none_match.contains_weak(_tag(revision)):
        return None
    return Response(status=304, headers=headers(revision))


def headers(revision: Revision) -> dict[str, str]:
    """What goes with an answer of a revision. One that acknowledged events are missing from is not to be kept."""
    told = {"Data-Revision": str(revision.number), "Cache-Control": "private, no-cache"}
    return told | ({"Data-Stale": "true"} if revision.stale else {"ETag": f'W/"{_tag(revision)}"'})


def _tag(revision: Revision) -> str:
    """One for the address, its parameters and the revision. Weak: it is the same answer, however it is compressed."""
    asked = "\n".join([_PROCESS, request.path, request.query_string.decode("latin-1"), str(revision.number)])
    return blake2b(asked.encode(), digest_size=12).hexdigest()
