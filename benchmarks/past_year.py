"""A year of a factory's events up to this minute: made in parts, so that ten million of them never are in memory."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from benchmarks import client
from benchmarks.dataset import History, batches, encoded, history
from benchmarks.server import serving
from benchmarks.setting_up import FRESHNESS, send_all, set_up

DAYS = 365
_PART = 200_000
_BATCH = 5_000
_CONNECTIONS = 4


def import_past_year(database: Path | str, events: int) -> None:
    """Fill a new database, a file or an address, by HTTP with a year of so many events of 100 workers at 100 stations, seen by ten cameras."""
    with serving(database) as server:
        set_up(server)
        for part in _parts(events):
            send_all(server, [client.post("/api/events/batch", body) for body in batches(_seen_by_cameras(part), _BATCH)], _CONNECTIONS)
        server.wait_until_fresh(FRESHNESS)


def _parts(events: int) -> Iterator[History]:
    everything = history(events, days=DAYS, first_day=date.today() - timedelta(days=DAYS - 1))  # noqa: DTZ011 - the screens' own day is near enough
    past = int((everything.at <= datetime.now(UTC).timestamp() * 1000).sum())
    for begin in range(0, past, _PART):
        yield everything.between(begin, min(begin + _PART, past))


def _seen_by_cameras(part: History) -> list[bytes]:
    """Each worker is seen by one camera of ten."""
    return [event[:-1] + f',"camera_id":"C{worker // 10:02}"}}'.encode() for event, worker in zip(encoded(part), part.worker.tolist(), strict=True)]
