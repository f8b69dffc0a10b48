"""How a figure is explained at a site that shows nobody: by time alone, with the hours that were left out."""

from collections.abc import Mapping

from data_layer.answer import Answer
from data_layer.explaining.added_up import by_time
from data_layer.explanation import ExplainQuery, LeftOut, Level, Part
from data_layer.shielding import kept_back
from metrics.derivations import Derivation
from metrics.units import HOUR


def parts_by_time(answer: Answer, query: ExplainQuery, made: Derivation, *, is_told: bool) -> tuple[Level, Mapping[str, tuple[Part, ...]]]:
    """What the sums are on each day, or in each week; nothing where that isn't told. Raises TooMuch."""
    return by_time(answer, query, made.sums) if is_told else ("registered", {})


def hours_left_out(answer: Answer) -> tuple[LeftOut, ...]:
    """Hours with people in them that are in no sum."""
    hours = 0 if answer.told_hours is None else int(answer.told_hours.left_out.sum())
    if not hours:
        return ()
    group = answer.site.privacy.smallest_group
    sentence = f"Hours that are not over, or in which fewer than {group} people can be told apart from the others here, are in no sum."
    return (LeftOut("Hours of too few people", "time", hours * HOUR, sentence),)


def not_told_because(answer: Answer, query: ExplainQuery) -> str:
    """Why there is no value, in a sentence."""
    told = f"This site shows {answer.site.privacy.sentence}."
    if query.of == "factory" and query.figure in kept_back(answer):
        return told
    hidden = answer.told_hours is not None and any(answer.told_hours.hidden)
    return f"{told} There is no such group in this window." if hidden else "There is nothing to divide by."
