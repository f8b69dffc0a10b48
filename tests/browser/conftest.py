"""A browser on an app that answers from memory, and one on the app as it is served."""

import os
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import dash
import flask
import pytest
import requests
from selenium.webdriver.chrome.options import Options

import callbacks
from app import DOCUMENTATION, create_app
from components import ids, shell
from services import Clock, Services, start_services
from settings import Settings
from tests.fakes import NOW, FakeServices

ROOT = Path(__file__).parents[2]
CHROMIUM = "/usr/bin/chromium"

if Path(CHROMIUM).exists():
    os.environ.setdefault("DASH_TEST_CHROMEPATH", CHROMIUM)


def pytest_setup_options() -> Options:
    """Options of every browser: a desk's screen."""
    options = Options()
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1440,1000"):
        options.add_argument(argument)
    return options


def free_port() -> int:
    """A port of this machine that nobody listens on: test processes run side by side."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def app_on(services: FakeServices) -> dash.Dash:
    """The app as it is served, on other services."""
    app = dash.Dash(
        "factory",
        server=flask.Flask("factory"),
        use_async=False,
        enable_mcp=False,
        update_title=None,
        title="Factory Productivity",
        assets_folder=str(ROOT / "assets"),
        assets_path_ignore=[DOCUMENTATION],
    )
    app.layout = shell.layout()
    callbacks.register_all(app, services)
    return impatient(app)


def impatient(app: dash.Dash) -> dash.Dash:
    """The app, asking for news more often than on a screen: tests wait for them."""
    app.layout[ids.TICK].interval = 1_500
    return app


@dataclass
class Page:
    """A browser (`dash`) at the app's page, and the services behind it."""

    dash: object
    services: FakeServices | Services

    def text(self, selector: str, text: str) -> None:
        self.dash.wait_for_contains_text(selector, text, timeout=20)

    def go(self, path: str) -> None:
        self.dash.driver.get(self.dash.server_url + path)


@pytest.fixture
def open_page(dash_duo) -> Iterator[Callable[..., Page]]:
    """Starts the app and opens its page; at the end the browser's log must be empty."""
    pages = []

    def start(services: FakeServices, path: str = "/") -> Page:
        dash_duo.start_server(app_on(services), port=free_port())
        page = Page(dash_duo, services)
        if path != "/":
            page.go(path)
        pages.append(page)
        return page

    yield start
    for page in pages:
        assert page.dash.get_logs() == []


@dataclass(frozen=True, slots=True)
class StoppedClock(Clock):
    """A clock that stands still, so that page and API answer for the same moment."""

    moment: datetime = field(default=NOW)

    def now(self) -> datetime:
        return self.moment


@dataclass
class RealPage(Page):
    """A page on real services, and the HTTP interface beside it."""

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """The JSON answer of an API call that must succeed."""
        answer = requests.request(method, self.dash.server_url + path, json=body, timeout=20)
        assert answer.ok, answer.text
        return answer.json()


@pytest.fixture
def real_page(dash_duo, tmp_path) -> Iterator[RealPage]:
    """The whole app on an empty database; at the end the browser's log must be empty."""
    services = start_services(Settings(database_url=f"sqlite:///{tmp_path / 'factory.db'}"), StoppedClock())
    try:
        dash_duo.start_server(impatient(create_app(services)), port=free_port())
        page = RealPage(dash_duo, services)
        yield page
        assert dash_duo.get_logs() == []
    finally:
        dash_duo.driver.get("about:blank")  # or the page would go on asking services that are closed
        services.close()
