"""Whether the server says what keeps it from its work, soon and by name, and what will."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from http_api import Api, event
from server_process import until
from sqlalchemy.exc import OperationalError
from test_metering import held_up

from data_layer.probe import Probe
from services import Services

ALL_WELL = {"status": "ready", "database": "ready", "writer": "ready", "refresher": "ready", "warnings": []}


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Patience that a test can afford."""
    monkeypatch.setattr("api.health._ANSWER_WITHIN_SECONDS", 0.05)
    monkeypatch.setattr("api.health._STUCK_SECONDS", 0.0)


@contextmanager
def hanging(services: Services) -> Iterator[list[int]]:
    """A database that answers nobody, and how often it was asked for its health."""
    enough, asked = threading.Event(), [0]
    read = services.database.read

    @contextmanager
    def hang() -> Iterator[None]:
        asked[0] += threading.current_thread().name == "probe"
        assert enough.wait(60)
        with read() as connection:
            yield connection

    try:
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(services.database, "read", hang)
            yield asked
    finally:
        enough.set()


def unready(api: Api) -> dict[str, object]:
    """What /ready says differently from when all is well; its status is 503 then."""
    answer = api.get("/ready")
    assert set(answer.json) == set(ALL_WELL)
    assert (answer.status_code, answer.json["status"]) in ((503, "not ready"), (200, "ready"))
    return {name: said for name, said in answer.json.items() if said != ALL_WELL[name]}


def test_all_is_well(api: Api) -> None:
    assert api.get("/ready").json == ALL_WELL
    assert api.get("/health").json == {"status": "healthy"}


def test_a_database_that_hangs_holds_up_one_thread_and_no_answer(api: Api, soon: None) -> None:
    with hanging(api.services) as asked:
        for _ in range(3):
            assert unready(api) == {"status": "not ready", "database": "the database has not answered for 0.05 s"}
        assert asked == [1]
    until(lambda: not unready(api))


def test_a_database_error_is_told_without_our_insides(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise OperationalError("SELECT secret", {}, Exception("disk I/O error"))

    monkeypatch.setattr(api.services.database, "read", fail)
    assert unready(api) == {"status": "not ready", "database": "the database answers with an error"}


def test_a_probe_asks_anew_each_time(services: Services) -> None:
    probe = Probe(services.database)
    assert probe.trouble(10) is None
    services.database.readers.dispose()
    assert probe.trouble(10) is None


def test_the_writer_has_ended(api: Api) -> None:
    api.services.writer.stop()
    assert unready(api) == {"status": "not ready", "writer": "the writer's thread has ended"}


def test_the_writer_hangs(api: Api, soon: None) -> None:
    with ThreadPoolExecutor(1) as pool:
        with api.services.database.write():
            stored = pool.submit(api.post, event())
            until(lambda: api.services.writer.busy_seconds > 0)
            assert unready(api) == {"status": "not ready", "writer": "the writer has been at one transaction for 0 s"}
        assert stored.result().status_code == 201
    until(lambda: not unready(api))


def test_the_refresher_has_ended(api: Api) -> None:
    api.services.refresher.stop()
    assert unready(api) == {"status": "not ready", "refresher": "the refresher's thread has ended"}


def test_figures_that_are_behind_are_a_warning(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    with held_up(api.services, monkeypatch, "data_layer.catching_up.catch_up"):
        monkeypatch.setattr("api.health._LAG_SECONDS", 0.0)
        assert unready(api) == {"warnings": ["The figures of site main are 0 s behind."]}
    assert unready(api) == {}


@pytest.mark.parametrize(
    ("free", "warnings"),
    [
        (500_000_000, []),
        (499_999_999, ["The database's disk has only 499 MB left."]),
        (0, ["The database's disk has only 0 MB left."]),
        (None, []),
    ],
)
def test_a_disk_that_fills_is_a_warning(api: Api, monkeypatch: pytest.MonkeyPatch, free: int | None, warnings: list[str]) -> None:
    monkeypatch.setattr("api.health.free_bytes", lambda _database: free)
    assert api.get("/ready").json == ALL_WELL | {"warnings": warnings}
