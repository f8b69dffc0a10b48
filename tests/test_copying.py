"""A SQLite database goes to a server whole, or not at all."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from http_api import NOW, Api, SettableClock, event
from migrated import empty_database, empty_file
from sqlalchemy import func, select

import api as http
from data_layer import copying, tables
from data_layer.copying import NotCopied, copy
from data_layer.engine import Database
from services import Services, start_services
from settings import Settings

pytestmark = pytest.mark.at_a_server

SENT = [
    event(event_id="a-1", camera_id="C1", model_name="posture"),
    event("2026-01-15T09:00:00Z", "idle", confidence=0.25, sequence="000007"),
    event("2026-01-15T10:00:00Z", "product_count", None, count=3),
    event("2026-01-15T09:30:00.000001Z", "working", "W 2 ", "s1", site_id="north"),
]


def api_on(services: Services) -> Api:
    from flask import Flask

    server = Flask("factory")
    http.register(server, services)
    return Api(server.test_client(), services)


@pytest.fixture
def source(tmp_path: Path) -> Iterator[Database]:
    address = empty_file(tmp_path / "factory.db")
    with closing(start_services(Settings(database_url=address), SettableClock(NOW))) as services:
        made = api_on(services)
        made.put("/api/sites/north", {"timezone": "Asia/Kathmandu", "name": "Übersee"})
        assert made.post_batch(SENT).status_code in (200, 201)
        made.post_batch([event(event_type="dancing")])
        assert made.client.post("/api/seed").status_code in (200, 201)
    with closing(Database(address)) as database:
        yield database


@pytest.fixture
def address(tmp_path: Path) -> str:
    return empty_database(tmp_path / "target.db")


def counted(database: Database) -> dict[str, Any]:
    with database.read() as connection:
        return {name: connection.scalar(select(func.count()).select_from(table)) for name, table in tables.metadata.tables.items()}


def test_all_of_it_arrives_and_goes_on(source: Database, address: str) -> None:
    with closing(Database(address)) as target:
        found = copy(source, target)
        assert found.sites == 2
        assert found.rows == counted(source) == counted(target)
        assert found.rows["events"] > 100
    with closing(start_services(Settings(database_url=address), SettableClock(NOW))) as services:
        made = api_on(services)
        # What the file knew is known, by content and by the sender's id; what is new gets numbers of its own.
        again = made.post_batch([*SENT, event("2026-01-15T11:00:00Z"), event(kind="idle", event_id="a-1", camera_id="C1")]).json
        assert (again["success_count"], again["duplicate_count"], again["rejected_count"]) == (5, 4, 1), again


def test_into_an_empty_database_only(source: Database, address: str) -> None:
    with closing(Database(address)) as target:
        copy(source, target)
        with pytest.raises(NotCopied, match="holds sites already"):
            copy(source, target)


def test_a_row_that_is_lost_is_noticed_and_nothing_stays(source: Database, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = copying.insert_values
    monkeypatch.setattr(copying, "insert_values", lambda connection, table, rows: real(connection, table, rows[1:] if table is tables.events else rows))
    with closing(Database(address)) as target:
        with pytest.raises(NotCopied, match=r"Not all rows have arrived: \['events'\]"):
            copy(source, target)
        assert set(counted(target).values()) == {0}


def test_a_figure_that_differs_is_noticed(source: Database, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if a day's sums had come under another instant."""
    real = copying.insert_values

    def shifted(connection: Any, table: Any, rows: list[tuple[Any, ...]]) -> None:
        real(connection, table, [(*row[:-1], row[-1] + 1) for row in rows] if table.name.startswith("output_") else rows)

    monkeypatch.setattr(copying, "insert_values", shifted)
    with closing(Database(address)) as target, pytest.raises(NotCopied, match=r"figures of site (main|north) differ"):
        copy(source, target)


def test_the_command(source: Database, address: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("DATABASE_URL", address)
    assert copying.main([]) == 2
    assert copying.main([str(source.place)]) == 2
    assert "Another process is writing" in capsys.readouterr().err
    source.close()
    assert copying.main([str(source.place)]) == 0
    assert "the figures of 2 sites are the same" in capsys.readouterr().out
    assert copying.main([str(source.place)]) == 1
