"""Services on a database of their own, and the API on them."""

import gc
from collections.abc import Iterator
from pathlib import Path

import dash.backends._flask  # noqa: F401 - by Dash when it is first used: pytest rewrites it then, which Python 3.11 can't do beside other threads
import pytest
from compiled import share_compiled_statements
from conforming import Conforming
from flask import Flask
from http_api import NOW, Api, SettableClock
from hypothesis import HealthCheck, settings
from migrated import empty_database
from on_servers import WANTED, beside
from writer_harness import WriterUnderTest, writer_under_test

import api as http
from data_layer.faultpoint import arm
from services import Services, start_services
from settings import Settings

# A machine may be busy: how long examples take says nothing about what they show.
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")

share_compiled_statements()


def pytest_make_parametrize_id(val: object) -> str | None:
    """Bytes are named by their length: compressed ones hold the time, and every worker must collect the same names."""
    return f"{len(val)} bytes" if isinstance(val, bytes) else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What is about one kind of database is for runs on it: `make test` is on SQLite, `make test-services` on servers."""
    others = {"sqlite": ["at_a_server", "at_postgresql", "at_mariadb"], "postgresql": ["one_file", "at_mariadb"], "mariadb": ["one_file", "at_postgresql"]}[
        WANTED
    ]
    elsewhere = [item for item in items if any(item.get_closest_marker(other) for other in others)]
    config.hook.pytest_deselected(items=elsewhere)
    items[:] = [item for item in items if item not in elsewhere]


def pytest_collection_finish() -> None:
    """What collecting has made stays to the end: searching it for garbage again and again took a quarter of a second each time."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def disarmed() -> Iterator[None]:
    """What a test lets go wrong at a fault point ends with it."""
    yield
    arm(None)


@pytest.fixture
def clock() -> SettableClock:
    """The server's clock, which tests set."""
    return SettableClock(NOW)


@pytest.fixture
def services(tmp_path: Path, clock: SettableClock) -> Iterator[Services]:
    """Services on a temporary database."""
    started = start_services(Settings(database_url=empty_database(tmp_path / "factory.db"), **beside()), clock)
    yield started
    started.close()


@pytest.fixture
def api(services: Services) -> Api:
    """The API without the pages, which take longer to build; it answers as its document says."""
    server = Flask("factory")
    http.register(server, services)
    server.wsgi_app = Conforming(server)  # type: ignore[method-assign]
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
