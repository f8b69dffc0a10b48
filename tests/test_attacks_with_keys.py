"""Keys that would make other keys: none gives what it doesn't have."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from admission import Admission, admission

from access import keys, people
from access.refused import Refused
from access.roles import EVERYWHERE, Role


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Admission]:
    with admission(tmp_path, everybody=False) as found:
        found.enter("chief", {EVERYWHERE: Role.ADMINISTRATOR})
        yield found


def made(own: Admission) -> list[keys.Key]:
    with own.services.database.read() as connection:
        return keys.list_keys(connection)


def key_on(page: str) -> str:
    """The key that a page shows once."""
    found = re.search(r"fpk_\w+", page)
    assert found is not None
    return found[0]


def made_with(own: Admission, key: str, **form: str) -> tuple[int, str]:
    """What comes of making a key with a key."""
    answer = own.client().post("/keys", data={"name": "heir", "scope": "admin", "site": "north", **form}, **own.with_key(key))
    return answer.status_code, answer.text


@pytest.mark.parametrize("site_id", ["north", EVERYWHERE])
def test_no_key_outlives_the_one_that_makes_it(own: Admission, site_id: str) -> None:
    key = own.key("admin", site_id, expires_at=own.clock.now() + timedelta(days=2))  # until noon of the 22nd
    for last_day in ("", "2026-11-22", "2027-01-31"):
        status, text = made_with(own, key, last_day=last_day)
        assert (status, "must not outlive the one that makes it, which ends at 2026-11-22 12:00 UTC" in text) == (422, True), last_day
    assert made_with(own, key, last_day="2026-11-21")[0] == 200
    # Nor does the heir's own.
    heir = key_on(made_with(own, key, last_day="2026-11-20")[1])
    assert made_with(own, heir, last_day="2026-11-21", name="grandchild")[0] == 422
    assert len(made(own)) == 3


def test_nor_has_more_sites(own: Admission) -> None:
    key = own.key("admin", "north")
    assert [made_with(own, key, site=site)[0] for site in ("", "south", "atlantis", "north")] == [422, 422, 422, 200]
    with pytest.raises(Refused, match="site"):
        own.services.entry.administration.issue_key(f"key:{key.split('_')[1]}", "heir", "admin", EVERYWHERE, cameras=None, expires_at=None)
    assert made_with(own, own.key("admin", EVERYWHERE), site="")[0] == 200


@pytest.mark.parametrize("scope", ["ingest", "read"])
def test_nor_is_one_made_with_a_key_that_administers_nothing(own: Admission, scope: str) -> None:
    assert made_with(own, own.key(scope, EVERYWHERE))[0] == 403


def test_a_key_that_ends_lets_nobody_in(own: Admission) -> None:
    """Who would stay when it has ended: neither somebody new, nor somebody whose rights or password it changes."""
    ending, lasting = own.key("admin", EVERYWHERE, expires_at=own.clock.now() + timedelta(days=1)), own.key("admin", EVERYWHERE)
    somebody = own.enter("somebody", {"north": Role.VIEWER})

    def changes(key: str) -> list[int]:
        posts = [
            own.client().post("/users", data={"login": "heir", "role:": "administrator"}, **own.with_key(key)),
            own.client().post(f"/users/{somebody}/roles", data={"role:": "administrator"}, **own.with_key(key)),
            own.client().post(f"/users/{somebody}/password", **own.with_key(key)),
            own.client().post(f"/users/{somebody}/enable", **own.with_key(key)),
        ]
        return [answer.status_code for answer in posts]

    def everybody() -> list[people.User]:
        with own.services.database.read() as connection:
            return people.list_users(connection)

    before = everybody()
    assert changes(ending) == [422] * 4
    assert everybody() == before
    assert changes(lasting) == [200, 303, 200, 303]
