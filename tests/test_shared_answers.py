"""One answer for all screens that are told of the same push."""

import gzip
import json
from datetime import timedelta
from typing import Any

import pytest

from app import create_app
from callbacks import shared_answers
from components import ids, locale

PUSHED = f"{ids.REVISION}.data"


class Screens:
    """Screens of an app, which make the callback of the frame: its stamp differs each time that it is worked out."""

    def __init__(self, services: Any) -> None:
        app = create_app(services)
        app._setup_server()
        self.client = app.server.test_client()
        self._frame = next(callback for callback in app._callback_list if ids.STAMP + ".data" in callback["output"])

    def body(self, changed: str = PUSHED, search: str = "", seen: int = 1, revision: int = 0) -> dict[str, Any]:
        values = {
            ids.FILTERS: search,
            ids.REVISION: {"revision": revision, "seen": seen},
            ids.VIEW: {"page": "overview", "id": None},
            ids.THEME: "light",
        }
        outputs = [dict(zip(("id", "property"), one.rsplit(".", 1), strict=True)) for one in self._frame["output"].strip(".").split("...")]
        outputs = [{**one, "id": json.loads(one["id"])} if one["id"].startswith("{") else one for one in outputs]
        given = {name: [{**one, "value": values.get(one["id"])} for one in self._frame[name]] for name in ("inputs", "state")}
        return {"output": self._frame["output"], "outputs": outputs, "changedPropIds": [changed], **given}

    def ask(self, body: dict[str, Any], **headers: str) -> Any:
        return self.client.post("/_dash-update-component", json=body, headers=headers)

    def stamp(self, **given: Any) -> int:
        answer = self.ask(self.body(**given))
        assert answer.status_code == 200, answer.text
        made: int = answer.json["response"][ids.STAMP]["data"]["answer"]
        return made


@pytest.fixture
def screens(services):
    return Screens(services)


def test_a_push_is_answered_once_for_all(screens):
    assert len({screens.stamp(seen=seen) for seen in range(5)}) == 1


def test_another_look_has_its_own_answer(screens):
    assert screens.stamp() != screens.stamp(search="?range=7d")


def test_another_language_has_its_own_answer(screens):
    first = screens.stamp()
    screens.client.set_cookie(locale.COOKIE, "de")
    assert screens.stamp() != first


def test_another_moment_has_its_own_answer(screens, services, clock):
    first = screens.stamp()
    clock.moment += timedelta(seconds=2)
    assert screens.stamp() == first  # screens that ask within moments share one
    services.hub._moments.clear()
    assert screens.stamp() != first


def test_what_a_reader_does_is_answered_anew(screens):
    assert screens.stamp(changed="filters.data") != screens.stamp(changed="filters.data")


def test_it_is_packed_for_who_unpacks(screens, monkeypatch):
    monkeypatch.setattr(shared_answers, "_WORTH_PACKING", 100)
    plain, packed = screens.ask(screens.body()), screens.ask(screens.body(), **{"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert gzip.decompress(packed.data) == plain.data
    assert {answer.headers["Vary"] for answer in (plain, packed)} == {"Accept-Encoding"}


def test_an_unknown_site_is_told_so(screens):
    assert "There is no site" in screens.ask(screens.body(search="?site=nowhere")).text


@pytest.mark.parametrize("spoil", [{"inputs": None}, {"inputs": [1]}, {"inputs": []}, {"inputs": [{"id": ids.FILTERS, "property": "data", "value": 7}]}])
def test_what_no_page_sends_is_left_to_dash(screens, spoil):
    answer = screens.ask(screens.body() | spoil)
    assert screens.stamp() > 0
    assert answer.status_code >= 400
