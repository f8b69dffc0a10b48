"""Generated requests to every operation by callers of every kind: no server error, and without the right to it nothing but 401 and 403."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import pytest
import schemathesis
from admission import Admission, admission
from http_api import event
from hypothesis_profiles import core
from rights import FORBIDDEN, GRID, MAY, UNKNOWN
from test_schemathesis import DOCUMENT

from access.roles import EVERYWHERE, Role
from access.web.gate import Need

#: By hand, as in `rights.GRID`: at which sites a caller may do what is for a viewer, a supervisor, an administrator, a camera.
CALLERS: Mapping[str, tuple[str, str, str, str]] = {
    **{caller: GRID[caller] for caller in GRID if caller not in ("mixed", "guest")},
    "viewer of all": ("all", "", "", ""),
    "supervisor of all": ("all", "all", "", ""),
}
_ROLES = ("viewer", "supervisor", "administrator", "camera")
_SLOW = {("/api/seed", "POST"), ("/api/seed", "DELETE")}


class Afar:
    """The app as it is reached from another machine, by one caller after the other. asked: what the gate was to be asked for."""

    app: Admission
    given: dict[str, str]
    asked: Need | None

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        environ.pop("HTTP_ACCEPT_ENCODING", None)
        for name in ("HTTP_COOKIE", "HTTP_AUTHORIZATION", "HTTP_X_API_KEY"):
            environ.pop(name, None)
        environ.update(self.given, REMOTE_ADDR="10.0.0.7")

        def begin_answer(line: str, headers: list[tuple[str, str]], *failure: Any) -> Any:
            # Flask takes the request out of the environment when it has ended.
            rule = environ["werkzeug.request"].url_rule
            described = None if rule is None else getattr(self.app.server.view_functions[rule.endpoint], "described", None)
            self.asked = None if described is None else Need(described.role, described.everywhere)
            return start_response(line, headers, *failure)

        return self.app.server(environ, begin_answer)


AFAR, COUNTS = Afar(), Counter[str]()
# Each request is made by every caller: some of those that are generated, and not the hundreds that test_schemathesis.py tries besides.
_FEW = {"phases": {"examples": {"enabled": False}, "coverage": {"enabled": False}}, "generation": {"allow-x00": False, "with-security-parameters": False}}
schema = schemathesis.openapi.from_dict(DOCUMENT, config=schemathesis.Config.from_dict(_FEW))
schema.app = AFAR


@pytest.fixture(scope="module")
def callers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, dict[str, str]]]:
    """What each caller sends along, to an app with something at both sites."""
    with admission(tmp_path_factory.mktemp("made"), key_rate="none") as made:
        AFAR.app = made
        made.enter("viewer of all", {EVERYWHERE: Role.VIEWER})
        made.enter("supervisor of all", {EVERYWHERE: Role.SUPERVISOR})
        chief = made.signed_in("chief")
        for site in ("main", "north", "south"):
            chief.post("/api/events/batch", json=[event(site_id=site, camera_id="CAM-1"), event(site_id=site, kind="sleeping")])
        found = {caller: _given(made, caller) for caller in CALLERS}
        yield found
        print(f"\n{sum(COUNTS.values())} requests: {dict(COUNTS)}")


def _given(made: Admission, caller: str) -> dict[str, str]:
    if caller in made.ids:
        cookie = made.signed_in(caller).get_cookie("factory_session")
        assert cookie is not None
        return {"HTTP_COOKIE": f"factory_session={cookie.value}"}
    if "key" not in caller:
        return {}
    scope = "ingest" if "camera" in caller else caller.split()[0]
    text = made.key(scope, EVERYWHERE if caller.endswith("of all") else "north", cameras=["CAM-1"] if "camera" in caller else None)
    return {"HTTP_AUTHORIZATION": f"Bearer {text}"}


def wanted(caller: str, need: Need) -> str:
    """What must become of a request, whatever site it is about."""
    role = str(need.role)
    if role == "anyone":
        return MAY
    if caller == "nobody":
        return UNKNOWN
    if role in ("known", "here"):
        return MAY
    places = CALLERS[caller][_ROLES.index(role)].split()
    return MAY if places and (not need.everywhere or "all" in places) else FORBIDDEN


@schema.parametrize()
@core(6)
def test_nobody_does_what_he_may_not_and_nothing_fails(case: schemathesis.Case, callers: dict[str, dict[str, str]]) -> None:
    operation = (case.operation.path, case.operation.method.upper())
    # Loading a demo takes a second: that one does it is enough.
    asking = [caller for caller in CALLERS if operation not in _SLOW or "admin" not in caller] + (["admin key"] if operation in _SLOW else [])
    for caller in asking:
        AFAR.given = callers[caller]
        status = case.call().status_code
        # What fits no rule needs somebody who is known, and nothing else.
        outcome = wanted(caller, AFAR.asked or Need(Role.KNOWN))
        COUNTS[f"{outcome}: {status}"] += 1
        told = f"{caller}: {operation} is {status}, not {outcome}"
        assert status < 500, told
        assert (status == 401) == (outcome == UNKNOWN), told
        assert (status == 403) == (outcome == FORBIDDEN), told
