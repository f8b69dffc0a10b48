"""Two processes on one database, what one does between two steps of the other; and that it goes wrong where a safeguard is left out."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from metrics_harness import NOW, SiteUnderTest, parsed
from migrated import empty_database
from sqlalchemy import delete, func, select
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from access import audit
from data_layer import catching_up, erasing, tables
from data_layer.access_tables import audit as audit_table
from data_layer.engine import Database
from data_layer.faultpoint import arm
from data_layer.migrate import migrate
from data_layer.servers import was_in_the_way
from data_layer.sites import create_main, put_site
from ingest import activity, rows_at_servers
from ingest.store import Stored
from metrics.units import to_micros

pytestmark = pytest.mark.at_a_server

DAY = "2026-01-15"


def seen(at: str, kind: str = "working", worker: str = "W1", **more: Any) -> dict[str, Any]:
    return {"timestamp": f"{DAY}T{at}Z", "worker_id": worker, "workstation_id": "S1", "event_type": kind, **more}


@pytest.fixture
def address(tmp_path: Path) -> str:
    return empty_database(tmp_path / "factory.db")


@pytest.fixture
def here(address: str) -> Iterator[SiteUnderTest]:
    """A process."""
    with closing(Database(address)) as database:
        with database.write() as connection:
            create_main(connection, NOW)
        yield SiteUnderTest(database)


@pytest.fixture
def there(here: SiteUnderTest, address: str) -> Iterator[SiteUnderTest]:
    """Another one on the same database."""
    with closing(Database(address)) as database:
        yield SiteUnderTest(database)


@contextmanager
def storing(site: SiteUnderTest, *events: dict[str, Any], fails: bool = False) -> Iterator[Stored]:
    """The block runs before the transaction that stores some events is committed, or rolled back."""
    transaction = site.database.write(beside_others=True)
    with transaction as connection:
        yield site.store.store(connection, parsed(events), to_micros(NOW))
        if fails:
            connection.rollback()


def beside(work: Callable[[], Any]) -> "Future[Any]":
    """In another thread, since it may have to wait."""
    found: Future[Any] = Future()

    def run() -> None:
        try:
            found.set_result(work())
        except Exception as error:
            found.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return found


def until_somebody_waits(site: SiteUnderTest) -> None:
    """For a lock of this database."""
    waiting = {
        "postgresql": "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()",
        # A transaction that waits with its first statement is none yet to its list of them: what takes so long waits.
        "mysql": "SELECT count(*) FROM information_schema.processlist WHERE db = database() AND command = 'Query' AND id <> connection_id() AND time_ms > 200",
    }
    until = time.monotonic() + 20
    while time.monotonic() < until:
        with site.database.read() as connection:
            if connection.exec_driver_sql(waiting[connection.dialect.name]).scalar():
                return
        time.sleep(0.01)
    raise AssertionError("nobody waits")


def once_at(place: str, work: Callable[[], Any]) -> None:
    """Do something the first time that a place is reached."""
    waiting = [work]

    def reached(name: str) -> None:
        if name == place and waiting:
            waiting.pop()()

    arm(reached)


def assert_up_to_date(site: SiteUnderTest) -> None:
    """The derived rows are those that the events give, made anew."""
    found = site.derived()
    with site.database.write() as connection:
        for table in tables.DERIVED:
            connection.execute(delete(table))
    site.touch_everything()
    assert site.derived() == found


# Refreshing


def test_who_refreshes_what_another_has_refreshed_meanwhile_begins_anew(here, there):
    here.post([seen("08:00:00"), seen("09:00:00", "idle")])

    def meanwhile() -> None:
        there.post([seen("08:30:00", "absent"), seen("09:30:00")])
        there.catch_up()

    once_at("refresher: changes computed", meanwhile)
    here.catch_up()
    assert_up_to_date(here)


def test_else_it_writes_over_it(here, there, monkeypatch):
    here.post([seen("08:00:00"), seen("09:00:00", "idle")])
    read_at = here.revision()

    def meanwhile() -> None:
        there.post([seen("08:30:00", "absent"), seen("09:30:00")])
        there.catch_up()
        monkeypatch.setattr(catching_up, "held_revision", lambda connection, site_id: read_at)

    once_at("refresher: changes computed", meanwhile)
    with pytest.raises(IntegrityError):
        here.catch_up()


def test_what_is_stored_while_others_refresh_is_refreshed_next(here, there):
    here.post([seen("08:00:00"), seen("09:00:00", "idle")])
    once_at("refresher: changes computed", lambda: there.post([seen("08:30:00", "absent")]))
    here.catch_up()
    assert_up_to_date(here)


def test_a_commit_that_comes_late_is_not_missed(here, there):
    here.post([seen("07:00:00")])
    with storing(there, seen("08:00:00"), seen("09:00:00", "idle")):
        here.post([seen("10:00:00"), seen("11:00:00", "idle")])
        here.catch_up()
    # A cursor would look beyond the newest number that it has seen; this one is smaller.
    assert_up_to_date(here)
    assert len(here.rows(tables.intervals)) >= 2


def test_what_a_killed_refresh_has_begun_is_not_there(here, there):
    here.post([seen("08:00:00"), seen("09:00:00", "idle"), seen("10:00:00")])
    once_at("refresher: a table changed", lambda: kill_writers(there))
    with pytest.raises(DBAPIError):
        here.catch_up()
    assert here.rows(tables.intervals) == []
    there.catch_up()
    assert_up_to_date(there)


def kill_writers(site: SiteUnderTest) -> None:
    """Whoever has a transaction open."""
    with site.database.readers.connect() as connection:
        if connection.dialect.name == "postgresql":
            others = "datname = current_database() AND state = 'idle in transaction' AND pid <> pg_backend_pid()"
            connection.exec_driver_sql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}")
        else:
            joined = "information_schema.innodb_trx JOIN information_schema.processlist ON id = trx_mysql_thread_id"
            asked = f"SELECT id FROM {joined} WHERE db = database() AND trx_is_read_only = 0 AND id <> connection_id()"
            for number in connection.exec_driver_sql(asked).scalars().all():
                connection.exec_driver_sql(f"KILL {number}")


# Storing


@pytest.mark.parametrize("more", [{}, {"event_id": "a-1", "camera_id": "C1"}])
def test_two_store_the_same_event(here, there, more):
    one = seen("08:00:00", **more)
    with storing(here, one) as first:
        second = beside(lambda: store(there, one))
        until_somebody_waits(here)
    found = second.result(20)
    assert (first.repeats, found.repeats) == (set(), {0})
    assert found.event_ids == first.event_ids == here.event_ids()


@pytest.mark.parametrize("more", [{}, {"event_id": "a-1", "camera_id": "C1"}])
def test_what_the_other_takes_back_is_new(here, there, more):
    one = seen("08:00:00", **more)
    with storing(here, one, fails=True):
        second = beside(lambda: store(there, one))
        until_somebody_waits(here)
    found = second.result(20)
    assert found.repeats == set()
    assert found.event_ids == here.event_ids()


def test_one_id_for_events_of_two_months_is_a_conflict(here, there):
    """They lie in two partitions, neither of which knows the other's keys."""
    with storing(here, seen("08:00:00", event_id="a-1")) as first:
        second = beside(lambda: store(there, seen("08:00:00", event_id="a-1") | {"timestamp": "2026-02-15T08:00:00Z"}))
        until_somebody_waits(here)
    assert list(second.result(20).refused) == [0]
    assert here.event_ids() == first.event_ids


