"""Backups: a copy made while events come in holds what was acknowledged before, whole, and a server starts on it."""

import threading
from pathlib import Path

import pytest
from http_api import minutely
from metrics_harness import SiteUnderTest, site_under_test
from sqlalchemy import text

from data_layer import backup
from data_layer.backup import back_up
from data_layer.engine import Database
from data_layer.migrate import migrate


def database_file(site: SiteUnderTest) -> Path:
    return Path(site.database.url.database or "")


def counted(path: Path) -> int:
    database = Database(f"sqlite:///{path}")
    migrate(database)
    with database.read() as connection:
        assert connection.scalar(text("PRAGMA integrity_check")) == "ok"
        found = connection.scalar(text("SELECT count(*) FROM events"))
    database.close()
    return int(found or 0)


def test_a_backup_while_events_come_in(tmp_path):
    with site_under_test() as site:
        events = minutely(400)
        site.post(events[:200])
        at_work = threading.Thread(target=site.post, args=(events[200:], [1]))
        at_work.start()
        back_up(database_file(site), tmp_path / "copy.db")
        at_work.join()
        assert len(site.event_ids()) == 400
    assert 200 <= counted(tmp_path / "copy.db") <= 400
    assert [path.name for path in tmp_path.glob("*unfinished*")] == []


def test_what_is_there_already_is_not_overwritten(tmp_path):
    (tmp_path / "copy.db").write_text("precious")
    with site_under_test() as site, pytest.raises(FileExistsError):
        back_up(database_file(site), tmp_path / "copy.db")
    assert (tmp_path / "copy.db").read_text() == "precious"


@pytest.mark.parametrize(
    ("why", "target", "status", "words"),
    [
        ("it can be done", "copy.db", 0, ""),
        ("no such folder", "nowhere/copy.db", 1, "No backup was made"),
        ("an option", "--help", 2, "Usage"),
    ],
)
def test_the_command(tmp_path, monkeypatch, capsys, why, target, status, words):
    with site_under_test() as site:
        monkeypatch.setenv("DATABASE_URL", f"sqlite:///{database_file(site)}")
        monkeypatch.chdir(tmp_path)
        assert backup.main([target]) == status, why
    assert words in capsys.readouterr().err


def test_without_a_database_there_is_no_backup(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'missing.db'}")
    assert backup.main([str(tmp_path / "copy.db")]) == 1
    assert "There is no database" in capsys.readouterr().err
    assert not (tmp_path / "missing.db").exists()
