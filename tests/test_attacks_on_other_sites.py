"""Ids that were never one's own: of other sites, of nobody, and of no form, in tables, questions and reports of the server's health."""

from collections.abc import Iterator
from typing import Any

import pytest
from admission import Admission, admission
from dash_calls import ROUTE, DashCalls

from components import ids
from data_layer.tables import workers, workstations

KINDS = {"worker": workers, "station": workstations}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Admission]:
    """Both sites with a worker and a station of their own."""
    with admission(tmp_path_factory.mktemp("made")) as found:
        for site in ("north", "south"):
            for kind, table in KINDS.items():
                found.services.sites.register(table, site, f"{kind} of {site}", {"name": "As it was"}, found.clock.now())
        yield found


@pytest.fixture(scope="module")
def calls(made: Admission) -> DashCalls:
    return DashCalls(made.server, made.signed_in("chief"))


def registered(made: Admission) -> list[Any]:
    return [made.services.sites.registered(table, site) for table in KINDS.values() for site in ("north", "south")]


def naming(made: Admission, calls: DashCalls, kind: str, cells: Any, *, site: str = "north", login: str = "supervisor") -> Any:
    """What comes of telling the server of edited cells."""
    grid = ids.register(kind, "grid")
    (output,) = (one["output"] for one in calls.callbacks.values() if one["inputs"] and one["inputs"][0]["id"] == grid and "cellValue" in str(one["inputs"]))
    return made.signed_in(login).post(ROUTE, json=calls.body(output, site, **{f"{grid}.cellValueChanged": cells}))


def cell(id_: Any = "worker of north", column: Any = "name", value: Any = "Renamed") -> list[dict[str, Any]]:
    return [{"data": {"id": id_}, "colId": column, "value": value}]


# The table of names


@pytest.mark.parametrize("login", ["supervisor", "local", "chief"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("id_", ["{} of south", "nobody", "{} of north ", "{} OF NORTH", "<b>", "x\ny", "*"])
def test_a_name_is_given_to_who_is_in_the_table_alone(made: Admission, calls: DashCalls, login: str, kind: str, id_: str) -> None:
    before = registered(made)
    answer = naming(made, calls, kind, cell(id_.format(kind)), login=login)
    assert answer.status_code == 200
    assert "There is no work" in answer.text
    assert registered(made) == before


@pytest.mark.parametrize("login", ["supervisor", "local"])
@pytest.mark.parametrize("site", ["south", "atlantis"])
def test_nor_at_another_site(made: Admission, calls: DashCalls, login: str, site: str, caplog: pytest.LogCaptureFixture) -> None:
    before = registered(made)
    answer = naming(made, calls, "worker", cell(f"worker of {site}"), site=site, login=login)
    assert (answer.status_code, f"No site {site}." in answer.text) == (200, True)
    assert registered(made) == before
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


@pytest.mark.parametrize(
    "cells",
    [
        *(cell(id_) for id_ in ("", "x" * 129, "\0", 7, None, ["worker of north"], {"id": "worker of north"}, True)),
        *(cell(column=column) for column in ("type", "worker_id", "site_id", "is_demo", "created_at", "", None, 7, ["name"], {}, "name; DROP TABLE workers")),
        *(cell(value=value) for value in (7, True, ["x"], {"props": {"children": "x"}, "type": "B", "namespace": "dash_html_components"}, 1.5)),
        *([one] for one in (7, "x", None, [], {}, {"data": None}, {"data": []}, {"data": {"id": "worker of north"}}, {"colId": "name", "value": "x"})),
    ],
)
def test_what_is_no_cell_is_refused(made: Admission, calls: DashCalls, cells: Any, caplog: pytest.LogCaptureFixture) -> None:
    before = registered(made)
    answer = naming(made, calls, "worker", cells)
    assert (answer.status_code, answer.content_type) == (400, "application/problem+json")
    assert registered(made) == before
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


def test_each_table_has_its_own_columns(made: Admission, calls: DashCalls) -> None:
    assert naming(made, calls, "station", cell("station of north", "home")).status_code == 400
    assert naming(made, calls, "worker", cell("worker of north", "type")).status_code == 400


@pytest.mark.parametrize(("kind", "column", "field"), [("worker", "name", "name"), ("worker", "home", "home_station_id"), ("station", "type", "type")])
def test_who_is_in_the_table_is_named(made: Admission, calls: DashCalls, kind: str, column: str, field: str) -> None:
    """Else all above would be refused for nothing."""
    answer = naming(made, calls, kind, cell(f"{kind} of north", column, "Ours"))
    assert (answer.status_code, "is “Ours” now" in answer.json["response"][ids.register(kind, "result")]["children"]) == (200, True)
    assert [row[field] for row in made.services.sites.registered(KINDS[kind], "north")] == ["Ours"]


# How the server is


@pytest.mark.parametrize(
    ("login", "told"),
    [
        (None, ["The figures of site north are 40 s behind.", "The figures of site south are 90 s behind."]),
        ("chief", ["The figures of site north are 40 s behind.", "The figures of site south are 90 s behind."]),
        ("viewer", ["The figures of site north are 40 s behind.", "The figures of other sites are up to 90 s behind."]),
        ("guest", ["The figures of some sites are up to 90 s behind."]),
    ],
)
def test_readiness_names_the_callers_sites_alone(made: Admission, login: str | None, told: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(made.services.refresher), "lags", lambda _self: {"north": 40.0, "south": 90.0, "main": 0.0})
    if login == "guest":
        made.enter("guest", {})
    client = made.client() if login is None else made.signed_in(login)
    assert client.get("/ready").json["warnings"] == told


@pytest.mark.parametrize("scope", ["ingest", "read", "admin"])
def test_nor_those_of_a_keys(made: Admission, scope: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(made.services.refresher), "lags", lambda _self: {"north": 40.0, "south": 90.0})
    answer = made.client().get("/ready", environ_base={"REMOTE_ADDR": "10.0.0.7"}, **made.with_key(made.key(scope, "south")))
    assert answer.json["warnings"] == ["The figures of site south are 90 s behind.", "The figures of other sites are up to 40 s behind."]
