"""A browser on the app as it is served."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import requests
from dash import Dash
from dash.testing.browser import Browser
from migrated import empty_database
from selenium.webdriver.chrome.options import Options
from thursday import NOW
from werkzeug.serving import make_server

import live
from app import create_app
from services import Clock, Services, start_services
from settings import Settings

CHROMIUM = "/usr/bin/chromium"
DESK = (1440, 1000)
#: How the log's lines begin that tell what a page's policy forbade.
FORBIDDEN = "against the policy:"

if Path(CHROMIUM).exists():
    os.environ.setdefault("DASH_TEST_CHROMEPATH", CHROMIUM)


def pytest_setup_options() -> Options:
    """Options of every browser."""
    options = Options()
    quiet = ("--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync")  # it asks for nobody by itself
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", *quiet):
        options.add_argument(argument)
    return options


#: Before any script of a page: what the page's policy forbids goes to the log, also where a library tries and has another way.
TELL = f"document.addEventListener('securitypolicyviolation', (seen) => console.error('{FORBIDDEN}', seen.effectiveDirective, seen.blockedURI, seen.sample))"


class Watched(Browser):
    """A browser that remembers what pages did against their policies, whoever has read its log meanwhile."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.forbidden: list[str] = []

    def get_logs(self) -> list[dict[str, Any]]:
        """What the log got since it was read last."""
        lines: list[dict[str, Any]] = super().get_logs()
        self.forbidden += [line["message"] for line in lines if FORBIDDEN in line["message"] or "Content Security Policy" in line["message"]]
        return lines


@pytest.fixture(scope="session")
def browser(request, tmp_path_factory) -> Iterator[Watched]:
    """One Chromium for all tests of a process: it takes longer to start than most tests last, and it keeps what it has compiled."""
    options = request.config.hook.pytest_setup_options()
    with Watched(browser="chrome", options=options, download_path=str(tmp_path_factory.mktemp("download")), percy_run=False) as chromium:
        yield chromium


@pytest.fixture(scope="session")
def doorway() -> Iterator[socket.socket]:
    """Where the apps of all tests of a process listen, one after the other: an address of its own for each would empty the browser's cache."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


@pytest.fixture
def tab(browser, doorway) -> Iterator[Watched]:
    """The browser at a fresh tab of a desk's size that remembers nothing but the product's files; nothing that it shows may act against its policy."""
    first = browser.driver.current_window_handle
    browser.driver.switch_to.new_window("tab")
    browser.driver.set_window_size(*DESK)
    remembered = {"origin": address_of(doorway), "storageTypes": "cookies,local_storage"}
    browser.driver.execute_cdp_cmd("Storage.clearDataForOrigin", remembered)
    browser.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": TELL})
    browser.forbidden.clear()
    try:
        yield browser
    finally:
        browser.get_logs()
        browser.driver.close()
        browser.driver.switch_to.window(first)
        browser.get_logs()
    assert browser.forbidden == []


def address_of(listening: socket.socket) -> str:
    """The address of what listens there."""
    return f"http://127.0.0.1:{listening.getsockname()[1]}"


@contextmanager
def served(app: Dash, at: socket.socket) -> Iterator[None]:
    """An app that answers at a socket, which stays open."""
    server = make_server("127.0.0.1", at.getsockname()[1], app.server, threaded=True, fd=at.fileno())
    thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class Page:
    """A browser (`dash`) at the app's page, and the services behind it. address: of the app, without a path."""

    dash: Watched
    services: Services
    address: str

    def text(self, selector: str, text: str) -> None:
        self.dash.wait_for_contains_text(selector, text, timeout=20)

    def go(self, path: str) -> None:
        self.dash.driver.get(self.address + path)


@dataclass(frozen=True, slots=True)
class StoppedClock(Clock):
    """A clock that all but stands still, so that page and API answer for the same moment, and yet no two moments are the same."""

    moment: datetime = field(default=NOW)
    looks: Iterator[int] = field(default_factory=count)

    def now(self) -> datetime:
        return self.moment + timedelta(microseconds=next(self.looks))


@dataclass
class RealPage(Page):
    """A page on real services, and the HTTP interface beside it."""

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """The JSON answer of an API call that must succeed."""
        answer = requests.request(method, self.address + path, json=body, timeout=20)
        assert answer.ok, answer.text
        return answer.json()


@pytest.fixture
def real_page(tab, doorway, tmp_path, monkeypatch) -> Iterator[RealPage]:
    """The whole app on an empty database, whose stream hardly waits between two pushes; at the end the browser's log must be empty."""
    monkeypatch.setattr(live, "PUSH_EVERY_SECONDS", 0.1)
    services = start_services(Settings(database_url=empty_database(tmp_path / "factory.db")), StoppedClock())
    try:
        with served(create_app(services), doorway):
            yield RealPage(tab, services, address_of(doorway))
            assert tab.get_logs() == []
    finally:
        tab.driver.get("about:blank")  # or the page would go on asking services that are closed
        services.close()


@pytest.fixture
def seeded(real_page) -> RealPage:
    """A site with shifts and demo data, on a Thursday afternoon."""
    shift = {"name": "day", "days": [0, 1, 2, 3, 4], "start": "08:00", "end": "17:00", "breaks": [{"start": "12:00", "end": "13:00"}]}
    real_page.ask("PUT", "/api/sites/main", {"name": "Plant North", "timezone": "Europe/Berlin", "shifts": [shift]})
    real_page.ask("POST", "/api/seed")
    return real_page
