"""What is registered at a site: workers, workstations, cameras and models."""

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from api.schemas.terms import NOT_BLANK, Count, Id, Name, OptionalId, Utc, says
from ingest.record import ID_LENGTH

MOST_STATIONS = 200

_Type = Annotated[str, Meta(min_length=1, max_length=64, pattern=NOT_BLANK)]
_HomeStation = Annotated[str, Meta(min_length=1, max_length=ID_LENGTH, pattern=NOT_BLANK)]


class Worker(Struct, forbid_unknown_fields=True):
    """A registered worker."""

    site_id: Annotated[Id, says("The site.", "main")]
    worker_id: Annotated[Id, says("The worker.", "W1")]
    name: Annotated[str | None, says("What the worker is called. `null` if nobody has said so.", "Alice Johnson")]
    home_station_id: Annotated[str | None, says("The workstation where the worker usually works.", "S1")]


class Workstation(Struct, forbid_unknown_fields=True):
    """A registered workstation."""

    site_id: Annotated[Id, says("The site.", "main")]
    station_id: Annotated[Id, says("The workstation.", "S1")]
    name: Annotated[str | None, says("What the workstation is called. `null` if nobody has said so.", "Assembly Line 1")]
    type: Annotated[str | None, says("What kind of workstation it is; metrics can be asked for by type.", "assembly")]


class Camera(Struct, forbid_unknown_fields=True):
    """A registered camera."""

    site_id: Annotated[Id, says("The site.", "main")]
    camera_id: Annotated[Id, says("The camera.", "CAM-1")]
    name: Annotated[str | None, says("What the camera is called. `null` if nobody has said so.", "Hall 1, north")]
    station_ids: Annotated[list[str], says("The workstations that it is set up to see; where nobody has said so, those that it has reported.", ["S1", "S2"])]
    last_seen_at: Annotated[Utc | None, says("When something last came from it, repeats too. `null` if nothing has.", "2026-01-15T10:15:01.204511Z")]
    last_event_at: Annotated[Utc | None, says("The latest timestamp that it has reported.", "2026-01-15T10:15:00Z")]
    events: Annotated[Count, says("Its events that are stored.", 1180)]
    late: Annotated[Count, says("Those of them that were received more than 60 s after their timestamp.", 3)]
    repeated: Annotated[Count, says("Events that it sent although they were stored already.", 12)]
    skew_seconds: Annotated[
        float | None,
        says(
            "Median of received − `sent_at` over its latest 100 events that carried `sent_at`. Positive: its clock is behind, or the way is slow.", 0.204, None
        ),
    ]


class Model(Struct, forbid_unknown_fields=True):
    """A version of a model that recognises what cameras see."""

    site_id: Annotated[Id, says("The site.", "main")]
    model_name: Annotated[Id, says("The model.", "posture")]
    model_version: Annotated[str | None, says("The model's version. `null` if it has none.", "2.1")]


class WorkerChange(Struct, forbid_unknown_fields=True):
    """What is left out stays as it is; `null` takes a value away."""

    name: Annotated[Name | None, says("What the worker is called.", "Alice Johnson")] | UnsetType = UNSET
    home_station_id: Annotated[_HomeStation | None, says("The workstation where the worker usually works.", "S1")] | UnsetType = UNSET
    site_id: Annotated[Id | None, says("The site; wins over the parameter of that name.", "main")] | UnsetType = UNSET
    worker_id: Annotated[Id, says("The id in the path, or nothing.", "W1")] | UnsetType = UNSET


class WorkstationChange(Struct, forbid_unknown_fields=True):
    """What is left out stays as it is; `null` takes a value away."""

    name: Annotated[Name | None, says("What the workstation is called.", "Assembly Line 1")] | UnsetType = UNSET
    type: Annotated[_Type | None, says("What kind of workstation it is.", "assembly")] | UnsetType = UNSET
    site_id: Annotated[Id | None, says("The site; wins over the parameter of that name.", "main")] | UnsetType = UNSET
    station_id: Annotated[Id, says("The id in the path, or nothing.", "S1")] | UnsetType = UNSET


class CameraChange(Struct, forbid_unknown_fields=True):
    """What is left out stays as it is; `null` takes a value away."""

    name: Annotated[Name | None, says("What the camera is called.", "Hall 1, north")] | UnsetType = UNSET
    station_ids: (
        Annotated[Annotated[list[Id], Meta(max_length=MOST_STATIONS)] | None, says("The workstations that it sees; `[]` takes them away.", ["S1", "S2"])]
        | UnsetType
    ) = UNSET
    site_id: Annotated[Id | None, says("The site; wins over the parameter of that name.", "main")] | UnsetType = UNSET
    camera_id: Annotated[Id, says("The id in the path, or nothing.", "CAM-1")] | UnsetType = UNSET


class ModelChange(Struct, forbid_unknown_fields=True):
    """A version that the site is to know; others stay."""

    model_version: Annotated[OptionalId | None, says("The version. Left out, empty or `null`: the model without one.", "2.1")] | UnsetType = UNSET
    site_id: Annotated[Id | None, says("The site; wins over the parameter of that name.", "main")] | UnsetType = UNSET
    model_name: Annotated[Id, says("The name in the path, or nothing.", "posture")] | UnsetType = UNSET
