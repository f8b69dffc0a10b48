"""The pure functions against the golden cases, and against the naive reference on sites, events and queries that nobody would think of."""

import reference
from golden_cases import assert_matches, load_cases
from hypothesis import given
from hypothesis_profiles import core
from metrics_harness import evaluated, parsed
from pytest import mark
from strategies import cases


@mark.parametrize("case", load_cases(), ids=lambda case: case.name)
def test_golden_case(case):
    assert_matches(case.expected, evaluated(case.site, case.events, case.query), beside=True)


@core(300)
@given(cases())
def test_agrees_with_the_reference(case):
    site, events, query = case
    assert_matches(reference.metrics(site, events, query), evaluated(site, events, query), beside=True)


@core(50)
@given(cases())
def test_order_and_repetition_change_no_bit(case):
    site, events, query = case
    assert evaluated(site, events, query) == evaluated(site, [*events[::-1], *events], query)


@core(50)
@given(cases())
def test_ids_that_nothing_happens_to_change_nothing_else(case):
    site, events, query = case
    strangers = parsed([{"timestamp": "2026-03-29T12:00:00Z", "event_type": "absent", "worker_id": "A stranger"}])
    known = [*parsed(events, site["timezone"]), *strangers]
    with_strangers = evaluated(site, events, query, registered=known)
    without = evaluated(site, events, query)
    assert with_strangers["workstations"] == without["workstations"]
    assert {worker: with_strangers["workers"][worker] for worker in without["workers"]} == without["workers"]
    assert with_strangers["factory"] == {**without["factory"], "worker_count": without["factory"]["worker_count"] + 1}
