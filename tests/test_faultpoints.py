"""Whatever goes wrong between two steps of ingest and refresh, once or for good: nothing acknowledged is lost, nothing counts twice (T3)."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from faults import BATCHES, ROOT, assert_kept, assert_up_to_date, assert_whole, opened, places, play
from soaking import SOAKING
from sqlalchemy.exc import OperationalError

from data_layer import refresher
from data_layer.faultpoint import arm
from ingest.parse import parse_batch
from ingest.writer import Unavailable

PLACES = places("store", "writer", "refresher")
_DYING = Path(__file__).with_name("dying.py")


def fails(_times: int) -> None:
    raise RuntimeError("a fault of the test")


def is_locked(_times: int) -> None:
    raise OperationalError("COMMIT", {}, Exception("database is locked"))


def first(fault: Callable[[int], None]) -> Callable[[int], None]:
    """A fault that strikes the first time only."""
    return lambda times: fault(times) if times == 1 else None


def dawdles(_times: int) -> None:
    """The delay is the fault; nothing is waited for."""
    time.sleep(0.02)


MODES = {"fails for good": fails, "is locked once": first(is_locked)}
if SOAKING:
    MODES |= {"fails once": first(fails), "is locked for good": is_locked, "dawdles": dawdles}
#: The how-manyth time that a place is reached is a process's last.
DEATHS = [1, 2] if SOAKING else [1]


def test_there_are_places_in_ingest_and_refresh():
    assert len(PLACES) >= 15
    assert set(places()) - {*PLACES} == set(places("retention", "partitions", "forwarder"))
    told = (ROOT / "docs" / "reliability.md").read_text()
    assert [place for place in places() if f"| `{place}` |" not in told] == []


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("place", PLACES)
def test_a_fault_costs_nothing(place, mode, tmp_path, monkeypatch):
    monkeypatch.setattr(refresher, "_PAUSE_AFTER_ERROR_SECONDS", 0.05)
    path = tmp_path / "factory.db"
    services = opened(path)
    reached, struck, acknowledged = 0, 0, set()

    def strike(name: str) -> None:
        nonlocal reached, struck
        if name == place:
            reached += 1
            try:
                MODES[mode](reached)
            except Exception:
                struck += 1
                raise

    arm(strike)
    play(services, acknowledged.add, attempts=3, struck=lambda: struck)
    arm(None)
    assert reached
    assert_kept(path, acknowledged)
    assert_up_to_date(services, path)
    play(services, acknowledged.add, attempts=3)
    assert acknowledged == {0, 1, 2}
    assert_whole(services, path)


@pytest.mark.parametrize(
    ("place", "said", "stored"),
    [("writer: about to commit", "rolled back", False), ("writer: committed", "is stored", True), ("writer: refresher told", "is stored", True)],
)
def test_the_log_and_the_counts_say_whether_it_was_stored(place, said, stored, tmp_path, caplog):
    services = opened(tmp_path / "factory.db")

    def strike(name: str) -> None:
        if name == place:
            fails(1)

    arm(strike)
    parsed = parse_batch(json.dumps(BATCHES[1]).encode(), services.sites.known, services.clock.micros())
    with pytest.raises(Unavailable, match="taken in" if stored else "cannot store"):
        services.writer.submit(parsed)
    arm(None)
    counts = services.metering.exposition().decode().splitlines()
    services.close()
    assert [said in record.getMessage() for record in caplog.records if record.name == "ingest.writer"] == [True]
    assert f"factory_events_stored_total {len(BATCHES[1]) * stored:.1f}" in counts
    assert f"factory_commit_duration_seconds_count {stored:.1f}" in counts
    assert f"factory_commit_failures_total {not stored:.1f}" in counts


@pytest.mark.parametrize("time_", DEATHS)
@pytest.mark.parametrize("place", PLACES)
def test_death_costs_nothing(place, time_, tmp_path):
    path = tmp_path / "factory.db"
    died = subprocess.run([sys.executable, _DYING, path, place, str(time_)], capture_output=True, text=True, timeout=60, check=False)
    assert died.returncode == 9, died.stderr
    acknowledged = {int(line) for line in died.stdout.split()}
    assert_kept(path, acknowledged)
    services = opened(path)
    assert_up_to_date(services, path)
    play(services, acknowledged.add, attempts=3)
    assert acknowledged == {0, 1, 2}
    assert_whole(services, path)
