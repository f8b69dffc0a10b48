"""Two ways from a site, events and a query of golden shape to figures: the pure functions, and the tables of a temporary database."""

import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from migrated import empty_database
from reference.moments import parse
from sqlalchemy import Table, insert, select

from data_layer import tables
from data_layer.catching_up import catch_up
from data_layer.counting import HourCounts
from data_layer.engine import Database
from data_layer.query import MetricsQuery
from data_layer.reader import MetricsReader
from data_layer.settings_json import version_from_json
from data_layer.sites import create_main, load_site, put_site
from ingest.event import Event
from ingest.event import SiteRules as ParsingRules
from ingest.parse import parse_batch
from ingest.store import EventStore
from metrics.evaluate import Question, Seen, evaluate
from metrics.schedule import SettingsVersion, SiteRules
from metrics.units import BEGINNING, FOREVER, to_datetime, to_micros

#: The server's clock: after all events of the cases and strategies.
NOW = datetime(2030, 1, 1, tzinfo=UTC)
_A_REQUEST = 10_000


def parsed(events: Sequence[dict], timezone: str = "UTC", site_id: str = "main") -> list[Event]:
    """Posted JSON objects as the parser reads them; none may be refused."""
    body = json.dumps([{**event, "site_id": site_id} for event in events]).encode()
    found = parse_batch(body, {site_id: ParsingRules(timezone)}, to_micros(NOW))
    assert not found.rejected, found.rejected[:3]
    return found.events


def accepted(events: Iterable[Event]) -> list[Event]:
    """The events without repeats (rule 1): of those that share an identity the first one stays."""
    kept: dict[object, Event] = {}
    for event in events:
        kept.setdefault((event.source, event.client_event_id) if event.client_event_id else event[:6], event)
    return list(kept.values())


def rules_of(site: dict) -> SiteRules:
    """The rules of a site after its PUTs: each of `later` replaces what was from its day on."""
    versions: list[SettingsVersion] = [version_from_json(site)]
    for change in site.get("later", []):
        day = date.fromisoformat(change["valid_from"])
        kept = [version for version in versions if version.valid_from is None or version.valid_from < day]
        versions = [*kept, version_from_json(change, day)]
    return SiteRules(site["timezone"], tuple(versions))


def evaluated(site: dict, events: Sequence[dict], query: dict, registered: Iterable[Event] | None = None) -> dict:
    """The figures of `metrics.evaluate` in golden shape. registered: events by which ids are known, by default those posted."""
    stored = accepted(parsed(events, site["timezone"]))
    known = stored if registered is None else list(registered)
    types = site.get("stations", {})
    workers = {event.worker_id for event in known} - {""}
    stations = {event.station_id for event in known} - {""} | set(types)
    return evaluate(
        [Seen(e.worker_id, e.station_id, e.timestamp, e.event_type, e[5], e.confidence) for e in stored],
        rules_of(site),
        _question(query, site["timezone"], stations, types),
        workers,
        stations,
    )


def _question(query: dict, timezone: str, stations: set[str], types: Mapping[str, str]) -> Question:
    by_id, by_type = query.get("station_id"), query.get("station_type")
    wanted = {station for station in stations if (not by_id or station in by_id) and (not by_type or types.get(station) in by_type)}
    start, end, as_of = _times(query, timezone)
    workers = query.get("worker_id")
    return Question(start, end, as_of, query.get("shift"), frozenset(workers) if workers else None, frozenset(wanted) if by_id or by_type else None)


def _times(query: dict, timezone: str) -> list[int | None]:
    return [parse(query[name], ZoneInfo(timezone)) if query.get(name) else None for name in ("from", "to", "as_of")]


@contextmanager
def temporary_database() -> Iterator[Database]:
    """A migrated database of one's own, with the main site."""
    with tempfile.TemporaryDirectory(prefix="factory-") as folder:
        database = Database(empty_database(Path(folder) / "factory.db"))
        with database.write() as connection:
            create_main(connection, NOW)
        try:
            yield database
        finally:
            database.close()


@dataclass
class SynchronousRefresher:
    """Stands in for the refresher's thread: whoever waits refreshes."""

    database: Database

    def wait(self, site_id: str, timeout: float) -> bool:
        """Catch up at once."""
        catch_up(self.database, site_id)
        return True