def store(site: SiteUnderTest, *events: dict[str, Any]) -> Stored:
    with storing(site, *events) as found:
        return found


def test_the_same_batch_in_another_order_waits_and_never_in_a_circle(here, there):
    events = [seen(f"08:{number // 60:02}:{number % 60:02}", worker=f"W{number % 7}", event_id=f"e-{number}") for number in range(600)]
    with storing(here, *events[:1]):
        backwards = beside(lambda: store(there, *reversed(events)))
        until_somebody_waits(here)
        forwards = beside(lambda: store(SiteUnderTest(there.database), *events))
    stored = [backwards.result(30), forwards.result(30)]
    assert len(here.event_ids()) == len(events)
    assert sorted(len(each.repeats) for each in stored) == [1, len(events)]


def test_the_keys_order_is_what_keeps_them_from_it():
    """Where rows come in the order in which they were sent, the two above hold what the other waits for."""
    for statement in (rows_at_servers.RowsInPostgreSql()._keys(), rows_at_servers.RowsInMariaDb()._keys()):
        assert statement.endswith("ORDER BY site_id, source, client_event_id, event_id")


def test_a_deadlock_is_known_for_what_it_is(here, there):
    here.post([seen("08:00:00"), seen("08:00:00", worker="W2")])
    with here.database.product.writer.begin() as one, there.database.product.writer.begin() as other:
        one.execute(naming("W1"))
        other.execute(naming("W2"))
        waits = beside(lambda: one.execute(naming("W2")))
        until_somebody_waits(here)
        outcomes: list[Exception] = []
        try:
            other.execute(naming("W1"))
        except OperationalError as error:
            outcomes.append(error)
        other.rollback()
        outcomes += [error for error in [waits.exception(20)] if isinstance(error, Exception)]
        one.rollback()
    assert [was_in_the_way(error) for error in outcomes if isinstance(error, OperationalError)] == [True]


