"""What was refused."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from api.schemas.terms import Id, Utc, says

EntryNumber = Annotated[int, Meta(ge=1)]
EntryCount = Annotated[int, Meta(ge=1, lt=10**15)]


class QuarantineQuestion(Struct):
    """Which entries are wanted."""

    site_id: Annotated[str, says("Only what names this site, whether it exists or not. Left out: every site.", "main")] | UnsetType = UNSET
    limit: Annotated[EntryCount, says("How many entries at most; never more than 1,000. Left out: 100.", 20)] | UnsetType = UNSET
    before: Annotated[EntryCount, says("Only entries older than this one: the last of the page before.", 100)] | UnsetType = UNSET


class QuarantineEntry(Struct, forbid_unknown_fields=True):
    """A refused event, or a body that could not be read."""

    quarantine_id: Annotated[EntryNumber, says("The entry.", 1)]
    site_id: Annotated[Id | None, says("The site that the event names. `null` where that can't be told.", "main")]
    received_at: Annotated[Utc, says("When it came.", "2026-01-15T10:15:00.123456Z")]
    reason: Annotated[
        str, says("Why it was refused; opens with the field.", "event_type: must be one of working, idle, absent, product_count, not 'sleeping'.")
    ]
    payload: Annotated[str, says("What was sent, cut to 64 KiB.", '{"event_type":"sleeping"}')]
    status: Annotated[
        Literal["open", "replayed", "barred"], says("Whether it was taken up again. What was sent with a key that may not send it is barred, and never is.")
    ]
