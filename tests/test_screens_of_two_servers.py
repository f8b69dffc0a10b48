"""What is posted to one server appears on open pages that another one serves, by itself."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from time import perf_counter

import pytest
from instances import instances
from load import percentile
from migrated import empty_database
from server_process import until
from soaking import SOAKING
from sqlalchemy import make_url

from benchmarks.screen import screen

pytestmark = [pytest.mark.at_a_server, pytest.mark.browser, pytest.mark.timeout(900)]

_SCREENS, _ROUNDS = 3, 50 if SOAKING else 3
_UNITS = 'document.querySelector(`[id*=\'"kpi":"units"\'] .kpi__value`)?.innerText'


def unit(number: int) -> dict[str, object]:
    """A finished unit of its own."""
    return {"timestamp": f"2026-01-15T08:{number:02}:00Z", "worker_id": "W1", "workstation_id": "S1", "event_type": "product_count"}


def test_open_pages_follow_what_another_server_stores(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    url = make_url(empty_database(tmp_path / "unused.db"))
    with ExitStack() as stack:
        posted_to, asked = stack.enter_context(instances(tmp_path, url, [url, url])).servers
        assert posted_to.call("POST", "/api/events", unit(0))[0] == 201
        pages = [stack.enter_context(screen(asked.port)) for _ in range(_SCREENS)]
        for page in pages:
            page.open("/?range=all", f"{_UNITS} === '1'")
        after = []
        for number in range(1, _ROUNDS + 1):
            assert posted_to.call("POST", "/api/events", unit(number))[0] == 201
            acknowledged, waiting = perf_counter(), list(pages)

            def all_have_followed(number: int = number, acknowledged: float = acknowledged, waiting: list = waiting) -> bool:
                shown = [page for page in waiting if page.ask(f"return {_UNITS}") == str(number + 1)]
                after.extend([perf_counter() - acknowledged] * len(shown))
                waiting[:] = [page for page in waiting if page not in shown]
                return not waiting

            until(all_have_followed)
        assert [page.errors() for page in pages] == [[]] * _SCREENS
        assert "Traceback" not in posted_to.log() + asked.log()
    record_property("shown by another server", f"p50 {percentile(after, 50):.2f} s max {max(after):.2f} s")
