"""What cameras have sent, counted in the events' own transaction: how many events, how late, how often again, by what clock."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from sqlalchemy import Connection, Select, bindparam, select, update

from data_layer.counted import LATE_AFTER
from data_layer.putting import insert_new
from data_layer.servers import is_server
from data_layer.tables import camera_activity
from data_layer.types import micros
from ingest.event import Event

Key = tuple[str, str]

SKEWS_KEPT = 100
STATIONS_KEPT = 200
#: Cameras remembered between transactions; whoever sends ever new ids must not fill the memory.
_REMEMBERED = 10_000

_TIMES = ("last_seen_at", "last_event_at")
_READ = [micros(column) if column.name in _TIMES else column for column in camera_activity.columns]
_COLUMNS = ", ".join(column.name for column in camera_activity.columns)
# Written in each transaction, hence not built anew each time.
_WRITE_IN_SQLITE = f"INSERT OR REPLACE INTO camera_activity ({_COLUMNS}) VALUES ({', '.join('?' * len(_READ))})"  # noqa: S608 - constants only


@dataclass(slots=True)
class Activity:
    """What a camera has sent; times in µs UTC. The meaning of each is said in data_layer/tables.py."""

    events: int = 0
    late: int = 0
    repeated: int = 0
    last_seen_at: int = 0
    last_event_at: int = 0
    skews: list[int] = field(default_factory=list)
    station_ids: set[str] = field(default_factory=set)

    def add(self, new: Sequence[Event], repeats: Sequence[Event], now: int) -> None:
        """Count events that were received at `now`, in the order of their arrival."""
        at_once = now - LATE_AFTER
        times = [event[2] for event in new]
        self.events += len(times)
        self.late += len([at for at in times if at < at_once])
        self.repeated += len(repeats)
        self.last_seen_at = max(self.last_seen_at, now)
        self.last_event_at = max(self.last_event_at, *times, *[event[2] for event in repeats])
        self._compare_clocks([now - event.sent_at for event in new if event.sent_at is not None])
        self._see({event[4] for event in new} | {event[4] for event in repeats})

    def _compare_clocks(self, skews: list[int]) -> None:
        if skews:
            self.skews = (self.skews + skews)[-SKEWS_KEPT:]

    def _see(self, station_ids: set[str]) -> None:
        if not station_ids <= self.station_ids:
            fresh = sorted(station_ids - self.station_ids - {""})
            self.station_ids.update(fresh[: max(0, STATIONS_KEPT - len(self.station_ids))])


@dataclass
class CameraActivity:
    """The activity of cameras, remembered between transactions by the one writer; `forget` after a rollback."""

    _known: dict[Key, Activity] = field(default_factory=dict)

    def forget(self) -> None:
        """Read again from the database next time."""
        self._known.clear()

    def note(self, connection: Connection, new: Iterable[Event], repeats: Iterable[Event], now: int) -> None:
        """Count a transaction's events that were stored and those that were stored before. now: µs UTC, when they were received."""
        by_camera, again = _by_camera(new), _by_camera(repeats)
        cameras = sorted(by_camera.keys() | again.keys())
        if not cameras:
            return
        if is_server(connection):
            self._take(connection, cameras, now)
        self._load(connection, cameras)
        for key in cameras:
            self._known[key].add(by_camera.get(key, ()), again.get(key, ()), now)
        _write(connection, [_row(key, self._known[key]) for key in cameras])

    def _take(self, connection: Connection, cameras: Sequence[Key], now: int) -> None:
        """Other processes count too: the rows are this transaction's own from here on, and read anew."""
        self.forget()
        nothing = {"events": 0, "late": 0, "repeated": 0, "last_seen_at": now, "last_event_at": 0, "skews": "[]", "station_ids": "[]"}
        insert_new(connection, camera_activity, [{"site_id": site_id, "camera_id": camera_id, **nothing} for site_id, camera_id in cameras])

    def _load(self, connection: Connection, cameras: Sequence[Key]) -> None:
        missing = [key for key in cameras if key not in self._known]
        if len(self._known) + len(missing) > _REMEMBERED:
            self.forget()
            missing = [*cameras]
        by_site: dict[str, list[str]] = defaultdict(list)
        for site_id, camera_id in missing:
            self._known[site_id, camera_id] = Activity()
            by_site[site_id].append(camera_id)
        for site_id, camera_ids in by_site.items():
            for row in connection.execute(_reading(site_id, camera_ids)):
                site_id, camera_id, events, late, repeated, seen_at, event_at, skews, stations = row
                kept = msgspec.json.decode(skews), set(msgspec.json.decode(stations))
                self._known[site_id, camera_id] = Activity(events, late, repeated, seen_at, event_at, *kept)


def _reading(site_id: str, camera_ids: Sequence[str]) -> Select[Any]:
    """In an order that all keep to, since it locks what it reads where others write too."""
    table = camera_activity
    return select(*_READ).where(table.c.site_id == site_id, table.c.camera_id.in_(camera_ids)).order_by(table.c.camera_id).with_for_update()


def _write(connection: Connection, rows: Sequence[tuple[object, ...]]) -> None:
    if not is_server(connection):
        connection.exec_driver_sql(_WRITE_IN_SQLITE, [*rows])
        return
    table = camera_activity
    site_id, camera_id, *counted = (column.name for column in table.columns)
    own = (table.c[site_id] == bindparam("of_site"), table.c[camera_id] == bindparam("of_camera"))
    changed = update(table).where(*own).values({name: bindparam(f"new_{name}") for name in counted})
    names = ["of_site", "of_camera", *(f"new_{name}" for name in counted)]
    connection.execute(changed, [dict(zip(names, row, strict=True)) for row in rows])


def _by_camera(events: Iterable[Event]) -> dict[Key, list[Event]]:
    found: dict[Key, list[Event]] = defaultdict(list)
    for event in events:
        if event[9]:
            found[event[0], event[9]].append(event)
    return found


def _row(key: Key, activity: Activity) -> tuple[object, ...]:
    skews, stations = msgspec.json.encode(activity.skews).decode(), msgspec.json.encode(sorted(activity.station_ids)).decode()
    counts = (activity.events, activity.late, activity.repeated, activity.last_seen_at, activity.last_event_at)
    return (*key, *counts, skews, stations)
