"""Forgetting a worker: the name is in no file any more, what happened stays, and no restore brings anybody back."""

import io
import json
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from admission import Admission, admission
from crowds import WINDOW, fill
from http_api import event
from sqlalchemy import insert

from data_layer import catching_up, erasing
from data_layer.backup import back_up
from data_layer.catching_up import catch_up
from data_layer.engine import Database
from data_layer.erasing import apply_list, list_of, listed
from data_layer.restore import put_back
from data_layer.tables import invalidations
from metrics.units import BEGINNING, FOREVER

NAME = "Zebulon Quixotefield"


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Admission]:
    """An app in which W9 has a name that is nowhere else."""
    with admission(tmp_path) as made:
        fill(made)
        for name in (f"{NAME} the Elder", NAME):
            assert made.signed_in("local").put("/api/workers/W9?site_id=north", json={"name": name}).status_code == 200
        yield made


def files_with(folder: Path, text: str) -> list[str]:
    """Files that hold a text, be it as UTF-8 or as UTF-16."""
    found = [path for path in folder.rglob("*") if path.is_file()]
    assert len(found) >= 2
    return sorted(path.name for path in found if any(text.encode(code) in path.read_bytes() for code in ("utf-8", "utf-16-le")))


def forget(app: Admission, worker: str = "W9", login: str = "local"):
    return app.signed_in(login).delete(f"/api/workers/{worker}?site_id=north")


def figures(app: Admission) -> tuple:
    """What the site comes to, and its workers without their names."""
    assert app.services.refresher.wait("north", 30)
    viewer = app.signed_in("viewer")
    rows = viewer.get(f"/api/metrics/workers?{WINDOW}").json
    people = sorted(tuple(value for name, value in row.items() if name not in ("worker_id", "name")) for row in rows)
    return viewer.get(f"/api/metrics/factory?{WINDOW}").json, viewer.get(f"/api/metrics/workstations?{WINDOW}").json, people


@pytest.mark.one_file
def test_the_name_is_in_no_file(app: Admission, tmp_path: Path) -> None:
    refused = {"site_id": "north", "worker_id": "W1", "event_type": f"greeted {NAME}", "timestamp": "2026-01-15T08:00:00Z"}
    assert app.signed_in("chief").post("/api/events", json=refused).status_code == 422
    assert app.signed_in("chief").post("/api/events", json=refused | {"worker_id": "W9", "event_type": "x"}).status_code == 422
    assert files_with(tmp_path, NAME)
    answer = forget(app)
    assert answer.status_code == 200, answer.text
    assert (answer.json["events"], answer.json["quarantine_entries"], answer.json["still_named_in"]) == (3, 2, [])
    assert files_with(tmp_path, NAME) == []
    assert files_with(tmp_path, "of-W9-S2") == []
    entries = app.signed_in("local").get("/api/quarantine?site_id=north").json
    assert {(entry["payload"], entry["status"]) for entry in entries} == {("", "erased")}


def test_what_happened_stays(app: Admission) -> None:
    before = figures(app)
    replaced_by = forget(app).json["replaced_by"]
    assert figures(app) == before
    with app.services.database.read() as connection:
        ids = set(connection.exec_driver_sql("SELECT DISTINCT worker_id FROM events WHERE site_id = 'north'").scalars())
    assert "W9" not in ids
    assert replaced_by in ids
    # What is worked out anew is the same as what was renamed.
    with app.services.database.write() as connection:
        connection.execute(insert(invalidations).values(site_id="north", worker_id=None, from_time=BEGINNING, to_time=FOREVER))
    app.services.refresher.notify({"north"})
    assert figures(app) == before


def test_who_comes_later_is_somebody_else(app: Admission) -> None:
    forget(app)
    app.clock.moment += timedelta(minutes=1)
    assert app.signed_in("chief").post("/api/events", json=event("2026-01-15T11:30:00Z", worker="W9", site_id="north")).status_code == 201
    assert app.services.refresher.wait("north", 30)
    [row] = [row for row in app.signed_in("viewer").get("/api/workers?site_id=north").json if row["worker_id"] == "W9"]
    assert row["name"] is None
    apply_list(app.services.database)
    assert app.signed_in("viewer").get(f"/api/metrics/workers/W9?{WINDOW}").json["event_count"] == 1


def test_it_is_noted_by_id(app: Admission) -> None:
    forget(app)
    trail = app.signed_in("chief").get("/audit.csv").text
    assert ",erased,north,W9," in trail
    assert "Quixote" not in trail


def test_who_may(app: Admission) -> None:
    for login, worker, status in [("viewer", "W9", 403), ("supervisor", "W9", 403), ("local", "nobody", 404), ("local", "W9", 200)]:
        assert forget(app, worker, login).status_code == status
    assert app.signed_in("local").delete("/api/workers/W9?site_id=south").status_code == 404


def test_what_else_is_called_by_the_name_is_told(app: Admission) -> None:
    app.signed_in("local").put("/api/workstations/S1?site_id=north", json={"name": f"{NAME}'s bench"})
    assert forget(app).json["still_named_in"] == ["workstation S1 of site north"]


