"""Answers that a client may keep: tagged by the data revision, and not made anew while it stands."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Any

from flask import Response, request

from api.routing import JSON, answer, services
from data_layer.query import MetricsQuery, Revision
from data_layer.scope import in_force
from metrics.units import BEGINNING, to_datetime, to_micros
from watching.release import version

HEADERS = ("Data-Revision", "Data-Stale", "Data-Sealed-Before", "ETag", "Cache-Control")

#: Another release may answer otherwise.
_RELEASE = version()


def kept_or_answered(queries: Sequence[MetricsQuery], ask: Callable[[], tuple[Any, Revision]]) -> Response:
    """304 if the client holds the answer of the revision that stands now, or the answer as servers keep it; else the question is asked."""
    shared = services().shared
    kept = None if shared is None else shared.kept
    standing = _standing(queries) if kept is not None or request.if_none_match else None
    if standing is not None:
        tag = _tag(standing)
        # "*" holds for whatever exists, and that is only known once the question has been answered.
        if not request.if_none_match.star_tag and request.if_none_match.contains_weak(tag):
            return Response(status=304, headers=_headers(standing))
        body = None if kept is None else kept.get(tag)
        if body is not None:
            return _with_headers(Response(body, content_type=JSON), standing, queries)
    found, revision = ask()
    made = _with_headers(answer(found), revision, queries)
    if kept is not None and _may_be_kept(revision):
        kept.put(_tag(revision), made.get_data())
    return made


def _standing(queries: Sequence[MetricsQuery]) -> Revision | None:
    """The revision that stands now; None where acknowledged events are missing from it."""
    revision = services().metrics.revision([query.site_id for query in queries])
    return None if revision.stale else revision


def _may_be_kept(revision: Revision) -> bool:
    """Not one that acknowledged events are missing from, nor one that has some of the next revision."""
    return revision.settled and not revision.stale


def _with_headers(made: Response, revision: Revision, queries: Sequence[MetricsQuery]) -> Response:
    made.headers.update(_headers(revision) | sealed_header((query.site_id, query.start) for query in queries))
    return made


def _headers(revision: Revision) -> dict[str, str]:
    """What goes with an answer of a revision."""
    told = {"Data-Revision": str(revision.number), "Cache-Control": "private, no-cache"}
    if revision.stale:
        return told | {"Data-Stale": "true"}
    return told | ({"ETag": f'W/"{_tag(revision)}"'} if _may_be_kept(revision) else {})


def sealed_header(starts: Iterable[tuple[str, datetime | None]]) -> dict[str, str]:
    """Up to when the latest seal among some sites is that their windows reach behind, if they do. starts: each site with its window's start."""
    sites = services().sites.known
    reached = [(sites[site_id].horizons, None if start is None else to_micros(start)) for site_id, start in starts]
    latest = max((horizons.sealed_before for horizons, start in reached if horizons.seals(start)), default=BEGINNING)
    return {} if latest == BEGINNING else {"Data-Sealed-Before": f"{to_datetime(latest):%Y-%m-%dT%H:%M:%SZ}"}


def _tag(revision: Revision) -> str:
    """One for the address, its parameters, what the caller may, and the revision. Weak: it is the same answer, however it is compressed."""
    rights = sorted(in_force().standings)
    asked = "\n".join([_RELEASE, request.path, request.query_string.decode("latin-1"), str(rights), str(revision.number), str(revision.mark)])
    return blake2b(asked.encode(), digest_size=12).hexdigest()