def naming(worker: str) -> Any:
    return tables.workers.update().where(tables.workers.c.worker_id == worker).values(name="somebody")


def test_both_count_what_a_camera_sent(here, there):
    here.post([seen("07:00:00", camera_id="C1")])
    there.post([seen("07:30:00", camera_id="C1")])
    with storing(here, seen("08:00:00", camera_id="C1")):
        second = beside(lambda: there.post([seen("09:00:00", camera_id="C1")]))
        until_somebody_waits(here)
    second.result(20)
    assert camera_events(here) == 4


def test_else_one_count_is_lost(here, there, monkeypatch):
    """By what a writer remembers from its last transaction."""
    here.post([seen("07:00:00", camera_id="C1")])
    there.post([seen("07:30:00", camera_id="C1")])
    monkeypatch.setattr(activity.CameraActivity, "_take", lambda *_: None)
    here.post([seen("08:00:00", camera_id="C1")])
    assert camera_events(here) < 3


def camera_events(site: SiteUnderTest) -> int:
    with site.database.read() as connection:
        return connection.execute(select(tables.camera_activity.c.events)).scalar_one()


def test_both_register_the_same_worker(here, there):
    with storing(here, seen("08:00:00", worker="W9")):
        second = beside(lambda: there.post([seen("09:00:00", worker="W9")]))
        until_somebody_waits(here)
    second.result(20)
    assert [row[0] for row in here.rows(tables.workers)] == ["W9"]


def test_who_was_taken_away_elsewhere_is_registered_again(here, there):
    here.post([seen("08:00:00", worker="W9")])
    with there.database.write() as connection:
        connection.execute(delete(tables.workers))
    here.post([seen("09:00:00", worker="W9")])
    assert [row[0] for row in here.rows(tables.workers)] == ["W9"]


# Everything else


def test_who_changes_settings_waits_for_who_stores(here, there):
    def strict() -> None:
        with there.database.write() as connection:
            put_site(connection, "main", {"register_unknown": False}, NOW)

    with storing(here, seen("08:00:00")):
        changed = beside(strict)
        until_somebody_waits(here)
        assert not changed.done()
    changed.result(20)
    assert list(store(here, seen("09:00:00", worker="W2")).refused) == [0]


def test_who_is_erased_takes_along_what_is_being_stored(here, there):
    here.post([seen("08:00:00")])
    with storing(here, seen("09:00:00", "idle")):
        erased = beside(lambda: erasing.erase(there.database, "main", "W1", NOW, lambda _: None))
        until_somebody_waits(here)
    assert erased.result(20).events == 2
    here.catch_up()
    assert {row[2] for row in here.rows(tables.events)} != {"W1"}
    assert {row[0] for row in here.rows(tables.worker_tails)} == {erased.result().replaced_by}


def test_the_trail_of_two_processes_is_one_chain(here, there):
    def note_many(site: SiteUnderTest) -> None:
        for number in range(15):
            with site.database.write() as connection:
                audit.note(connection, NOW, "user:1", "settings changed", subject=str(number))

    for each in [beside(lambda site=site: note_many(site)) for site in (here, there)]:
        each.result(30)
    with here.database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(audit_table)) == 30
        assert audit.first_broken(audit.entries(connection)) is None


def test_else_both_take_the_same_number(here, there):
    def note(site: SiteUnderTest) -> Any:
        return site.database.write(beside_others=True)

    with pytest.raises(DBAPIError), note(here) as one, note(there) as other:
        audit.note(one, NOW, "user:1", "settings changed")
        second = beside(lambda: audit.note(other, NOW, "user:1", "settings changed"))
        until_somebody_waits(here)
        one.commit()
        raise second.exception(20) or AssertionError("both were taken")


def test_two_that_start_at_once_make_the_tables_once(address):
    name = "twice"
    with closing(Database(address)) as database, database.product.writer.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {name}")
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
        empty = database.url.set(database=name).render_as_string(hide_password=False)
        with closing(Database(empty)) as one, closing(Database(empty)) as other:
            for each in [beside(lambda opened=opened: migrate(opened)) for opened in (one, other)]:
                each.result(60)
            with one.read() as reading:
                assert reading.scalar(select(func.count()).select_from(tables.sites)) == 0
        connection.exec_driver_sql(f"DROP DATABASE {name}")
