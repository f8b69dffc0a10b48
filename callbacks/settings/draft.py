"""The form of a site's settings between what its controls hold, what is stored, and the change that a PUT would make.

A *form* is a JSON object of what was typed, right or wrong: name, timezone, timeout, unit (s, min, h or none), confidence, strict,
raw_feed, the days of KEPT, shifts (name, start, end, days, breaks of start and end), exceptions (date, shifts), since ("all" or "day")
and day.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from werkzeug.exceptions import BadRequest

from data_layer.horizons import retention_from_json
from data_layer.settings_json import InvalidSettings, Json, day_from_json, version_from_json
from data_layer.sites import Site, check_timezone
from data_layer.texts import checked_text

Form = dict[str, Any]

#: Seconds of a unit of the signal timeout.
UNITS = {"s": 1, "min": 60, "h": 3_600}
NO_LIMIT = "none"
#: What a new shift and a new break begin with.
NEW_SHIFT: Json = {"name": "", "start": "08:00", "end": "17:00", "days": [0, 1, 2, 3, 4], "breaks": []}
NEW_BREAK: Json = {"start": "12:00", "end": "12:30"}

#: For how many days what is kept, by the fields of a site's retention; nothing typed is for ever.
KEPT = {"keep_events": "raw_event_days", "keep_intervals": "interval_days", "keep_rollups": "rollup_days"}

_EVERY_DAY = list(range(7))
_FIELD = re.compile(r"([a-z_]+)(?:\[(\d+)\])?")
_ONE = {"shifts": "shift", "breaks": "break", "exceptions": "exception"}


def form_of(site: Site) -> Form:
    """The form that shows a site's latest settings."""
    settings, valid_from = site.settings(), site.versions[-1][0]
    timeout, unit = _timeout_parts(settings["signal_timeout_seconds"])
    return {
        "name": site.name,
        "timezone": site.timezone,
        "timeout": timeout,
        "unit": unit,
        "confidence": settings["min_confidence"],
        "strict": not site.register_unknown,
        "raw_feed": site.whole_seconds,
        **{name: getattr(site.retention, days) for name, days in KEPT.items()},
        "shifts": [_shift_form(shift) for shift in settings["shifts"]],
        "exceptions": [{"date": one["date"], "shifts": [_shift_of_a_date(shift) for shift in one.get("shifts", [])]} for one in settings["exceptions"]],
        "since": "all" if valid_from is None else "day",
        "day": None if valid_from is None else valid_from.isoformat(),
    }


def base_of(site: Site) -> Json:
    """What a form is filled from: site, edition of its settings, form."""
    return {"site": site.site_id, "edition": site.edition, "form": form_of(site)}


def change_of(form: Form) -> Json:
    """The change that a form without errors asks for (see `data_layer.sites.changed_site`)."""
    change: Json = {
        "name": form["name"].strip(),
        "timezone": form["timezone"],
        "register_unknown": not form["strict"],
        "whole_seconds": form["raw_feed"],
        "retention": retention_from_json(_kept_json(form)),
        "signal_timeout_seconds": _seconds(form),
        "min_confidence": form["confidence"],
        "shifts": [shift_json(shift) for shift in form["shifts"]],
        "exceptions": [_exception_json(one) for one in form["exceptions"]],
    }
    return change | ({"valid_from": date.fromisoformat(form["day"])} if form["since"] == "day" else {})


def errors_of(form: Form) -> dict[str, str]:
    """What is wrong, a sentence each, by field or by row ("w0": the first shift of the week, "x0": the first exception)."""
    found = {
        "name": _wrong(lambda: checked_text((form["name"] or "").strip(), "name")),
        "timezone": _wrong(lambda: check_timezone(form["timezone"] or "")) if form["timezone"] else "Choose a time zone.",
        "timeout": _timeout_error(form),
        "confidence": _wrong(lambda: version_from_json({"min_confidence": form["confidence"]})),
        **_kept_errors(form),
        "shifts": _wrong(lambda: version_from_json({"shifts": [NEW_SHIFT | {"name": None}] * len(form["shifts"])})),
        "day": _wrong(lambda: day_from_json(form["day"], "day")) if form["since"] == "day" else "",
        **{f"w{number}": _shift_error(shift) for number, shift in enumerate(form["shifts"])},
        **{f"x{number}": _exception_error(form, number) for number in range(len(form["exceptions"]))},
    }
    return {field: sentence for field, sentence in found.items() if sentence}


def _wrong(check: Callable[[], Any]) -> str:
    """The sentence of a check that fails, as it reads beside its field."""
    try:
        check()
    except ValueError as error:
        return beside(str(error))
    return ""


def beside(sentence: str) -> str:
    """A sentence that starts with a field, as it reads beside the row or the control of the first part of that field.

    'shifts[0].breaks[1].end: must be …' is "End of break 2 must be …", 'min_confidence: must be …' is "Must be …".
    """
    path, _, text = sentence.partition(": ")
    parts = _FIELD.findall(path)[1:]
    named = [f"{_ONE.get(name, name)} {int(place) + 1}" if place else name for name, place in reversed(parts)]
    words = " ".join([" of ".join(named), text]).strip()
    return words[:1].upper() + words[1:]


def _timeout_error(form: Form) -> str:
    if form["unit"] != NO_LIMIT and form["timeout"] is None:
        return "Give a number, or choose “no limit”."
    wrong = _wrong(lambda: version_from_json({"signal_timeout_seconds": _seconds(form)}))
    return "Must be more than nothing and at most a year." if wrong else ""


