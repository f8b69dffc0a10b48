"""What a change of settings changes, in words: field by field, and what it does to the figures."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from itertools import pairwise
from typing import Any

from callbacks.settings.draft import KEPT, NO_LIMIT, Form
from components import locale
from components.wording import count, day, listing, number
from data_layer.horizons import Retention
from data_layer.settings_json import Json
from data_layer.sites import Site, touched_from
from metrics.units import BEGINNING

LABELS = {
    "name": "Name",
    "timezone": "Time zone",
    "timeout": "Signal timeout",
    "confidence": "Minimum confidence",
    "strict": "Unknown ids",
    "raw_feed": "Raw feed",
    "keep_events": "Raw events kept",
    "keep_intervals": "Intervals kept",
    "keep_rollups": "Sums kept",
    "shifts": "Shifts",
    "exceptions": "Exceptions",
    "since": "From which day",
}
_UNIT_WORDS = {"s": "second", "min": "minute", "h": "hour"}


def changed_fields(form: Form, base: Form) -> list[str]:
    """The fields of LABELS in which two forms differ."""
    return [field for field in LABELS if _value(form, field) != _value(base, field)]


def _value(form: Form, field: str) -> Any:
    if field == "timeout":
        return None if form["unit"] == NO_LIMIT else (form["timeout"], form["unit"])
    if field == "since":
        return form["day"] if form["since"] == "day" else None
    return form[field]


def state_of_form(fields: Sequence[str], wrong: int) -> str:
    """What the bar below the form says. fields: those that were changed. wrong: how many entries can't be saved."""
    if not fields:
        return "No unsaved changes."
    text = f"Not saved yet: {', '.join(LABELS[field].lower() for field in fields)}."
    return f"{text} {count(wrong, 'entry', 'entries')} above can't be saved as {'it is' if wrong == 1 else 'they are'}." if wrong else text


def changes(form: Form, base: Form) -> list[tuple[str, str, str]]:
    """What differs between two forms: label, what was, what will be; of lists only what goes and what comes."""
    return [(LABELS[field], *_change(form, base, field)) for field in changed_fields(form, base)]


def _change(form: Form, base: Form, field: str) -> tuple[str, str]:
    if field not in _LISTS:
        return described(base, field), described(form, field)
    was, will = ([_LISTS[field](one) for one in found[field]] for found in (base, form))
    gone, come = [one for one in was if one not in will], [one for one in will if one not in was]
    # What differs in order alone is told whole.
    return ("; ".join(gone), "; ".join(come)) if gone or come else ("; ".join(was), "; ".join(will))


def described(form: Form, field: str) -> str:
    """A field of a form that is no list in words."""
    if field == "timeout":
        return "no limit" if form["unit"] == NO_LIMIT else f"{_plain(form['timeout'])} {_UNIT_WORDS[form['unit']]}{'' if form['timeout'] == 1 else 's'}"
    if field == "confidence":
        return _plain(form["confidence"])
    if field == "strict":
        return "refused" if form["strict"] else "registered on first sight"
    if field == "raw_feed":
        return "one state event a second" if form["raw_feed"] else "every event"
    if field in KEPT:
        return "for ever" if form[field] is None else count(int(form[field]), "day")
    if field == "since":
        return "all history" if form["since"] == "all" else day(date.fromisoformat(form["day"]))
    return str(form[field])


def shift_words(shift: Json) -> str:
    """ "day, Mon–Fri 08:00–17:00, break 12:00–13:00"."""
    return ", ".join([*_named(shift), f"{days_words(shift['days'])} {_times(shift)}", *_breaks(shift)])


def exception_words(one: Json) -> str:
    """ "Fri 25 Dec 2026: no work", or the day's shifts."""
    shifts = [", ".join([*_named(shift), _times(shift), *_breaks(shift)]) for shift in one["shifts"]]
    return f"{day(date.fromisoformat(one['date']))}: {' and '.join(shifts) or 'no work'}"


_LISTS: dict[str, Callable[[Json], str]] = {"shifts": shift_words, "exceptions": exception_words}


def _named(shift: Json) -> list[str]:
    return [shift["name"].strip()] if shift["name"].strip() else []


def _breaks(shift: Json) -> list[str]:
    return [f"break{'s' if len(shift['breaks']) > 1 else ''} {', '.join(map(_times, shift['breaks']))}"] if shift["breaks"] else []


def _times(span: Json) -> str:
    start, end = (locale.current().time(time.fromisoformat(span[name]), seconds=False) for name in ("start", "end"))
    return f"{start}–{end}"


def days_words(days: Sequence[int]) -> str:
    """Weekdays, runs of three and more in short: "Mon–Fri", "Mon, Wed", "every day"."""
    if len(days) == len(locale.current().weekdays):
        return "every day"
    runs: list[list[int]] = [[one] for one in days[:1]]
    for before, one in pairwise(days):
        if one == before + 1:
            runs[-1].append(one)
        else:
            runs.append([one])
    names = locale.current().weekdays
    return ", ".join(f"{names[run[0]]}–{names[run[-1]]}" if len(run) > 2 else ", ".join(names[one] for one in run) for run in runs)


def consequences(before: Site, after: Site, valid_from: date | None) -> list[str]:
    """What saving does to figures, to other versions of the settings and to what is kept, a sentence each."""
    open_from = before.first_open_day
    if open_from is not None and (valid_from is None or valid_from < open_from):
        valid_from = open_from
    said = [_recomputing(before, after, valid_from, open_from), *_leaving(before.retention, after.retention)]
    gone = [since for since, _ in before.versions if since is not None and (valid_from is None or since > valid_from)]
    if gone:
        many = len(gone) > 1
        said.append(f"The settings that hold from {listing([day(since) for since in gone])} on are replaced; {'they are' if many else 'that version is'} lost.")
    return said


def _leaving(before: Retention, after: Retention) -> list[str]:
    if after == before:
        return []
    days = after.raw_event_days
    if days is None:
        return ["No more raw events leave. What is archived stays there until it is restored."]
    return [
        f"Raw events older than {count(days, 'day')} are archived as files and deleted, from now on every day. Figures of that time then stand as they are: "
        "no setting and no late event changes them."
    ]


def _recomputing(before: Site, after: Site, valid_from: date | None, open_from: date | None) -> str:
    touched = touched_from(before, after, valid_from)
    if touched is None:
        return "No figure changes."
    if open_from is not None and valid_from == open_from:
        return f"All figures since {day(open_from)} are computed anew; those before it are sealed. No event is lost."
    if touched == BEGINNING or valid_from is None:
        why = "" if valid_from is None else ", the days before too, since the time zone or the site's having shifts at all is a matter of all history"
        return f"All figures of this site, from its first event on, are computed anew{why}. No event is lost."
    return f"All figures since {day(valid_from)} are computed anew. No event is lost."


def versions_words(site: Site, now: datetime) -> str:
    """Which of a site's settings the form shows, where there are several."""
    today = now.date()
    since = site.versions[-1][0]
    if since is None:
        return ""
    earlier = count(len(site.versions) - 1, "earlier version")
    verb = "hold" if since <= today else "will hold"
    return f"These settings {verb} from {day(since, today)} on; before that, {earlier} of them {'does' if len(site.versions) == 2 else 'do'}."


def _plain(value: float) -> str:
    """A number with as many digits as it has."""
    digits = next(digits for digits in range(10) if digits == 9 or round(value, digits) == value)
    return number(value, digits)
