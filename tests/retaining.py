"""Daily runs of retention at a site under test, at moments of a test's choice."""

from datetime import datetime, timedelta

from metrics_harness import SiteUnderTest

from data_layer.faultpoint import arm
from data_layer.horizons import Horizons, Retention, accepted_behind, store_retention
from data_layer.retention.archive import Archive
from data_layer.retention.keeping import due, keep
from data_layer.retention.sealing import EVENT_COLUMNS
from data_layer.retention.steps import Pace
from data_layer.sites import load_site
from metrics.local_time import local_clock

MOMENT = datetime.fromisoformat


class Died(BaseException):
    """As a SIGKILL: nothing is tidied up but what the database takes back."""


def die_at(place: str, time: int = 1) -> None:
    """The how-manyth time that it is reached."""
    reached = 0

    def die(name: str) -> None:
        nonlocal reached
        reached += name == place
        if name == place and reached == time:
            raise Died

    arm(die)


class AtOnce(Pace):
    """Never rests."""

    def step(self) -> None:
        """Nobody else is there."""


def retain(site: SiteUnderTest, now: str, retention: Retention) -> Horizons:
    """One daily run."""
    with site.database.write() as connection:
        store_retention(connection, site.site_id, retention)
        found = load_site(connection, site.site_id)
    wanted = due(found, MOMENT(now))
    site.catch_up()
    keep(site.database, site.site_id, wanted, lambda: True, AtOnce())
    return wanted


def seal_at(site: SiteUnderTest, day: str, retention: Retention | None = None) -> Horizons:
    """Let the seal come to a local midnight."""
    kept = retention or Retention(raw_event_days=1)
    assert kept.raw_event_days is not None
    noon = MOMENT(f"{day}T12:00:00+00:00") + timedelta(days=kept.raw_event_days + 2)
    found = retain(site, noon.isoformat(), kept)
    assert found.accepted_from == accepted_behind(local_clock(site.timezone), found.sealed_before)
    return found


def archive_of(site: SiteUnderTest) -> Archive:
    """The site's archive."""
    return Archive.of(site.database.place, site.site_id)


def archived(site: SiteUnderTest) -> set[int]:
    """The numbers of the events in the archive."""
    archive = archive_of(site)
    return {row[0] for entry in archive.entries() if entry.table == "events" for rows in archive.read(entry, EVENT_COLUMNS) for row in rows}