@pytest.mark.one_file
def test_a_backup_from_before_is_forgotten_again(app: Admission, tmp_path: Path) -> None:
    database, copy = tmp_path / "factory.db", tmp_path / "elsewhere" / "copy.db"
    copy.parent.mkdir()
    back_up(database, copy)
    replaced_by = forget(app).json["replaced_by"]
    app.services.close()
    aside = put_back(copy, database)
    assert aside is not None
    assert files_with(tmp_path, NAME) == ["copy.db", "factory.db"]
    opened = Database(f"sqlite:///{database}")
    apply_list(opened)
    with opened.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM events WHERE worker_id = 'W9'").scalar() == 0
        assert connection.exec_driver_sql("SELECT count(*) FROM events WHERE worker_id = ?", (replaced_by,)).scalar() == 3
    opened.close()
    assert files_with(tmp_path, NAME) == ["copy.db"]


@pytest.mark.one_file
@pytest.mark.parametrize("broken", ["_forget", "_compact"])
def test_what_was_interrupted_is_finished_at_the_next_start(app: Admission, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    def die(*_: object) -> None:
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr(erasing, broken, die)
        with pytest.raises(SystemExit):
            erasing.erase(app.services.database, "north", "W9", app.clock.now(), lambda _: None)
    if broken == "_forget":
        assert files_with(tmp_path, NAME)
    apply_list(app.services.database)
    assert files_with(tmp_path, NAME) == []
    assert not (tmp_path / "factory.db.compacting").exists()
    [line] = listed(tmp_path / "factory.db")
    assert (line.site_id, line.worker_id) == ("north", "W9")


@pytest.mark.one_file
def test_the_list_is_for_the_server_alone(app: Admission, tmp_path: Path) -> None:
    forget(app)
    path = list_of(tmp_path / "factory.db")
    assert path.stat().st_mode & 0o777 == 0o600
    assert {*json.loads(path.read_text())} == {"site_id", "worker_id", "replaced_by", "at"}


def test_while_a_refresh_is_under_way(app: Admission, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pass that has read by the old names writes nothing under them."""
    database = app.services.database
    app.services.refresher.stop()
    assert app.signed_in("chief").post("/api/events", json=event("2026-01-15T09:45:00Z", "idle", worker="W9", site_id="north")).status_code == 201
    once = iter([True])

    def at(place: str) -> None:
        if place == "refresher: changes computed" and next(once, False):
            erasing.erase(database, "north", "W9", app.clock.now(), lambda _: None)

    monkeypatch.setattr(catching_up, "faultpoint", at)
    catch_up(database, "north")
    with database.read() as connection:
        for table in ("intervals", "worker_hours", "output_hours", "attendance", "worker_tails"):
            assert connection.exec_driver_sql(f"SELECT count(*) FROM {table} WHERE worker = 'W9'").scalar() == 0, table
        assert connection.exec_driver_sql("SELECT count(*) FROM invalidations WHERE site_id = 'north'").scalar() == 0
        assert connection.exec_driver_sql("SELECT count(*) FROM intervals WHERE worker <> 'W9' AND state = 'idle'").scalar() == 1


# What is held


def tables(app: Admission, worker: str = "W9") -> dict[str, list[dict]]:
    answer = app.signed_in("local").get(f"/api/personal-data/{worker}?site_id=north")
    assert answer.status_code == 200, answer.text
    assert answer.mimetype == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.data)) as zipped:
        names = [name for name in zipped.namelist() if name.endswith(".json")]
        assert {name.replace(".json", ".csv") for name in names} | {*names, "README.txt"} == {*zipped.namelist()}
        return {name.removesuffix(".json"): json.loads(zipped.read(name)) for name in names}


def test_everything_held_about_one_worker(app: Admission) -> None:
    app.signed_in("chief").post("/api/events", json={"site_id": "north", "worker_id": "W9", "event_type": "sleeping"})
    app.signed_in("viewer").get(f"/api/metrics/workers/W9?{WINDOW}")
    assert app.services.refresher.wait("north", 30)
    found = tables(app)
    assert [row["name"] for row in found["worker"]] == [NAME]
    assert [(row["timestamp"], row["event_type"]) for row in found["events"]] == [
        ("2026-01-15T08:00:00Z", "working"),
        ("2026-01-15T09:30:00Z", "product_count"),
        ("2026-01-15T10:00:00Z", "absent"),
    ]
    assert {row["worker"] for name in ("intervals", "worker_hours", "worker_days", "output_weeks") for row in found[name]} == {"W9"}
    assert len(found["quarantine"]) == 1
    assert {"named", "looked at"} <= {row["action"] for row in found["audit"]}
    assert "W8" not in json.dumps([rows for name, rows in found.items() if name != "audit"])


def test_only_administrators_are_handed_it(app: Admission) -> None:
    for login in ("viewer", "supervisor"):
        assert app.signed_in(login).get("/api/personal-data/W9?site_id=north").status_code == 403
    assert app.signed_in("local").get("/api/personal-data/nobody?site_id=north").status_code == 404
    assert app.signed_in("local").get("/api/personal-data/W9?site_id=south").status_code == 404
    tables(app)
    assert ",held data exported,north,W9," in app.signed_in("chief").get("/audit.csv").text
