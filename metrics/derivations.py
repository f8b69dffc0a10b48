"""What each figure is made of, in words: the sums above and below its fraction stroke, rule 4 of docs/metrics.md."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["hours", "count", "percentage", "rate", "mean"]
Unit = Literal["time", "units", "events", "workers", "stations", "percent"]


@dataclass(frozen=True, slots=True)
class Sum:
    """A named sum. unit: of `time` in µs, of `percent` in per cent; the rest are counts."""

    name: str
    unit: Unit


SUMS: Mapping[str, Sum] = {
    "active": Sum("working time", "time"),
    "idle": Sum("idle time", "time"),
    "absent": Sum("absent time", "time"),
    "tracked": Sum("tracked time", "time"),
    "silent": Sum("time without a signal", "time"),
    "working": Sum("working time", "time"),
    "waiting": Sum("idle time", "time"),
    "occupied": Sum("occupied time on schedule", "time"),
    "occupancy": Sum("occupied time", "time"),
    "scheduled": Sum("scheduled time", "time"),
    "elapsed": Sum("length of the window", "time"),
    "units": Sum("units", "units"),
    "events": Sum("events", "events"),
    "utilizations": Sum("sum of the workers’ utilizations", "percent"),
    "counted": Sum("workers with a utilization", "workers"),
    "workers": Sum("registered workers", "workers"),
    "stations": Sum("registered stations", "stations"),
    "present": Sum("workers at work now", "workers"),
}


@dataclass(frozen=True, slots=True)
class Derivation:
    """How a figure comes from sums (keys of SUMS).

    added, subtracted: together the numerator. divided_by: together the denominator; () for a figure that is a plain sum.
    """

    kind: Kind
    added: tuple[str, ...]
    subtracted: tuple[str, ...] = ()
    divided_by: tuple[str, ...] = ()

    @property
    def sums(self) -> tuple[str, ...]:
        """Each sum that takes part, once."""
        return tuple(dict.fromkeys((*self.added, *self.subtracted, *self.divided_by)))

    def numerator(self, totals: Mapping[str, float]) -> float:
        """The numerator of some totals; an integer if these are."""
        return sum(totals[key] for key in self.added) - sum(totals[key] for key in self.subtracted)

    def denominator(self, totals: Mapping[str, float]) -> float | None:
        """The denominator of some totals; None where nothing is divided."""
        return sum(totals[key] for key in self.divided_by) if self.divided_by else None

    def formula(self, words: Mapping[str, str]) -> str:
        """ "working time ÷ (working time + idle time) × 100". words: what to write for each sum, its name or its amount."""
        above = " − ".join([" + ".join(words[key] for key in self.added), *(words[key] for key in self.subtracted)])
        if not self.divided_by:
            return above
        below = " + ".join(words[key] for key in self.divided_by)
        above, below = (f"({side})" if len(keys) > 1 else side for side, keys in ((above, (*self.added, *self.subtracted)), (below, self.divided_by)))
        return f"{above} ÷ {below}" + (" × 100" if self.kind == "percentage" else "")


_ACTIVE, _IDLE, _ABSENT = (Derivation("hours", (name,)) for name in ("active", "idle", "absent"))
_UNITS, _EVENTS = Derivation("count", ("units",)), Derivation("count", ("events",))
_RATE = Derivation("rate", ("units",), divided_by=("active",))
_COVERAGE = {
    "tracked_time_hours": Derivation("hours", ("tracked",)),
    "no_signal_hours": Derivation("hours", ("silent",)),
    "coverage_percentage": Derivation("percentage", ("tracked",), ("silent",), ("tracked",)),
}
_OF_SCHEDULE = Derivation("percentage", ("occupied",), divided_by=("scheduled",))
_OF_WINDOW = Derivation("percentage", ("occupancy",), divided_by=("elapsed",))

#: Derivations by what a figure is of, and by its field in docs/metrics.md.
DERIVATIONS: Mapping[str, Mapping[str, Derivation]] = {
    "worker": {
        "total_active_time_hours": _ACTIVE,
        "total_idle_time_hours": _IDLE,
        "total_absent_time_hours": _ABSENT,
        "utilization_percentage": Derivation("percentage", ("active",), divided_by=("active", "idle")),
        "total_units_produced": _UNITS,
        "units_per_hour": _RATE,
        "event_count": _EVENTS,
        **_COVERAGE,
    },
    "workstation": {
        "occupancy_time_hours": Derivation("hours", ("working", "waiting")),
        "working_time_hours": Derivation("hours", ("working",)),
        "utilization_percentage": _OF_SCHEDULE,
        "working_percentage": Derivation("percentage", ("working",), divided_by=("working", "waiting")),
        "total_units_produced": _UNITS,
        "throughput_rate": Derivation("rate", ("units",), divided_by=("working", "waiting")),
        "event_count": _EVENTS,
    },
    "factory": {
        "total_productive_time_hours": _ACTIVE,
        "total_production_count": _UNITS,
        "average_production_rate": _RATE,
        "average_utilization_percentage": Derivation("mean", ("utilizations",), divided_by=("counted",)),
        "total_events": _EVENTS,
        "total_idle_time_hours": _IDLE,
        "total_absent_time_hours": _ABSENT,
        **_COVERAGE,
        "worker_count": Derivation("count", ("workers",)),
        "station_count": Derivation("count", ("stations",)),
        "at_work_now": Derivation("count", ("present",)),
    },
}


def derivation(of: str, figure: str, *, has_schedule: bool) -> Derivation:
    """How a figure is made. of: factory, worker or workstation. Raises KeyError for one that there isn't."""
    found = DERIVATIONS[of][figure]
    return _OF_WINDOW if found is _OF_SCHEDULE and not has_schedule else found
