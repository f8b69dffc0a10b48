"""How good a site's data are: per camera and in all, what came, how late, how sure and how often, and who has fallen silent."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from statistics import median

from sqlalchemy import Connection

from data_layer.cameras import camera_rows, known_since
from data_layer.counted import Counted, Counts
from data_layer.engine import Database
from data_layer.query import MetricsQuery, Row
from data_layer.refused import Refusals, refusals
from data_layer.silence import Expected, Heard, Silence, heard_so_far, silences, silent
from data_layer.sites import load_site
from metrics.schedule import SiteRules
from metrics.units import BEGINNING, HOUR, MINUTE, to_datetime, to_micros


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of a window's events, or of the latest stretch of it that is counted. longest_delay_seconds: of the late ones.

    rate: events a minute. refused: entries of the quarantine that were received in the window.
    """

    events: int = 0
    rate: float | None = None
    late: int = 0
    longest_delay_seconds: float = 0.0
    low_confidence: int = 0
    possible_duplicates: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True)
class Lapse:
    """A silence. since: the last word, None if there never was one. unseen: stations that nobody has seen since, with the scheduled hours lost."""

    since: datetime | None
    unseen: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class CameraQuality:
    """A camera. repeated: repeats ever. skew_seconds: median of received − sent_at of its latest events. lapse: None while it is heard."""

    camera_id: str
    name: str | None
    station_ids: tuple[str, ...]
    tally: Tally
    repeated: int
    last_seen_at: datetime | None
    last_event_at: datetime | None
    skew_seconds: float | None
    lapse: Lapse | None


@dataclass(frozen=True, slots=True)
class Quality:
    """A site's data. counted_from: since when events were counted, if not over the whole window. archived: whether that is since those before it are archived.

    tally: of all events. without_camera: of those that name none. skew_seconds: median over the cameras. last_seen_at: when something last came.
    """

    cameras: tuple[CameraQuality, ...]
    tally: Tally
    without_camera: Tally
    repeated: int
    skew_seconds: float | None
    last_seen_at: datetime | None
    counted_from: datetime | None
    refusals: Refusals
    archived: bool = False


def read_quality(database: Database, query: MetricsQuery) -> Quality:
    """The quality of a site's data in a query's window; `as_of` is now, and ends a window that is open. Filters are of no account:
    cameras don't know whom they see. Raises UnknownSite.
    """
    assert query.as_of is not None
    with database.read() as connection:
        return _Reading(connection, query, to_micros(query.as_of)).quality()


class _Reading:
    """One look at the tables."""

    def __init__(self, connection: Connection, query: MetricsQuery, now: int) -> None:
        site = load_site(connection, query.site_id)
        self.start = BEGINNING if query.start is None else to_micros(query.start)
        self.end = now if query.end is None else min(now, to_micros(query.end))
        self.live = self.end == now
        self.rules: SiteRules = site.rules
        # Archived events can't be counted by camera any more.
        self.archived = site.horizons.seals(self.start)
        first = max(self.start, min(site.horizons.sealed_before, self.end))
        self.counted = Counted(connection, site.site_id, site.rules, first, self.end)
        self.found = self.counted.by_camera()
        self.rows = camera_rows(connection, site.site_id)
        self.known_since = known_since(connection, site.site_id)
        self.refusals = refusals(connection, site.site_id, self.start, self.end)

    def quality(self) -> Quality:
        lapses = self._lapses()
        skews = [row["skew_seconds"] for row in self.rows if row["skew_seconds"] is not None]
        seen = [row["last_seen_at"] for row in self.rows] + [_moment(counts.received) for counts in self.found.values()]
        return Quality(
            cameras=tuple(self._camera(row, lapses.get(row["camera_id"])) for row in self.rows),
            tally=self._tally(self.found.values(), self.refusals.in_window),
            without_camera=self._tally([self.found.get(None, Counts())], self.refusals.by_camera[""]),
            repeated=sum(row["repeated"] for row in self.rows),
            skew_seconds=median(skews) if skews else None,
            last_seen_at=max((moment for moment in seen if moment is not None), default=None),
            counted_from=None if self.counted.stretch.whole and not self.archived else to_datetime(self.counted.stretch.start),
            refusals=self.refusals,
            archived=self.counted.stretch.whole and self.archived,
        )

    def _camera(self, row: Row, lapse: Lapse | None) -> CameraQuality:
        camera_id = row["camera_id"]
        return CameraQuality(
            camera_id=camera_id,
            name=row["name"],
            station_ids=tuple(row["station_ids"]),
            tally=self._tally([self.found.get(camera_id, Counts())], self.refusals.by_camera[camera_id]),
            repeated=row["repeated"],
            last_seen_at=row["last_seen_at"],
            last_event_at=row["last_event_at"],
            skew_seconds=row["skew_seconds"],
            lapse=lapse,
        )

    def _tally(self, some: Iterable[Counts], refused: int) -> Tally:
        counts = [*some]
        events, minutes = sum(one.events for one in counts), self._minutes
        return Tally(
            events=events,
            rate=events / minutes if minutes > 0 else None,
            late=sum(one.late for one in counts),
            longest_delay_seconds=max((one.longest_delay for one in counts), default=0) / 1e6,
            low_confidence=sum(one.low_confidence for one in counts),
            possible_duplicates=sum(one.possible_duplicates for one in counts),
            refused=refused,
        )

    @property
    def _minutes(self) -> float:
        """How long events were counted; a window without a beginning begins with the first of them."""
        first = min((counts.first for counts in self.found.values() if counts.first is not None), default=self.end)
        return (self.end - (first if self.counted.stretch.start == BEGINNING else self.counted.stretch.start)) / MINUTE

    def _lapses(self) -> dict[str, Lapse]:
        expected = Expected.by(self.rules, self.start, self.end)
        heard = [self._heard(row, expected) for row in self.rows if self._was_known(row["camera_id"])]
        quiet = silent(heard, expected)
        last_by_station = self.counted.last_by_station() if quiet else {}
        return {camera_id: _lapse(silence) for camera_id, silence in silences(heard, quiet, last_by_station, expected).items()}

    def _was_known(self, camera_id: str) -> bool:
        """Whether anything could be expected of a camera: who came later than the window says nothing in it."""
        return camera_id in self.found or self.known_since[camera_id] < self.end

    def _heard(self, row: Row, expected: Expected) -> Heard:
        """What was heard of a camera up to the window's end: now by what has arrived, in the past by what it reported."""
        so_far = heard_so_far(row, self.known_since[row["camera_id"]], expected)
        if self.live or so_far.last is None:
            return so_far
        counts, last_event = self.found.get(row["camera_id"]), to_micros(row["last_event_at"])
        if counts is None or counts.first is None or counts.last is None:
            # Events beyond the window hide when it was last heard before it.
            return replace(so_far, last=last_event if last_event < self.end else self.counted.stretch.start)
        return replace(so_far, last=counts.last, pace=expected.pace(counts.events, counts.first, counts.last) or so_far.pace)


def _lapse(silence: Silence) -> Lapse:
    return Lapse(_moment(silence.since), tuple((station_id, lost / HOUR) for station_id, lost in silence.unseen))


def _moment(at: int | None) -> datetime | None:
    return None if at is None else to_datetime(at)
