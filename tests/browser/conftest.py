"""A browser on an app that answers from memory."""

import os
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import dash
import flask
import pytest
from selenium.webdriver.chrome.options import Options

import callbacks
from components import shell
from tests.fakes import FakeServices

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
    )
    app.layout = shell.layout()
    callbacks.register_all(app, services)
    return app


@dataclass
class Page:
    """A browser (`dash`) at the app's page, and the services behind it."""

    dash: object
    services: FakeServices

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
