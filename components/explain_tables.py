"""What a figure is made of, as tables whose last row is the figure's own sum: one by one, by worker or by day.

They are data, which `assets/51-explain.js` draws: five hundred rows of components would keep a browser busy for seconds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from components.explain_words import Setting, amount, begins, ends, exact, heading, people, what
from components.wording import NO_DATA
from data_layer.explanation import ExplainQuery, Explanation, Part, SumOfParts

#: A word or number; or two, the second of which is small; or a link with text and href.
Cell = str | list[str] | dict[str, str]

_COUNT_HEADS = {"units": "Units", "events": "Events", "workers": "Workers", "stations": "Stations", "percent": "Utilization (%)"}
_SPANS = ("scheduled", "elapsed")
_LENGTH = "h:mm:ss"
_NONE = "None in this range."
_ARCHIVED = "The raw events of a part of this time are archived, so there are no single ones to list."
_INSTEAD = {
    "worker": "Too many to list one by one, so these are the sums by worker. A worker’s page leads to the single ones.",
    "day": "Too many to list one by one, so these are the sums by day. A day leads to the single ones.",
    "week": "Too many to list one by one, so these are the sums by week. A week leads to the days.",
}


@dataclass(frozen=True, slots=True)
class Table:
    """title, head, rows; totals: of the last columns. numbers: how many of these hold numbers. note: a sentence before it, or in its place where there
    are no rows."""

    title: str
    head: Sequence[str] = ()
    rows: Sequence[Sequence[Cell]] = ()
    totals: Sequence[Cell] = ()
    numbers: int = 0
    note: str = ""


def tables(explanation: Explanation, setting: Setting) -> list[Table]:
    """The tables of an explanation."""
    if explanation.level in ("worker", "day", "week"):
        return [_summed(explanation, setting)]
    return [_listed(one, explanation, setting) for one in explanation.sums]


def _listed(one: SumOfParts, explanation: Explanation, setting: Setting) -> Table:
    if not one.parts:
        return Table(heading(one), note=_NONE)
    if explanation.level == "registered":
        return _registered(one, setting)
    if explanation.level == "now":
        return _present(one, setting)
    return _intervals(one, explanation.query, setting) if one.unit == "time" else _events(one, explanation.query, setting)


def _intervals(one: SumOfParts, query: ExplainQuery, setting: Setting) -> Table:
    """From, until and length, with what is not the same in all rows between them."""
    shown = _shown(one, query)
    is_mixed = len({part.what for part in one.parts}) > 1

    def row(part: Part) -> list[Cell]:
        assert part.start and part.end and part.begins and part.ends
        first = [setting.when(part.start), begins(part.begins, setting, part.worker_ids)]
        last = [setting.when(part.end, part.start), ends(part.ends, setting, part.worker_ids)]
        return [first, last, *_who_and_where(part, shown, setting), *([what(part.what)] if is_mixed else []), exact(part.amount, one.unit)]

    head = ["From", "Until", *shown, *(["State"] if is_mixed else []), _LENGTH]
    return Table(heading(one), head, [row(part) for part in one.parts], [_total(one)], numbers=1)


def _events(one: SumOfParts, query: ExplainQuery, setting: Setting) -> Table:
    shown = _shown(one, query)
    is_units = one.unit == "units"

    def row(part: Part) -> list[Cell]:
        assert part.start
        last = exact(part.amount, one.unit) if is_units else what(part.what)
        return [setting.when(part.start), str(part.event_id), *_who_and_where(part, shown, setting), last]

    head = ["At", "Event", *shown, "Units" if is_units else "What"]
    return Table(heading(one), head, [row(part) for part in one.parts], [_total(one)], numbers=int(is_units))


def _shown(one: SumOfParts, query: ExplainQuery) -> list[str]:
    """Which of who and where a table must tell: not whom or what the figure is of, and not what spans of time don't have."""
    who = ["Who"] if query.of != "worker" and one.key not in _SPANS else []
    return who + (["Where"] if query.of != "workstation" and any(part.station_id for part in one.parts) else [])


