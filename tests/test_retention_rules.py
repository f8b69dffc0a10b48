"""What retention asks of settings, ingest, the refresher and the archive: bounds, late events, passes under way, files that are whole."""

from collections.abc import Iterator
from dataclasses import astuple
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from http_api import Api, event
from metrics_harness import SiteUnderTest, site_under_test
from retaining import archive_of, archived, retain, seal_at
from server_process import until
from sqlalchemy import select

import api as http
from callbacks import export
from data_layer import catching_up, tables
from data_layer.engine import Database
from data_layer.horizons import Horizons, Retention, planned, retention_from_json
from data_layer.query import NotKept
from data_layer.retention import restore as restoring
from data_layer.retention.archive import INSTANT, INTEGER, MANIFEST, NUMBER, TEXT, Archive, Damaged
from data_layer.retention.restore import restore
from data_layer.retention.runs import latest_run
from data_layer.retention.steps import slices
from data_layer.settings_json import InvalidSettings
from data_layer.sites import load_site, next_revision
from metrics.local_time import local_clock
from metrics.units import HOUR, to_datetime, to_micros

SHIFT = {"start": "08:00", "end": "17:00", "days": [0, 1, 2, 3, 4, 5, 6]}
SITE = {"timezone": "Europe/Berlin", "shifts": [SHIFT], "signal_timeout_seconds": 7200}


def seen(day: int, clock: str, kind: str = "working", worker: str = "W1", **more: object) -> dict:
    return {"timestamp": f"2026-01-{day:02}T{clock}:00Z", "worker_id": worker, "workstation_id": "S1", "event_type": kind, **more}


EVENTS = [seen(day, clock, kind) for day in range(1, 29) for clock, kind in (("08:00", "working"), ("09:30", "product_count"), ("10:15", "idle"))]


@pytest.fixture
def site() -> Iterator[SiteUnderTest]:
    with site_under_test(SITE) as found:
        found.post(EVENTS)
        found.catch_up()
        yield found


@pytest.mark.parametrize(
    ("days", "wrong"),
    [
        ([1, 2], "retention: must be an object"),
        ({"raw_days": 3}, "retention.raw_days: is not a field"),
        ({"raw_event_days": 0}, "retention.raw_event_days: must be a whole number"),
        ({"raw_event_days": 1.5}, "retention.raw_event_days: must be a whole number"),
        ({"raw_event_days": True}, "retention.raw_event_days: must be a whole number"),
        ({"raw_event_days": 30, "interval_days": 29}, "retention.interval_days: must be null, or at least raw_event_days"),
        ({"interval_days": 30}, "retention.interval_days: must be null, as raw_event_days"),
        ({"raw_event_days": 1, "interval_days": 9, "rollup_days": 8}, "retention.rollup_days: must be null, or at least interval_days"),
    ],
)
def test_days_that_cannot_be(days, wrong):
    with pytest.raises(InvalidSettings) as found:
        retention_from_json(days)
    assert str(found.value).startswith(wrong)


def test_days_that_can_be():
    assert retention_from_json({}) == Retention()
    assert retention_from_json({"raw_event_days": 30.0, "interval_days": 30, "rollup_days": None}) == Retention(30, 30, None)


def test_horizons_are_local_midnights_and_sums_leave_by_whole_weeks():
    clock, noon = local_clock("Europe/Berlin"), to_micros(datetime(2026, 3, 31, 12, tzinfo=UTC))
    assert planned(Retention(), clock, noon) == Horizons()
    found = planned(Retention(2, 10, 20), clock, noon)
    # The clock went forward on 29 March: midnight is an hour earlier in UTC from the 30th on.
    assert [to_datetime(at).isoformat() for at in astuple(found)] == [
        "2026-03-28T23:00:00+00:00",
        "2026-03-26T23:00:00+00:00",
        "2026-03-20T23:00:00+00:00",
        "2026-03-08T23:00:00+00:00",
    ]
    assert to_datetime(found.kept_from + HOUR).weekday() == 0
    # Intervals outlive events by two days, whatever was asked for.
    assert planned(Retention(2, 2, 2), clock, noon).detailed_from == found.sealed_before - 2 * 24 * HOUR


@pytest.mark.parametrize(
    ("counted", "expected"),
    [
        ([], []),
        ([(0, 5)], [(0, 10)]),
        ([(0, 3), (10, 3), (20, 3)], [(0, 20), (20, 30)]),
        ([(0, 9), (50, 1)], [(0, 10), (50, 55)]),
        ([(0, 100), (10, 100)], [(0, 10), (10, 20)]),
    ],
)
def test_slices_hold_about_as_many_rows_as_they_should(counted, expected):
    assert slices(counted, 10, 7, 55) == expected


