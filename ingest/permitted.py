"""What a key may bring: the events of its cameras alone, now and when what was refused is taken up again."""

from collections.abc import Collection
from dataclasses import replace

from ingest.event import Parsed, Refused, Rejection
from ingest.quarantine import camera_of, payload_of


def of_cameras(parsed: Parsed, camera_ids: Collection[str] | None) -> Parsed:
    """A request's events without those of other cameras, which are refused. camera_ids: None for any."""
    if camera_ids is None:
        return parsed
    kept = [(event, position) for event, position in zip(parsed.events, parsed.positions, strict=True) if event.camera_id in camera_ids]
    others = [
        Rejection(position, _why(event.camera_id), payload_of(event), barred=True)
        for event, position in zip(parsed.events, parsed.positions, strict=True)
        if event.camera_id not in camera_ids
    ]
    # Refused for another reason as well: once that is mended the camera would still be none of the key's.
    before = [one._replace(barred=camera_of(one.payload) not in camera_ids) for one in parsed.rejected]
    return replace(parsed, events=[event for event, _ in kept], positions=[position for _, position in kept], rejected=sorted([*before, *others]))


def _why(camera_id: str | None) -> str:
    return str(Refused("camera_id", "is missing, and this key is for some cameras only." if camera_id is None else f"this key is not for {camera_id!r}."))
