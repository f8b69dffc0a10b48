"""What the door costs: the same events to the same server, in turns by whom nobody asks and with a key."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from access.keys import issue
from access.roles import EVERYWHERE
from benchmarks import client
from benchmarks.dataset import batches, encoded, history
from benchmarks.figures import Figure
from benchmarks.server import Server, serving
from benchmarks.setting_up import FRESHNESS, send_all, set_up
from benchmarks.statistics import in_turns
from benchmarks.workbench import Workbench
from data_layer.engine import Database
from data_layer.migrate import migrate

SECTION = "keys"
#: A key may cost a tenth of the rate.
_LEAST_RATIO = 0.9
_TURNS = 9
_SINGLES, _EVENTS, _SIZE = 2_000, 50_000, 1_000


def measure(bench: Workbench) -> Iterator[Figure]:
    """Single events and batches, with and without a key."""
    events = encoded(history(1_000_000).first((_TURNS + 1) * (_EVENTS + _SINGLES) * 2))
    singles, rest = events[: 2 * (_TURNS + 1) * _SINGLES], events[2 * (_TURNS + 1) * _SINGLES :]
    bodies = list(batches(rest, _SIZE))
    yield from _compared(bench, "single POSTs, 16 connections", "/api/events", _dealt(singles, _SINGLES), 16)
    yield from _compared(bench, f"batches of {_SIZE:,}, 4 connections", "/api/events/batch", _dealt(bodies, _EVENTS // _SIZE), 4)


def _dealt(bodies: Sequence[bytes], size: int) -> list[Sequence[bytes]]:
    """Bodies by the half turn in which they are sent, so that none is a repeat."""
    return [bodies[begin : begin + size] for begin in range(0, 2 * (_TURNS + 1) * size, size)]


def _compared(bench: Workbench, what: str, path: str, dealt: list[Sequence[bytes]], connections: int) -> Iterator[Figure]:
    database = bench.fresh_database()
    key = _key(database)
    with serving(database, KEY_RATE="none") as server:
        set_up(server)
        halves = iter(dealt)

        def rate(headers: dict[str, str]) -> float:
            sent = send_all(server, [client.post(path, body, headers) for body in next(halves)], connections)
            _settled(server)
            return sent.per_second

        found = in_turns(range(_TURNS + 1), lambda _: rate({"Authorization": f"Bearer {key}"}), lambda _: rate({}))
    yield Figure(SECTION, f"{what}, with a key (limit: without)", found.value, "requests/s", limit=found.limit, target_ratio=_LEAST_RATIO, paired=found.ratio)
    for end, ratio in zip(("least", "most"), found.interval, strict=True):
        yield Figure(SECTION, f"  the ratio at {end}, with a confidence of 95 % over {len(found.ratios)} pairs", ratio, "×")


def _settled(server: Server) -> None:
    server.wait_until_fresh(FRESHNESS)


def _key(path: Path) -> str:
    """A key for everything, on a database that no server has opened yet."""
    with closing(Database(f"sqlite:///{path}")) as database:
        migrate(database)
        with database.write() as connection:
            return issue(connection, "bench", "ingest", EVERYWHERE, datetime.now(UTC))
