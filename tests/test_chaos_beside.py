"""What stands beside servers and their database is killed under load: Redis, the broker, workers. Nothing but speed may go with them."""

import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from instances import Instances, Store, instances, shown, store
from ledger import Ledger
from migrated import empty_database
from on_servers import broker_url
from server_process import Server, until
from soaking import SOAKING
from sqlalchemy import make_url
from test_chaos import holds
from worker_process import kill, worker

from settings import Settings

pytestmark = [pytest.mark.at_postgresql, pytest.mark.timeout(300)]

_KILLS = 30 if SOAKING else 3
Report = Callable[[str, object], None]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(database_url=empty_database(tmp_path / "unused.db"), data_folder=str(tmp_path))


@pytest.fixture
def redis(settings: Settings) -> Iterator[Store]:
    with store("redis") as made:
        yield made


def two(settings: Settings, stack: ExitStack, **environment: str) -> Instances:
    """Two servers on one database."""
    url = make_url(settings.database_url)
    return stack.enter_context(instances(Path(settings.data_folder), url, [url, url], **environment))


def warned(server: Server, beginning: str) -> bool:
    """Whether a server is ready, and says that something is away."""
    status, parts = server.call("GET", "/ready")
    assert status == 200
    return any(warning.startswith(beginning) for warning in parts["warnings"])


def test_redis_is_killed(settings: Settings, redis: Store, record_property: Report) -> None:
    with ExitStack() as stack:
        both = two(settings, stack, REDIS_URL=redis.running.address)
        ledger = Ledger(both.servers[0])
        ledger.start()
        for _ in range(_KILLS):
            ledger.progressed()
            redis.stop(signal.SIGKILL)
            for server in both.servers:
                until(lambda server=server: server.call("GET", "/api/metrics/factory")[0] == 200 and warned(server, "Redis does not answer"))
            ledger.progressed()
            redis.begin()
            for server in both.servers:
                until(lambda server=server: server.call("GET", "/api/metrics/factory")[0] == 200 and not warned(server, "Redis does not answer"))
        holds(both, ledger, record_property)


def test_a_worker_is_killed_in_the_middle(settings: Settings, tmp_path: Path, record_property: Report) -> None:
    with ExitStack() as stack:
        both = two(settings, stack, BROKER_URL=broker_url())
        asked = Settings(database_url=shown(both.url), data_folder=settings.data_folder, broker_url=broker_url())
        ledger = Ledger(both.servers[0])
        ledger.start()
        with worker(asked):
            for number in range(_KILLS):
                touched = tmp_path / f"touched-{number}"
                with worker(asked, "tests/stopping_worker.py", "refresher: about to commit", str(touched), "hangs") as victim:
                    until(touched.exists)
                    ledger.progressed(1)
                    kill(victim)
                ledger.progressed(1)
            holds(both, ledger, record_property)


def test_the_broker_is_killed(settings: Settings, record_property: Report) -> None:
    with ExitStack() as stack:
        broker = stack.enter_context(store("rabbitmq"))
        both = two(settings, stack, BROKER_URL=broker.running.address)
        ledger = Ledger(both.servers[0])
        with worker(Settings(database_url=shown(both.url), data_folder=settings.data_folder, broker_url=broker.running.address)):
            ledger.start()
            ledger.progressed()
            broker.stop(signal.SIGKILL)
            for server in both.servers:
                until(lambda server=server: warned(server, "The message broker does not answer"))
            ledger.progressed()
            broker.begin()
            for server in both.servers:
                until(lambda server=server: not warned(server, "The message broker does not answer"))
            ledger.progressed()
            holds(both, ledger, record_property)
