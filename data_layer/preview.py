"""What a change of a site's settings would do to last week's figures: both are worked out from the week's events, and nothing is stored."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from data_layer.horizons import Horizons
from data_layer.names import Names, load_names
from data_layer.privacy import About
from data_layer.query import NotKept, Row, TooMuch
from data_layer.settings_json import Json
from data_layer.sites import changed_site, load_site
from data_layer.surroundings import Surroundings
from metrics.evaluate import Question, evaluate_visible
from metrics.schedule import SiteRules, build
from metrics.units import to_datetime, to_micros

DAYS = 7
#: So many events take about a second.
MOST_EVENTS = 250_000


@dataclass(frozen=True, slots=True)
class Preview:
    """Figures of a site (those of the factory, as docs/metrics.md names them) under two settings.

    start, end: the window, whole local days by the present time zone. days: how many; fewer than wanted where there are too
    many events.
    """

    start: datetime
    end: datetime
    days: int
    before: Row
    after: Row


def preview(connection: Connection, site_id: str, change: Json, now: datetime) -> Preview:
    """The figures of the last whole local days as they are, and as a change (see `changed_site`) would make them, both as of now.

    Raises UnknownSite, InvalidSettings, NotShown, and TooMuch where a single day has too many events.
    """
    site = load_site(connection, site_id)
    # It is worked out from everybody's events; sums of whole days would be told twice, by two rules.
    site.privacy.check(site_id, About.PEOPLE)
    week = _Week(connection, site_id, load_names(connection, site_id), (site.rules, changed_site(site, site_id, change).rules), to_micros(now), site.horizons)
    days = week.affordable_days()
    start, end = week.window(days)
    before, after = week.figures(start, end)
    return Preview(to_datetime(start), to_datetime(end), days, before, after)


@dataclass(frozen=True)
class _Week:
    """A site's last days under two sets of rules, as they are and as they would be."""

    connection: Connection
    site_id: str
    names: Names
    rules: tuple[SiteRules, SiteRules]
    now: int
    horizons: Horizons

    def window(self, days: int) -> tuple[int, int]:
        """The last whole local days: `[start, end)`."""
        clock = self.rules[0].clock
        today = clock.day_of(self.now)
        return clock.day_start(today - days), clock.day_start(today)

    def affordable_days(self) -> int:
        """How many days have no more events than can be looked at, and all of theirs still there. Raises TooMuch."""
        reached, counted = self._hull(*self.window(1))[1] + 1, 0
        for days in range(1, DAYS + 1):
            low, _ = self._hull(*self.window(days))
            if low < self.horizons.sealed_before:
                if days == 1:
                    raise NotKept("The raw events of yesterday are archived: there is nothing to try other settings on.")
                return days - 1
            counted += self._events.count(low, reached - 1, MOST_EVENTS - counted + 1)
            if counted > MOST_EVENTS:
                if days == 1:
                    raise TooMuch(f"Yesterday alone had more than {MOST_EVENTS:,} events: too many to try other settings on.")
                return days - 1
            reached = low
        return DAYS

    def figures(self, start: int, end: int) -> list[Row]:
        """The site's figures over `[start, end)` under each of the rules."""
        seen = self._events.read(*self._hull(start, end))
        questions = [Question(start, end, as_of=self._events.last(rules, since=self.now)) for rules in self.rules]
        both = zip(seen, self.rules, questions, strict=True)
        return [evaluate_visible(*one, self.names.workers, self.names.stations)["factory"] for one in both]

    def _hull(self, start: int, end: int) -> tuple[int, int]:
        """From the first to the last moment of a window and of the shifts that reach into it: all of a shift decides about who attends it."""
        marks = [start, end]
        for rules in self.rules:
            shifts = build(rules, start, end).shifts
            near = shifts.rows((shifts["start"] < end) & (shifts["end"] > start))
            marks += [*near["start"].tolist(), *near["end"].tolist()]
        return min(marks), max(marks)

    @property
    def _events(self) -> Surroundings:
        return Surroundings(self.connection, self.site_id, self.names, self.rules)
