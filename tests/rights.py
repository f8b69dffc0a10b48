"""Two sites of which every text is known, callers of every kind, and by hand what each of them may: what the matrices of rights stand on."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from admission import SITES, Admission, admission
from flask.testing import FlaskClient
from http_api import event
from sqlalchemy import text
from werkzeug.test import TestResponse

from access.roles import EVERYWHERE, Role
from access.web.gate import Need

#: What only answers about a site hold: in each of its names; and what only its quarantine holds.
MARK = {"north": "Nordkap7", "south": "Quokka7"}
SECRET = {"north": "Narwhal9", "south": "Wombat9"}
#: The clock of these tests stands at noon of this day.
DAY = "2026-11-20"

_NOBODY, _GUEST = "nobody", "guest"
#: Who may where do what a role is for, from the README's "Who may do what": not a word of it is asked of the code.
#: "all": every site, and what belongs to none.
ROLES = ("viewer", "supervisor", "administrator", "camera")
GRID: Mapping[str, tuple[str, str, str, str]] = {
    _NOBODY: ("", "", "", ""),
    _GUEST: ("", "", "", ""),
    "viewer": ("north", "", "", ""),
    "supervisor": ("north", "north", "", ""),
    "local": ("north", "north", "north", "north"),
    "mixed": ("north south", "north", "north", "north"),
    "chief": ("all", "all", "all", "all"),
    "ingest key": ("", "", "", "north"),
    "key of a camera": ("", "", "", "north"),
    "read key": ("north", "", "", ""),
    "admin key": ("north", "north", "north", "north"),
    "ingest key of all": ("", "", "", "all"),
    "read key of all": ("all", "", "", ""),
    "admin key of all": ("all", "all", "all", "all"),
}
PEOPLE = tuple(caller for caller in GRID if "key" not in caller and caller != _NOBODY)

MAY, UNKNOWN, FORBIDDEN, ABSENT = "may", "unknown", "forbidden", "absent"


def places(caller: str, role: str) -> set[str]:
    """Where a caller may do what a role is for."""
    return set(GRID[caller][ROLES.index(role)].split())


def reads(caller: str, role: str, site: str) -> bool:
    """Whether a caller may see what a role is for at a site."""
    return bool(places(caller, role) & {"all", site})


def expected(caller: str, need: Need, site: str | None) -> str:
    """What becomes of a request from afar. site: the one that it is about, None for none or all."""
    role = str(need.role)
    if role == "anyone":
        return MAY
    if caller == _NOBODY:
        return UNKNOWN
    if role in ("known", "here"):
        return MAY
    own = places(caller, role)
    if not own or (need.everywhere and "all" not in own):
        return FORBIDDEN
    return MAY if site is None or own & {"all", site} else ABSENT


@dataclass
class Ground:
    """An app that all of GRID asks. entries: of each site, an entry of its quarantine."""

    app: Admission
    entries: dict[str, int] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    _browsers: dict[str, FlaskClient] = field(default_factory=dict)

    def ask(self, caller: str, method: str, path: str, *, fresh: bool = False, **given: Any) -> TestResponse:
        """Ask from another machine. fresh: whether the request may end sessions, and a new one is to be begun after it."""
        headers = {**({"Authorization": f"Bearer {self.keys[caller]}"} if caller in self.keys else {}), **given.pop("headers", {})}
        if caller not in self._browsers:
            self._browsers[caller] = self.app.client(caller if caller in PEOPLE else None)
        browser = self._browsers.pop(caller) if fresh else self._browsers[caller]
        return browser.open(path, method=method, headers=headers, environ_base={"REMOTE_ADDR": "10.0.0.7"}, **given)

    def contents(self, *, refusals: bool = True) -> dict[str, list[Any]]:
        """All rows of all tables. refusals: whether also what was refused and names no site that its sender knows, which the quarantine keeps."""
        where = {} if refusals else {"quarantine": "WHERE site_id IS NOT NULL"}
        with self.app.services.database.read() as connection:
            tables = connection.scalars(text("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"))
            return {table: connection.execute(text(f'SELECT * FROM "{table}" {where.get(table, "")}')).fetchall() for table in tables}


@contextmanager
def ground(folder: Path) -> Iterator[Ground]:
    """The app, once all figures are made and everybody has come in."""
    with admission(folder, key_rate="none") as app:
        app.enter(_GUEST, {})
        app.enter("mixed", {"north": Role.ADMINISTRATOR, "south": Role.VIEWER})
        made = Ground(app)
        for scope in ("ingest", "read", "admin"):
            made.keys[f"{scope} key"] = app.key(scope, "north")
            made.keys[f"{scope} key of all"] = app.key(scope, EVERYWHERE)
        made.keys["key of a camera"] = app.key("ingest", "north", cameras=["CAM-1"])
        for site in SITES:
            made.entries[site] = _filled(app.client("chief"), site)
        assert all(app.services.refresher.wait(site, 60) for site in SITES)
        for caller in GRID:
            # What notes that a session or a key was used is noted now, and not in the midst of a comparison.
            made.ask(caller, "GET", "/api/openapi.json")
        yield made


def _filled(client: FlaskClient, site: str) -> int:
    """Something of everything at a site, its name in all of it; the number of an entry of its quarantine."""
    mark, asked = MARK[site], {"site_id": site}
    seen = [event(f"{DAY}T{hour:02}:00:00Z", site_id=site, camera_id=f"C-{mark}", event_id=f"{mark}-{hour}") for hour in (8, 9)]
    made = [
        client.put(f"/api/sites/{site}", json={"name": f"Works {mark}"}),
        client.put("/api/workers/W1", query_string=asked, json={"name": f"Anna {mark}", "home_station_id": "S1"}),
        client.put("/api/workstations/S1", query_string=asked, json={"name": f"Press {mark}", "type": f"type-{mark}"}),
        client.put("/api/cameras/CAM-1", query_string=asked, json={"name": f"Hall {mark}", "station_ids": ["S1"]}),
        client.put("/api/models/posture", query_string=asked, json={"model_version": mark}),
        client.post("/api/events/batch", json=seen),
        client.post("/api/events", json=event(f"{DAY}T10:00:00Z", "product_count", site_id=site, count=3)),
        client.post("/api/events", json=event(f"{DAY}T10:30:00Z", "sleeping", site_id=site, worker=SECRET[site])),
    ]
    assert [answer.status_code for answer in made] == [200, 201, 201, 201, 201, 200, 201, 422], [answer.text for answer in made]
    entry: int = client.get("/api/quarantine", query_string=asked).json[0]["quarantine_id"]
    return entry


def shown_without_right(caller: str, answer: str) -> list[str]:
    """The texts of an answer that its reader should not see."""
    seen = [MARK[site] for site in SITES if not reads(caller, "viewer", site)] + [SECRET[site] for site in SITES if not reads(caller, "supervisor", site)]
    return [mark for mark in seen if mark in answer]
