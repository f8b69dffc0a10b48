"""Tries at signing in: too much, too often, too telling, and led astray afterwards."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
from admission import PASSWORD, Admission, admission
from argon2 import PasswordHasher
from sqlalchemy import text

from access import people
from access.roles import Role
from access.web.page import LONGEST_FORM

WRONG = "wrong horse battery"


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Admission]:
    with admission(tmp_path) as made:
        yield made


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Admission]:
    """An app at whose door nobody is held up: each test tries logins of its own."""
    with admission(tmp_path_factory.mktemp("shared")) as made:
        yield made


class Counted(PasswordHasher):
    """A cheap hasher that counts what it is asked for."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.work: list[str] = []

    def hash(self, password: Any, *, salt: bytes | None = None) -> str:
        self.work.append("hash")
        return super().hash(password, salt=salt)

    def verify(self, hash: Any, password: Any) -> Any:
        self.work.append("verify")
        return super().verify(hash, password)

    def taken(self) -> list[str]:
        """What was asked for since the last time."""
        taken, self.work = self.work, []
        return taken


@pytest.fixture
def hasher(shared: Admission) -> Iterator[Counted]:
    before, shared.services.entry.passwords.hasher = shared.services.entry.passwords.hasher, Counted()
    # Made once, whoever comes first.
    shared.services.entry.passwords.match(None, "")
    shared.services.entry.passwords.hasher.taken()
    yield shared.services.entry.passwords.hasher
    shared.services.entry.passwords.hasher = before


def tried(made: Admission, login: str, password: str = WRONG, **given: Any) -> Any:
    return made.client().post("/sign-in", data={"login": login, "password": password, **given})


# Too much


@pytest.mark.parametrize(
    "form",
    [
        {"login": "x" * 1_000_000, "password": WRONG},
        {"login": "viewer", "password": "x" * 1_000_000},
        {f"field{number}": "1" for number in range(10_000)},
        {"login": "viewer", "password": PASSWORD, "next": "x" * 8_000_000},
    ],
    ids=["login", "password", "10,000 fields", "next"],
)
@pytest.mark.parametrize("content_type", [None, "multipart/form-data"])
def test_no_form_is_read_beyond_its_length(shared: Admission, hasher: Counted, form: dict[str, str], content_type: str | None) -> None:
    answer = shared.client().post("/sign-in", data=form, content_type=content_type)
    assert answer.status_code == 413
    assert hasher.taken() == []


@pytest.mark.parametrize(
    ("login", "password"), [("x" * 201, WRONG), ("viewer2", "x" * 129), ("x" * 10_000, "y"), ("viewer2", "x" * 15_000), ("\ufdfa" * 200, WRONG)]
)
def test_what_nobody_has_is_not_hashed_or_hashed_like_any_other(shared: Admission, hasher: Counted, login: str, password: str) -> None:
    assert tried(shared, login, password).status_code == 401
    assert hasher.taken() in ([], ["verify"])


def test_many_fields_within_the_length_are_a_form_like_any_other(shared: Admission) -> None:
    fields = {f"f{number}": "" for number in range(1_000)}
    assert len("&".join(f"{name}=" for name in fields)) < LONGEST_FORM
    assert tried(shared, "many fields", **fields).status_code == 401


