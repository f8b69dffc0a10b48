"""What of its people a site shows."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from api.schemas.terms import Id, says

_Level = Annotated[
    Literal["individual", "team", "station"],
    says("`individual`: figures of every worker. `team`: sums over groups of several people in whole hours. `station`: figures of workstations alone.", "team"),
]
_Group = Annotated[Annotated[int, Meta(ge=2, le=1_000)], says("How many people a sum is about at least, at level `team`.", 5)]
_Names = Annotated[
    Literal["viewer", "supervisor", "administrator"],
    says("The least role that is told ids and names of workers. Others are told pseudonyms.", "supervisor"),
]
_Purpose = Annotated[Annotated[str, Meta(max_length=500)], says("What figures of single people are for.", "Planning of shifts", "")]


class Privacy(Struct, forbid_unknown_fields=True, kw_only=True):
    """What of its people a site shows, and to whom."""

    site_id: Annotated[Id, says("The site.", "main")]
    level: _Level
    smallest_group: _Group
    names_for: _Names
    purpose: _Purpose
    chosen: Annotated[bool, says("Whether somebody chose it.", True)]


class PrivacyChange(Struct, forbid_unknown_fields=True, kw_only=True):
    """What a site shall show of its people."""

    level: _Level
    smallest_group: _Group | UnsetType = UNSET
    names_for: _Names | UnsetType = UNSET
    purpose: _Purpose | UnsetType = UNSET


class PrivacyTold(Struct, forbid_unknown_fields=True, kw_only=True):
    """What the figures leave out for the privacy of people."""

    level: Annotated[Literal["team", "station"], says("The site's level.", "team")]
    smallest_group: Annotated[int | None, says("At level `team`: how many people each sum is about at least.", 5, None)]
    hours_left_out: Annotated[int | None, says("At level `team`: hours of the window with people in them that are in no sum.", 2, None)]


class Erased(Struct, forbid_unknown_fields=True, kw_only=True):
    """What came of forgetting a worker."""

    site_id: Annotated[Id, says("The site.", "main")]
    replaced_by: Annotated[Id, says("The id under which what happened stays.", "erased-0f3a9c11b2d4")]
    events: Annotated[int, says("Events that have this id now.", 1180)]
    quarantine_entries: Annotated[int, says("Refused payloads that mentioned the worker, and were emptied.", 1)]
    still_named_in: Annotated[list[str], says("What else is called by the worker's name: rename it.", [])]
