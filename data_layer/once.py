"""Work that many ask for at the same moment, done once."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Any, TypeVar

Answer = TypeVar("Answer")


class Once:
    """Answers by key, the latest asked for of them kept. Whoever asks what somebody else is asking just now waits for that answer.

    most: how many answers are kept. Answers are shared: nobody changes them.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._answers: OrderedDict[Hashable, Future[Any]] = OrderedDict()

    def get(self, key: Hashable, ask: Callable[[], Answer]) -> Answer:
        """What `ask` answers, asked once for a key. An error is told to all that wait, and not kept."""
        with self._lock:
            found = self._answers.get(key)
            first = found is None
            answer: Future[Answer] = Future() if found is None else found
            self._answers[key] = answer
            self._answers.move_to_end(key)
            if len(self._answers) > self._most:
                self._answers.popitem(last=False)
        if first:
            self._work_out(key, ask, answer)
        return answer.result()

    def _work_out(self, key: Hashable, ask: Callable[[], Answer], answer: Future[Answer]) -> None:
        try:
            answer.set_result(ask())
        except BaseException as error:
            with self._lock:
                self._answers.pop(key, None)
            answer.set_exception(error)
