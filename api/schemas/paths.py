"""The variable parts of addresses."""

from typing import Annotated

from msgspec import Meta, Struct

from api.schemas.quarantine import EntryNumber
from api.schemas.terms import Id, says


class PathParameters(Struct):
    """What stands for itself in an address, with a value that the demo data has."""

    site_id: Annotated[Id, says("The site.", "main")]
    worker_id: Annotated[Id, says("The worker.", "W1")]
    station_id: Annotated[Id, says("The workstation.", "S1")]
    camera_id: Annotated[Id, says("The camera.", "CAM-1")]
    model_name: Annotated[Id, says("The model.", "posture")]
    quarantine_id: Annotated[EntryNumber, Meta(le=2**63 - 1), says("The entry.", 1)]
