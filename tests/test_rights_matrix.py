"""Every route times every caller times both sites: each answer is the one that follows from the declared role, and who may not leaves no trace."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from admission import PASSWORD, SITES
from documented import document
from rights import ABSENT, FORBIDDEN, GRID, MAY, PEOPLE, UNKNOWN, Ground, expected, ground, shown_without_right

from access.web.gate import DASH_NEEDS, Need

_SAFE = ("GET", "HEAD")
_INGEST = ("/api/events", "/api/events/batch")
_CALLBACK = "/_dash-update-component"
#: Pages of a person, of whom a key is none.
_OF_PEOPLE = ("/account/password", "/account/sessions/<token_hash>/end", "/account/sessions/end")
#: Where another site's rows are left out, and not refused.
_NARROWED = ("/api/quarantine",)
#: What who is let in for some cameras alone may not do for all of a site.
_OF_WHOLE_SITES = ("PUT", "/api/sites/<id:site_id>/sums")
#: What stands for a variable part of an address.
_PARTS = {
    **dict.fromkeys(("token_hash", "key_id", "user_id", "token"), "unknown"),
    "worker_id": "W1",
    "station_id": "S1",
    "camera_id": "CAM-1",
    "model_name": "posture",
    "path": "workers",
    "filename": "90-app.css",
}
_SIGNING_IN = {"login": "viewer", "password": PASSWORD}


@dataclass(frozen=True)
class Call:
    """A valid call of a route. site: the one that it is about, None for none or all."""

    rule: str
    method: str
    need: Need
    site: str | None
    path: str
    given: dict[str, Any] = field(default_factory=dict)

    @property
    def ingest(self) -> bool:
        """Whether it brings events, each of which names its site itself."""
        return self.rule in _INGEST and self.method == "POST"

    def __str__(self) -> str:
        return f"{self.method} {self.rule} at {self.site or 'no site'}{' as ' + self.given['content_type'] if 'content_type' in self.given else ''}"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    with ground(tmp_path_factory.mktemp("ground")) as found:
        yield found


def calls(made: Ground) -> Iterator[Call]:
    """Of every route, for each of its methods and of the sites that it may be asked about. OPTIONS is answered by the framework alone."""
    views = made.app.server.view_functions
    suite = re.search(r"/_dash-component-suites/[^\"?]+", made.ask("chief", "GET", "/").text)
    assert suite is not None
    for rule in made.app.server.url_map.iter_rules():
        described = getattr(views[rule.endpoint], "described", None)
        need = DASH_NEEDS.get(rule.endpoint) if described is None else Need(described.role, described.everywhere)
        if need is None:
            continue
        for method in sorted((rule.methods or set()) - {"OPTIONS"}):
            for site in SITES if _is_of_a_site(rule.rule, method) else (None,):
                parts = {**_PARTS, "site_id": site, "quarantine_id": made.entries[site or "north"]}
                path = suite[0] if "component-suites" in rule.rule else re.sub(r"<(?:[^<>]*:)?(\w+)>", lambda found: str(parts[found[1]]), rule.rule)  # noqa: B023
                yield from (Call(rule.rule, method, need, site, path, given) for given in _given(rule.rule, method, site))


def _described(rule: str, method: str) -> dict[str, Any]:
    found: dict[str, Any] = document()["paths"].get(re.sub(r"<(?:[^<>]*:)?(\w+)>", r"{\1}", rule), {}).get(method.lower(), {})
    return found


def _is_of_a_site(rule: str, method: str) -> bool:
    if "site_id>" in rule or rule.startswith("/export/") or (rule in _INGEST and method == "POST") or "quarantine_id" in rule:
        return True
    method = "GET" if method == "HEAD" else method
    return any(parameter.get("name") == "site_id" for parameter in _described(rule, method).get("parameters", []))


def _given(rule: str, method: str, site: str | None) -> Iterator[dict[str, Any]]:
    """The arguments of valid calls, one for each form of body: of the document's own examples, where it has any."""
    bodies = _described(rule, method).get("requestBody", {}).get("content", {})
    if rule.startswith("/export/"):
        yield {"query_string": {"site": site}}
    elif rule in _INGEST and method == "POST":
        yield from ({"data": _at(site, form["example"]), "content_type": media_type} for media_type, form in bodies.items())
    elif bodies:
        # The site that the address names is not told a second time.
        yield from (_query(rule, site) | {"data": json.dumps(form["example"]), "content_type": media_type} for media_type, form in bodies.items())
    elif rule == _CALLBACK:
        inputs = [{"id": "filters", "property": "data", "value": ""}, {"id": "nudge", "property": "data"}]
        body = {"output": "site-picker.options", "outputs": {"id": "site-picker", "property": "options"}, "inputs": inputs, "changedPropIds": ["filters.data"]}
        yield {"json": body | {"state": [{"id": "site-picker", "property": "options"}]}}
    else:
        yield {"data": _SIGNING_IN} if (rule, method) == ("/sign-in", "POST") else _query(rule, site)


