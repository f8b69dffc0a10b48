"""All that stands at the door of one app: who is known, how people sign in, and how the first of them comes to be."""

import ipaddress
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy.exc import DBAPIError

from access.administration import Administration
from access.callers import Callers
from access.looks import Looks
from access.openid_settings import OpenIdSettings
from access.passwords import Passwords
from access.rates import UNLIMITED, Rates
from access.set_up import SetUp
from access.sign_in import SignIn
from data_layer.engine import Database

if TYPE_CHECKING:
    from access.openid import OpenId
    from sharing.store import Store

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Entry:
    """The door. bound_here: whether only this machine can reach the server. public_url: as browsers reach it, '' where that is as it listens."""

    database: Database
    callers: Callers
    passwords: Passwords
    sign_in: SignIn
    set_up: SetUp
    administration: Administration
    looks: Looks
    rates: Rates
    now: Callable[[], datetime]
    bound_here: bool
    public_url: str = ""
    openid: "OpenId | None" = None

    @classmethod
    def of(
        cls,
        database: Database,
        now: Callable[[], datetime],
        host: str,
        public_url: str = "",
        key_rate: str = UNLIMITED,
        openid: OpenIdSettings | None = None,
        store: "Store | None" = None,
    ) -> "Entry":
        """Of an app that listens at an address."""
        passwords, callers = Passwords(), Callers(database, now)
        bound_here = is_here(host) and not public_url
        sign_in, set_up = SignIn.of(database, passwords, now), SetUp.of(database, passwords, now)
        changes = Administration(database, passwords, callers, sign_in, now)
        return cls(
            database,
            callers,
            passwords,
            sign_in,
            set_up,
            changes,
            Looks(now),
            Rates(key_rate, store),
            now,
            bound_here,
            public_url,
            _way_through(openid, database, now, public_url),
        )

    def note_failures(self, *, everything: bool = False) -> None:
        """Write down the failed tries that were only counted, if it is time. A disk may be full: then they stay counted."""
        try:
            self.sign_in.failures.settle(everything=everything)
        except DBAPIError as error:
            log.warning("Failed tries at signing in could not be noted: %s", error.orig)


def _way_through(settings: OpenIdSettings | None, database: Database, now: Callable[[], datetime], public_url: str) -> "OpenId | None":
    from access.openid import RETURN, OpenId  # which asks this module what is here

    return None if settings is None else OpenId(settings, f"{public_url}{RETURN}", database, now)


def is_here(address: str) -> bool:
    """Whether a name or an address is this machine's own."""
    bare = address.strip("[]")
    if bare.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(bare).is_loopback
    except ValueError:
        return False
