"""A central server at a port of its own, and sites' servers that tell it what they come to."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask import Flask
from http_api import NOW, Api, SettableClock
from listening import listening
from migrated import empty_database
from server_process import until
from werkzeug.serving import WSGIRequestHandler

import api as http
from access import keys
from data_layer.comparison import Comparison
from data_layer.outbox import Forwarding, forwarded, waiting
from data_layer.query import MetricsQuery
from ingest.sending.patience import Patience
from services import Services, start_services
from settings import Settings

Wsgi = Callable[..., Any]


class _Silent(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, *_: Any) -> None:
        """Say nothing."""


@dataclass
class Central:
    """The central server. around: what stands before it for a while, and may do as it likes. asked: addresses, as they were asked."""

    api: Api
    clock: SettableClock
    port: int = 0
    around: Callable[[Wsgi], Wsgi] | None = None
    asked: list[str] = field(default_factory=list)

    @property
    def services(self) -> Services:
        return self.api.services

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def key(self, site_id: str, scope: str = "ingest", **more: Any) -> str:
        with self.services.database.write() as connection:
            number = len(keys.list_keys(connection))
            return keys.issue(connection, f"key {number}", scope, site_id, self.clock.now(), **more)

    def compare(self, *site_ids: str, **window: Any) -> Comparison:
        """The figures of some sites, as the pages ask for them."""
        for site_id in site_ids:
            assert self.services.refresher.wait(site_id, 60)
        return self.services.metrics.compare(*(MetricsQuery(site_id=site_id, as_of=self.clock.now(), **window) for site_id in site_ids))


@contextmanager
def central(folder: Path) -> Iterator[Central]:
    """The server, for as long as the block lasts."""
    clock = SettableClock(NOW)
    services = start_services(Settings(database_url=empty_database(folder / "central.db")), clock)
    app = Flask("central")
    http.register(app, services)
    made = Central(Api(app.test_client(), services), clock)
    plain = app.wsgi_app

    def served(environ: Any, start_response: Any) -> Any:
        made.asked.append(f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}{'?' if environ['QUERY_STRING'] else ''}{environ['QUERY_STRING']}")
        return (made.around(plain) if made.around else plain)(environ, start_response)

    try:
        with listening(served, request_handler=_Silent) as made.port:
            yield made
    finally:
        services.close()


@dataclass
class Site:
    """A site's own server, with a database at an address."""

    api: Api
    clock: SettableClock
    database: str

    @property
    def services(self) -> Services:
        return self.api.services

    def post(self, *events: dict[str, Any]) -> None:
        self.api.take_in(events)

    def forwarding(self) -> Forwarding:
        with self.services.database.read() as connection:
            return forwarded(connection)[0]

    def waiting(self) -> tuple[int, int]:
        with self.services.database.read() as connection:
            return waiting(connection, "main")

    def refused(self, said: str) -> None:
        """Wait until the central server's refusal is known, which says this."""
        until(lambda: said in (self.forwarding().trouble or ""))

    def told(self) -> None:
        """Wait until the central server has all that was stored up to now."""
        assert self.services.refresher.wait("main", 60)
        forwarder = self.services.forwarder
        assert forwarder is not None
        forwarder.look()
        until(lambda: self.waiting() == (0, 0) and self.forwarding().heard_at is not None and self.forwarding().trouble is None)


def hasty(services: Services) -> None:
    """Let the forwarder look and try again at once."""
    assert services.forwarder is not None
    services.forwarder._patience, services.forwarder._every = Patience(base=0.01, cap=0.05), 0.05
    services.forwarder.look()


#: By path, where each site's database was made.
_addresses: dict[Path, str] = {}


@contextmanager
def site(
    folder: Path, to: Central, *, key: str | None = None, named: str = "north", events: bool = False, new: bool = True, forwards: bool = True
) -> Iterator[Site]:
    """Of the site main, which is called otherwise at the central server. new: whether it begins empty. forwards: whether it is set to."""
    clock = SettableClock(NOW)
    path = folder / "site.db"
    url = _addresses[path] = empty_database(path) if new else _addresses[path]
    told = {"forward_to": to.url, "forward_key": key or to.key(named), "forward_sites": (("main", named),), "forward_events": events}
    services = start_services(Settings(database_url=url, **(told if forwards else {})), clock)
    if forwards:
        hasty(services)
    app = Flask("site")
    http.register(app, services)
    try:
        yield Site(Api(app.test_client(), services), clock, url)
    finally:
        services.close()
