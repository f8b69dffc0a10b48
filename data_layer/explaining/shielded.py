"""How a figure came about at a site that shows nobody: by time alone, and from the same sums."""

from data_layer.answer import Answer
from data_layer.explaining.added_up import by_time, totals_by_key
from data_layer.explanation import ExplainQuery, Explanation, LeftOut, SumOfParts
from data_layer.query import Revision
from data_layer.shielding import factory_values, kept_back, station_values
from metrics.derivations import SUMS, derivation
from metrics.totals import Totals
from metrics.units import HOUR

_REGISTERED = {"worker_count": "workers", "station_count": "stations"}


def shielded(answer: Answer, query: ExplainQuery, revision: Revision) -> Explanation:
    """A figure of the factory or of a workstation, and what it is on each day. Raises KeyError for a figure that there isn't, and TooMuch."""
    made = derivation(query.of, query.figure, has_schedule=answer.schedule.has_schedule)
    totals = answer.totals()
    value = _value(answer, query, totals)
    sums = {**totals_by_key(totals, query.of), **_registered(answer)}
    level, parts = ("registered", {}) if value is None or query.figure in _REGISTERED else by_time(answer, query, made.sums)
    told = tuple(SumOfParts(key, SUMS[key].name, SUMS[key].unit, sums[key], parts[key]) for key in parts)
    return Explanation(
        query=query,
        value=value,
        derivation=made,
        numerator=made.numerator(sums) if told else 0,
        denominator=made.denominator(sums) if told else None,
        sums=told,
        level=level,
        left_out=_hours_left_out(answer),
        null_because=None if value is not None else _why(answer, query),
        revision=revision.number,
        stale=revision.stale,
        archived=answer.reaches_sealed,
    )


def _registered(answer: Answer) -> dict[str, int]:
    names = answer.registered.names
    return {"workers": len(names.workers), "stations": len(names.stations)}


def _value(answer: Answer, query: ExplainQuery, totals: Totals) -> float | None:
    if query.figure in _REGISTERED:
        return _registered(answer)[_REGISTERED[query.figure]]
    value: float | None
    if query.of == "workstation":
        [[value]] = station_values(answer)[query.figure]
    else:
        [value] = factory_values([answer], [totals])[query.figure]
    return value


def _hours_left_out(answer: Answer) -> tuple[LeftOut, ...]:
    hours = 0 if answer.told_hours is None else int(answer.told_hours.left_out.sum())
    if not hours:
        return ()
    group = answer.site.privacy.smallest_group
    sentence = f"Hours that are not over, or in which fewer than {group} people can be told apart from the others here, are in no sum."
    return (LeftOut("Hours of too few people", "time", hours * HOUR, sentence),)


def _why(answer: Answer, query: ExplainQuery) -> str:
    told = f"This site shows {answer.site.privacy.sentence}."
    if query.of == "factory" and query.figure in kept_back(answer):
        return told
    hidden = answer.told_hours is not None and any(answer.told_hours.hidden)
    return f"{told} There is no such group in this window." if hidden else "There is nothing to divide by."
