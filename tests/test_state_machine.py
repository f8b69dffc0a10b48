"""A site's whole life in any order: events, repeats, quarantine and replay, settings, refreshes and crashes, against a plain reference (T5)."""

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from threading import Lock

from faults import assert_derived, places
from histories import Model, Step, in_utc, puts
from http_api import SettableClock
from hypothesis import note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from hypothesis_profiles import core
from metrics_harness import NOW, SiteUnderTest, evaluated
from migrated import empty_database
from soaking import SOAKING
from sqlalchemy import select
from strategies import event_sets, queries, sites
from test_refresh import assert_same_bits

from data_layer import tables
from data_layer.faultpoint import arm
from data_layer.reader import MetricsReader
from ingest.parse import parse_batch
from ingest.writer import Unavailable
from services import Services, start_services
from settings import Settings

MAIN, ANNEX = "main", "annex"
_PATIENCE_SECONDS = 20
_SOME = st.lists(st.integers(0, 10_000), min_size=1, max_size=12)


class _Served(SiteUnderTest):
    """A site as the services answer for it, refreshed by their own thread."""

    services: Services

    @property
    def reader(self) -> MetricsReader:
        return self.services.metrics


class SiteLife(RuleBasedStateMachine):
    """main exists from the start; the annex is registered some day, and what its cameras sent before waits in the quarantine."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="factory-life-"))
        self.path = self.folder / "0.db"
        empty_database(self.path)
        self.services = self.opened()
        self.waiting: list[list[dict]] = []

    def opened(self) -> Services:
        return start_services(Settings(database_url=f"sqlite:///{self.path}"), SettableClock(NOW))

    @initialize(site=sites(), data=st.data())
    def begins(self, site, data):
        self.timezone = site["timezone"]
        self.pool = in_utc(data.draw(event_sets(site, max_runs=4)), self.timezone)
        self.models = {MAIN: Model({"timezone": "UTC"})}
        self.put(MAIN, {name: value for name, value in site.items() if name not in ("later", "stations")})
        for change in site.get("later", []):
            self.put(MAIN, change)

    def put(self, site_id: str, change: dict) -> None:
        """PUT settings and expect them."""
        day = {"valid_from": date.fromisoformat(change["valid_from"])} if "valid_from" in change else {}
        self.services.sites.put(site_id, change | day, NOW)
        self.models.setdefault(site_id, Model({"timezone": "UTC"})).take(Step("put", settings=change))

    def chosen(self, numbers: list[int], site_id: str) -> list[dict]:
        """Events by number, each as often as it is named."""
        return [self.pool[number % len(self.pool)] | ({} if site_id == MAIN else {"site_id": site_id}) for number in numbers]

    def send(self, events: list[dict]) -> None:
        self.services.writer.submit(parse_batch(json.dumps(events).encode(), self.services.sites.known, self.services.clock.micros()))

    def take(self, site_id: str, events: list[dict]) -> None:
        self.models[site_id].take(Step("post", events))

    @precondition(lambda self: self.pool)
    @rule(numbers=_SOME)
    def post(self, numbers):
        events = self.chosen(numbers, MAIN)
        self.send(events)
        self.take(MAIN, events)

    @precondition(lambda self: self.pool)
    @rule(numbers=_SOME)
    def post_to_the_annex(self, numbers):
        events = self.chosen(numbers, ANNEX)
        self.send(events)
        if ANNEX in self.models:
            self.take(ANNEX, events)
        else:
            self.waiting.append(events)

    @precondition(lambda self: ANNEX not in self.models)
    @rule()
    def register_the_annex(self):
        self.put(ANNEX, {"timezone": self.timezone})

    @rule()
    def replay(self):
        """Each refused event waits on its own; what was stored meanwhile is recognized."""
        outcome = self.services.replays.try_all(ANNEX)
        waiting = [event for events in self.waiting for event in events]
        assert outcome.taken_up == (len(waiting) if ANNEX in self.models else 0)
        if ANNEX in self.models:
            self.take(ANNEX, waiting)
            self.waiting.clear()

    @rule(data=st.data())
    def change_settings(self, data):
        step = data.draw(puts(self.timezone))
        self.put(MAIN, step.settings)

    @rule()
    def refresh(self):
        for site_id in self.models:
            assert self.services.refresher.wait(site_id, _PATIENCE_SECONDS)

    @precondition(lambda self: self.pool)
    @rule(place=st.sampled_from(places()), numbers=_SOME)
    def crash(self, place, numbers):
        """The machine stops at a place while events come in; what is on disk then is what the next start finds."""
        events = self.chosen(numbers, MAIN)
        with self.stopping_at(place) as left:
            try:
                self.send(events)
                acknowledged = not left
            except (Unavailable, RuntimeError):
                acknowledged = False
            for site_id in self.models:
                self.services.refresher.wait(site_id, 0.2)
        self.services.close()
        if left:
            self.path = left[0]
        elif not acknowledged:
            raise AssertionError("nothing stopped it, and yet it was not acknowledged")
        self.services = self.opened()
        before = len(self.models[MAIN].events)
        stored = self.stored(MAIN)
        if acknowledged or len(stored) > before:
            self.take(MAIN, events)
        assert len(stored) == len(self.models[MAIN].events)

    @contextmanager
    def stopping_at(self, place: str) -> Iterator[list[Path]]:
        """When the place is reached first, the files are copied as they are, and nothing works any more; holds the copy's path then."""
        left: list[Path] = []
        one_at_a_time = Lock()  # nobody is told anything while the files are copied

        def stop(name: str) -> None:
            with one_at_a_time:
                if name == place and not left:
                    copy = self.folder / f"{int(self.path.stem) + 1}.db"
                    for suffix in ("", "-wal"):
                        if (source := self.path.with_name(self.path.name + suffix)).exists():
                            shutil.copy(source, copy.with_name(copy.name + suffix))
                    left.append(copy)
                if left:
                    raise RuntimeError("the machine has stopped")

        arm(stop)
        try:
            yield left
        finally:
            arm(None)

    def stored(self, site_id: str) -> list[int]:
        with self.services.database.read() as connection:
            return list(connection.scalars(select(tables.events.c.event_id).where(tables.events.c.site_id == site_id)))

    @rule(data=st.data())
    def ask(self, data):
        for site_id, model in self.models.items():
            assert self.services.refresher.wait(site_id, _PATIENCE_SECONDS)
            query = data.draw(queries(model.site, model.events))
            note(f"{site_id}: {query}")
            site = _Served(self.services.database, site_id, model.site["timezone"])
            site.services = self.services
            assert_same_bits(evaluated(model.site, model.events, query), site.read(query))

    @invariant()
    def each_is_stored_once(self):
        for site_id, model in getattr(self, "models", {}).items():
            assert len(self.stored(site_id)) == len(model.events)

    def teardown(self) -> None:
        try:
            for site_id in getattr(self, "models", {}):
                assert self.services.refresher.wait(site_id, _PATIENCE_SECONDS)
            assert_derived(self.path)
        finally:
            arm(None)
            self.services.close()
            shutil.rmtree(self.folder)


TestSiteLife = SiteLife.TestCase
TestSiteLife.settings = settings(core(12), stateful_step_count=30 if SOAKING else 15)
