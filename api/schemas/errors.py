"""The errors that routes can meet because of what they are; those of a route's own stand beside the route."""

from collections.abc import Mapping

from access.roles import Role
from api.routing import Answer, Described
from api.schemas.service import Problem, ServerProblem

PROBLEM = "application/problem+json"

_OF_BODIES = {
    400: "The body can't be read: no JSON, not UTF-8, broken gzip. Or a key was sent in the address, where proxies and logs keep it.",
    413: "More than 8 MiB, before or after compression.",
    415: "A media type or a Content-Encoding that is not taken.",
}
_OF_THE_GATE = {
    400: "A key was sent in the address, where proxies and logs keep it.",
    401: "Nobody is signed in, or the key opens nothing (any more).",
    429: "The key asks more often than it may (`KEY_RATE`); send again after `Retry-After` seconds.",
    403: "Whoever asks hasn't the role that this needs; or a page of another origin asks.",
}
_OF_CONTENTS = {422: "A parameter or a field is not what it must be; the sentence opens with its name."}
# Who asks for no role asks for nothing that is stored.
_OF_THE_STORE = {
    503: "The store is busy, full or away. Nothing was stored; send again after `Retry-After` seconds. Or nobody can sign in yet: the server's log says how."
}
_OF_ALL = {500: "Something went wrong on the server; its log has the details."}


def answers_of(route: Described) -> Mapping[int, Answer]:
    """All that a route answers, by status; what it says itself wins."""
    common = {
        **(_OF_THE_GATE if route.role != Role.ANYONE else {}),
        **(_OF_BODIES if route.body else {}),
        **(_OF_CONTENTS if route.body or route.query else {}),
        **(_OF_THE_STORE if route.role != Role.ANYONE else {}),
        **_OF_ALL,
    }
    answers = {status: Answer(None, says) for status, says in common.items()} | dict(route.answers)
    return {status: _as_problem(status, answers[status]) for status in sorted(answers)}


def _as_problem(status: int, given: Answer) -> Answer:
    if status < 400 or given.media_type != "application/json" or (given.shape and not _is_problem(given.shape)):
        return given
    headers = (*given.headers, "Retry-After") if status in (429, 503) else given.headers
    return Answer(given.shape or (Problem if status < 500 else ServerProblem), given.says, headers, PROBLEM)


def _is_problem(shape: object) -> bool:
    return isinstance(shape, type) and issubclass(shape, Problem)
