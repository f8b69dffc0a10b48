"""The central server asks the sites' own servers: they stand beside the others, and who doesn't answer is named and holds nobody up."""

import json
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from http_api import NOW, Api, SettableClock, assert_problem, event
from migrated import empty_database
from two_servers import Central, central

import api as http
from callbacks.compare import ALL_SITES, compare, ranked, ranking
from callbacks.compare_course import course
from callbacks.context import look
from callbacks.many_sites import NOTHING_BEFORE
from callbacks.sites import sites
from components.wording import NO_DATA
from federation.peers import Unfit, read_peers
from services import start_services
from settings import InvalidSetting, Settings

ZONE = {"timezone": "Europe/Berlin"}
UNITS = "?range=today&metric=total_production_count"


@dataclass
class Asked:
    """A central server, with a site of its own, that asks those of north and south."""

    api: Api
    clock: SettableClock
    north: Central
    south: Central

    def look(self, search: str = UNITS) -> Any:
        """A look at which both are asked again, if they are asked at all."""
        asking = self.api.services.asking
        with asking._lock:
            asking._said = type(asking._said)((key, (account, float("-inf"))) for key, (account, _) in asking._said.items())
            asking._resting.clear()
        self.clock.moment = self.clock.moment.replace(microsecond=self.clock.moment.microsecond + 1)
        return replace(look(self.api.services, search, anywhere=True), now=self.clock.now())

    def seen(self) -> dict[str, str]:
        return {card["id"]: card["seen"] for card in sites(self.look())["cards"]}


@pytest.fixture
def asked(tmp_path: Path) -> Iterator[Asked]:
    with ExitStack() as stack:
        servers = []
        for name in ("north", "south"):
            (tmp_path / name).mkdir()
            servers.append(stack.enter_context(central(tmp_path / name)))
            servers[-1].api.put("/api/sites/main", ZONE)
        for number, server in enumerate(servers):
            server.api.take_in([event("2026-11-20T08:00:00Z"), event("2026-11-20T08:30:00Z", "product_count", count=10 + number)])
            assert server.services.refresher.wait("main", 60)
        peers = {name: {"url": server.url, "key": server.key("main", "read")} for name, server in zip(("north", "south"), servers, strict=True)}
        clock = SettableClock(NOW)
        services = start_services(Settings(database_url=empty_database(tmp_path / "all.db"), sites_from=str(written(tmp_path, peers))), clock)
        stack.callback(services.close)
        app = Flask("all")
        http.register(app, services)
        found = Api(app.test_client(), services)
        for name in peers:
            found.put(f"/api/sites/{name}", {**ZONE, "name": name.title()})
        found.put("/api/sites/main", {**ZONE, "name": "Home"})
        found.take_in([event("2026-11-20T08:00:00Z", "product_count", count=5)])
        assert services.refresher.wait("main", 60)
        yield Asked(found, clock, *servers)


def written(folder: Path, peers: Any, mode: int = 0o600) -> Path:
    path = folder / "sites.json"
    path.write_text(peers if isinstance(peers, str) else json.dumps(peers))
    path.chmod(mode)
    return path


def away(_plain: Any) -> Any:
    def answer(_environ: Any, start_response: Any) -> Any:
        start_response("503 X", [("Content-Length", "0")])
        return []

    return answer


def test_they_stand_beside_a_site_of_ones_own(asked):
    of = ranked(asked.look())
    assert {row["site_id"]: row["total_production_count"] for row in of.found.rows} == {"main": 5, "north": 10, "south": 11}
    assert of.together == 26
    lines = {line.name: line for line in ranking(of, NOTHING_BEFORE)}
    assert (lines["North"].about, lines["North"].path, lines["Home"].about) == ("asked, as of 13:00", "", "")
    own = asked.north.api.metrics("factory", **{"from": "2026-11-20", "to": "2026-11-21", "as_of": NOW.isoformat()}).json
    shown = next(row for row in of.found.rows if row["site_id"] == "north")
    assert {name: value for name, value in shown.items() if name != "site_id"} == {name: own[name] for name in shown if name != "site_id"}
    assert own["total_productive_time_hours"] == 4.0
    assert asked.seen() | {"main": ""} == {"main": "", "north": "Its own server: asked, as of 13:00", "south": "Its own server: asked, as of 13:00"}


def test_one_that_is_away_and_one_that_is_slow_are_named_and_hold_nobody_up(asked):
    asked.seen()
    go_on = threading.Event()

    def slow(plain: Any) -> Any:
        def answer(environ: Any, start_response: Any) -> Any:
            go_on.wait(60)
            return plain(environ, start_response)

        return answer

    asked.north.around, asked.south.around = away, slow
    asked.api.services.asking._limit = 0.3
    asked.north.api.take_in([event("2026-11-20T09:00:00Z", "product_count", count=100)])
    assert asked.north.services.refresher.wait("main", 60)
    try:
        of = ranked(asked.look())
        # It was not waited for: it still waits itself.
        assert not go_on.is_set()
        lines = {line.name: line for line in ranking(of, NOTHING_BEFORE)}
        assert lines["North"].about == lines["South"].about == "asked, does not answer, as of 13:00"
        assert of.together == 26
        warnings = asked.api.get("/ready").json["warnings"]
        assert any("north" in one and "answers 503" in one for one in warnings)
        assert any("south" in one and "in time" in one for one in warnings)
    finally:
        go_on.set()
    asked.north.around = asked.south.around = None
    asked.api.services.asking._limit = 3.0
    assert ranked(asked.look()).together == 126
    assert asked.api.get("/ready").json["warnings"] == []


