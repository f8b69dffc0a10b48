"""One answer for all screens that are told of the same push: each of them makes the same callbacks at once, and most look at the same thing.

The answer of a live callback follows from what the browser sends, the reader's locale, the moment that screens share (`live.Hub.moment`) and
from what its reader may, so the bytes themselves are kept. What a reader does is answered anew each time.
"""

import gzip
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import flask
import msgspec
from dash import Dash
from flask import Response

from access.web.gate import CALLBACK_ROUTE, principal
from access.web.witness import looks_of_request, saw
from callbacks.filters import Filters
from components import ids, locale
from data_layer.once import Once

_PUSHED = [f"{ids.REVISION}.data"]
#: Answers of a push or two, for a few dozen different looks.
_KEPT = 512
_WORTH_PACKING = 500  # bytes


@dataclass(frozen=True)
class Answer:
    """What the callback's route has answered, to be given again."""

    status: int
    content_type: str
    body: bytes
    #: Whom it shows, as `access.web.witness.saw` was told.
    looks: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @cached_property
    def packed(self) -> bytes:
        """The body under gzip."""
        return gzip.compress(self.body, 5, mtime=0)

    def response(self) -> Response:
        """For the client that asks now."""
        packs = len(self.body) > _WORTH_PACKING and "gzip" in flask.request.accept_encodings
        given = Response(self.packed if packs else self.body, self.status, content_type=self.content_type)
        given.vary.add("Accept-Encoding")
        if packs:
            given.content_encoding = "gzip"
        return given


def register(app: Dash, services: Any) -> None:
    """Stand before Dash's route of the callbacks."""
    dispatch: Callable[[], Response] = app.server.view_functions[CALLBACK_ROUTE]
    answers = Once(_KEPT)

    def worked_out() -> Answer:
        answer = dispatch()
        return Answer(answer.status_code, answer.content_type or "application/json", answer.get_data(), (*looks_of_request(),))

    def shared() -> Response:
        key = _key(services)
        if key is None:
            return dispatch()
        answer = answers.get(key, worked_out)
        for site_id, worker_ids in answer.looks:
            # Who is given what was worked out for others sees the same people.
            saw(site_id, worker_ids)
        return answer.response()

    app.server.view_functions[CALLBACK_ROUTE] = shared


def _key(services: Any) -> Hashable | None:
    """What the answer to a push follows from; None for what isn't one."""
    body = flask.request.get_json(silent=True)
    if not isinstance(body, dict) or body.get("changedPropIds") != _PUSHED:
        return None
    try:
        given = {(one["id"], one["property"]): one.get("value") for one in body["inputs"] if isinstance(one.get("id"), str)}
        site, told = Filters.from_query(given[ids.FILTERS, "data"]).site_id, given[ids.REVISION, "data"]["revision"]
        if site not in services.sites.known or not isinstance(told, int):
            return None
    except (KeyError, TypeError, AttributeError):
        return None  # nothing that a page of ours sends: Dash says what is wrong with it
    moment = services.hub.moment(site, told)
    inputs = [{**one, "value": None} if one.get("id") == ids.REVISION else one for one in body["inputs"]]
    asked = msgspec.json.encode({**body, "inputs": inputs})
    return asked, flask.request.cookies.get(locale.COOKIE), moment, principal().rights, services.sites.privacy
