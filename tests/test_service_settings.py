"""The settings for several processes: what they must be like, and what they go with."""

import pytest

from settings import InvalidSetting, Settings

SERVER = {"DATABASE_URL": "postgresql+psycopg://factory:secret@db/factory"}
GIVEN = {"REDIS_URL": "redis://:secret@cache:6379/0", "BROKER_URL": "amqp://factory:secret@rabbit:5672//"}


def test_they_are_taken_as_they_are_and_not_shown() -> None:
    found = Settings.load(SERVER | GIVEN)
    assert (found.redis_url, found.broker_url) == tuple(GIVEN.values())
    assert "cache" not in repr(found)
    assert "rabbit" not in repr(found)


@pytest.mark.parametrize("name", GIVEN)
def test_one_process_with_a_file_shares_nothing(name: str) -> None:
    with pytest.raises(InvalidSetting, match=f"^{name} is for several processes on one database"):
        Settings.load({name: GIVEN[name]})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("REDIS_URL", "cache:6379"),
        ("REDIS_URL", "http://cache:6379/0"),
        ("REDIS_URL", "redis:///0"),
        ("BROKER_URL", "rabbit"),
        ("BROKER_URL", "sqs://secret@"),
        ("BROKER_URL", "amqp:///"),
    ],
)
def test_what_they_can_not_be(name: str, value: str) -> None:
    with pytest.raises(InvalidSetting, match=f"^{name} must be like ") as refused:
        Settings.load(SERVER | {name: value})
    # The value may hold a password.
    assert "secret" not in str(refused.value)
