"""A figure and what it is made of, from one answer: the figure's own sums, told one by one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from math import fsum

from data_layer.answer import EVERYTHING, Answer, Wanted
from data_layer.explaining.added_up import by_time, by_worker, registered, totals_by_key, utilizations
from data_layer.explaining.at_work import at_work
from data_layer.explaining.left_out import left_out
from data_layer.explaining.listed import Listing
from data_layer.explaining.shielded import hours_left_out, not_told_because, parts_by_time
from data_layer.explanation import ExplainQuery, Explanation, LeftOut, Level, Part, SumOfParts
from data_layer.names import Names
from data_layer.privacy import About
from data_layer.query import Revision
from data_layer.shielding import factory_values, values_at
from metrics.derivations import SUMS, Derivation, derivation
from metrics.kpis import plain, worker_figures
from metrics.totals import Totals

_NEEDS_TRACKING = {"tracked", "silent"}
_REGISTERED = {"workers", "stations"}
#: Figures that count who and what is registered.
_COUNTED: Mapping[str, Callable[[Names], Sequence[str]]] = {"worker_count": lambda names: names.workers, "station_count": lambda names: names.stations}


def narrowed(query: ExplainQuery) -> ExplainQuery:
    """The question about nobody else than the worker or workstation asked about, who is shown whatever filter there is on their kind."""
    if query.id is None:
        return query
    if query.of == "worker":
        return replace(query, worker_ids=(query.id,))
    return replace(query, station_ids=(query.id,), station_types=())


def wanted_for(query: ExplainQuery) -> Wanted:
    """The sums to read for an explanation."""
    return Wanted(stations=EVERYTHING.stations) if query.of == "workstation" else Wanted(workers=EVERYTHING.workers)


def about_figure(query: ExplainQuery) -> About:
    """What an explanation tells at least."""
    return About.PEOPLE if query.of == "worker" or query.figure == "at_work_now" else About.SUMS


def explain(answer: Answer, query: ExplainQuery, revision: Revision) -> Explanation:
    """How a figure came about. Raises KeyError for a figure that there isn't, and TooMuch."""
    if query.figure == "at_work_now":
        return _at_work(answer, query, revision)
    made = derivation(query.of, query.figure, has_schedule=answer.schedule.has_schedule)
    totals = answer.totals()
    value = _value(answer, query, totals)
    sums = _sums(answer, query, totals, made)
    level, parts = _parts(answer, query, totals, made, value)
    told = tuple(SumOfParts(key, SUMS[key].name, SUMS[key].unit, sums[key], parts[key]) for key in parts)
    return Explanation(
        query=query,
        value=value,
        derivation=made,
        numerator=made.numerator(sums) if told else 0,
        denominator=made.denominator(sums) if told else None,
        sums=told,
        level=level,
        left_out=_left_out(answer, query, totals, made),
        null_because=_null_because(answer, query, totals, made) if value is None else None,
        revision=revision.number,
        stale=revision.stale,
        archived=answer.reaches_sealed,
    )


def _at_work(answer: Answer, query: ExplainQuery, revision: Revision) -> Explanation:
    """The one figure that is of a moment and not of a window."""
    parts, others = at_work(answer, query)
    return Explanation(
        query=query,
        value=len(parts),
        derivation=derivation(query.of, query.figure, has_schedule=answer.schedule.has_schedule),
        numerator=len(parts),
        denominator=None,
        sums=(SumOfParts("present", SUMS["present"].name, SUMS["present"].unit, len(parts), parts),),
        level="now",
        left_out=others,
        null_because=None,
        revision=revision.number,
        stale=revision.stale,
    )


def _value(answer: Answer, query: ExplainQuery, totals: Totals) -> float | None:
    """The figure as every other question gets it."""
    value: float | None
    if query.of == "worker":
        [[value]] = plain(worker_figures(totals, answer.shown("worker"))[query.figure])
    elif query.of == "workstation":
        [number] = answer.shown("station")
        [value] = values_at(answer, totals, number)[query.figure]
    elif query.figure in _COUNTED:
        value = len(_COUNTED[query.figure](answer.registered.names))
    else:
        [value] = factory_values([answer], [totals])[query.figure]
    return value


def _is_untracked(totals: Totals, made: Derivation) -> bool:
    return bool(_NEEDS_TRACKING & {*made.sums}) and not totals.is_tracked


def _sums(answer: Answer, query: ExplainQuery, totals: Totals, made: Derivation) -> Mapping[str, float]:
    names = answer.registered.names
    sums: dict[str, float] = {**totals_by_key(totals, query.of), "workers": len(names.workers), "stations": len(names.stations)}
    if made.kind == "mean":
        shares = [part.amount for part in utilizations(answer, totals)["utilizations"]]
        sums |= {"utilizations": fsum(shares), "counted": len(shares)}
    return sums


def _parts(answer: Answer, query: ExplainQuery, totals: Totals, made: Derivation, value: float | None) -> tuple[Level, Mapping[str, tuple[Part, ...]]]:
    """What the sums are made of, one by one; where that would be too much, by worker or by time."""
    if not answer.site.privacy.shows_people:
        return parts_by_time(answer, query, made, is_told=value is not None and query.figure not in _COUNTED)
    if _is_untracked(totals, made):
        return "interval", {}
    if made.kind == "mean":
        return "worker", utilizations(answer, totals)
    if _REGISTERED & {*made.sums}:
        return "registered", {key: registered(answer)[key] for key in made.sums}
    listed = Listing(answer, made.sums).parts()
    if listed is not None:
        return "interval", listed
    return ("worker", by_worker(answer, totals, made.sums)) if query.of == "factory" else by_time(answer, query, made.sums)


def _left_out(answer: Answer, query: ExplainQuery, totals: Totals, made: Derivation) -> tuple[LeftOut, ...]:
    if not answer.site.privacy.shows_people:
        return hours_left_out(answer)
    return tuple(left_out(answer, query, made, totals, totals_by_key(totals, query.of)))


def _null_because(answer: Answer, query: ExplainQuery, totals: Totals, made: Derivation) -> str:
    """Why a figure doesn't exist, in a sentence."""
    if not answer.site.privacy.shows_people:
        return not_told_because(answer, query)
    if _is_untracked(totals, made):
        return _NO_SCHEDULE if not totals.has_schedule else _BY_STATION
    return next(sentence for key, sentence in _NOTHING.items() if key in made.divided_by)


_NO_SCHEDULE = "The site has no shifts, so nobody said when to expect anybody: there is nothing to cover."
_BY_STATION = "Under a filter by station tracked time means nothing: workers are expected at the site, not at a station."
_NOTHING = {
    "tracked": "No shift was attended in this time, so there is nothing to cover.",
    "counted": "Nobody was seen working or idle, so there is nothing to take a mean of.",
    "idle": "Nobody was seen working or idle, so there is nothing to divide by.",
    "active": "Nobody was seen working, so there is nothing to divide by.",
    "waiting": "Nobody was seen at the station, so there is nothing to divide by.",
    "scheduled": "No scheduled time lies in the window, so there is nothing to divide by.",
    "elapsed": "The window has no length yet, so there is nothing to divide by.",
}
