"""A settings version between its JSON shape (docs/api: shifts, exceptions, signal_timeout_seconds, min_confidence) and the rules' types."""

import json
import re
from datetime import date, timedelta
from typing import Any

from metrics.schedule import DEFAULT_SIGNAL_TIMEOUT, SHIFTS_A_DAY, Break, SettingsVersion, Shift

Json = dict[str, Any]

_CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")  # fromisoformat takes weeks too
_MOST_SHIFTS = 50
_LONGEST_TIMEOUT = 366 * 86_400
_FIELDS = ("shifts", "exceptions", "signal_timeout_seconds", "min_confidence")
DEFAULTS: Json = {"shifts": [], "exceptions": [], "signal_timeout_seconds": int(DEFAULT_SIGNAL_TIMEOUT.total_seconds()), "min_confidence": 0.0}


class InvalidSettings(ValueError):
    """Settings that can't be; the message is a sentence that starts with the field."""


def version_from_json(settings: Json, valid_from: date | None = None) -> SettingsVersion:
    """A version from its JSON fields; those left out have their default. Raises InvalidSettings."""
    given = {**DEFAULTS, **{name: settings[name] for name in _FIELDS if name in settings}}
    exceptions = [_exception(entry, f"exceptions[{number}]") for number, entry in enumerate(_list(given["exceptions"], "exceptions"))]
    if len({day for day, _ in exceptions}) < len(exceptions):
        raise InvalidSettings("exceptions: there is more than one for a date.")
    return SettingsVersion(
        valid_from=valid_from,
        shifts=_shifts(given["shifts"], "shifts"),
        exceptions=tuple(sorted(exceptions, key=lambda entry: entry[0])),
        signal_timeout=_timeout(given["signal_timeout_seconds"]),
        min_confidence=_confidence(given["min_confidence"]),
    )


def canonical(settings: Json) -> str:
    """The JSON text of a version's fields as it is stored. The fields must be valid."""
    version_from_json(settings)
    return json.dumps({**DEFAULTS, **{name: settings[name] for name in _FIELDS if name in settings}}, sort_keys=True)


def _list(value: Any, field: str) -> list[Any]:
    if not isinstance(value, list):
        raise InvalidSettings(f"{field}: must be a list.")
    return value


def _object(value: Any, field: str, known: tuple[str, ...]) -> Json:
    if not isinstance(value, dict):
        raise InvalidSettings(f"{field}: must be an object with {' and '.join(known[:2])}.")
    # A misspelt "breaks" must not become a shift without breaks.
    unknown = sorted(value.keys() - set(known))
    if unknown:
        raise InvalidSettings(f"{field}.{unknown[0]}: is not a field; known are {', '.join(known)}.")
    return value


def _shifts(value: Any, field: str) -> tuple[Shift, ...]:
    entries = _list(value, field)
    if len(entries) > _MOST_SHIFTS:
        raise InvalidSettings(f"{field}: at most {_MOST_SHIFTS} shifts.")
    return tuple(_shift(entry, f"{field}[{number}]") for number, entry in enumerate(entries))


def _shift(entry: Any, field: str) -> Shift:
    entry = _object(entry, field, ("start", "end", "days", "name", "breaks"))
    days = entry.get("days", list(range(7)))
    # 3.0 is a whole number in JSON; true is none.
    if not isinstance(days, list) or not all(not isinstance(day, bool) and day in range(7) for day in days):
        raise InvalidSettings(f"{field}.days: must be a list of weekdays, 0 (Monday) to 6.")
    name = entry.get("name")
    if name is not None and (not isinstance(name, str) or not 0 < len(name) <= 128 or "\0" in name):
        raise InvalidSettings(f"{field}.name: must be a text of at most 128 characters.")
    given = entry.get("breaks")
    pauses = [] if given is None else _list(given, f"{field}.breaks")
    if len(pauses) > _MOST_SHIFTS:
        raise InvalidSettings(f"{field}.breaks: at most {_MOST_SHIFTS} breaks.")
    breaks = tuple(_break(pause, f"{field}.breaks[{number}]") for number, pause in enumerate(pauses))
    return Shift(_minutes(entry.get("start"), f"{field}.start"), _minutes(entry.get("end"), f"{field}.end"), frozenset(map(int, days)), name, breaks)


def _break(entry: Any, field: str) -> Break:
    entry = _object(entry, field, ("start", "end"))
    return Break(_minutes(entry.get("start"), f"{field}.start"), _minutes(entry.get("end"), f"{field}.end"))


def _minutes(value: Any, field: str) -> int:
    found = _CLOCK.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise InvalidSettings(f'{field}: must be a wall clock like "08:00".')
    return int(found[1]) * 60 + int(found[2])


def _exception(entry: Any, field: str) -> tuple[date, tuple[Shift, ...]]:
    entry = _object(entry, field, ("date", "shifts"))
    return day_from_json(entry.get("date"), f"{field}.date"), _shifts(entry.get("shifts", []), f"{field}.shifts")


def day_from_json(value: Any, field: str) -> date:
    """A local date from its ISO form. Raises InvalidSettings."""
    try:
        day = date.fromisoformat(value) if isinstance(value, str) and _DATE.fullmatch(value) else None
    except ValueError:
        day = None
    if day is None or not 1970 <= day.year <= 2200:
        raise InvalidSettings(f'{field}: must be a date like "2026-07-01".')
    return day


def _timeout(value: Any) -> timedelta | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= _LONGEST_TIMEOUT:
        raise InvalidSettings("signal_timeout_seconds: must be a number of seconds, at most a year, or null for no limit.")
    return timedelta(seconds=value)


def _confidence(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise InvalidSettings("min_confidence: must be a number from 0 to 1.")
    return float(value)


assert _MOST_SHIFTS < SHIFTS_A_DAY  # keys of shifts stay in listed order