def test_events_older_than_the_horizon_are_quarantined_and_known_ones_stay(site):
    seal_at(site, "2026-01-25")
    late = [seen(26, "11:00"), seen(27, "11:00")]
    site.post(late)
    with site.database.read() as connection:
        times = {at.day for at in connection.scalars(select(tables.events.c.timestamp)) if at.hour == 11}
    assert times == {27}


def test_what_comes_too_late_is_told_so(api: Api):
    now = api.services.clock.now()
    old, new = (event((now - timedelta(days=days)).isoformat(), "working", "W1", "S1") for days in (40, 1))
    assert api.put("/api/sites/main", {"retention": {"raw_event_days": 30}}).status_code == 200
    until(lambda: api.get("/api/sites/main").json["history"]["sealed_before"] is not None)
    answer = api.post_batch([old, new])
    assert (answer.json["success_count"], answer.json["rejected_count"]) == (1, 1)
    assert "raw horizon of site main" in answer.json["errors"][0]["detail"]
    assert "raw horizon" in api.quarantined()[0]["reason"]
    sealed = api.get("/api/metrics/workers", **{"from": old["timestamp"]})
    assert sealed.headers["Data-Sealed-Before"] == api.get("/api/sites/main").json["history"]["sealed_before"]
    pages = Flask("pages")
    http.register(pages, api.services)
    pages.register_blueprint(export.bp)
    for told in (api.get("/api/events"), pages.test_client().get("/export/events.csv?range=all")):
        assert told.headers["Data-Sealed-Before"] == sealed.headers["Data-Sealed-Before"]
    for path in ("/api/metrics/workers", "/api/events"):
        assert "Data-Sealed-Before" not in api.get(path, **{"from": new["timestamp"]}).headers, path


def test_settings_of_sealed_days_stay(site):
    seal_at(site, "2026-01-25")
    before = site.read({"to": "2026-01-25"})
    site.put({**SITE, "signal_timeout_seconds": 60})
    with site.database.read() as connection:
        versions = load_site(connection, site.site_id).versions
    assert [day for day, _ in versions] == [None, date(2026, 1, 25)]
    after = site.read({"to": "2026-01-25"})
    assert after["workers"] == before["workers"]
    assert site.read({"from": "2026-01-26", "to": "2026-01-27"})["workers"]["W1"]["total_active_time_hours"] == 0


def test_a_sealed_site_keeps_its_time_zone(site):
    seal_at(site, "2026-01-25")
    with pytest.raises(InvalidSettings, match="timezone: what lies before 2026-01-25 is sealed in Europe/Berlin"):
        site.put({**SITE, "timezone": "UTC"})


def test_a_pass_that_was_under_way_when_history_was_sealed_is_done_again(site, monkeypatch):
    site.post([seen(28, "09:50", "idle")])
    real, sealed = catching_up.refresh, []

    def seals_amid(*arguments: object) -> object:
        found = real(*arguments)
        if not sealed:
            sealed.append(True)
            with site.database.write() as connection:
                connection.execute(tables.retention.insert().values(site_id=site.site_id, sealed_before=datetime(2026, 1, 28, 9, tzinfo=UTC)))
                next_revision(connection, site.site_id)
        return found

    monkeypatch.setattr(catching_up, "refresh", seals_amid)
    site.catch_up()
    intervals = site.rows(tables.intervals)
    starts = [row[1] for row in intervals if row[1] >= datetime(2026, 1, 28, tzinfo=UTC)]
    # Only the second pass knew the seal: what it works out begins there.
    assert datetime(2026, 1, 28, 9, tzinfo=UTC) in starts


def test_beyond_intervals_only_whole_hours_are_told(site):
    retain(site, "2026-02-10T12:00:00Z", Retention(raw_event_days=5, interval_days=10))
    hours = {"from": "2026-01-05T08:00:00Z", "to": "2026-01-05T11:00:00Z"}
    assert site.read(hours)["workers"]["W1"]["total_active_time_hours"] == pytest.approx(2.25)
    for ragged in ({**hours, "to": "2026-01-05T10:10:00Z"}, {**hours, "worker_id": ["W1"]}):
        with pytest.raises(NotKept, match="only sums by whole hours"):
            site.read(ragged)


