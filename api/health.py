"""Whether the server lives, and whether it can do its work."""

from flask import Blueprint, Response

from access.roles import EVERYWHERE, NOBODY, Role
from access.web.gate import principal
from api.routing import Answer, answer, route, services
from api.schemas.service import Health, Readiness
from data_layer.disk import free_bytes
from services import Services

bp = Blueprint("health", __name__)

_ANSWER_WITHIN_SECONDS = 2.0
#: A transaction that takes longer hangs: SQLite gives up waiting for a lock after five seconds.
_STUCK_SECONDS = 20.0
_LAG_SECONDS = 30.0
_LITTLE_SPACE = 500_000_000


@route(bp, "GET", "/health", role=Role.ANYONE, tag="Service", answers={200: Health})
def health() -> Response:
    """The process answers."""
    return answer({"status": "healthy"})


@route(bp, "GET", "/ready", role=Role.HERE, tag="Service", answers={200: Readiness, 503: Answer(Readiness, "Something is not ready: the part is named.")})
def ready() -> Response:
    """Whether database, writer and refresher can do their work: `ready`, or why not; what will need somebody soon is a warning."""
    known = services()
    troubles = {"database": known.probe.trouble(_ANSWER_WITHIN_SECONDS), "writer": _writer_trouble(known), "refresher": _refresher_trouble(known)}
    is_ready = not any(troubles.values())
    parts = {name: trouble or "ready" for name, trouble in troubles.items()}
    return answer({"status": "ready" if is_ready else "not ready", **parts, "warnings": _warnings(known)}, 200 if is_ready else 503)


def _writer_trouble(known: Services) -> str | None:
    if not known.writer.alive:
        return "the writer's thread has ended"
    busy = known.writer.busy_seconds
    return f"the writer has been at one transaction for {busy:.0f} s" if busy > _STUCK_SECONDS else None


def _refresher_trouble(known: Services) -> str | None:
    return None if known.refresher.alive else "the refresher's thread has ended"


def _is_named(site_id: str) -> bool:
    """Whether who asks may know that there is this site: it is one of theirs, whatever they may do there."""
    asking = principal()
    return asking is NOBODY or bool({EVERYWHERE, site_id} & asking.grants.keys())


def _warnings(known: Services) -> list[str]:
    """What doesn't keep the server from its work yet. Figures that are behind are answered, and say so themselves."""
    behind = {site_id: lag for site_id, lag in known.refresher.lags().items() if lag > _LAG_SECONDS}
    found = [f"The figures of site {site_id} are {lag:.0f} s behind." for site_id, lag in behind.items() if _is_named(site_id)]
    others = [lag for site_id, lag in behind.items() if not _is_named(site_id)]
    if others:
        found.append(f"The figures of {'other' if found else 'some'} sites are up to {max(others):.0f} s behind.")
    found += filter(None, (known.refresher.warning, None if known.shared is None else known.shared.warning))
    troubles = {} if known.forwarder is None else known.forwarder.troubles()
    found += [f"Site {site_id} can’t be forwarded: {trouble}" for site_id, trouble in sorted(troubles.items()) if _is_named(site_id)]
    silent = {} if known.asking is None else known.asking.troubles()
    found += [f"The server of site {site_id} can’t be asked: {trouble}" for site_id, trouble in sorted(silent.items()) if _is_named(site_id)]
    free = free_bytes(known.database)
    if free is not None and free < _LITTLE_SPACE:
        found.append(f"The database's disk has only {free // 1_000_000} MB left.")
    return found
