"""The API as a client meets it, without a network in between."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse
from written import Request, as_array

from data_layer import tables
from metrics.units import to_micros
from services import Services

#: The server's clock when a test begins: a Friday after all events of the golden cases.
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
PROBLEM = "application/problem+json"
DAY_SHIFT = {"name": "day", "days": [0, 1, 2, 3, 4], "start": "08:00", "end": "17:00", "breaks": [{"start": "12:00", "end": "13:00"}]}


@dataclass
class SettableClock:
    """The server's clock; `moment` is what it shows."""

    moment: datetime

    def now(self) -> datetime:
        return self.moment

    def micros(self) -> int:
        return to_micros(self.moment)


def event(at: str = "2026-01-15T08:00:00Z", kind: str = "working", worker: str | None = "W1", station: str | None = "S1", **more: Any) -> dict[str, Any]:
    """An event as a camera posts it; None leaves a field out."""
    fields = {"timestamp": at, "worker_id": worker, "workstation_id": station, "event_type": kind, **more}
    return {name: value for name, value in fields.items() if value is not None}


#: metrics.md rule 7.
WORKED_EXAMPLE = [
    event("2026-01-15T08:00:00Z"),
    event("2026-01-15T09:00:00Z", "product_count", count=5),
    event("2026-01-15T10:00:00Z", "idle"),
    event("2026-01-15T10:30:00Z"),
    event("2026-01-15T12:00:00Z", "absent"),
]


def minutely(count: int, **more: Any) -> list[dict[str, Any]]:
    """So many events of one worker, a minute apart."""
    first = datetime(2026, 1, 15, 8, tzinfo=UTC)
    return [event((first + timedelta(minutes=number)).isoformat(), **more) for number in range(count)]


@dataclass
class Api:
    """A client, and the services behind the API for what no client can do: wait until all is refreshed, look into tables."""

    client: FlaskClient
    services: Services

    def get(self, path: str, **query: Any) -> TestResponse:
        return self.client.get(path, query_string=query)

    def put(self, path: str, body: Any, **query: Any) -> TestResponse:
        return self.client.put(path, json=body, query_string=query)

    def post(self, one: dict[str, Any]) -> TestResponse:
        return self.client.post("/api/events", json=one)

    def post_batch(self, events: Sequence[Any], **query: Any) -> TestResponse:
        return self.client.post("/api/events/batch", json=events, query_string=query)

    def send(self, body: bytes, headers: dict[str, str], path: str = "/api/events/batch", **query: Any) -> TestResponse:
        """Post bytes as they are."""
        return self.client.post(path, data=body, headers=headers, query_string=query)

    def take_in(
        self, events: Sequence[dict[str, Any]], sizes: Iterable[int] = (10_000,), form: Callable[[Sequence[dict[str, Any]]], Request] = as_array
    ) -> None:
        """Post events in batches of these sizes, the last size again and again, each written in a form."""
        left, size = list(events), 1
        sizes = iter(sizes)
        while left:
            size = next(sizes, size)
            part, left = left[:size], left[size:]
            answer = self.send(*form(part))
            assert answer.status_code in (200, 207), answer.json

    def metrics(self, of: str, **query: Any) -> TestResponse:
        """A metrics call once all that was posted is in the figures."""
        site_id = query.get("site_id", "main")
        assert self.services.refresher.wait(site_id, 60)
        answer = self.get(f"/api/metrics/{of}", **query)
        assert answer.status_code == 200, answer.json
        assert "Data-Stale" not in answer.headers
        return answer

    def figures(self, **query: Any) -> dict[str, Any]:
        """All three metrics calls in the shape of the golden cases."""
        return {
            "factory": self.metrics("factory", **query).json,
            "workers": {row["worker_id"]: row for row in self.metrics("workers", **query).json},
            "workstations": {row["station_id"]: row for row in self.metrics("workstations", **query).json},
        }

    def texts(self, site_id: str, **query: Any) -> list[str]:
        """The bytes of all three metrics calls, the site's id taken out."""
        calls = [self.metrics(of, site_id=site_id, **query).get_data(as_text=True) for of in ("factory", "workers", "workstations")]
        return [text.replace(json.dumps(site_id), '"SITE"') for text in calls]

    def set_up(self, site: dict[str, Any], site_id: str) -> None:
        """PUT a site of golden shape: its settings, then one PUT for each of `later`, then its stations' types."""
        *settings, types = {name: value for name, value in site.items() if name not in ("later", "stations")}, *site.get("later", []), site.get("stations", {})
        for change in settings:
            answer = self.put(f"/api/sites/{site_id}", change)
            assert answer.status_code in (200, 201), answer.json
        for station, kind in types.items():
            self.put(f"/api/workstations/{station}", {"site_id": site_id, "type": kind})

    def quarantined(self, **query: Any) -> list[dict[str, Any]]:
        return self.get("/api/quarantine", **query).json

    def stored(self) -> list[tuple[Any, ...]]:
        """Site, worker, client's id and time of every stored event, in the order of arrival."""
        table = tables.events
        with self.services.database.read() as connection:
            columns = (table.c.site_id, table.c.worker_id, table.c.client_event_id, table.c.timestamp)
            return [tuple(row) for row in connection.execute(select(*columns).order_by(table.c.event_id))]


def assert_problem(answer: TestResponse, status: int, *words: str) -> None:
    """The answer is problem+json with this status, and its one sentence holds these words and nothing of our insides."""
    assert answer.status_code == status, answer.get_data(as_text=True)
    assert answer.content_type == PROBLEM
    assert answer.json["status"] == status
    assert answer.json["title"] != "Error"
    detail = answer.json["detail"]
    for word in words:
        assert word in detail
    for inside in ("Traceback", "SELECT", "INSERT", "sqlalchemy", ".py", "sqlite"):
        assert inside not in answer.get_data(as_text=True)
