"""A reader for many screens: equal questions are asked once, whoever asks first."""

from collections.abc import Callable, Hashable
from datetime import datetime
from typing import TypeVar

from data_layer.comparison import Comparison
from data_layer.elsewhere import Course
from data_layer.once import Once
from data_layer.query import CurrentState, MetricsQuery, Revision, Row, SeriesQuery, SiteMetrics, TimelineQuery
from data_layer.raster import DrawnLanes, LanesQuery
from data_layer.reader import MetricsReader
from data_layer.scope import in_force

Answer = TypeVar("Answer")

#: Answers kept; screens that look at the same thing ask within moments of each other.
_KEPT = 64


class SharedReader:
    """MetricsReader's answers, each worked out once: a question names its moment (`as_of`), so an answer never grows old.

    Rows are shared: nobody changes them. rules: differs whenever the sites show something else of their people.
    """

    def __init__(self, reader: MetricsReader, rules: Callable[[], Hashable] = lambda: None) -> None:
        self._reader = reader
        self._rules = rules
        self._answers = Once(_KEPT)

    def read(self, *queries: MetricsQuery, stations: bool = True) -> SiteMetrics:
        """See `MetricsReader.read`."""
        return self.once(("read", queries, stations), lambda: self._reader.read(*queries, stations=stations))

    def compare(self, *queries: MetricsQuery) -> Comparison:
        """See `MetricsReader.compare`."""
        return self.once(("compare", queries), lambda: self._reader.compare(*queries))

    def course(self, query: SeriesQuery) -> Course | None:
        """See `MetricsReader.course`."""
        return self.once(("course", query), lambda: self._reader.course(query))

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
        """See `Once.get`. Who may see other sites asks by himself: an answer is no way around the scope."""
        return self._answers.get((in_force(), self._rules(), key), ask)
