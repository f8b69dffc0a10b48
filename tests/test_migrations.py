"""Migrations that carry data over: what was stored before them means the same afterwards."""

from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import insert, select
from sqlalchemy.sql import text

import data_layer
from data_layer import tables
from data_layer.cameras import camera_rows
from data_layer.engine import Database
from data_layer.levels import sum_levels
from data_layer.migrate import migrate
from metrics.local_time import local_clock
from metrics.units import BEGINNING, DAY, FOREVER, MINUTE, to_datetime

SCRIPTS = Path(data_layer.__file__).parent / "migrations"
NOW = 1_768_464_000_000_000


@pytest.fixture
def database(tmp_path):
    """A database without any table."""
    opened = Database(f"sqlite:///{tmp_path / 'factory.db'}")
    yield opened
    opened.close()


def migrate_to(database, revision):
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    with database.write() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def test_cameras_have_sent_what_they_sent_before_anybody_counted(database):
    migrate_to(database, "0002")
    sent = [("main", "C1", "S2", 0), ("main", "C1", "S1", MINUTE + 1), ("main", "C1", "", MINUTE), ("main", None, "S3", 0), ("north", "C1", "S4", 2 * MINUTE)]
    usual = {"worker_id": "W1", "event_type": "working", "count": 0}
    with database.write() as connection:
        for number, (site, camera, station, behind) in enumerate(sent):
            row = {"site_id": site, "camera_id": camera, "station_id": station, "timestamp": NOW + number - behind, "created_at": NOW + number, **usual}
            connection.execute(insert(tables.events).values(row))
        connection.execute(insert(tables.cameras), [{"site_id": site, "camera_id": "C1", "created_at": NOW} for site in ("main", "north")])
    migrate(database)
    with database.read() as connection:
        (main,), (north,) = (camera_rows(connection, site) for site in ("main", "north"))
    assert (main["events"], main["late"], main["repeated"], main["skew_seconds"], main["station_ids"]) == (3, 1, 0, None, ["S1", "S2"])
    assert (main["last_seen_at"], main["last_event_at"]) == (to_datetime(NOW + 2), to_datetime(NOW))
    assert (north["events"], north["late"], north["station_ids"]) == (1, 1, ["S4"])


def test_a_database_without_events_migrates(database):
    migrate_to(database, "0002")
    migrate(database)
    with database.read() as connection:
        assert connection.scalar(text("SELECT count(*) FROM camera_activity")) == 0


def test_weeks_are_summed_from_the_days_there_were(database):
    """As the refresher would sum them, across a change of the clocks, in each site's own zone."""
    migrate_to(database, "0003")
    zones = {"main": "Europe/Berlin", "far": "Pacific/Auckland"}
    with database.write() as connection:
        for site_id, timezone in zones.items():
            connection.execute(insert(tables.sites).values(site_id=site_id, name=site_id, timezone=timezone, created_at=to_datetime(NOW)))
            bounds = local_clock(timezone).day_bounds(NOW + 60 * DAY, NOW + 80 * DAY).tolist()
            for number, at in enumerate(bounds):
                row = {"site_id": site_id, "bucket": to_datetime(at), "station": "S1"}
                connection.execute(insert(tables.worker_times.days).values(**row, worker="W1", active=number, idle=1, absent=0, signal=2))
                connection.execute(insert(tables.station_times.days).values(**row, occupancy=number, working=1, occupied=0))
                connection.execute(insert(tables.outputs.days).values(**row, worker="W1", units=number, events=1))
    migrate(database)
    with database.write() as connection:
        for rollups in tables.ROLLUPS:
            migrated = connection.execute(select(rollups.weeks)).all()
            assert len(migrated) == 8
            for row in connection.execute(select(rollups.days)).mappings().all():
                connection.execute(insert(rollups.hours).values(**row))
            for site_id, timezone in zones.items():
                sum_levels(connection, site_id, local_clock(timezone), rollups, BEGINNING, FOREVER)
            assert sorted(connection.execute(select(rollups.weeks)).all()) == sorted(migrated)