@pytest.mark.parametrize("body", [b"\xff\xfe\x00", b"%", b"login=%ff%fe&password=%00", b"login=\x00&password=\x00", b"&&&===", b"login"])
def test_no_bytes_make_the_door_fail(shared: Admission, body: bytes) -> None:
    for content_type in ("application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "multipart/form-data", "application/json", "text/plain"):
        assert shared.client().post("/sign-in", data=body, content_type=content_type).status_code in (401, 429)


def test_credentials_count_in_the_form_alone(shared: Admission) -> None:
    given = {"login": "viewer", "password": PASSWORD}
    for method, brought in (("POST", {"json": given}), ("POST", {"query_string": given}), ("POST", {"auth": ("viewer", PASSWORD)}), ("GET", {"data": given})):
        client = shared.client()
        assert client.open("/sign-in", method=method, **brought).status_code in (200, 401, 429)
        assert client.get_cookie("factory_session") is None


# Too telling


@pytest.fixture
def logins(own: Admission) -> dict[str, str]:
    """Of all kinds that are turned away, by what they are."""
    own.enter("disabled", {"north": Role.VIEWER})
    with own.services.database.write() as connection:
        people.set_disabled(connection, own.ids["disabled"], disabled=True)
        people.create_user(connection, "passwordless", {"north": Role.VIEWER}, own.clock.now())
    return {"known": "viewer", "unknown": "nobody-knows", "disabled": "disabled", "without a password": "passwordless"}


def test_no_answer_tells_who_exists(own: Admission, logins: dict[str, str]) -> None:
    """Neither the first one, nor those once it takes longer: status, headers and page are the same, but for what was typed."""
    for number in range(6):
        answers = [tried(own, login) for login in logins.values()]
        told = {
            (answer.status_code, answer.headers.get("Retry-After"), answer.text.replace(login, ""))
            for login, answer in zip(logins.values(), answers, strict=True)
        }
        assert len(told) == 1, number
        assert {tuple(sorted(answer.headers.keys())) for answer in answers} == {tuple(sorted(answers[0].headers.keys()))}
    # By now even the right password of somebody who may come in isn't looked at.
    assert tried(own, "viewer", PASSWORD).status_code == 429


def test_the_same_work_is_done_for_everybody(own: Admission, logins: dict[str, str]) -> None:
    """By counting, and not by the clock: a test that measures time fails on a busy machine."""
    own.services.entry.passwords.hasher = counted = Counted()
    own.services.entry.passwords.match(None, "")
    for password in (PASSWORD, WRONG, "x" * 129, ""):
        taken = []
        for login in logins.values():
            counted.taken()
            # The right one of somebody who may come in would let them in.
            assert tried(own, login, WRONG if (login, password) == ("viewer", PASSWORD) else password).status_code in (401, 429)
            taken.append(tuple(counted.taken()))
        assert len(set(taken)) == 1, (password[:20], taken)


def test_the_trail_of_a_failure_is_as_long_for_everybody(own: Admission, logins: dict[str, str]) -> None:
    def statements() -> int:
        with own.services.database.read() as connection:
            return int(connection.scalar(text("SELECT count(*) FROM audit")) or 0)

    for login in logins.values():
        before = statements()
        tried(own, login)
        assert statements() == before + 1


# Too often


@pytest.mark.parametrize("login", ["viewer", "nobody-knows"])
def test_guessing_takes_longer_and_longer(own: Admission, login: str) -> None:
    waits = []
    for _ in range(14):
        answer = tried(own, login)
        if answer.status_code == 429:
            waits.append(int(answer.headers["Retry-After"]))
            own.clock.moment += timedelta(seconds=waits[-1])
    # Each wait is followed by one try that is looked at; the longest is a quarter of an hour.
    assert waits[:5] == [2, 4, 8, 16, 32]
    assert waits == sorted(waits)
    own.clock.moment += timedelta(hours=1)
    for _ in range(8):
        tried(own, login)
    assert int(tried(own, login).headers["Retry-After"]) <= 900


@pytest.mark.parametrize("spelt", ["Viewer", "VIEWER", " viewer", "viewer\t", "ｖｉｅｗｅｒ", "viewer\u200b"])
def test_another_spelling_is_no_fresh_start(own: Admission, spelt: str) -> None:
    for _ in range(3):
        assert tried(own, "viewer").status_code == 401
    # What is no spelling of it is somebody else's login, and opens nothing with any password.
    assert tried(own, spelt, PASSWORD).status_code == (401 if spelt.endswith("\u200b") else 429)


@pytest.mark.parametrize("login", ["viewer", "nobody-knows"])
def test_guesses_at_once_are_counted_one_by_one(own: Admission, login: str) -> None:
    together, statuses = Barrier(8), []

    def guess() -> None:
        client = own.client()
        together.wait(30)
        statuses.append(client.post("/sign-in", data={"login": login, "password": WRONG}).status_code)

    threads = [Thread(target=guess) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(statuses) == [401] * 3 + [429] * 5


@pytest.mark.parametrize("name", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "X-Client-IP", "True-Client-IP", "User-Agent", "Cookie"])
def test_no_header_makes_another_guesser_of_one(own: Admission, name: str) -> None:
    statuses = [
        own.client().post("/sign-in", data={"login": "viewer", "password": WRONG}, headers={name: f"10.0.0.{number}"}).status_code for number in range(5)
    ]
    assert statuses == [401, 401, 401, 429, 429]


def test_the_old_password_is_as_hard_to_guess_as_at_the_door(own: Admission) -> None:
    """By who has found a browser that is signed in."""
    client, form = own.client("viewer"), {"old": WRONG, "new": "another battery horse", "again": "another battery horse"}
    assert [client.post("/account/password", data=form).status_code for _ in range(5)] == [422, 422, 422, 429, 429]


# Led astray


@pytest.mark.parametrize(
    "wanted",
    [
        *(
            "https://[",
            "?x",
            "#x",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "\\/evil.example",
            "https://evil.example",
            "https:evil.example",
        ),
        *("https:/evil.example", "javascript:alert(1)", "data:text/html,x", "evil.example", "@evil.example", "", " //evil.example", "\t//evil.example"),
        *(
            "/\t/evil.example",
            "/\n/evil.example",
            "/\r\nSet-Cookie: a=b",
            "/\x00",
            "/\u2028/evil",
            "//[",
            "//[::1",
            "//a\uff0fb",
            "//\u2100",
            "https://[",
            "?x",
            "#x",
        ),
    ],
)
def test_nobody_is_led_to_others_after_signing_in(shared: Admission, wanted: str) -> None:
    asked = shared.client().get("/sign-in", query_string={"next": wanted})
    assert asked.status_code == 200
    assert 'name="next" value="/"' in asked.text
    client = shared.client()
    for answer in (
        client.post("/sign-in", data={"login": "viewer", "password": PASSWORD, "next": wanted}),
        client.get("/sign-in", query_string={"next": wanted}),
    ):
        assert (answer.status_code, answer.headers["Location"]) == (303, "/")
        assert "a=b" not in str(answer.headers.getlist("Set-Cookie"))


def test_who_is_not_led_astray_comes_where_they_wanted(shared: Admission) -> None:
    for wanted in ("/workers?site=north&range=7d", "/", "/a/b?x=//c", "/ü", "/.//evil.example"):
        answer = shared.client().post("/sign-in", data={"login": "viewer", "password": PASSWORD, "next": wanted})
        # Of this server whatever a browser makes of it: one slash, and then no other.
        assert answer.headers["Location"].startswith("/")
        assert not answer.headers["Location"].startswith("//")


def test_a_very_long_way_back_is_none(shared: Admission) -> None:
    assert shared.client().get("/sign-in", query_string={"next": f"/{'x' * 100_000}"}).status_code == 200
    assert shared.client().get(f"/{'x' * 100_000}").status_code == 303


@pytest.mark.parametrize("typed", ['"><script>alert(1)</script>', "{{ 7 * 7 }}", "</title><script>", "' onfocus='alert(1)", "\u202e"])
def test_what_was_typed_is_shown_as_text(shared: Admission, typed: str) -> None:
    answer = tried(shared, typed, next=f"/{typed}")
    assert "<script>" not in answer.text
    assert "alert(1)</script>" not in answer.text
    assert " 49" not in answer.text
    assert "' onfocus='" not in answer.text
