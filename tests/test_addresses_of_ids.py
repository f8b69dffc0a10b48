"""Ids in addresses: the senders' own texts, slashes and all."""

from urllib.parse import quote

import pytest
from http_api import Api, assert_problem, event

KINDS = {"workers": "worker_id", "workstations": "station_id", "cameras": "camera_id", "models": "model_name"}
IDS = [
    "a/b",
    "factory/hall 1/cam",
    "/starts/with",
    "a//b",
    "a/../b",
    "..",
    ".",
    " ",
    "ü/ß 工",
    "100%",
    "a%2Fb",
    "a?b#c",
    "a;b=c&d",
    "+",
    "metrics/workers",
    "W1\n2",
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("id_", IDS)
def test_whatever_it_is_it_can_be_put(api: Api, kind: str, id_: str) -> None:
    made = api.put(f"/api/{kind}/{quote(id_, safe='')}", {})
    assert (made.status_code, made.json[KINDS[kind]]) == (201, id_)
    assert api.put(f"/api/{kind}/{quote(id_, safe='')}", {}).status_code == 200
    assert [row[KINDS[kind]] for row in api.get(f"/api/{kind}").json] == [id_]


@pytest.mark.parametrize("id_", ["a/b", "/starts/with", "a//b", "ü/ß"])
def test_slashes_need_not_be_escaped(api: Api, id_: str) -> None:
    api.post(event(worker=id_))
    assert api.put(f"/api/workers/{quote(id_)}", {"name": "Alice"}).status_code == 200
    assert [row["name"] for row in api.get("/api/workers").json] == ["Alice"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("id_", ["W1/", "W1%2F", "W1//", "/", "//", ""])
def test_an_address_with_a_slash_too_many_creates_nobody(api: Api, kind: str, id_: str) -> None:
    assert_problem(api.put(f"/api/{kind}/{id_}", {}), 404, "nothing at")
    assert api.get(f"/api/{kind}").json == []


@pytest.mark.parametrize("kind", KINDS)
def test_an_address_that_is_no_text_creates_nobody(api: Api, kind: str) -> None:
    # As a server hands it over; the client of the tests would mend it.
    answer = api.client.put(f"/api/{kind}/x", json={}, environ_overrides={"PATH_INFO": f"/api/{kind}/a\xffb"})
    assert_problem(answer, 422, f"{KINDS[kind]}:", "UTF-8")
    assert api.get(f"/api/{kind}").json == []


@pytest.mark.parametrize("kind", KINDS)
def test_other_methods_are_named(api: Api, kind: str) -> None:
    answer = api.get(f"/api/{kind}/a/b")
    assert_problem(answer, 405, "PUT")
    assert answer.headers["Allow"] == ("DELETE, PUT" if kind == "workers" else "PUT")
