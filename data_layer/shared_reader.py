"""A reader for many screens: equal questions are asked once, whoever asks first."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from datetime import datetime
from typing import Any, TypeVar

from data_layer.query import CurrentState, MetricsQuery, Revision, Row, SeriesQuery, SiteMetrics, TimelineQuery
from data_layer.raster import DrawnLanes, LanesQuery
from data_layer.reader import MetricsReader

Answer = TypeVar("Answer")

#: Answers kept; screens that look at the same thing ask within moments of each other.
_KEPT = 64


class SharedReader:
    """MetricsReader's answers, each worked out once: a question names its moment (`as_of`), so an answer never grows old.

    Whoever asks what somebody else is asking just now waits for that answer. Rows are shared: nobody changes them.
    """

    def __init__(self, reader: MetricsReader) -> None:
        self._reader = reader
        self._lock = threading.Lock()
        self._answers: OrderedDict[Hashable, Future[Any]] = OrderedDict()

    def read(self, *queries: MetricsQuery, stations: bool = True) -> SiteMetrics:
        """See `MetricsReader.read`."""
        return self.once(("read", queries, stations), lambda: self._reader.read(*queries, stations=stations))

    def series(self, query: SeriesQuery) -> Row:
        """The block of one site (see `MetricsReader.series`)."""
        answer: tuple[list[Row], Revision] = self.once(("series", query), lambda: self._reader.series(query))
        return answer[0][0]

    def timeline(self, query: TimelineQuery) -> list[Row]:
        """The lanes of one site (see `MetricsReader.timeline`)."""
        answer: tuple[list[Row], Revision] = self.once(("timeline", query), lambda: self._reader.timeline(query))
        return answer[0]

    def drawn_lanes(self, query: LanesQuery) -> DrawnLanes:
        """See `MetricsReader.drawn_lanes`."""
        return self.once(("lanes", query), lambda: self._reader.drawn_lanes(query))

    def split(self, query: MetricsQuery) -> list[Row]:
        """See `MetricsReader.split`."""
        return self.once(("split", query), lambda: self._reader.split(query))

    def current_states(self, site_id: str, now: datetime) -> list[CurrentState]:
        """See `MetricsReader.current_states`."""
        return self.once(("states", site_id, now), lambda: self._reader.current_states(site_id, now))

    def once(self, key: Hashable, ask: Callable[[], Answer]) -> Answer:
        """What `ask` answers, asked once for a key. An error is told to all that wait, and not kept."""
        with self._lock:
            found = self._answers.get(key)
            first = found is None
            answer: Future[Answer] = Future() if found is None else found
            self._answers[key] = answer
            self._answers.move_to_end(key)
            if len(self._answers) > _KEPT:
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
