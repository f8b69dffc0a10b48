"""Asking the servers of other sites what these come to, all at once, when somebody looks: who doesn't answer is known by what it said before.

look ──┬──▶ south   answers                   its figures, as of now
       ├──▶ east    is slow  ─ ─ ─ ─ ─│       what it said before of this range, as of then
       └──▶ west    is away ╳         │       the same, or nothing
                                     limit    the page is drawn
"""

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import datetime
from typing import Literal
from urllib.parse import quote, urlencode

import msgspec
import requests

from data_layer.elsewhere import NO_ACCOUNT, Account, Days, days_of, iso
from data_layer.privacy import Level
from data_layer.query import MetricsQuery
from data_layer.scope import ALL_SITES, narrowed
from data_layer.sites import Site
from federation.peers import Peer, without_site
from federation.wire import Trouble, ask, refused

log = logging.getLogger(__name__)

_ANSWER_SECONDS, _MOST_BYTES = 3.0, 4_000_000
#: An answer holds so long, for the parts of a page that ask the same.
_FRESH_SECONDS = 5.0
#: Who didn't answer isn't asked for so long: a page that is looked at would be slow all the time.
_REST_SECONDS = 15.0
_MOST_AT_ONCE = 32
_KEPT = 512


class _Day(msgspec.Struct):
    day: str
    active: int | None
    idle: int | None
    absent: int | None
    signal: int | None
    tracked: int | None
    units: int
    events: int
    utilization: float | None
    utilized: int
    hours_told: int
    hours_left_out: int


class _Privacy(msgspec.Struct):
    level: Literal["individual", "team", "station"]
    smallest_group: int


class _Sums(msgspec.Struct):
    timezone: str
    as_of: datetime
    worker_count: int
    station_count: int
    has_schedule: bool
    privacy: _Privacy
    days: list[_Day]


_Key = tuple[str, str | None, str]


class Asking:
    """Those servers. known: our own sites, of which only those are asked about."""

    def __init__(self, peers: Mapping[str, Peer], known: Callable[[], Mapping[str, Site]]) -> None:
        self._peers = peers
        self._known = known
        self._limit, self._rest = _ANSWER_SECONDS, _REST_SECONDS
        self._said: OrderedDict[_Key, tuple[Account, float]] = OrderedDict()
        self._resting: dict[str, float] = {}
        self._troubles: dict[str, str] = {}
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(min(len(peers), _MOST_AT_ONCE) or 1, thread_name_prefix="asking")

    @property
    def site_ids(self) -> frozenset[str]:
        """The sites that have one."""
        return frozenset(self._peers)

    def troubles(self) -> dict[str, str]:
        """Why some of them don't answer, by site, as far as they were asked."""
        with narrowed(ALL_SITES):
            missing = dict.fromkeys(without_site(self._peers, self._known()), "there is no such site here")
        with self._lock:
            return missing | self._troubles

    def close(self) -> None:
        """Ask nobody any more."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def ask(self, queries: Sequence[MetricsQuery]) -> dict[str, Account]:
        """See `data_layer.peers.Peers`."""
        known = self._known()
        windows = {query.site_id: days_of(known[query.site_id], query) for query in queries if query.site_id in self._peers and query.site_id in known}
        asked = {site_id: self._pool.submit(self._one, known[site_id], days) for site_id, days in windows.items() if self._is_due(site_id, days)}
        wait(asked.values(), timeout=self._limit)
        for site_id, future in asked.items():
            self._note(site_id, _key(site_id, windows[site_id]), future)
        return {site_id: self._account(site_id, days) for site_id, days in windows.items()}

    def _is_due(self, site_id: str, days: Days) -> bool:
        now = time.monotonic()
        with self._lock:
            _, at = self._said.get(_key(site_id, days), (None, float("-inf")))
            return days.are_whole and now - at > _FRESH_SECONDS and now >= self._resting.get(site_id, float("-inf"))

    def _one(self, site: Site, days: Days) -> Account:
        """What the server of one site says. Raises Trouble."""
        peer = self._peers[site.site_id]
        asked = {"to": iso(days.last + 1)} | ({} if days.first is None else {"from": iso(days.first)})
        with requests.Session() as session:
            path = f"/api/sites/{quote(peer.site_id, safe='')}/sums?{urlencode(asked)}"
            told = ask(session, peer.server, "GET", path, seconds=self._limit, most=_MOST_BYTES)
        if told.status != 200:
            raise refused(peer.server, told)
        try:
            sums = msgspec.json.decode(told.body, type=_Sums)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise Trouble(f"{peer.server.url} gives an answer that can’t be understood.") from None
        if sums.timezone != site.timezone:
            raise Trouble(f"{peer.server.url} has it in {sums.timezone}, and here it is in {site.timezone}: its days are others.")
        about = (sums.as_of, sums.worker_count, sums.station_count, sums.has_schedule, Level(sums.privacy.level), sums.privacy.smallest_group)
        return Account(*about, sums.days, is_asked=True)

    def _note(self, site_id: str, key: _Key, future: Future[Account]) -> None:
        url = self._peers[site_id].server.url
        if not future.done():
            self._failed(site_id, f"{url} does not answer in time.")
        elif isinstance(error := future.exception(), Trouble):
            self._failed(site_id, str(error))
        elif error is not None:
            log.error("The server of site %s could not be asked.", site_id, exc_info=error)
            self._failed(site_id, f"It failed here ({type(error).__name__}); the log says more.")
        else:
            self._answered(site_id, key, future.result())

    def _answered(self, site_id: str, key: _Key, account: Account) -> None:
        with self._lock:
            self._said[key] = (account, time.monotonic())
            self._said.move_to_end(key)
            while len(self._said) > _KEPT:
                self._said.popitem(last=False)
            self._resting.pop(site_id, None)
            was_silent = self._troubles.pop(site_id, None)
        if was_silent:
            log.info("The server of site %s answers again.", site_id)

    def _failed(self, site_id: str, sentence: str) -> None:
        with self._lock:
            self._resting[site_id] = time.monotonic() + self._rest
            before, self._troubles[site_id] = self._troubles.get(site_id), sentence
        if sentence != before:
            log.warning("The server of site %s doesn't say what it comes to: %s", site_id, sentence)

    def _account(self, site_id: str, days: Days) -> Account:
        with self._lock:
            said, _ = self._said.get(_key(site_id, days), (NO_ACCOUNT, 0.0))
            return replace(said, is_silent=site_id in self._troubles)


def _key(site_id: str, days: Days) -> _Key:
    return site_id, *days.bounds
