"""One round of telling a central server about a site: what the outbox holds is sent, and forgotten once it is acknowledged.

outbox ──▶ snapshot ──▶ central server ──▶ acknowledged ──▶ out of the outbox
   ▲                          ╳ killed, cut, refused ──┐
   └────────────── the same once more ◀────────────────┘      sums take the place of themselves, events are known by their identity
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

import msgspec
import requests
from sqlalchemy import Connection, select

from data_layer.engine import Database
from data_layer.faultpoint import faultpoint
from data_layer.outbox import Forwarding, acknowledge, changed, tell_all_sums
from data_layer.privacy import Level
from data_layer.remote_tables import unsent_events
from data_layer.sites import load_site, overtake
from data_layer.tables import cv_models, events
from data_layer.types import micros
from federation.day_sums import MOST_DAYS, first_kept_day, local_days, moving_from, site_sums
from federation.wire import Server, Told, Trouble, ask, refused
from ingest.demo import SOURCE as DEMO_SOURCE
from ingest.event import Event
from ingest.quarantine import payload_of
from ingest.sending.answers import Stopped, understood
from ingest.sending.tally import Outcome
from metrics.units import BEGINNING, to_micros

log = logging.getLogger(__name__)

#: A central server that hears nothing for longer says so beside the figures.
HEARTBEAT_SECONDS = 60.0
_ANSWER_SECONDS, _MOST_BYTES = 30.0, 1_000_000
_EVENTS_AT_ONCE = 500

_CLOUDEVENTS = "application/cloudevents-batch+json"


class _Kept(msgspec.Struct):
    revision_before: int


@dataclass(frozen=True)
class Telling:
    """What a round works with. settle: writes, unless the server is being stopped."""

    database: Database
    session: requests.Session
    server: Server
    now: Callable[[], datetime]
    settle: Callable[[Callable[[Connection], None]], None]

    def tell(self, of: Forwarding) -> bool:
        """Tell what there is to tell; whether there is more that nothing holds up. Raises Trouble."""
        return self._events(of) if of.events else self._sums(of)

    def _sums(self, of: Forwarding) -> bool:
        now = self.now()
        with self.database.read() as connection:
            changes = changed(connection, of.site_id)
            site = load_site(connection, of.site_id)
            moved = moving_from(site, to_micros(now if of.heard_at is None else min(of.heard_at, now)))
            stretches = [(moved, to_micros(now)), *((low, high) for _, low, high in changes)]
            days = sorted({day for low, high in stretches for day in local_days(connection, site, low, high, to_micros(now))})
        if not changes and of.trouble is None and of.heard_at is not None and (now - of.heard_at).total_seconds() < HEARTBEAT_SECONDS:
            return False
        faultpoint("forwarder: outbox read")
        from_scratch = any(low <= BEGINNING for _, low, _ in changes)
        revision, before = self._put(of, days, now, first_kept_day(site) if from_scratch else None)
        faultpoint("forwarder: sums acknowledged")
        ids = [change_id for change_id, *_ in changes]
        is_known = from_scratch or before == of.acknowledged
        self.settle(lambda connection: _acknowledge_sums(connection, of, now, ids, revision, before, is_known=is_known))
        faultpoint("forwarder: outbox emptied")
        return False

    def _put(self, of: Forwarding, days: Sequence[int], now: datetime, void_from: str | None) -> tuple[int, int]:
        """Tell some days as they are now, a stretch at a time; the revision that the last ones are of, and the one that was there before."""
        parts = consecutive(days, MOST_DAYS)
        found = []
        for number, part in enumerate(parts, start=1):
            with self.database.read() as connection:
                sums = site_sums(connection, load_site(connection, of.site_id), part, now)
            body = {**sums, "is_all": number == len(parts), "void_from": void_from if number == 1 else None}
            found.append((sums["revision"], self._kept(of, msgspec.json.encode(body))))
        return found[-1][0], found[0][1]

    def _kept(self, of: Forwarding, body: bytes) -> int:
        """The revision that was there before."""
        told = self._ask("PUT", f"/api/sites/{quote(of.as_site, safe='')}/sums", body)
        if told.status != 200:
            raise refused(self.server, told)
        try:
            return msgspec.json.decode(told.body, type=_Kept).revision_before
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise _not_understood(self.server) from None

    def _events(self, of: Forwarding) -> bool:
        with self.database.read() as connection:
            rule = load_site(connection, of.site_id).privacy
            event_ids, found = _unsent(connection, of)
        if not event_ids:
            return False
        if rule.level is not Level.INDIVIDUAL:
            raise Trouble(f"Site {of.site_id} does not show single people: its raw events stay here. Leave FORWARD_EVENTS out, and it is told in sums.")
        faultpoint("forwarder: outbox read")
        plain = [one for one in found if one.source in ("", one.camera_id)]
        enveloped = [one for one in found if one.source not in ("", one.camera_id)]
        for kind, some in (("application/json", plain), (_CLOUDEVENTS, enveloped)):
            if some:
                self._post(of, kind, some)
        faultpoint("forwarder: events acknowledged")
        now = self.now()
        self.settle(lambda connection: acknowledge(connection, of.site_id, now, event_ids=event_ids))
        faultpoint("forwarder: outbox emptied")
        return len(event_ids) == _EVENTS_AT_ONCE

    def _post(self, of: Forwarding, kind: str, some: Sequence[Event]) -> None:
        body = f"[{','.join(map(payload_of, some))}]".encode()
        if of.trouble is not None or of.heard_at is None:
            # What it refuses it keeps in its quarantine, and we would send no more: not for a site that is only not there yet.
            self._check_site(of, self._judged(f"?{_DRY_RUN}", body, kind, len(some), dry_run=True))
        outcome = self._judged("", body, kind, len(some))
        self._check_site(of, outcome)
        if outcome.rejected:
            log.warning("%s refused %d events of site %s, and has them in its quarantine.", self.server.url, len(outcome.rejected), of.site_id)

    def _check_site(self, of: Forwarding, outcome: Outcome) -> None:
        without = [why for _, why in outcome.rejected if why.startswith("site_id:")]
        if without:
            raise Trouble(f"{self.server.url} has no site {of.as_site} for our key: make it there first, with the settings that it has here.")

    def _judged(self, query: str, body: bytes, kind: str, many: int, *, dry_run: bool = False) -> Outcome:
        told = self._ask("POST", f"/api/events/batch{query}", body, kind)
        try:
            found = understood(told.status, told.headers, told.body, many, dry_run=dry_run)
        except Stopped:
            raise refused(self.server, told) from None
        if not isinstance(found, Outcome):
            raise _not_understood(self.server) if told.status in (200, 207) else refused(self.server, told)
        return found

    def _ask(self, method: str, path: str, body: bytes, kind: str = "application/json") -> Told:
        faultpoint("forwarder: about to send")
        return ask(self.session, self.server, method, path, body, kind=kind, seconds=_ANSWER_SECONDS, most=_MOST_BYTES)


_DRY_RUN = "dry_run=true"


def _not_understood(server: Server) -> Trouble:
    return Trouble(f"{server.url} gives an answer that can’t be understood.")


def _acknowledge_sums(connection: Connection, of: Forwarding, now: datetime, changes: Sequence[int], revision: int, before: int, *, is_known: bool) -> None:
    """is_known: whether the central server had what we believed it to have, or has been told everything."""
    overtaken = overtake(connection, of.site_id, before)
    acknowledge(connection, of.site_id, now, revision=max(revision, before), changes=changes)
    if overtaken or not is_known:
        # A restore there, or here; an answer that was lost; or a second server that tells the same site.
        log.warning("%s has other sums of site %s than it was told last from here: it is told all of them again.", of.target, of.site_id)
        tell_all_sums(connection, of.site_id)


def consecutive(days: Iterable[int], most: int) -> list[range]:
    """Ascending numbers as stretches without a gap, of so many at most."""
    found: list[range] = []
    for day in days:
        if found and found[-1].stop == day and len(found[-1]) < most:
            found[-1] = range(found[-1].start, day + 1)
        else:
            found.append(range(day, day + 1))
    return found


def _unsent(connection: Connection, of: Forwarding) -> tuple[list[int], list[Event]]:
    """The oldest unsent: their ids, and those that are still there as the central server shall know them. Demo data stays where it was loaded."""
    waiting = select(unsent_events.c.event_id, unsent_events.c.timestamp).where(unsent_events.c.site_id == of.site_id)
    some = waiting.order_by(unsent_events.c.event_id).limit(_EVENTS_AT_ONCE).subquery("some")
    ids = list(connection.scalars(select(some.c.event_id)))
    sent_at, names = micros(events.c.sent_at), (cv_models.c.model_name, cv_models.c.model_version)
    first = (events.c.worker_id, micros(events.c.timestamp), events.c.event_type, events.c.station_id, events.c.count, events.c.confidence)
    columns = (*first, events.c.source, events.c.client_event_id, events.c.camera_id, *names, sent_at, events.c.sequence)
    joined = some.join(events, (events.c.event_id == some.c.event_id) & (events.c.timestamp == some.c.timestamp))
    rows = select(*columns).select_from(joined.outerjoin(cv_models, cv_models.c.model_id == events.c.model_id)).where(events.c.site_id == of.site_id)
    found: list[Any] = [tuple(row) for row in connection.execute(rows.order_by(events.c.event_id))]
    made = [Event._make([of.as_site, *values[:10], values[10] or None, *values[11:]]) for values in found]
    return ids, [one for one in made if one.source != DEMO_SOURCE or one.camera_id]