def _kept_json(form: Form) -> Json:
    return {days: form[name] for name, days in KEPT.items()}


def _kept_errors(form: Form) -> dict[str, str]:
    """What is wrong with how long what is kept, beside the field that it is about."""
    try:
        retention_from_json(_kept_json(form))
    except InvalidSettings as error:
        path, _, text = str(error).partition(": ")
        # Beside a field nobody knows the API's names.
        for days in KEPT.values():
            text = text.replace(f"null, as {days}", "empty, as the one above is").replace(f"at least {days}", "at least as many days as above")
        wrong = next(name for name, days in KEPT.items() if path.endswith(days))
        return {wrong: f"{text[:1].upper()}{text[1:]}".replace("null", "empty")}
    return {}


def _shift_error(shift: Json) -> str:
    return _wrong(lambda: version_from_json({"shifts": [shift_json(shift)]})) or ("" if shift["days"] else "Choose at least one day.")


def _exception_error(form: Form, number: int) -> str:
    one = form["exceptions"][number]
    if one["date"] and one["date"] in [other["date"] for other in form["exceptions"][:number]]:
        return "There is another entry for this date."
    return _wrong(lambda: version_from_json({"exceptions": [_exception_json(one)]}))


def _timeout_parts(seconds: float | None) -> tuple[float | None, str]:
    """A timeout as it reads best: 12 h, 90 min, 45 s."""
    if seconds is None:
        return None, NO_LIMIT
    unit = next(name for name in ("h", "min", "s") if name == "s" or seconds % UNITS[name] == 0)
    return seconds / UNITS[unit] if seconds % UNITS[unit] else int(seconds // UNITS[unit]), unit


def _seconds(form: Form) -> float | None:
    if form["unit"] == NO_LIMIT:
        return None
    seconds: float = form["timeout"] * UNITS[form["unit"]]
    return int(seconds) if seconds == int(seconds) else seconds


def _shift_form(shift: Json) -> Json:
    breaks = [{"start": pause["start"], "end": pause["end"]} for pause in shift.get("breaks") or []]
    return {"name": shift.get("name") or "", "start": shift["start"], "end": shift["end"], "days": sorted(shift.get("days", _EVERY_DAY)), "breaks": breaks}


def _shift_of_a_date(shift: Json) -> Json:
    # Days of an exception's shift are ignored, so the form shows none.
    return _shift_form(shift) | {"days": _EVERY_DAY}


def shift_json(shift: Json) -> Json:
    """A shift of a form as it is stored."""
    named = {"name": shift["name"].strip()} if (shift["name"] or "").strip() else {}
    paused = {"breaks": shift["breaks"]} if shift["breaks"] else {}
    return {"start": shift["start"], "end": shift["end"], "days": sorted(shift["days"]), **named, **paused}


def _exception_json(one: Json) -> Json:
    return {"date": one["date"], "shifts": [{name: value for name, value in shift_json(shift).items() if name != "days"} for shift in one["shifts"]]}


def form_from(controls: Mapping[str, Any]) -> Form:
    """The form that the page's controls hold (see `callbacks.settings.controls`). Raises BadRequest for rows that are none of one form."""
    try:
        return _form_from(controls)
    except (LookupError, TypeError, ValueError):
        raise BadRequest("The rows of the form don't belong together.") from None


def _form_from(controls: Mapping[str, Any]) -> Form:
    pauses = _by_row(controls["breaks"], "start", "end")
    days = {id_["row"]: sorted(value or []) for id_, value in zip(controls["days"]["ids"], controls["days"]["values"], strict=True)}
    shifts = {
        row: {**shift, "name": shift["name"] or "", "days": days.get(row, _EVERY_DAY), "breaks": _below(pauses, row)}
        for row, shift in _by_row(controls["shifts"], "name", "start", "end").items()
    }
    dated = _by_row(controls["exceptions"], "date")
    exceptions = [{**dated[row], "shifts": _below(shifts, row)} for row in sorted(dated, key=_place)]
    fields = controls["fields"]
    return {
        **fields,
        "name": fields["name"] or "",
        "unit": fields["unit"] or NO_LIMIT,
        "since": fields["since"] or "all",
        # An emptied control is '' or nothing, as the browser likes.
        **{name: fields[name] if isinstance(fields[name], int | float) else None for name in ("timeout", "confidence", *KEPT)},
        "strict": bool(fields["strict"]),
        "raw_feed": bool(fields["raw_feed"]),
        "day": fields["day"] or None,
        "shifts": [shifts[row] for row in sorted((row for row in shifts if row.startswith("w")), key=_place)],
        "exceptions": exceptions,
    }


def _by_row(controls: Mapping[str, Any], *parts: str) -> dict[str, Json]:
    """What rows of one kind hold; an emptied control counts as nothing typed."""
    rows = zip(controls["ids"], *(controls[part] for part in parts), strict=True)
    return {id_["row"]: {part: value or None for part, value in zip(parts, values, strict=True)} for id_, *values in rows}


def _below(rows: Mapping[str, Json], row: str) -> list[Json]:
    """The rows that belong to one, in their order."""
    own = [one for one in rows if one.rpartition("-")[0] == row]
    return [rows[one] for one in sorted(own, key=_place)]


def _place(row: str) -> int:
    return int(row.rpartition("-")[2].lstrip("wx"))