def _who_and_where(part: Part, shown: Sequence[str], setting: Setting) -> list[str]:
    where = setting.stations.get(part.station_id or "", part.station_id or NO_DATA)
    return [{"Who": people(part.worker_ids, setting), "Where": where}[name] for name in shown]


def _registered(one: SumOfParts, setting: Setting) -> Table:
    ids = [part.station_id or part.worker_ids[0] for part in one.parts]
    names = setting.stations if one.unit == "stations" else setting.workers
    return Table(heading(one), ["Name", "Id"], [[names.get(id_, id_), id_] for id_ in ids], [_total(one)])


def _present(one: SumOfParts, setting: Setting) -> Table:
    def row(part: Part) -> list[Cell]:
        since = setting.when(part.start) if part.start else NO_DATA
        first = begins(part.begins, setting, part.worker_ids) if part.begins else ""
        return [_link(part, setting), what(part.what), *_who_and_where(part, ["Where"], setting), [since, first]]

    return Table(heading(one), ["Who", "State", "Where", "Since"], [row(part) for part in one.parts], [_total(one)])


def _summed(explanation: Explanation, setting: Setting) -> Table:
    """A row a worker, day or week and a column a sum; the greatest first, or in the order of time."""
    sums = [one for one in explanation.sums if one.key != "counted"]
    rows: dict[Any, dict[str, Part]] = {}
    for one in sums:
        for part in one.parts:
            rows.setdefault(part.start or part.worker_ids, {})[one.key] = part
    title = f"By {explanation.level}"
    if not rows:
        return Table(title, note=_NONE)
    main = explanation.derivation.added[0]
    by_amount = sorted(rows, key=lambda key: -rows[key][main].amount if main in rows[key] else 0)
    order = by_amount if explanation.level == "worker" else sorted(rows)
    cells = [[_led_on(next(iter(rows[key].values())), explanation, setting), *(_cell(one, rows[key]) for one in sums)] for key in order]
    head = [explanation.level.capitalize(), *(_head(one) for one in sums)]
    instead = f"{_ARCHIVED} These are the sums by {explanation.level}." if explanation.archived else _INSTEAD[explanation.level]
    note = "" if explanation.derivation.kind == "mean" else instead
    return Table(title, head, cells, [_total(one) for one in sums], numbers=len(sums), note=note)


def _head(one: SumOfParts) -> str:
    return f"{heading(one)} ({_LENGTH})" if one.unit == "time" else _COUNT_HEADS[one.unit]


def _cell(one: SumOfParts, row: dict[str, Part]) -> str:
    return exact(row[one.key].amount if one.key in row else 0, one.unit)


def _led_on(part: Part, explanation: Explanation, setting: Setting) -> Cell:
    """Where a row leads: to the worker, or to the same page over that time."""
    if part.start is None or part.end is None:
        return _link(part, setting)
    last = part.end - timedelta(microseconds=1)
    days = {"from": part.start.astimezone(setting.zone).date().isoformat(), "to": last.astimezone(setting.zone).date().isoformat()}
    kept = [(name, value) for name, value in parse_qsl(setting.search.lstrip("?")) if name not in ("range", "from", "to")]
    page = "workers" if explanation.query.of == "worker" else "stations"
    href = f"/{page}/{quote(explanation.query.id or '', safe='')}?{urlencode([*kept, ('range', 'custom'), *days.items()])}"
    first, until = setting.day(part.start), setting.day(last)
    return {"text": first if first == until else f"{first} to {until}", "href": href}


def _link(part: Part, setting: Setting) -> Cell:
    """The worker, with a way to the page about them."""
    name = people(part.worker_ids, setting)
    return {"text": name, "href": f"/workers/{quote(part.worker_ids[0], safe='')}{setting.search}"} if part.worker_ids else name


def _total(one: SumOfParts) -> Cell:
    """The total of a column; of time as hours too, as figures tell it."""
    total = exact(one.total, one.unit)
    return [total, amount(one.total, one.unit)] if one.unit == "time" else total