@dataclass
class SiteUnderTest:
    """A site in a database of its own: post events, put settings, read figures in golden shape."""

    database: Database
    site_id: str = "main"
    timezone: str = "UTC"
    store: EventStore = field(default_factory=EventStore)
    counts: HourCounts = field(default_factory=HourCounts)

    def put(self, settings: dict) -> None:
        """PUT settings; `valid_from` as ISO text."""
        change = {name: value for name, value in settings.items() if name not in ("later", "stations")}
        if change.get("valid_from"):
            change["valid_from"] = date.fromisoformat(change["valid_from"])
        with self.database.write() as connection:
            put_site(connection, self.site_id, change, NOW)
        self.timezone = settings.get("timezone", self.timezone)

    def configure(self, site: dict) -> None:
        """All PUTs of a golden site, and its stations with their types."""
        for settings in (site, *site.get("later", [])):
            self.put(settings)
        for station, kind in site.get("stations", {}).items():
            with self.database.write() as connection:
                connection.execute(insert(tables.workstations).values(site_id=self.site_id, station_id=station, type=kind, created_at=NOW))
        self.store.forget()

    def post(self, events: Sequence[dict], sizes: Iterable[int] = (_A_REQUEST,)) -> None:
        """Store events in transactions of some sizes, the last size again and again."""
        read = parsed_in_requests(events, self.timezone, self.site_id)
        sizes = iter(sizes)
        size = 1
        while read:
            size = next(sizes, size)
            part, read = read[:size], read[size:]
            with self.database.write(beside_others=True) as connection:
                self.store.store(connection, part, to_micros(NOW))

    def delete(self, event_ids: Sequence[int]) -> None:
        """Remove events, with an invalidation for each worker and day as whoever deletes must write it."""
        table = tables.events
        with self.database.write() as connection:
            for event_id in event_ids:
                worker, at = connection.execute(select(table.c.worker_id, table.c.timestamp).where(table.c.event_id == event_id)).one()
                connection.execute(table.delete().where(table.c.event_id == event_id))
                connection.execute(insert(tables.invalidations).values(site_id=self.site_id, worker_id=worker, from_time=at, to_time=at))

    def touch_everything(self) -> None:
        """Have everything looked at again, as if settings had changed."""
        row = {"site_id": self.site_id, "worker_id": None, "from_time": BEGINNING, "to_time": FOREVER}
        with self.database.write() as connection:
            connection.execute(insert(tables.invalidations).values(row))

    def revision(self) -> int:
        """How often derived rows have changed."""
        with self.database.read() as connection:
            return load_site(connection, self.site_id).revision

    def event_ids(self) -> list[int]:
        """Our ids of the stored events."""
        with self.database.read() as connection:
            return list(connection.scalars(select(tables.events.c.event_id).where(tables.events.c.site_id == self.site_id).order_by("event_id")))

    def catch_up(self, note: Callable[[object], None] = lambda _: None) -> None:
        """Refresh until nothing is left to do."""
        catch_up(self.database, self.site_id, note, counts=self.counts)

    def read(self, query: dict) -> dict:
        """Figures as the reader gives them, in golden shape; the stations' are the same whether they are asked for alone or not."""
        asked = MetricsQuery(**self.asked(query))
        found = self.reader.read(asked)
        assert self.reader.workstations(asked)[0] == found.workstations
        return {
            "factory": found.factory,
            "workers": {row["worker_id"]: row for row in found.workers},
            "workstations": {row["station_id"]: row for row in found.workstations},
        }

    @property
    def reader(self) -> MetricsReader:
        """A reader for which everything is refreshed before it answers."""
        return MetricsReader(self.database, SynchronousRefresher(self.database))

    def asked(self, query: dict) -> dict[str, Any]:
        """A query of golden shape as the fields of a MetricsQuery."""
        start, end, as_of = (None if at is None else to_datetime(at) for at in _times(query, self.timezone))
        filters = {f"{name}s": tuple(query.get(name) or ()) for name in ("worker_id", "station_id", "station_type")}
        return {"site_id": self.site_id, "start": start, "end": end, "as_of": as_of, "shift": query.get("shift"), **filters}

    def rows(self, table: Table) -> list[tuple[object, ...]]:
        """The site's rows of a table in the order of their keys, site_id aside."""
        columns = [column for column in table.columns if column.name != "site_id"]
        with self.database.read() as connection:
            found = connection.execute(select(*columns).where(table.c.site_id == self.site_id).order_by(*table.primary_key.columns))
            return [tuple(row) for row in found]

    def derived(self) -> dict[str, list[tuple[object, ...]]]:
        """The site's rows of every derived table."""
        self.catch_up()
        return {table.name: self.rows(table) for table in tables.DERIVED}


def parsed_in_requests(events: Sequence[dict], timezone: str, site_id: str) -> list[Event]:
    """As `parsed`, for more events than a request may hold."""
    return [event for at in range(0, len(events), _A_REQUEST) for event in parsed(events[at : at + _A_REQUEST], timezone, site_id)]


@contextmanager
def site_under_test(site: dict | None = None) -> Iterator[SiteUnderTest]:
    """A site with golden-shaped settings in a database of its own."""
    with temporary_database() as database:
        under_test = SiteUnderTest(database)
        if site is not None:
            under_test.configure(site)
        yield under_test
