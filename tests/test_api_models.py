"""Models over HTTP: known by name and version, registered on sight or by hand."""

import pytest
from http_api import Api, assert_problem, event


def versions(api: Api, **query: str) -> list[tuple[str, str | None]]:
    return [(row["model_name"], row["model_version"]) for row in api.get("/api/models", **query).json]


def test_first_sight_registers(api: Api) -> None:
    assert api.get("/api/models").json == []
    api.take_in([event(model_name="yolo", model_version="8"), event("2026-01-15T09:00:00Z", model_name="yolo"), event("2026-01-15T10:00:00Z", model_name="m")])
    assert api.get("/api/models").json == [
        {"site_id": "main", "model_name": "m", "model_version": None},
        {"site_id": "main", "model_name": "yolo", "model_version": None},
        {"site_id": "main", "model_name": "yolo", "model_version": "8"},
    ]


@pytest.mark.parametrize(
    ("body", "version"), [({}, None), ({"model_version": None}, None), ({"model_version": ""}, None), ({"model_version": "2.1", "model_name": "yolo"}, "2.1")]
)
def test_created_once(api: Api, body: dict, version: str | None) -> None:
    made, again = (api.put("/api/models/yolo", body) for _ in range(2))
    assert (made.status_code, again.status_code) == (201, 200)
    assert made.json == again.json == {"site_id": "main", "model_name": "yolo", "model_version": version}
    assert versions(api) == [("yolo", version)]


def test_versions_stand_beside_each_other(api: Api) -> None:
    for version in ("2", "10", ""):
        assert api.put("/api/models/yolo", {"model_version": version}).status_code == 201
    assert versions(api) == [("yolo", None), ("yolo", "10"), ("yolo", "2")]


def test_sites_have_their_own(api: Api) -> None:
    api.put("/api/sites/north", {})
    api.put("/api/models/yolo", {"site_id": "north"})
    assert (versions(api), versions(api, site_id="north")) == ([], [("yolo", None)])


def test_a_strict_site_takes_what_was_registered_since(api: Api) -> None:
    """The writer learns of it without a restart, version by version."""
    api.post(event())
    api.put("/api/sites/main", {"unknown_ids": "reject"})
    with_version, without = (event("2026-01-15T09:00:00Z", model_name="yolo", model_version="8"), event("2026-01-15T10:00:00Z", model_name="yolo"))
    assert_problem(api.post(with_version), 422, "model_name: no model yolo 8")
    api.put("/api/models/yolo", {"model_version": "8"})
    assert api.post(with_version).status_code == 201
    assert_problem(api.post(without), 422, "model_name: no model yolo is")
    api.put("/api/models/yolo", {})
    assert api.post(without).status_code == 201
    shown = [(row["model_name"], row["model_version"]) for row in api.get("/api/events").json["events"]]
    assert shown == [("yolo", None), ("yolo", "8"), (None, None)]


def test_an_open_site_uses_what_was_registered_by_hand(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    """The writer has read what is known before; the model comes to be known behind its back."""
    api.post(event())
    api.put("/api/models/yolo", {"model_version": "8"})
    assert api.post(event("2026-01-15T09:00:00Z", model_name="yolo", model_version="8")).status_code == 201
    assert versions(api) == [("yolo", "8")]
    assert api.get("/api/quarantine").json == []
    assert "A transaction failed" not in caplog.text


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({"model_version": 8}, "model_version"),
        ({"model_version": 0}, "model_version"),
        ({"model_version": False}, "model_version"),
        ({"model_version": []}, "model_version"),
        ({"model_version": "x" * 129}, "model_version"),
        ({"model_version": "a\0"}, "model_version"),
        ({"version": "8"}, "version"),
        ({"model_name": "other"}, "model_name"),
        ({"site_id": 7}, "site_id"),
        ({"site_id": ""}, "site_id"),
    ],
    ids=str,
)
def test_what_cannot_be(api: Api, body: dict, word: str) -> None:
    assert_problem(api.put("/api/models/yolo", body), 422, f"{word}:")
    assert api.get("/api/models").json == []
