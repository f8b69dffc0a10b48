"""Sealed history grows coarser, and ends: its intervals leave, then its sums, each archived before it is deleted."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, String, Table, and_, delete, func, select, update

from data_layer import tables
from data_layer.engine import Database
from data_layer.faultpoint import faultpoint
from data_layer.horizons import move_horizons
from data_layer.names import load_names
from data_layer.retention.archive import INSTANT, INTEGER, TEXT, Archive
from data_layer.retention.steps import Pace
from data_layer.sites import load_site, next_revision
from data_layer.sql import listed, look_up_in
from data_layer.types import UtcMicros, micros
from metrics.schedule import SHIFTS_A_DAY
from metrics.units import BEGINNING, DAY, WEEK

_ARCHIVED = tuple(rollups.hours for rollups in tables.ROLLUPS)
_SUMMED_FROM_THEM = tuple(table for rollups in tables.ROLLUPS for table in (rollups.days, rollups.weeks))


def archive_columns(table: Table) -> list[tuple[str, str]]:
    """Names and types of a derived table's columns in the archive, whose folder says the site."""
    return [(column.name, _kind(column.type)) for column in table.columns if column.name != "site_id"]


def _kind(type_: object) -> str:
    if isinstance(type_, UtcMicros):
        return INSTANT
    return TEXT if isinstance(type_, String) else INTEGER


@dataclass(frozen=True)
class Thinning:
    """One site's derived rows before new horizons: intervals before `detailed_from`, all sums before `kept_from` (µs)."""

    database: Database
    archive: Archive
    site_id: str
    detailed_from: int
    kept_from: int
    pace: Pace

    def run(self) -> None:
        """Archive and delete. Raises steps.Stopped, OSError and the databases' errors."""
        self._move("detailed_from", self.detailed_from)
        self._intervals()
        self._delete(tables.output_cells, micros(tables.output_cells.c.bucket), BEGINNING, self.detailed_from, DAY)
        self._move("kept_from", self.kept_from)
        self._sums()

    def _move(self, name: str, horizon: int) -> None:
        """From here on nobody asks for what lies before a horizon."""
        with self.database.write() as connection:
            if getattr(load_site(connection, self.site_id).horizons, name) < horizon:
                move_horizons(connection, self.site_id, **{name: horizon})
                next_revision(connection, self.site_id)
        faultpoint("retention: a horizon moved")

    def _intervals(self) -> None:
        """Intervals that end before the horizon, a week at a time; one that reaches over it stays."""
        table, start = tables.intervals, micros(tables.intervals.c.start)
        with self.database.read() as connection:
            people = load_names(connection, self.site_id).workers
        asked = listed("people", {"worker": str}, [[worker] for worker in people])
        begin = self._first_start(people, 0)
        while begin is not None:
            within = and_(table.c.site_id == self.site_id, start >= begin, start < begin + WEEK, micros(table.c.end) <= self.detailed_from)
            of_people = look_up_in(asked, table, and_(table.c.worker == asked.c.worker, within))
            self._write(table, begin, begin + WEEK, select(*_selected(table)).select_from(of_people))
            for worker in people:
                with self.database.write() as connection:
                    connection.execute(delete(table).where(table.c.worker == worker, within))
                self.pace.step()
            begin = self._first_start(people, begin + WEEK)

    def _first_start(self, people: Sequence[str], after: int) -> int | None:
        """When the first of the intervals begins that leave, at or after an instant; a worker's are looked up, a site's would all be read."""
        table, start = tables.intervals, micros(tables.intervals.c.start)
        leaving = (table.c.site_id == self.site_id, start >= after, start < self.detailed_from, micros(table.c.end) <= self.detailed_from)
        with self.database.read() as connection:
            found = [connection.scalar(select(start).where(*leaving, table.c.worker == worker).order_by(start).limit(1)) for worker in people]
        return min((at for at in found if at is not None), default=None)

    def _sums(self) -> None:
        with self.database.read() as connection:
            site = load_site(connection, self.site_id)
        for table in _ARCHIVED:
            self._leave(table, micros(table.c.bucket), self.kept_from, DAY)
        shifts = site.rules.clock.day_of(self.kept_from) * SHIFTS_A_DAY
        self._leave(tables.attendance, tables.attendance.c.shift, shifts, SHIFTS_A_DAY)
        for table in _SUMMED_FROM_THEM:
            self._delete(table, micros(table.c.bucket), BEGINNING, self.kept_from, DAY)
        tails = tables.worker_tails
        with self.database.write() as connection:
            earlier = (tails.c.site_id == self.site_id, micros(tails.c.first_time) < self.kept_from)
            connection.execute(update(tails).where(*earlier).values(first_time=self.kept_from))

    def _leave(self, table: Table, key: ColumnElement[int], horizon: int, day: int) -> None:
        """Archive and delete the rows below a horizon, a week at a time. day: what a day is in terms of the key."""
        begin = self._first(table, key, BEGINNING, horizon)
        while begin is not None:
            end = min(begin + 7 * day, horizon)
            rows = select(*_selected(table)).where(table.c.site_id == self.site_id, key >= begin, key < end)
            self._write(table, begin * DAY // day, end * DAY // day, rows)
            self._delete(table, key, begin, end, day)
            begin = self._first(table, key, end, horizon)

    def _write(self, table: Table, begin: int, end: int, selected: Select[Any]) -> None:
        with self.database.read() as connection:
            rows = [tuple(row) for row in connection.execute(selected)]
        if rows:
            self.archive.write(table.name, begin, end, archive_columns(table), rows)
        faultpoint("retention: a file archived")

    def _delete(self, table: Table, key: ColumnElement[int], low: int, high: int, day: int) -> None:
        """Delete the rows in `[low, high)` of a key, a day at a time."""
        begin = self._first(table, key, low, high)
        while begin is not None:
            with self.database.write() as connection:
                connection.execute(delete(table).where(table.c.site_id == self.site_id, key >= begin, key < min(begin + day, high)))
            faultpoint("retention: derived rows deleted")
            self.pace.step()
            begin = self._first(table, key, begin + day, high)

    def _first(self, table: Table, key: ColumnElement[int], low: int, high: int) -> int | None:
        """The smallest key of the site's rows in `[low, high)`."""
        with self.database.read() as connection:
            found: int | None = connection.scalar(select(func.min(key)).where(table.c.site_id == self.site_id, key >= low, key < high))
        return found


def _selected(table: Table) -> list[ColumnElement[Any]]:
    return [micros(table.c[name]) if kind == INSTANT else table.c[name] for name, kind in archive_columns(table)]
