"""Several servers on one database while one of them, the database or the network fails: what was acknowledged is stored once, and nobody has to help."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from instances import Instances, Store, instances, nginx, shown, store
from ledger import Ledger
from on_servers import WANTED
from proxy import Proxy
from server_process import ROOT, Server, alive, until
from soaking import SOAKING

from data_layer.engine import Database
from data_layer.servers import MariaDb

pytestmark = [pytest.mark.at_a_server, pytest.mark.timeout(300)]

_CUTS = 100 if SOAKING else 10
Report = Callable[[str, object], None]
_POSTGRESQL_ENDS = {"fast": signal.SIGINT, "immediate": signal.SIGQUIT, "killed": signal.SIGKILL}
_ENDS = _POSTGRESQL_ENDS if WANTED == "postgresql" else {"fast": signal.SIGTERM, "killed": signal.SIGKILL}


@pytest.fixture(scope="module")
def kept() -> Iterator[Store]:
    with store() as made:
        yield made


@pytest.fixture
def two(kept: Store, tmp_path: Path) -> Iterator[Instances]:
    """Two servers on one database."""
    url = kept.database()
    with instances(tmp_path, url, [url, url]) as made:
        yield made


@pytest.fixture
def between(kept: Store) -> Iterator[Proxy]:
    """The network between the servers and the database."""
    made = Proxy(kept.running.place.port)
    yield made
    made.close()


@pytest.fixture
def apart(kept: Store, between: Proxy, tmp_path: Path) -> Iterator[Instances]:
    """Two servers that reach their database through that network."""
    url = kept.database()
    with instances(tmp_path, url, [url.set(host="127.0.0.1", port=between.port)] * 2) as made:
        yield made


def holds(two: Instances, ledger: Ledger, report: Report) -> None:
    """All that was acknowledged is stored once, and counted once by each server."""
    ledger.progressed()
    ledger.settle()
    assert ledger.holds(two.rows("SELECT source, client_event_id FROM events"))
    assert two.count() == len(ledger.events)
    two.end()
    for what, figure in ledger.figures().items():
        report(what, figure)


def test_a_server_is_killed(two: Instances, record_property: Report) -> None:
    with nginx(two.servers) as door:
        ledger = Ledger(door)
        ledger.start()
        for server, victims in zip(two.servers, ("both", "worker"), strict=True):
            ledger.progressed()
            server.kill(victims)
            ledger.progressed()
            server.start()
        holds(two, ledger, record_property)


@pytest.mark.parametrize("how", _ENDS)
def test_the_database_is_restarted(kept: Store, two: Instances, how: str, record_property: Report) -> None:
    ledger = Ledger(two.servers[0])
    ledger.start()
    ledger.progressed()
    kept.stop(_ENDS[how])
    try:
        for server in two.servers:
            tells_that_the_database_is_away(server)
    finally:
        kept.begin()
    for server in two.servers:
        until(lambda server=server: server.call("GET", "/ready")[0] == 200)
    holds(two, ledger, record_property)


def tells_that_the_database_is_away(server: Server) -> None:
    """Each question is answered, by a sentence and not by a stack."""
    status, parts = server.call("GET", "/ready")
    # A busy machine may take its time to find out.
    assert (status, parts.get("database")) in [(503, "the database answers with an error"), (503, "the database has not answered for 2 s")], parts
    assert server.call("GET", "/health")[0] == 200
    for method, path in (("GET", "/api/metrics/factory"), ("GET", "/api/events"), ("POST", "/api/events")):
        status, headers, _ = server.ask(method, path, b"{}" if method == "POST" else None)
        assert (status, headers["Content-Type"]) == (503, "application/problem+json"), path
        assert int(headers["Retry-After"]) > 0


def test_connections_to_the_database_are_cut(apart: Instances, between: Proxy, record_property: Report) -> None:
    ledger = Ledger(apart.servers[0])
    ledger.start()
    for _ in range(_CUTS):
        ledger.progressed(1)
        between.cut()
    holds(apart, ledger, record_property)


def test_the_way_to_the_database_is_slow(apart: Instances, between: Proxy, record_property: Report) -> None:
    ledger = Ledger(apart.servers[0])
    ledger.start()
    ledger.progressed()
    between.slowness = 0.02
    ledger.progressed()
    between.slowness = 0.0
    holds(apart, ledger, record_property)


def test_the_database_is_gone_without_a_word(apart: Instances, between: Proxy, record_property: Report) -> None:
    """Nothing is refused and nothing reset: whoever waits has to give up by itself, and no connection of before is of use again."""
    ledger = Ledger(apart.servers[0])
    ledger.start()
    ledger.progressed()
    between.swallow()
    began = time.monotonic()
    for server in apart.servers:
        until(lambda server=server: server.call("GET", "/ready")[1]["database"] == "the database has not answered for 2 s")
    between.forward()
    ledger.progressed(1)
    for server in apart.servers:
        until(lambda server=server: server.call("GET", "/ready")[0] == 200)
    record_property("seconds until events were stored again", round(time.monotonic() - began, 1))
    holds(apart, ledger, record_property)


def test_a_lock_goes_with_the_process_that_has_it(kept: Store) -> None:
    """So that somebody else refreshes what one that was killed was at."""
    url = shown(kept.database())
    script = f"from data_layer.engine import Database\nwith Database({url!r}).only_one('something') as mine: print(mine, flush=True); input()"
    database = Database(url)
    with subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout.readline() == "True\n"
        with database.only_one("something") as mine:
            assert not mine
        holder.kill()
    assert not alive(holder.pid)
    until(lambda: is_free(database))
    database.close()


@pytest.mark.at_postgresql
def test_a_lock_goes_with_who_is_gone_without_a_word(kept: Store, between: Proxy) -> None:
    """A connection that idles while a site is refreshed would be waited for by the operating system for two hours."""
    url = kept.database()
    here, there = Database(shown(url)), Database(shown(url.set(host="127.0.0.1", port=between.port)))
    with there.only_one("something") as mine:
        assert mine
        assert not is_free(here)
        between.swallow()
        until(lambda: is_free(here))
        between.close()
    here.close()
    there.close()


@pytest.mark.at_mariadb
def test_a_lock_is_held_by_who_says_nothing_for_long(kept: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A site may be recomputed for hours, while the connection that holds the lock has nothing to say."""
    monkeypatch.setattr("data_layer.servers._SIGN_EVERY_SECONDS", 0.1)
    monkeypatch.setitem(MariaDb.at_first, "writer", [*MariaDb.at_first["writer"], "SET SESSION wait_timeout = 1"])
    url = shown(kept.database())
    holder, other = Database(url), Database(url)
    with holder.only_one("something") as mine, holder.product.writer.connect() as silent:
        assert mine
        number = silent.exec_driver_sql("SELECT connection_id()").scalar()
        with other.product.readers.connect() as watching:
            until(lambda: number not in watching.exec_driver_sql("SELECT id FROM information_schema.processlist").scalars().all())
        silent.invalidate()
        assert not is_free(other)
    holder.close()
    other.close()


def is_free(database: Database) -> bool:
    with database.only_one("something") as mine:
        return mine
