"""One answer for many screens."""

import threading

import pytest

from data_layer.once import Once


@pytest.fixture
def shared():
    return Once(2)


def test_equal_questions_are_asked_once(shared):
    asked = []
    assert [shared.get("key", lambda: asked.append(1) or len(asked)) for _ in range(3)] == [1, 1, 1]


def test_other_questions_are_asked_themselves(shared):
    assert [shared.get(key, lambda key=key: key) for key in ("a", "b", "a")] == ["a", "b", "a"]


def test_who_asks_meanwhile_waits_for_the_same_answer(shared):
    begun, go_on, asked, found = threading.Event(), threading.Event(), [], []

    def ask():
        asked.append(1)
        begun.set()
        assert go_on.wait(20)
        return "answer"

    askers = [threading.Thread(target=lambda: found.append(shared.get("key", ask))) for _ in range(5)]
    askers[0].start()
    assert begun.wait(20)
    for other in askers[1:]:
        other.start()
    go_on.set()
    for one in askers:
        one.join(20)
    assert (found, asked) == (["answer"] * 5, [1])


def test_an_error_is_told_and_not_kept(shared):
    with pytest.raises(ZeroDivisionError):
        shared.get("key", lambda: 1 / 0)
    assert shared.get("key", lambda: "better") == "better"


def test_the_oldest_answers_go(shared):
    for key in ("a", "b", "a", "c"):
        shared.get(key, lambda: "first")
    assert shared.get("a", lambda: "second") == "first"
    assert shared.get("b", lambda: "second") == "second"
