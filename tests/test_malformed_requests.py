"""The whole corpus of bad requests through HTTP: no 5xx, no good neighbour lost, every refusal kept, the server unharmed."""

import json

from http_api import PROBLEM, Api, event
from malformed import BATCH, CASES, Case
from malformed_forms import FORM_CASES

ALL_CASES = [*CASES, *FORM_CASES]


def judged(api: Api, case: Case) -> tuple[list[str], int]:
    """What is wrong with the answer to a case, and how many entries it must have added to the quarantine."""
    answer = api.client.post(case.path, data=case.body, headers=case.headers)
    body = json.loads(answer.data)
    wrong = [] if answer.status_code in case.statuses else [f"{case.name}: {answer.status_code} {answer.get_data(as_text=True)[:200]}"]
    if answer.status_code >= 400 and answer.content_type != PROBLEM:
        wrong.append(f"{case.name}: {answer.content_type}")
    if len(answer.get_data()) > 8_000_000:
        wrong.append(f"{case.name}: an answer of {len(answer.get_data())} bytes")
    if answer.status_code == 400:
        return wrong, 1
    if case.path == BATCH and answer.status_code in (200, 207, 422):
        counts = body["success_count"], body["rejected_count"], body["total_count"]
        if counts[0] != case.good or counts[0] + counts[1] != counts[2] or len(body["errors"]) != counts[1]:
            wrong.append(f"{case.name}: {counts}, {len(body['errors'])} errors, {case.good} good ones")
        return wrong, body["rejected_count"]
    return wrong, int(answer.status_code == 422)


def quarantined(api: Api) -> int:
    entries, before = 0, None
    while page := api.quarantined(limit=1_000, **({"before": before} if before else {})):
        entries, before = entries + len(page), page[-1]["quarantine_id"]
    return entries


def test_every_malformed_request(api: Api) -> None:
    assert len(ALL_CASES) >= 250
    wrong: list[str] = []
    kept = 0
    for case in ALL_CASES:
        found, entries = judged(api, case)
        wrong += found
        kept += entries
    assert not wrong, "\n".join(wrong)
    assert api.metrics("factory").json["total_events"] == sum(case.good for case in ALL_CASES)
    assert quarantined(api) == kept
    assert api.get("/ready").json["status"] == "ready"
    assert api.post(event("2026-01-14T00:00:00Z")).status_code == 201


def test_every_refusal_says_why_in_a_sentence(api: Api) -> None:
    for case in ALL_CASES:
        if len(case.body) < 100_000 and case.path != BATCH:
            detail = json.loads(api.client.post(case.path, data=case.body, headers=case.headers).data)["detail"]
            assert 10 < len(detail) <= 310, (case.name, detail)
            assert detail.endswith("."), (case.name, detail)
            assert detail.isprintable(), (case.name, detail)
