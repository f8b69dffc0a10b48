"""Questions about timelines, and their answers."""

from typing import Annotated, Literal

from msgspec import UNSET, Struct, UnsetType

from api.schemas.metrics import MetricsQuestion
from api.schemas.terms import Id, Utc, says

State = Literal["working", "idle", "absent", "no_signal"]
LaneOf = Literal["worker", "workstation"]


class TimelineQuestion(MetricsQuestion):
    """A window whose states are wanted."""

    by: Annotated[LaneOf, says("What a lane is. Left out: `worker`.", "worker")] | UnsetType = UNSET


class StateInterval(Struct, forbid_unknown_fields=True):
    """A stretch of time in one state, from `start` up to `end`."""

    state: Annotated[State, says("What was seen; `no_signal` where something was expected and nothing was seen.", "working")]
    start: Annotated[Utc, says("Where it begins.", "2026-01-15T08:00:00Z")]
    end: Annotated[Utc, says("Where it ends.", "2026-01-15T10:00:00Z")]
    station_id: Annotated[Id | None, says("In a worker's lane: where. `null` where nothing was seen.", "S1")] | UnsetType = UNSET
    worker_ids: Annotated[list[Id], says("In a workstation's lane: who was there. It works while anybody there works.", ["W1"])] | UnsetType = UNSET


class Lane(Struct, forbid_unknown_fields=True):
    """The intervals of a worker or a workstation, in order of time, none overlapping another."""

    site_id: Annotated[Id, says("The site.", "main")]
    name: Annotated[str | None, says("What the worker or workstation is called.", "Alice Johnson")]
    intervals: Annotated[list[StateInterval], says("What was seen, and what was not.")]
    worker_id: Annotated[Id, says("The worker, if by worker.", "W1")] | UnsetType = UNSET
    station_id: Annotated[Id, says("The workstation, if by workstation.", "S1")] | UnsetType = UNSET
    type: Annotated[str | None, says("What kind of workstation it is.", "assembly")] | UnsetType = UNSET


class TimelineAnswer(Struct, forbid_unknown_fields=True):
    """State intervals by lane."""

    by: Annotated[LaneOf, says("What a lane is.", "worker")]
    lanes: Annotated[list[Lane], says("A lane for each worker or workstation that was asked about, those without any interval too.")]
