"""Errors, demo data, and how the server is."""

from typing import Annotated, Any, Literal

from msgspec import Struct

from api.schemas.terms import Count, says


class NoParameters(Struct):
    """Parameters are refused."""


class Problem(Struct, forbid_unknown_fields=True):
    """An error (RFC 9457): one sentence says what is wrong, and opens with the field where it is a field's fault."""

    type: Annotated[str, says("A URI for the kind of problem; none is named yet.", "about:blank")]
    title: Annotated[str, says("The status in words.", "Unprocessable Content")]
    status: Annotated[int, says("The status.", 422)]
    detail: Annotated[str, says("What is wrong, in one sentence.", 'from: must be a time like "2026-01-15T10:15:00Z" or a day like "2026-01-15".')]


class ServerProblem(Problem):
    """An error that is the server's fault."""

    request_id: Annotated[str, says("What the server's log calls the request: the `X-Request-ID` of the answer.", "5f0c1b7a-2f")]


class Document(Struct):
    """An OpenAPI 3 document."""

    openapi: Annotated[str, says("The version of OpenAPI that it is written in.", "3.1.0")]
    info: Annotated[dict[str, Any], says("What this interface is.")]
    paths: Annotated[dict[str, Any], says("What can be asked at each address.")]


class Health(Struct, forbid_unknown_fields=True):
    """The process answers."""

    status: Literal["healthy"]


class Readiness(Struct, forbid_unknown_fields=True):
    """Whether the server can do its work, and why a part of it can't."""

    status: Literal["ready", "not ready"]
    database: Annotated[str, says("`ready`, or why it can't be read.", "ready")]
    writer: Annotated[str, says("`ready`, or why no event can be stored.", "ready")]
    refresher: Annotated[str, says("`ready`, or why figures don't follow the events.", "ready")]
    warnings: Annotated[list[str], says("Sentences on what doesn't hinder the work yet: figures that are behind, a disk that fills.")]


class Seeded(Struct, forbid_unknown_fields=True):
    """Demo data is in."""

    message: Literal["Database seeded successfully"]
    success_count: Annotated[Count, says("Events taken in, those that were there already too.", 1180)]
    duplicate_count: Annotated[Count, says("Events that were there already.", 0)]


class Unseeded(Struct, forbid_unknown_fields=True):
    """Demo data is out."""

    message: Literal["Demo data removed"]
    removed_count: Annotated[Count, says("Events removed.", 1180)]
