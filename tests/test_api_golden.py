"""The golden cases through the API, and: order, repeats and batching of events change no byte of an answer."""

import json
import random
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from zoneinfo import ZoneInfo

import pytest
from golden_cases import GoldenCase, assert_matches, load_cases
from http_api import Api
from written import FORMS, Request

CASES = {case.name: case for case in load_cases()}
MACHINING = "12_machining_log"


def batch_sizes(largest: int) -> Iterator[int]:
    """Sizes of requests, by chance; pytest-randomly's seed repeats them."""
    while True:
        yield random.randint(1, largest)


def sited(case: GoldenCase, site_id: str) -> list[dict]:
    return [{**event, "site_id": site_id} for event in case.events]


def in_form(name: str, case: GoldenCase) -> Callable[[Sequence[dict]], Request]:
    """How to write a case's events."""
    return partial(FORMS[name], zone=ZoneInfo(case.site.get("timezone", "UTC")))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", CASES)
def test_golden_case(api: Api, name: str, form: str) -> None:
    case = CASES[name]
    api.set_up(case.site, "golden")
    api.take_in(sited(case, "golden"), batch_sizes(max(4, len(case.events) // 4)), in_form(form, case))
    assert_matches(case.expected, api.figures(site_id="golden", **case.query), beside=True)


@pytest.mark.parametrize("name", [MACHINING, "20_identity", "21_mixed_berlin", "22_mixed_st_johns", "24_mixed_utc", "25_mixed_lord_howe"])
def test_the_form_changes_nothing(api: Api, name: str) -> None:
    case = CASES[name]
    for form in FORMS:
        api.set_up(case.site, form)
        api.take_in(sited(case, form), batch_sizes(max(4, len(case.events) // 4)), in_form(form, case))
    one, *others = [api.texts(form, **case.query) for form in FORMS]
    assert others == [one] * (len(FORMS) - 1)


def test_the_machining_log(api: Api) -> None:
    case = CASES[MACHINING]
    assert len(case.events) == 3_294
    answers = [api.post_batch(case.events[start : start + 500]).json for start in range(0, 3_294, 500)]
    assert sum(answer["success_count"] for answer in answers) == 3_294
    assert sum(answer["duplicate_count"] for answer in answers) == 3_294 - 3_188
    figures = api.metrics("factory").json
    assert (figures["total_events"], figures["worker_count"], figures["station_count"]) == (3_188, 28, 18)
    assert len(api.get("/api/workers").json) == 28
    assert len(api.get("/api/workstations").json) == 18


@pytest.mark.parametrize("name", [MACHINING, "21_mixed_berlin", "22_mixed_st_johns", "24_mixed_utc", "25_mixed_lord_howe"])
def test_order_repeats_and_batching_change_nothing(api: Api, name: str) -> None:
    case = CASES[name]
    api.set_up(case.site, "straight")
    api.take_in(sited(case, "straight"))
    expected = api.texts("straight", **case.query)
    for number in range(1 if name == MACHINING else 3):
        site_id = f"shuffled{number}"
        api.set_up(case.site, site_id)
        events = sited(case, site_id)
        events += random.choices(events, k=len(events) // 3)
        random.shuffle(events)
        api.take_in(events, batch_sizes(700 if name == MACHINING else 30))
        assert api.texts(site_id, **case.query) == expected


def test_settings_after_events_are_settings_before_them(api: Api) -> None:
    for name in ("19_break_holiday_version", "22_mixed_st_johns"):
        case = CASES[name]
        # Times without an offset are read when they come: only the zone must stand before the events.
        api.put(f"/api/sites/{name}", {"timezone": case.site["timezone"]})
        api.take_in(sited(case, name))
        api.set_up(case.site, name)
        assert_matches(case.expected, api.figures(site_id=name, **case.query), beside=True)


def test_one_by_one_as_in_batches(api: Api) -> None:
    case = CASES["21_mixed_berlin"]
    for site_id in ("single", "batch"):
        api.set_up(case.site, site_id)
    for event in sited(case, "single"):
        assert api.post(event).status_code in (200, 201), json.dumps(event)
    api.take_in(sited(case, "batch"))
    assert api.texts("single") == api.texts("batch")