def _query(rule: str, site: str | None) -> dict[str, Any]:
    return {} if site is None or "site_id>" in rule or "quarantine_id" in rule else {"query_string": {"site_id": site}}


def _at(site: str | None, example: Any) -> str:
    """Example events, moved to a site and a camera."""
    if isinstance(example, str):
        return "\n".join(_at(site, json.loads(line)) for line in example.splitlines())
    moved = {"site_id": site, "camera_id": "CAM-1"}
    events = [{**one, "data": one["data"] | moved} if "data" in one else one | moved for one in (example if isinstance(example, list) else [example])]
    return json.dumps(events if isinstance(example, list) else events[0])


def outcome(caller: str, call: Call) -> str:
    """What must become of a call."""
    if call.rule in _OF_PEOPLE and caller not in PEOPLE and expected(caller, call.need, None) == MAY:
        return FORBIDDEN
    found = expected(caller, call.need, call.site)
    if found == MAY and caller == "key of a camera" and (call.method, call.rule) == _OF_WHOLE_SITES:
        return FORBIDDEN
    return MAY if found == ABSENT and call.rule in _NARROWED else found


def is_as(wanted: str, call: Call, status: int, location: str) -> bool:
    """Whether an answer is of the kind that is wanted."""
    if wanted == UNKNOWN:
        return status == 401 or (status == 303 and location.startswith("/sign-in"))
    if wanted == ABSENT:
        # Of an event the site is one of its fields.
        return status == (422 if call.ingest else 404)
    if wanted == FORBIDDEN:
        return status == 403
    return status not in (401, 403) and status < 500 and not (status == 303 and "next=" in location)


def body_of(answer: Any) -> str:
    """What an answer holds; of a stream only how it begins."""
    if answer.content_type.startswith("text/event-stream"):
        begun = b"".join(part for _, part in zip(range(2), answer.response, strict=False))
        answer.close()
        return begun.decode()
    body: bytes = answer.get_data()
    return body.decode(errors="replace")


def test_each_caller_may_what_the_table_says_and_nothing_else(made: Ground, record_property: Any) -> None:
    asked = list(calls(made))
    wrong, counts = [], dict.fromkeys((UNKNOWN, FORBIDDEN, ABSENT, MAY), 0)
    cells = [(outcome(caller, call), caller, call) for call in asked for caller in GRID]
    # Who may changes things, and is asked last: before that nothing may change at all.
    for wanted, caller, call in sorted(cells, key=lambda cell: cell[0] == MAY):
        compared = wanted != MAY and call.method not in _SAFE
        before = made.contents(refusals=not call.ingest) if compared else {}
        fresh = call.method == "POST" and not call.path.startswith(("/api/", "/_dash"))
        answer = made.ask(caller, call.method, call.path, fresh=fresh and wanted == MAY, **call.given)
        body = body_of(answer)
        counts[wanted] += 1
        if not is_as(wanted, call, answer.status_code, answer.headers.get("Location", "")):
            wrong.append(f"{caller}: {call} is {answer.status_code}, not {wanted}: {body[:200]}")
        if shown := shown_without_right(caller, body):
            wrong.append(f"{caller}: {call} shows {shown}")
        if compared and made.contents(refusals=not call.ingest) != before:
            wrong.append(f"{caller}: {call} has changed the database")
    record_property("cells", sum(counts.values()))
    print(f"\n{len(asked)} calls, {sum(counts.values())} cells: {counts}")
    assert wrong == []
    # Neither of the two ways to be wrong here: no call, or nobody who may.
    assert len({call.rule for call in asked}) > 50
    assert min(counts.values()) > 100


def test_what_a_call_of_the_matrix_asks_is_answered_to_who_may(made: Ground) -> None:
    """Else a refusal could be of the arguments: of the calls that the chief makes, all but these are answered with what they ask for."""
    refused = {
        f"{call.method} {call.rule}": made.ask("chief", call.method, call.path, **call.given).status_code
        for call in calls(made)
        if call.path.startswith(("/api/", "/export/", "/live/", "/metrics", "/_dash")) or call.method in _SAFE
    }
    unlike = {call: status for call, status in refused.items() if status >= 400}
    assert unlike == {
        "POST /api/quarantine/<int(max=9223372036854775807):quarantine_id>/replay": 422,
        # These sites have events of their own.
        "PUT /api/sites/<id:site_id>/sums": 409,
        "GET /set-up/<token>": 404,
        "HEAD /set-up/<token>": 404,
        # There is no provider; see tests/test_openid.py.
        **{f"{method} /sign-in/company{back}": 404 for method in ("GET", "HEAD") for back in ("", "/return")},
        # No worker is named; /api/personal-data/<worker_id> is asked about one.
        "GET /privacy/held/<id:site_id>": 404,
        "HEAD /privacy/held/<id:site_id>": 404,
    }