def test_one_that_never_answered_is_left_out_of_no_total_in_silence(asked):
    asked.south.around = away
    of, page = ranked(asked.look()), compare(asked.look())
    lines = {line.name: line for line in ranking(of, NOTHING_BEFORE)}
    assert (lines["South"].cells[0].text, lines["South"].about) == (NO_DATA, "asked, does not answer")
    assert (of.together, lines[ALL_SITES].cells[0].beside) == (15, "2 of 3 sites")
    assert "South does not answer, and has not said anything of this range before." in page["notes"]
    assert asked.seen()["south"] == "Its own server: asked, does not answer"


def test_one_that_does_not_answer_is_left_alone_for_a_while_and_an_answer_holds_for_a_moment(asked):
    asked.south.around = away
    first = asked.look()
    ranked(first)
    many = len(asked.north.asked), len(asked.south.asked)
    again = replace(first, now=first.now.replace(microsecond=first.now.microsecond + 1))
    assert ranked(again).together == 15
    assert (len(asked.north.asked), len(asked.south.asked)) == many


@pytest.mark.parametrize(
    ("why", "body", "said"),
    [
        ("a page", "<html>", "can’t be understood"),
        ("of another kind", '{"days": []}', "can’t be understood"),
        ("too much", "x" * 4_100_000, "more than it was asked for"),
    ],
)
def test_what_makes_no_sense_is_no_answer(asked, why, body, said):
    def nonsense(_plain: Any) -> Any:
        def answer(_environ: Any, start_response: Any) -> Any:
            start_response("200 OK", [("Content-Length", str(len(body)))])
            return [body.encode()]

        return answer

    asked.south.around = nonsense
    assert asked.seen()["south"] == "Its own server: asked, does not answer"
    assert said in asked.api.services.asking.troubles()["south"]


def test_another_time_zone_and_a_key_that_opens_nothing_are_said(asked):
    asked.north.api.put("/api/sites/main", {"timezone": "UTC"})
    with asked.south.services.database.write() as connection:
        connection.exec_driver_sql("DELETE FROM api_keys")
    asked.south.services.entry.callers.forget()
    asked.seen()
    troubles = asked.api.services.asking.troubles()
    assert "its days are others" in troubles["north"]
    assert "does not know our key" in troubles["south"]


def test_days_and_weeks_are_drawn_hours_are_not_and_no_part_of_a_day_is_asked_for(asked):
    drawn = course(asked.look("?range=7d&metric=total_production_count"))["figure"].data
    assert list(next(one for one in drawn if one.name == "South").y)[-1] == 11
    assert "days alone: North, South." in course(asked.look(UNITS))["note"]
    before = len(asked.north.asked)
    asked.api.put("/api/sites/north", {**ZONE, "name": "North", "shifts": [{"days": [0, 1, 2, 3, 4], "start": "08:00", "end": "12:00"}]})
    assert "North tells sums of whole days alone" in compare(asked.look("?range=last-shift"))["notes"]
    assert len(asked.north.asked) == before


def test_only_those_are_asked_about_whose_sites_the_reader_may_see(asked):
    asked.api.services.sites.put("other", {}, NOW)
    asked.api.metrics("factory", site_id="main")
    assert_problem(asked.api.get("/api/metrics/factory", site_id="north"), 422, "or ask it")
    assert_problem(asked.api.get("/api/sites/north/sums"), 422, "or ask it")
    assert asked.north.asked == []


def test_a_server_of_a_site_that_is_not_here_is_a_warning(tmp_path):
    path = written(tmp_path, {"east": {"url": "http://127.0.0.1:1", "key": "fpk_x"}})
    services = start_services(Settings(database_url=empty_database(tmp_path / "all.db"), sites_from=str(path)), SettableClock(NOW))
    try:
        assert services.asking.troubles() == {"east": "there is no such site here"}
    finally:
        services.close()


GOOD = {"south": {"url": "https://south.example.com", "key": "fpk_x", "site_id": "hall"}}


def test_the_file_names_servers_and_hides_keys(tmp_path):
    found = read_peers(written(tmp_path, GOOD))
    assert (found["south"].server.url, found["south"].site_id) == ("https://south.example.com", "hall")
    assert "fpk_x" not in repr(found)


@pytest.mark.parametrize(
    ("why", "given", "mode", "said"),
    [
        ("others may read it", GOOD, 0o640, "chmod 600"),
        ("no JSON", "south=https://x", 0o600, "must be like"),
        ("a list", [GOOD], 0o600, "must be like"),
        ("an unknown field", {"south": {**GOOD["south"], "kye": "x"}}, 0o600, "must be like"),
        ("no TLS", {"south": {**GOOD["south"], "url": "http://south.example.com"}}, 0o600, "url of south"),
        ("a path", {"south": {**GOOD["south"], "url": "https://south.example.com/api"}}, 0o600, "url of south"),
        ("a password", {"south": {**GOOD["south"], "url": "https://me:word@south.example.com"}}, 0o600, "url of south"),
        ("no key", {"south": {**GOOD["south"], "key": ""}}, 0o600, "key of south"),
        ("a key in two pieces", {"south": {**GOOD["south"], "key": "fpk_secret x"}}, 0o600, "key of south"),
    ],
)
def test_a_file_that_is_not_fit_is_refused_without_a_secret(tmp_path, why, given, mode, said):
    path = written(tmp_path, given, mode)
    with pytest.raises(Unfit, match=said) as refused:
        read_peers(path)
    assert not any(secret in str(refused.value) for secret in ("fpk_secret", "word"))
    with pytest.raises(InvalidSetting, match="SITES_FROM"):
        Settings.load({"SITES_FROM": str(path)})


def test_a_file_that_is_not_there_is_said():
    with pytest.raises(InvalidSetting, match="can't be read"):
        Settings.load({"SITES_FROM": "/nowhere/sites.json"})
