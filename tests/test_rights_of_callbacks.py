"""Every callback times every caller times both sites, forged: nobody is shown or changes what he may not, whatever the body of the call says."""

from collections.abc import Iterator
from typing import Any

import pytest
from admission import SITES
from dash_calls import ROUTE, VIEWS, DashCalls
from rights import ABSENT, FORBIDDEN, GRID, MARK, MAY, UNKNOWN, Ground, expected, ground, shown_without_right

from access.roles import Role
from access.web.gate import CALLBACKS
from callbacks.settings.draft import base_of
from components import ids


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    with ground(tmp_path_factory.mktemp("ground")) as found:
        yield found


@pytest.fixture(scope="module")
def calls(made: Ground) -> DashCalls:
    return DashCalls(made.app.server, made.app.client("chief"))


@pytest.fixture(scope="module")
def bodies(made: Ground, calls: DashCalls) -> dict[tuple[str, str], Any]:
    """Each callback's body at each site, under the first view in which it has something to say."""
    found = {}
    for output in calls.callbacks:
        for site in SITES:
            base = _forged_base(made, site)
            tries = (calls.body(output, site, made.entries[site], view=view, base=base) for view in VIEWS)
            views = tries if any(one["id"] == ids.VIEW for one in calls.callbacks[output]["inputs"]) else [next(tries)]
            _, found[output, site] = max(((_tells(made, body, site), body) for body in views), key=lambda one: one[0])
    return found


def _forged_base(made: Ground, site: str) -> Any:
    """What a settings form would be filled from, made up by somebody who doesn't know what the site is called."""
    base = base_of(made.app.services.sites.get(site))
    return base | {"form": base["form"] | {"name": "Forged"}}


def _tells(made: Ground, body: Any, site: str) -> tuple[bool, bool]:
    """Whether a call has an answer, and one that names the site's things: of those that only read, for others change what is compared."""
    if made.app.server.extensions[CALLBACKS][body["output"]].role is not Role.VIEWER:
        return False, False
    answer = made.ask("chief", "POST", ROUTE, json=body)
    return answer.status_code == 200, MARK[site] in answer.text


def is_as(wanted: str, status: int) -> bool:
    """Whether a status is of the kind that is wanted. At a site that isn't there a callback may say so in its own words."""
    return {UNKNOWN: status == 401, FORBIDDEN: status == 403, ABSENT: status in (200, 204, 404), MAY: status in (200, 204)}[wanted]


def test_each_caller_is_answered_what_the_table_says_and_nothing_else(made: Ground, bodies: dict[tuple[str, str], Any], record_property: Any) -> None:
    needs, wrong, counts = made.app.server.extensions[CALLBACKS], [], dict.fromkeys((UNKNOWN, FORBIDDEN, ABSENT, MAY), 0)
    cells = [(expected(caller, needs[output], site), caller, output, site) for output, site in bodies for caller in GRID]
    for wanted, caller, output, site in sorted(cells, key=lambda cell: cell[0] == MAY):
        before = made.contents() if wanted != MAY else None
        answer = made.ask(caller, "POST", ROUTE, json=bodies[output, site])
        counts[wanted] += 1
        told = f"{caller}: {output[:80]} at {site}"
        if not is_as(wanted, answer.status_code):
            wrong.append(f"{told} is {answer.status_code}, not {wanted}: {answer.text[:300]}")
        if shown := shown_without_right(caller, answer.text):
            wrong.append(f"{told} shows {shown}")
        if before is not None and made.contents() != before:
            changed = [table for table, rows in made.contents().items() if rows != before[table]]
            wrong.append(f"{told} has changed {changed}")
    record_property("cells", sum(counts.values()))
    print(f"\n{len(needs)} callbacks, {sum(counts.values())} cells: {counts}")
    assert wrong == [], "\n".join(wrong)
    assert min(counts.values()) > 90


def test_the_calls_of_the_matrix_have_answers_that_could_be_stolen(made: Ground, bodies: dict[tuple[str, str], Any]) -> None:
    """Else nothing would be shown to nobody: those that only read are answered, and most name the site's things."""
    needs = made.app.server.extensions[CALLBACKS]
    told = {output: _tells(made, body, site) for (output, site), body in bodies.items() if needs[output].role is Role.VIEWER and site == "south"}
    silent = [output for output, (answered, _) in told.items() if not answered]
    assert silent == []
    assert sum(named for _, named in told.values()) > 15
