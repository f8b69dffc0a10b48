"""Figures of factories and stations as a site shows them: None stands for what its privacy rule keeps back, 0 never does."""

from collections.abc import Sequence
from typing import Any

from data_layer.answer import Answer
from data_layer.privacy import Level
from data_layer.query import Row
from metrics.kpis import FACTORY_FIGURES, factory_figures, plain, workstation_figures
from metrics.totals import Totals

#: Means over single people's figures.
OF_EACH = frozenset({"average_utilization_percentage"})
#: What sums people's time, or divides by it.
OF_PEOPLE = frozenset(
    {
        *OF_EACH,
        *("total_productive_time_hours", "total_idle_time_hours", "total_absent_time_hours", "average_production_rate"),
        *("tracked_time_hours", "no_signal_hours", "coverage_percentage"),
    }
)
#: Of who was not at work there, and is in no group of that station.
_OF_OTHERS = {"total_absent_time_hours", "total_events", "event_count"}

#: By figure, the values of each bucket.
Values = dict[str, list[Any]]


def kept_back(answer: Answer) -> set[str]:
    """The factory's figures that the site never shows, or not under these filters."""
    level = answer.site.privacy.level
    if level is Level.STATION:
        return {*OF_PEOPLE}
    if level is Level.TEAM:
        return {*OF_EACH} if answer.filters.stations is None else {*OF_EACH} | (_OF_OTHERS & {*FACTORY_FIGURES})
    return set()


def withheld(answer: Answer, totals: Totals) -> set[str]:
    """The factory's figures of a window of one bucket that the site keeps back: some for good, or all, where too few people are in them."""
    return {*FACTORY_FIGURES} if _hidden(answer, totals)[0] else kept_back(answer)


def factory_values(answers: Sequence[Answer], totals: Sequence[Totals]) -> Values:
    """Figures of some sites together: what one of them keeps back there is no figure of all for."""
    found = {name: plain(figure)[0] for name, figure in factory_figures(totals).items()}
    hidden = [all(of_each) for of_each in zip(*(_hidden(answer, sums) for answer, sums in zip(answers, totals, strict=True)), strict=True)]
    for name in set().union(*(kept_back(answer) for answer in answers)):
        found[name] = [None] * len(hidden)
    return _without(found, hidden)


def station_values(answer: Answer) -> dict[str, list[list[Any]]]:
    """Figures of the stations that the answer shows, by figure and station; of a site that shows groups each station by itself."""
    shown = answer.shown("station")
    if answer.told_hours is None:
        return {name: plain(figure) for name, figure in workstation_figures(answer.totals(), shown).items()}
    each = [values_at(one, one.totals(), number) for number in shown for one in [answer.at_station(number)]]
    names = workstation_figures(answer.totals(), []) if not each else each[0]
    return {name: [values[name] for values in each] for name in names}


def values_at(answer: Answer, totals: Totals, number: int) -> Values:
    """Figures of the one station that the answer is about."""
    found = {name: plain(figure)[0] for name, figure in workstation_figures(totals, [number]).items()}
    kept = set() if answer.told_hours is None else _OF_OTHERS & {*found}
    return _without({**found, **{name: [None] * totals.buckets for name in kept}}, _hidden(answer, totals))


def _hidden(answer: Answer, totals: Totals) -> list[bool]:
    return [False] * totals.buckets if answer.told_hours is None else answer.told_hours.hidden


def _without(values: Values, hidden: Sequence[bool]) -> Values:
    return {name: [None if is_hidden else value for value, is_hidden in zip(row, hidden, strict=True)] for name, row in values.items()}


def told(answer: Answer) -> Row:
    """What to say beside the figures of a site that keeps something back: level, smallest_group, and hours_left_out with people in them."""
    rule = answer.site.privacy
    if rule.shows_people:
        return {}
    hours = None if answer.told_hours is None else int(answer.told_hours.left_out.sum())
    group = rule.smallest_group if rule.shows_groups else None
    return {"privacy": {"level": rule.level.value, "smallest_group": group, "hours_left_out": hours}}
