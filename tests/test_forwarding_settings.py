"""Where a site's server tells what, by its settings: what may be set, and what becomes of it when they change."""

import pytest
from http_api import event
from two_servers import central, site

from callbacks.context import look
from callbacks.sites import sites
from settings import InvalidSetting, Settings

BOTH = {"FORWARD_TO": "https://central.example.com", "FORWARD_KEY": "fpk_x"}


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("FORWARD_TO", "https://central.example.com/", "https://central.example.com"),
        ("FORWARD_TO", "http://127.0.0.1:5001", "http://127.0.0.1:5001"),
        ("FORWARD_SITES", "main=north, hall-2", (("main", "north"), ("hall-2", "hall-2"))),
        ("FORWARD_EVENTS", "yes", True),
        ("FORWARD_EVENTS", "No", False),
    ],
)
def test_what_may_be_set(name, value, found):
    assert getattr(Settings.load(BOTH | {name: value}), name.lower()) == found


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FORWARD_TO", "http://central.example.com"),
        ("FORWARD_TO", "https://central.example.com/factory"),
        ("FORWARD_TO", "https://me:word@central.example.com"),
        ("FORWARD_TO", "https://central.example.com?key=x"),
        ("FORWARD_TO", "central.example.com"),
        ("FORWARD_KEY", "fpk_x fpk_y"),
        ("FORWARD_KEY", "fpk_ü"),
        ("FORWARD_SITES", "main=north,hall=north"),
        ("FORWARD_SITES", "main,main"),
        ("FORWARD_SITES", "=north"),
        ("FORWARD_EVENTS", "true"),
    ],
)
def test_what_may_not_be_set_is_said_without_what_may_be_a_secret(name, value):
    with pytest.raises(InvalidSetting, match=name) as refused:
        Settings.load(BOTH | {name: value})
    assert not any(secret in str(refused.value) for secret in ("word", "fpk_"))


@pytest.mark.parametrize("alone", BOTH)
def test_an_address_needs_a_key_and_a_key_an_address(alone):
    with pytest.raises(InvalidSetting, match="FORWARD"):
        Settings.load({alone: BOTH[alone]})


def test_a_key_is_in_no_text_of_the_settings():
    assert "fpk_x" not in repr(Settings.load(BOTH))


def test_a_server_that_tells_nobody_notes_nothing(api):
    api.take_in([event()])
    assert api.services.forwarder is None
    with api.services.database.read() as connection:
        for table in ("forwarding", "changed_days", "unsent_events"):
            assert connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one() == 0


def card(server):
    return next(one for one in sites(look(server.services, "", anywhere=True))["cards"] if one["id"] == "main")


def test_the_page_says_how_it_goes(tmp_path, api):
    assert card(api)["forwards"] == ""
    with central(tmp_path) as there:
        with site(tmp_path, there, key=there.key("main")) as here:
            here.refused("no such site")
            assert "Can’t be forwarded. http://127.0.0.1" in card(here)["forwards"]
        there.api.put("/api/sites/north", {})
        with site(tmp_path, there, new=False) as here:
            here.told()
            assert card(here)["forwards"] == f"Tells its sums to {there.url}, last at 12:00"


def test_what_is_no_longer_to_be_told_is_forgotten(tmp_path):
    with central(tmp_path) as there:
        there.api.put("/api/sites/north", {})
        key = there.key("north")
        with site(tmp_path, there, key=key) as here:
            here.told()
        with site(tmp_path, there, key=key, forwards=False, new=False) as here:
            here.post(event())
            assert here.services.refresher.wait("main", 60)
            assert here.waiting() == (0, 0)
            assert card(here)["forwards"] == ""
        with site(tmp_path, there, key=key, new=False) as here:
            here.told()
            [day] = [day for day in there.api.get("/api/sites/north/sums").json["days"] if day["events"]]
            assert day["events"] == 1
