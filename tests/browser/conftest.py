"""A browser on the app as it is served."""

import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import requests
from selenium.webdriver.chrome.options import Options
from thursday import NOW

import live
from app import create_app
from services import Clock, Services, start_services
from settings import Settings

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


@dataclass
class Page:
    """A browser (`dash`) at the app's page, and the services behind it."""

    dash: Any
    services: Services

    def text(self, selector: str, text: str) -> None:
        self.dash.wait_for_contains_text(selector, text, timeout=20)

    def go(self, path: str) -> None:
        self.dash.driver.get(self.dash.server_url + path)


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
        answer = requests.request(method, self.dash.server_url + path, json=body, timeout=20)
        assert answer.ok, answer.text
        return answer.json()


@pytest.fixture
def real_page(dash_duo, tmp_path, monkeypatch) -> Iterator[RealPage]:
    """The whole app on an empty database, whose stream hardly waits between two pushes; at the end the browser's log must be empty."""
    monkeypatch.setattr(live, "PUSH_EVERY_SECONDS", 0.1)
    services = start_services(Settings(database_url=f"sqlite:///{tmp_path / 'factory.db'}"), StoppedClock())
    try:
        dash_duo.start_server(create_app(services), port=free_port())
        page = RealPage(dash_duo, services)
        yield page
        assert dash_duo.get_logs() == []
    finally:
        dash_duo.driver.get("about:blank")  # or the page would go on asking services that are closed
        services.close()


@pytest.fixture
def seeded(real_page) -> RealPage:
    """A site with shifts and demo data, on a Thursday afternoon."""
    shift = {"name": "day", "days": [0, 1, 2, 3, 4], "start": "08:00", "end": "17:00", "breaks": [{"start": "12:00", "end": "13:00"}]}
    real_page.ask("PUT", "/api/sites/main", {"name": "Plant North", "timezone": "Europe/Berlin", "shifts": [shift]})
    real_page.ask("POST", "/api/seed")
    return real_page
