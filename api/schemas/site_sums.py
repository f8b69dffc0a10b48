"""A site's sums by local day, as its own server tells them a central one."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType, field

from api.schemas.terms import Count, Day, Id, Moment, Percentage, Time, says

#: More than ten years.
MOST_DAYS = 4_000
_LONGEST = 2**53
_Sum = Annotated[int, Meta(ge=0, le=_LONGEST)]
_People = Annotated[int, Meta(ge=0, le=100_000)]
_Hours = Annotated[int, Meta(ge=0, le=100)]
_A_DAY = Meta(pattern=r"^20[0-9]{2}-[0-9]{2}-[0-9]{2}$")
_NOT_SHOWN = "`null` where the site doesn't show it"


class SumsQuestion(Struct, forbid_unknown_fields=True):
    """Of which local days the sums are wanted: all that the range meets."""

    from_: Annotated[Moment, says("The first day. Left out: that of the site's first visible event.", "2026-01-15")] | UnsetType = field(
        name="from", default=UNSET
    )
    to: Annotated[Moment, says("The day after the last one. Left out: takes in today.", "2026-01-16")] | UnsetType = UNSET


class DaySums(Struct, forbid_unknown_fields=True, kw_only=True):
    """The sums of a local day, over all workers. Times are whole microseconds, so that they add up exactly."""

    day: Annotated[Annotated[Day, _A_DAY], says("The local day.", "2026-01-15")]
    active: Annotated[_Sum | None, says(f"µs at work; {_NOT_SHOWN}.", 12600000000)]
    idle: Annotated[_Sum | None, says(f"µs idle; {_NOT_SHOWN}.", 1800000000)]
    absent: Annotated[_Sum | None, says(f"µs absent; {_NOT_SHOWN}.", 0)]
    signal: Annotated[_Sum | None, says(f"µs of tracked time with a signal; {_NOT_SHOWN}.", 0)]
    tracked: Annotated[_Sum | None, says(f"µs tracked; {_NOT_SHOWN}.", 0)]
    units: Annotated[_Sum, says("Units produced.", 5)]
    events: Annotated[_Sum, says("Visible events.", 5)]
    utilization: Annotated[Percentage | None, says("The mean utilization over those workers who have one.", 87.5)]
    utilized: Annotated[_People, says("How many these are.", 1)]
    hours_told: Annotated[_Hours, says("Where the site shows groups: hours with people that are in the sums.", 0)]
    hours_left_out: Annotated[_Hours, says("Where the site shows groups: hours with people that are in no sum.", 0)]


class ShownPeople(Struct, forbid_unknown_fields=True):
    """By which rule the site shows its people."""

    level: Annotated[Literal["individual", "team", "station"], says("See `/api/privacy`.", "individual")]
    smallest_group: Annotated[Annotated[int, Meta(ge=2, le=1_000)], says("How many people a sum is about at least, at level `team`.", 5)]


class SiteSums(Struct, forbid_unknown_fields=True, kw_only=True):
    """Sums of some local days of a site."""

    revision: Annotated[Annotated[int, Meta(ge=0, le=_LONGEST)], says("Of the site's figures, where they are made: older ones never replace newer ones.", 812)]
    timezone: Annotated[str, says("The zone of its days, which must be the one that the site has here.", "Europe/Berlin")]
    as_of: Annotated[Time, says("Up to when what is still open counts, by the clock of the site's own server.", "2026-01-15T14:00:00Z")]
    worker_count: Annotated[_People, says("Workers registered at the site.", 18)]
    station_count: Annotated[_People, says("Workstations registered at the site.", 8)]
    has_schedule: Annotated[bool, says("Whether the site has shifts.", False)]
    privacy: ShownPeople
    days: Annotated[list[DaySums], Meta(max_length=MOST_DAYS), says("The days, each once.")]


class ToldSums(SiteSums, forbid_unknown_fields=True, kw_only=True):
    """What a site's own server tells of it: days that take the place of what was told of them before."""

    is_all: Annotated[bool, says("Whether this, with what was told before, is all there is up to `as_of`; `false` while more is to come.", True)]
    void_from: Annotated[
        Annotated[Day, _A_DAY] | None,
        says("What was told of days from this one up to the first of `days` holds no more; `null` where it does.", None),
    ]


class SumsKept(Struct, forbid_unknown_fields=True):
    """What became of it."""

    site_id: Annotated[Id, says("The site.", "main")]
    revision_before: Annotated[
        Count, says("The revision that was here before; 0 for none. Another one than was told last shows that what is here is not what was told.", 805)
    ]
    is_late: Annotated[bool, says("Whether something newer was here, so that this changed nothing.", False)]
