"""Answers to questions about metrics, from stored rows: the cost grows with workers × days asked about, not with events stored."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import reduce
from operator import xor

from sqlalchemy import Connection, select

from data_layer import figures
from data_layer.answer import EVERYTHING, Answer, Wanted
from data_layer.comparison import Comparison, comparison
from data_layer.current import current_states
from data_layer.elsewhere import Account, Course, Elsewhere, course, days_of, elsewhere
from data_layer.engine import Database
from data_layer.explaining.explain import about_figure, explain, narrowed, wanted_for
from data_layer.explanation import ExplainQuery, Explanation
from data_layer.peers import NO_PEERS, Peers
from data_layer.privacy import About
from data_layer.query import CurrentState, MetricsQuery, Revision, Row, SeriesQuery, SiteMetrics, TimelineQuery
from data_layer.raster import DrawnLanes, LanesQuery, drawn_lanes
from data_layer.refreshing import Refreshing
from data_layer.registered import Registered, none_has
from data_layer.remote import account, check_own
from data_layer.scope import in_force
from data_layer.series import about_series, series, sums_for
from data_layer.sites import load_site
from data_layer.split import SPLIT_SUMS, split
from data_layer.tables import invalidations, sites
from data_layer.timeline import lanes

#: A metrics call waits this long for what was committed before it, then answers with what there is.
FRESHNESS_WAIT_SECONDS = 0.25


@dataclass(frozen=True)
class MetricsReader:
    """Reads metrics, as fresh as can be had in a moment.

    A question about several sites is a query for each, since each has its own clock and shifts; all see one snapshot. Every method
    raises UnknownSite, UnknownId for what none of the sites has, NotShown for what a site doesn't show of its people, and MadeElsewhere for a
    site that has a server of its own.
    """

    database: Database
    refresher: Refreshing
    #: Seconds that a call waits for what was committed before it.
    patience: float = FRESHNESS_WAIT_SECONDS
    peers: Peers = NO_PEERS

    def revision(self, site_ids: Sequence[str]) -> Revision:
        """The data revision of some sites, as it stands now."""
        fresh = self._caught_up(site_ids, patience=0)
        with self.database.read() as connection:
            return _revision(_states(connection, site_ids), not fresh)

    def read(self, *queries: MetricsQuery, stations: bool = True) -> SiteMetrics:
        """Figures of one or more sites; without any workers of those that show none. stations: whether the stations' are wanted too."""
        wanted = EVERYTHING if stations else Wanted(workers=EVERYTHING.workers)
        with self._answers(queries, wanted) as (answers, revision):
            return figures.site_metrics(answers, revision, stations=stations)

    def compare(self, *queries: MetricsQuery) -> Comparison:
        """Figures of each of some sites, and over all of them that show them (see `data_layer.comparison`)."""
        asked = self.peers.ask(queries)
        with self._answers(queries, Wanted(workers=EVERYTHING.workers), told_too=True) as (answers, _):
            found = zip(answers, queries, strict=True)
            return comparison([self._elsewhere(answer, query, asked.get(query.site_id)) or answer for answer, query in found])

    def course(self, query: SeriesQuery) -> Course | None:
        """The figure that is asked for at a site with a server of its own, by day or week; None for any other site."""
        asked = self.peers.ask([query])
        with self._answers([query], Wanted(), told_too=True) as ([answer], _):
            found = self._elsewhere(answer, query, asked.get(query.site_id))
            return None if found is None else course(found.site, query, found.account)

    def _elsewhere(self, answer: Answer, query: MetricsQuery, asked: Account | None) -> Elsewhere | None:
        days = days_of(answer.site, query)
        found = asked or account(answer.connection, answer.site, days)
        return None if found is None else elsewhere(answer.site, days, found)

    def workers(self, *queries: MetricsQuery) -> tuple[list[Row], Revision]:
        """Figures of the workers."""
        with self._answers(queries, Wanted(workers=EVERYTHING.workers), About.PEOPLE) as (answers, revision):
            return figures.worker_rows(answers), revision

    def workstations(self, *queries: MetricsQuery) -> tuple[list[Row], Revision]:
        """Figures of the stations alone, which cost a fraction of all."""
        with self._answers(queries, Wanted(stations=EVERYTHING.stations)) as (answers, revision):
            return figures.station_rows(answers), revision

    def series(self, *queries: SeriesQuery) -> tuple[list[Row], Revision]:
        """Figures by time bucket, a block a site (see `data_layer.series`). Raises TooMuch."""
        wanted = sums_for(queries[0].by, queries[0].metrics)
        with self._answers(queries, wanted, about_series(queries[0])) as (answers, revision):
            return [series(answer, query) for answer, query in zip(answers, queries, strict=True)], revision

    def timeline(self, *queries: TimelineQuery) -> tuple[list[Row], Revision]:
        """State intervals, a lane a worker or station (see `data_layer.timeline`). Raises TooMuch."""
        with self._answers(queries, about=_about_lanes(queries[0])) as (answers, revision):
            return [lane for answer, query in zip(answers, queries, strict=True) for lane in lanes(answer, query)], revision

    def drawn_lanes(self, query: LanesQuery) -> DrawnLanes:
        """The lanes of a site to be drawn, bounded whatever the range (see `data_layer.raster`)."""
        with self._answers([query], about=_about_lanes(query)) as ([answer], _):
            return drawn_lanes(answer, query)

    def split(self, query: MetricsQuery) -> list[Row]:
        """How the hours of a site's workers divide among its stations (see `data_layer.split`)."""
        with self._answers([query], SPLIT_SUMS, About.PEOPLE) as ([answer], _):
            return split(answer)

    def current_states(self, site_id: str, now: datetime) -> list[CurrentState]:
        """What each worker of a site does now; at a site that shows stations alone, what is done at its stations, by nobody ('')."""
        with self._answers([MetricsQuery(site_id=site_id, start=now, as_of=now)], about=About.MOMENTS) as ([answer], _):
            states = current_states(answer)
            if not answer.site.privacy.shows_people:
                return [replace(state, worker_id="") for state in states.values() if state.station_id is not None]
            return [states.get(worker, CurrentState(worker, "no_signal", None, None)) for worker in answer.registered.shown]

    def explain(self, query: ExplainQuery) -> Explanation:
        """How a figure came about (see `data_layer.explaining`). Raises TooMuch, and KeyError for a figure that there isn't."""
        asked = narrowed(query)
        with self._answers([asked], wanted_for(asked), about_figure(asked)) as ([answer], revision):
            return explain(answer, asked, revision)

    @contextmanager
    def _answers(
        self, queries: Sequence[MetricsQuery], wanted: Wanted = EVERYTHING, about: About = About.SUMS, *, told_too: bool = False
    ) -> Iterator[tuple[list[Answer], Revision]]:
        """about: what is told at most; who filters by worker asks about people. told_too: sites that have servers of their own are no mistake."""
        site_ids = [query.site_id for query in queries]
        fresh = self._caught_up(site_ids)
        with self.database.read() as connection:
            if not told_too:
                check_own(connection, site_ids, self.peers.site_ids)
            answers = [answer_to(connection, query, wanted, About.PEOPLE if query.worker_ids else about) for query in queries]
            unknown = set.intersection(*(answer.unknown for answer in answers))
            if unknown:
                raise none_has(unknown, site_ids)
            settled = connection.execute(select(invalidations.c.invalidation_id).where(invalidations.c.site_id.in_(site_ids)).limit(1)).first() is None
            yield answers, _revision([(answer.site.revision, answer.site.mark) for answer in answers], not fresh, settled)

    def _caught_up(self, site_ids: Sequence[str], patience: float | None = None) -> bool:
        for site_id in site_ids:
            in_force().check(site_id)
        each = (self.patience if patience is None else patience) / len(site_ids)
        return all(self.refresher.wait(site_id, each) for site_id in site_ids)


def answer_to(connection: Connection, query: MetricsQuery, wanted: Wanted, about: About) -> Answer:
    """The question to one site. Raises UnknownSite, NotShown."""
    site = load_site(connection, query.site_id)
    site.privacy.check(site.site_id, about)
    # What goes on is one person's, and every later moment asked about would tell more of it.
    asked = replace(query, as_of=None) if site.privacy.shows_groups else query
    return Answer(connection, site, Registered.load(connection, site.site_id).as_told(site.privacy), asked, wanted)


def _about_lanes(query: TimelineQuery) -> About:
    return About.PEOPLE if query.by == "worker" else About.MOMENTS


def _states(connection: Connection, site_ids: Sequence[str]) -> list[tuple[int, int]]:
    """Revision and mark of some sites."""
    found = connection.execute(select(sites.c.revision, sites.c.mark).where(sites.c.site_id.in_(site_ids)))
    return [(revision, mark) for revision, mark in found]


def _revision(states: Sequence[tuple[int, int]], stale: bool, settled: bool = True) -> Revision:
    """Of several sites together."""
    return Revision(sum(revision for revision, _ in states), stale, settled, reduce(xor, (mark for _, mark in states), 0))
