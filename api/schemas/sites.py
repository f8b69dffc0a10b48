"""Sites and their settings: docs/metrics.md, rule 3."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from api.schemas.terms import Count, Day, Id, Name, Probability, Utc, WallClock, says

_MOST_SHIFTS = 50
_LONGEST_TIMEOUT = 366 * 86_400

Seconds = Annotated[float, Meta(gt=0, le=_LONGEST_TIMEOUT)]
Weekday = Annotated[int, Meta(ge=0, le=6)]


class Break(Struct, forbid_unknown_fields=True):
    """A pause within a shift."""

    start: Annotated[WallClock, says("Local wall clock.", "12:00")]
    end: Annotated[WallClock, says("Local wall clock.", "13:00")]


class Shift(Struct, forbid_unknown_fields=True):
    """A shift that starts on some weekdays. One that ends at or before its start ends on the next day."""

    start: Annotated[WallClock, says("Local wall clock.", "08:00")]
    end: Annotated[WallClock, says("Local wall clock.", "17:00")]
    days: (
        Annotated[list[Weekday], says("Weekdays on which it starts, 0 is Monday. Left out: every day. Ignored in an exception.", [0, 1, 2, 3, 4])] | UnsetType
    ) = UNSET
    name: Annotated[Annotated[str, Meta(min_length=1, max_length=128)] | None, says("What metrics calls name it by.", "day")] | UnsetType = UNSET
    breaks: Annotated[Annotated[list[Break], Meta(max_length=_MOST_SHIFTS)] | None, says("Its breaks.")] | UnsetType = UNSET


Shifts = Annotated[list[Shift], Meta(max_length=_MOST_SHIFTS)]


class ScheduleException(Struct, forbid_unknown_fields=True):
    """What a local date has instead of the weekly pattern."""

    date: Annotated[Day, says("Local date; one exception a date.", "2026-12-25")]
    shifts: Annotated[Shifts, says("The day's shifts. Left out: none.", [])] | UnsetType = UNSET


class Settings(Struct, forbid_unknown_fields=True, kw_only=True):
    """The settings by which numbers are made."""

    shifts: Annotated[Shifts, says("The weekly pattern.")]
    exceptions: Annotated[list[ScheduleException], says("Local dates that differ from the pattern.")]
    signal_timeout_seconds: Annotated[
        Seconds | None, says("How far apart two observations may lie for the time between them to count. `null`: no limit.", 1800)
    ]
    min_confidence: Annotated[Probability, says("Events of less confidence are kept, but no figure sees them.", 0.5)]


class SettingsVersion(Settings):
    """Settings in force from a local day on."""

    valid_from: Annotated[Day | None, says("The first local day. `null`: from the beginning.", "2026-07-01", None)]


Days = Annotated[int, Meta(ge=1, le=36_500)]


class Retention(Struct, forbid_unknown_fields=True):
    """For how many days a site keeps what; `null` or left out: for ever. Intervals must outlive raw events, and sums intervals."""

    raw_event_days: Annotated[Days | None, says("Raw events. Older ones are archived, and late ones refused.", 90)] | UnsetType = UNSET
    interval_days: Annotated[Days | None, says("States as intervals. Older history is known by whole hours.", 400)] | UnsetType = UNSET
    rollup_days: Annotated[Days | None, says("Sums by hour, day and week: all that is left in the end.", None)] | UnsetType = UNSET


class History(Struct, forbid_unknown_fields=True):
    """How far back a site's data reach; `null` is no end."""

    accepted_from: Annotated[Utc | None, says("Events before it are refused.", None)]
    sealed_before: Annotated[Utc | None, says("Raw events before it are archived, and no figure before it changes any more.", None)]
    detailed_from: Annotated[Utc | None, says("States before it are known by whole hours only.", None)]
    kept_from: Annotated[Utc | None, says("Before it nothing is known.", None)]


class Recomputing(Struct, forbid_unknown_fields=True):
    """How far the recomputation of a site's history has come."""

    done: Annotated[Count, says("Steps done.", 3)]
    total: Annotated[Count, says("Steps to do in all.", 12)]


class Site(Settings):
    """A site: the settings in force last on top, all versions below."""

    site_id: Annotated[Id, says("The site.", "main")]
    # Who gives none has the id as the name, and an id may be blank.
    name: Annotated[Annotated[str, Meta(min_length=1, max_length=200)], says("What the site is called; its id, if nobody has said so.", "Plant North")]
    timezone: Annotated[str, says("IANA time zone.", "Europe/Berlin")]
    unknown_ids: Annotated[
        Literal["register", "reject"], says("What becomes of events of workers, workstations, cameras and models that nobody has registered.")
    ]
    state_timestamps: Annotated[
        Literal["as_sent", "whole_seconds"], says("Whether timestamps of state events are cut to whole seconds before they are told apart.")
    ]
    retention: Annotated[Retention, says("For how long it keeps what.")]
    history: Annotated[History, says("How far back its data reach.")]
    versions: Annotated[list[SettingsVersion], says("All versions of the settings, the oldest first.")]
    recomputing: Annotated[Recomputing | None, says("While the history is recomputed under new settings; else `null`.")]


class SiteChange(Struct, forbid_unknown_fields=True):
    """Settings of a site. Shifts, exceptions, timeout and confidence that are left out go back to their defaults; the other fields stay as they are."""

    name: Annotated[Name, says("What the site is called.", "Plant North")] | UnsetType = UNSET
    timezone: Annotated[str, Meta(extra_json_schema={"format": "iana-timezone"}), says("IANA time zone.", "Europe/Berlin")] | UnsetType = UNSET
    shifts: Annotated[Shifts, says("The weekly pattern. Left out: none.")] | UnsetType = UNSET
    exceptions: Annotated[list[ScheduleException], says("Local dates that differ from the pattern. Left out: none.")] | UnsetType = UNSET
    signal_timeout_seconds: (
        Annotated[Seconds | None, says("How far apart two observations may lie for the time between them to count. `null`: no limit. Left out: 12 h.", 1800)]
        | UnsetType
    ) = UNSET
    min_confidence: Annotated[Probability, says("Events of less confidence are kept, but no figure sees them. Left out: 0.", 0.5)] | UnsetType = UNSET
    unknown_ids: Annotated[Literal["register", "reject"], says("Register unknown ids on first sight, or reject their events.")] | UnsetType = UNSET
    state_timestamps: (
        Annotated[
            Literal["as_sent", "whole_seconds"],
            says("`whole_seconds` for raw feeds of many frames a second: of state events that say the same in a second one is kept, whatever ids they have."),
        ]
        | UnsetType
    ) = UNSET
    retention: Annotated[Retention, says("For how long the site keeps what.")] | UnsetType = UNSET
    valid_from: Annotated[Day | None, says("The first local day on which the settings hold. Left out: all history.", "2026-07-01")] | UnsetType = UNSET
    site_id: Annotated[Id, says("The id in the path, or nothing.", "north")] | UnsetType = UNSET
