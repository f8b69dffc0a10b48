"""Services on a database of their own, and the API on them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from http_api import NOW, Api, SettableClock
from writer_harness import WriterUnderTest, writer_under_test

import api as http
from services import Services, start_services
from settings import Settings


@pytest.fixture
def clock() -> SettableClock:
    """The server's clock, which tests set."""
    return SettableClock(NOW)


@pytest.fixture
def services(tmp_path: Path, clock: SettableClock) -> Iterator[Services]:
    """Services on a temporary database."""
    started = start_services(Settings(database_url=f"sqlite:///{tmp_path / 'factory.db'}"), clock)
    yield started
    started.close()


@pytest.fixture
def api(services: Services) -> Api:
    """The API without the pages, which take longer to build."""
    server = Flask("factory")
    http.register(server, services)
    return Api(server.test_client(), services)


@pytest.fixture
def at_work() -> Iterator[WriterUnderTest]:
    """A writer on a database of its own."""
    with writer_under_test() as made:
        yield made


@pytest.fixture
def idle() -> Iterator[WriterUnderTest]:
    """The writer's thread has not begun."""
    with writer_under_test(at_work=False) as made:
        yield made