def test_damaged_files_are_not_restored(site):
    seal_at(site, "2026-01-25")
    [entry] = [entry for entry in archive_of(site).entries() if entry.table == "events"]
    path = archive_of(site).folder / entry.file
    whole = path.read_bytes()
    path.write_bytes(whole[:100] + bytes([whole[100] ^ 1]) + whole[101:])
    with pytest.raises(Damaged, match="checksum differs"):
        restore(site.database, site.site_id)
    path.unlink()
    with pytest.raises(Damaged, match="is missing"):
        restore(site.database, site.site_id)
    path.write_bytes(whole)
    assert restore(site.database, site.site_id).events == 3 * 24 - 1


def test_numbers_that_others_have_by_now_are_not_taken_again(site):
    seal_at(site, "2026-01-25")
    gone = min(archived(site))
    with site.database.write() as connection:
        row = dict(connection.execute(select(tables.events)).mappings().first() or {})
        connection.execute(tables.events.insert().values({**row, "event_id": gone, "timestamp": datetime(2026, 1, 28, 20, tzinfo=UTC)}))
    restore(site.database, site.site_id)
    with site.database.read() as connection:
        times = connection.execute(select(tables.events.c.timestamp)).scalars().all()
    assert len(times) == len(EVENTS) + 1


def test_an_archive_keeps_what_it_is_given_to_the_bit(tmp_path):
    columns = [("number", INTEGER), ("name", TEXT), ("share", NUMBER), ("at", INSTANT), ("sent", INSTANT)]
    rows = [(row, f"W '{row}", None if row < 3_000 else 0.1 * row, 1_700_000_000_000_001 + row, None if row < 4_000 else row) for row in range(6_000)]
    archive = Archive(tmp_path / "a 'quoted' folder")
    entry = archive.write("events", 0, HOUR, columns, rows)
    assert [row for some in archive.read(entry, columns) for row in some] == rows
    assert archive.entries() == [entry]
    # A crash amid the next line.
    with (archive.folder / MANIFEST).open("a") as manifest:
        manifest.write('{"file": "events-')
    another = archive.write("events", HOUR, 2 * HOUR, columns, rows[:1])
    assert archive.entries() == [entry, another]


def test_the_command_restores_every_site(site, tmp_path, monkeypatch, capsys):
    seal_at(site, "2026-01-25")
    address = site.database.url.render_as_string(hide_password=False)
    site.database.close()
    monkeypatch.setenv("DATABASE_URL", address)
    assert restoring.main(["--all"]) == 2
    assert restoring.main(["nowhere"]) == 1
    assert "No site nowhere" in capsys.readouterr().err
    assert restoring.main([]) == 0
    assert "main: 71 events from 1 files" in capsys.readouterr().out
    site.database = Database(address)
    assert len(site.event_ids()) == len(EVENTS)


def test_a_run_that_fails_says_so_loses_nothing_and_is_done_again(api: Api):
    now, path = api.services.clock.now(), api.services.database.place
    blocked = path.with_name(f"{path.stem}-archive")
    blocked.write_text("no folder")
    old = [event((now - timedelta(days=days)).isoformat(), "working", f"W{days}") for days in (50, 60)]
    assert api.post_batch([*old, event((now - timedelta(days=49)).isoformat(), "idle", "W50")]).status_code == 200
    api.put("/api/sites/main", {"retention": {"raw_event_days": 30}})
    until(lambda: (run := latest_run(api.services.database, "main")) is not None and run.problem is not None)
    assert "It failed, and is tried again later" in latest_run(api.services.database, "main").problem
    assert api.get("/api/sites/main").json["history"]["sealed_before"] is None
    assert len(api.stored()) == 3
    blocked.unlink()
    api.services.keeper.look()
    until(lambda: api.get("/api/sites/main").json["history"]["sealed_before"] is not None)
    # Of each worker the last event stays.
    until(lambda: len(api.stored()) == 2)
    assert api.services.keeper.alive
    assert latest_run(api.services.database, "main").problem is None


def test_demo_data_whose_history_is_sealed_can_be_removed(api: Api):
    assert api.client.post("/api/seed").status_code in (200, 201)
    assert api.services.refresher.wait("main", 60)
    before = api.metrics("factory").json["total_events"]
    api.services.clock.moment += timedelta(days=6)
    api.put("/api/sites/main", {"retention": {"raw_event_days": 1}})
    until(lambda: api.get("/api/sites/main").json["history"]["sealed_before"] is not None)
    until(lambda: len(api.stored()) < before)
    assert api.metrics("factory").json["total_events"] == before
    assert api.client.delete("/api/seed").status_code == 200
    # What is sealed stays, with the names of those who made it.
    assert api.metrics("factory").json["total_events"] > 0
    assert api.metrics("workers").json
