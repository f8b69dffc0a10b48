"""The whole app with people and keys at its door, and clients for each of them."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from dash import Dash
from flask import Flask
from flask.testing import FlaskClient
from http_api import NOW, SettableClock
from migrated import empty_database
from on_servers import beside

from access import keys, people, sessions
from access.roles import EVERYWHERE, Role
from app import create_app
from services import Services, start_services
from settings import Settings

PASSWORD = "correct horse battery"
#: Who is entered: a role at one site, and administrators of one and of all.
PEOPLE: Mapping[str, Mapping[str, Role]] = {
    "viewer": {"north": Role.VIEWER},
    "supervisor": {"north": Role.SUPERVISOR},
    "local": {"north": Role.ADMINISTRATOR},
    "chief": {EVERYWHERE: Role.ADMINISTRATOR},
}
SITES = ("north", "south")


@dataclass
class Admission:
    """An app, its services and its clock, with PEOPLE and SITES. Sessions are begun once for each client."""

    dash: Dash
    services: Services
    clock: SettableClock
    ids: dict[str, str] = field(default_factory=dict)

    @property
    def server(self) -> Flask:
        """The app's Flask server."""
        return self.dash.server

    def client(self, login: str | None = None) -> FlaskClient:
        """A browser that somebody has signed in with; None: nobody."""
        browser = self.server.test_client()
        if login is not None:
            answer = browser.post("/sign-in", data={"login": login, "password": PASSWORD})
            assert answer.status_code == 303, answer.text
        return browser

    def signed_in(self, login: str) -> FlaskClient:
        """The same without the door: a session of its own, begun in the database."""
        with self.services.database.write() as connection:
            token = sessions.begin(connection, self.ids[login], "test", self.clock.now())
        browser = self.server.test_client()
        browser.set_cookie("factory_session", token)
        return browser

    def key(self, scope: str = "ingest", site_id: str = "north", *, cameras: Collection[str] | None = None, expires_at: datetime | None = None) -> str:
        """A new key's text."""
        with self.services.database.write() as connection:
            number = len(keys.list_keys(connection))
            return keys.issue(connection, f"key {number}", scope, site_id, self.clock.now(), cameras=cameras, expires_at=expires_at)

    def with_key(self, text: str) -> dict[str, Any]:
        """Arguments of a request that brings a key."""
        return {"headers": {"Authorization": f"Bearer {text}"}}

    def enter(self, login: str, roles: Mapping[str, Role]) -> str:
        """Let somebody in from now on; their id."""
        entry = self.services.entry
        with self.services.database.write() as connection:
            self.ids[login] = people.create_user(connection, login, roles, self.clock.now(), password_hash=entry.passwords.hashed(PASSWORD))
        entry.callers.forget()
        return self.ids[login]


@contextmanager
def admission(folder: Path, *, everybody: bool = True, **settings: Any) -> Iterator[Admission]:
    """An app on a database of its own. everybody: whether PEOPLE have been entered already."""
    clock = SettableClock(NOW)
    services = start_services(Settings(database_url=empty_database(folder / "factory.db"), **{**beside(), **settings}), clock)
    try:
        services.entry.passwords.hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        for site_id in SITES:
            services.sites.put(site_id, {"name": site_id.title()}, clock.now())
        found = Admission(create_app(services), services, clock)
        for login, roles in PEOPLE.items() if everybody else ():
            found.enter(login, roles)
        yield found
    finally:
        services.close()
