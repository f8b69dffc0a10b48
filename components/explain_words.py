"""An explanation in words: what figures are called, amounts with their units, times, and why something begins or ends."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo

from components.kpi_card import AT_WORK_NOW, KPIS, STATION_KPIS, WORKER_KPIS
from components.state_style import STATE_STYLE
from components.wording import NO_DATA, clock, count, day, day_clock, number
from data_layer.explanation import Bound, Explanation, SumOfParts
from metrics.derivations import Kind, Unit
from metrics.units import HOUR, MINUTE, SECOND

_TIME = {"tracked_time_hours": "Tracked hours", "no_signal_hours": "Hours without a signal", "total_absent_time_hours": "Absent hours"}
#: What figures are called, by what they are of: as on their cards, or here for those that have none.
LABELS: Mapping[str, Mapping[str, str]] = {
    "factory": {
        **{kpi.field: kpi.label for kpi in (*KPIS, AT_WORK_NOW)},
        **_TIME,
        "total_idle_time_hours": "Idle hours",
        "total_events": "Events",
        "worker_count": "Workers",
        "station_count": "Stations",
    },
    "worker": {**{kpi.field: kpi.label for kpi in WORKER_KPIS}, **_TIME, "event_count": "Events"},
    "workstation": {**{kpi.field: kpi.label for kpi in STATION_KPIS}, "event_count": "Events"},
}
_UNITS: Mapping[Kind, str] = {"hours": "h", "count": "", "percentage": "%", "rate": "/h", "mean": "%"}
_COUNTED: Mapping[Unit, str] = {"units": "unit", "events": "event", "workers": "worker", "stations": "station"}
_WHATS = {**{state: style.word for state, style in STATE_STYLE.items()}, "product_count": "Units finished"}
_BEGINS = {"window": "range begins", "shift": "shift begins", "break": "break ends", "now": "now", "last event": "last event"}
_ENDS = {"window": "range ends", "shift": "shift ends", "break": "break begins", "now": "now", "last event": "last event"}


@dataclass(frozen=True, slots=True)
class Setting:
    """What words depend on. workers, stations: names by id. now: the moment of the explanation, on the site's clock. search: the query string that
    the page obeys."""

    workers: Mapping[str, str]
    stations: Mapping[str, str]
    now: datetime
    search: str = ""

    @property
    def zone(self) -> tzinfo | None:
        """The site's time zone."""
        return self.now.tzinfo

    def when(self, moment: datetime, after: datetime | None = None) -> str:
        """A time on the site's clock to the second, with its day unless that is today's, or that of the moment named before it."""
        local = moment.astimezone(self.zone)
        if after is not None and after.astimezone(self.zone).date() == local.date():
            return clock(local, seconds=True)
        return day_clock(local, self.now.date(), seconds=True)

    def day(self, moment: datetime) -> str:
        """A local day."""
        return day(moment.astimezone(self.zone).date(), self.now.date())


def value(explanation: Explanation) -> tuple[str, str]:
    """The figure and the unit beside it."""
    if explanation.value is None:
        return NO_DATA, ""
    digits = 0 if explanation.derivation.kind == "count" else 1
    return number(explanation.value, digits), _UNITS[explanation.derivation.kind]


def little(total: float, unit: Unit) -> str:
    """As `amount`, for sums that may be small: "2.6 min"."""
    return f"{number(total / MINUTE, 1)} min" if unit == "time" and total < HOUR else amount(total, unit)


def amount(total: float, unit: Unit) -> str:
    """A sum as a figure is made of it: "26.3 h", "412 units", "81.6 %"."""
    if unit == "time":
        return f"{number(total / HOUR, 1)} h"
    return f"{number(total, 1)} %" if unit == "percent" else count(int(total), _COUNTED[unit])


def exact(total: float, unit: Unit) -> str:
    """A sum as rows add up to it: a length of time is told to the second, "26:18:05"."""
    if unit != "time":
        return number(total, 1 if unit == "percent" else 0)
    minutes, seconds = divmod(round(total / SECOND), 60)
    return f"{number(minutes // 60)}:{minutes % 60:02}:{seconds:02}"


def formula(explanation: Explanation) -> str:
    """The formula in words; a sum of one thing is that, added up."""
    words = explanation.derivation.formula({one.key: one.name for one in explanation.sums})
    found = f"{words}, {'added up' if explanation.derivation.kind == 'hours' or 'units' in explanation.derivation.sums else 'counted'}"
    return _capital(words if _is_calculated(explanation) else found)


def calculation(explanation: Explanation) -> str:
    """The formula with the amounts in it, and what it comes to: "26.3 h ÷ (26.3 h + 5.9 h) × 100 = 81.6 %"."""
    amounts = explanation.derivation.formula({one.key: amount(one.total, one.unit) for one in explanation.sums})
    if not _is_calculated(explanation):
        rows = _rows(explanation)
        return amounts if rows in ("", amounts) else f"{rows} add up to {amounts}"
    text, unit = value(explanation)
    return f"{amounts} = {text}{'' if unit.startswith('/') else ' ' if unit else ''}{unit}"


def _rows(explanation: Explanation) -> str:
    """How many rows a plain sum has: "43 intervals"; nothing where each row is one of what is counted."""
    [one] = explanation.sums
    if explanation.level in ("registered", "now"):
        return ""
    row = ("interval" if one.unit == "time" else "event") if explanation.level == "interval" else explanation.level
    return count(len(one.parts), row)


def _is_calculated(explanation: Explanation) -> bool:
    return bool(explanation.derivation.divided_by) or len(explanation.derivation.added) > 1


def what(kind: str | None) -> str:
    """A state, or what kind of event."""
    return _WHATS.get(kind or "", NO_DATA)


def people(worker_ids: tuple[str, ...], setting: Setting) -> str:
    """Who it was."""
    return ", ".join(setting.workers.get(worker, worker) for worker in worker_ids) or "no worker named"


def begins(bound: Bound, setting: Setting, who: tuple[str, ...]) -> str:
    """What something of some workers begins with: "event 41", and whose unless it is theirs alone; or why there is none."""
    return _event(bound, setting, who) or _BEGINS[bound.reason]


def ends(bound: Bound, setting: Setting, who: tuple[str, ...]) -> str:
    """What it ends with."""
    return _event(bound, setting, who) or _ENDS[bound.reason]


def _event(bound: Bound, setting: Setting, who: tuple[str, ...]) -> str:
    if bound.event_id is None:
        return ""
    whose = "" if bound.worker_id is None or who == (bound.worker_id,) else f", {setting.workers.get(bound.worker_id, bound.worker_id)}"
    return f"event {bound.event_id}{whose}"


def heading(one: SumOfParts) -> str:
    """The name of a sum as a title."""
    return _capital(one.name)


def _capital(words: str) -> str:
    return words[0].upper() + words[1:]
