"""The data-quality page: what its callbacks make of a site's events, and what its builders make of that."""

from datetime import timedelta
from typing import Any

import pytest
from http_api import NOW, Api, SettableClock, event

from callbacks import quality, replaying
from callbacks.context import Context, look
from components import ids
from components.findings_card import finding_leaves, findings_class, more_findings
from components.quality import layout
from components.quarantine_table import entry_leaves, pretty, quarantine_note
from data_layer import counted
from services import Services

#: Today's shift, which the tests' clock (12:00) stands in the middle of.
SHIFT = {"name": "day", "start": "08:00", "end": "16:00"}


@pytest.fixture
def site(api: Api) -> Api:
    """A site with a shift and two stations."""
    api.put("/api/sites/main", {"name": "Plant North", "shifts": [SHIFT], "signal_timeout_seconds": 1800, "min_confidence": 0.5})
    api.put("/api/workstations/S3", {"name": "Inspection", "type": "inspection"})
    api.put("/api/workstations/S4", {"type": "packaging"})
    return api


def at(minutes: float) -> str:
    """So many minutes before now."""
    return (NOW - timedelta(minutes=minutes)).isoformat()


def minute_by_minute(api: Api, clock: SettableClock, camera_id: str, station: str, first: int, last: int, **more: Any) -> None:
    """An event a minute of a camera, received as they happen."""
    for minutes in range(first, last - 1, -1):
        clock.moment = NOW - timedelta(minutes=minutes)
        api.post(event(at(minutes), worker=f"W {camera_id}", station=station, camera_id=camera_id, **more))
    clock.moment = NOW


def context(services: Services, search: str = "") -> Context:
    assert services.refresher.wait("main", 60)
    return look(services, search)


def findings(leaves: dict[str, Any]) -> list[str]:
    lines = [[leaves[ids.finding(place, part)] for part in ("level", "what", "cost")] for place in range(8)]
    return [" · ".join(line) for line in lines if line[0]]


def test_a_camera_falls_silent(site: Api, services: Services, clock: SettableClock) -> None:
    minute_by_minute(site, clock, "C3", "S3", 180, 84)
    minute_by_minute(site, clock, "C4", "S4", 180, 0)
    leaves = quality.quality(context(services))
    assert "Lost · Camera C3 silent since 10:36 · 1.4 h of Inspection unseen" in findings(leaves)
    assert [(row["id"], row["state_word"], row["stations"], row["seen_text"], row["events"]) for row in leaves["cameras"]] == [
        ("C3", "Silent", "Inspection", "10:36:00", 97),
        ("C4", "Live", "S4", "12:00:00", 180),
    ]
    assert (leaves["camera_note"], leaves["camera_class"], leaves["counted"]) == ("2 cameras", "cameras", "")


def test_in_a_range_that_is_over_nobody_is_live(site: Api, services: Services, clock: SettableClock) -> None:
    minute_by_minute(site, clock, "C3", "S3", 180, 84)
    clock.moment += timedelta(days=1)
    assert [row["state_word"] for row in quality.quality(context(services, "range=yesterday"))["cameras"]] == ["Silent"]
    clock.moment = NOW.replace(hour=15, minute=59)
    site.post_batch([event(NOW.replace(hour=15, minute=minute).isoformat(), camera_id="C3", station="S3") for minute in range(60)])
    clock.moment += timedelta(days=1)
    assert [row["state_word"] for row in quality.quality(context(services, "range=yesterday"))["cameras"]] == ["Heard"]


def test_nothing_hurts(site: Api, services: Services, clock: SettableClock) -> None:
    minute_by_minute(site, clock, "C4", "S4", 239, 0)
    leaves = quality.quality(context(services))
    assert findings(leaves) == []
    assert leaves["findings"].endswith("findings--none")


def test_an_empty_site(site: Api, services: Services) -> None:
    leaves = quality.quality(context(services))
    assert (findings(leaves), leaves["cameras"], leaves["camera_class"]) == ([], [], "cameras cameras--none")
    facts = {name: text for name, text in leaves.items() if name.startswith("quality-")}
    assert facts[ids.quality_fact("rate", "value")] == "0.00"
    assert facts[ids.quality_fact("seen", "value")] == facts[ids.quality_fact("skew", "value")] == "—"
    assert quality.coverage(context(services))["words"] == "Nothing was seen yet."


def test_figures_of_all_the_data(site: Api, services: Services, clock: SettableClock) -> None:
    sent = [
        event(at(5), camera_id="C1", sent_at=at(2)),
        event(at(0.5), camera_id="C1", kind="idle", confidence=0.4),
        event(at(0.5), camera_id="C1"),
        event(at(0.5), kind="absent"),
    ]
    site.post_batch([*sent, event(kind="walking", camera_id="C1")])
    site.post_batch(sent)
    clock.moment += timedelta(seconds=0.4)
    leaves = quality.quality(context(services))
    told = {key: (leaves[ids.quality_fact(key, "value")], leaves[ids.quality_fact(key, "note")]) for key in quality.FACTS}
    assert told == {
        "rate": ("0.01", "4 events"),
        "seen": ("12:00", "0.4 s ago"),
        "late": ("1", "25.0 %, up to 5 min"),
        "repeated": ("3", "of all time"),
        "duplicates": ("2", "50.0 %"),
        "refused": ("1", "1 waiting"),
        "unsure": ("1", "25.0 %"),
        "skew": ("120.0 s", "median of the cameras"),
    }
    (row,) = leaves["cameras"]
    figures = ("late", "repeated", "refused", "possible_duplicates", "skew_seconds", "low_confidence", "low_percentage")
    assert [row[name] for name in figures] == [1, 3, 1, 1, 120.0, 1, pytest.approx(100 / 3)]


def test_filters_choose_the_cameras_and_leave_the_counts_alone(site: Api, services: Services, clock: SettableClock) -> None:
    site.post_batch([event(at(1), camera_id="C3", station="S3"), event(at(1), camera_id="C4", station="S4", worker="W2")])
    site.put("/api/cameras/C5", {})
    for search, shown in (("", ["C3", "C4", "C5"]), ("station=S4", ["C4"]), ("type=inspection", ["C3"]), ("worker=W2", ["C3", "C4", "C5"])):
        leaves = quality.quality(context(services, search))
        assert [row["id"] for row in leaves["cameras"]] == shown
        assert leaves[ids.quality_fact("rate", "note")] == "2 events"
    assert quality.quality(context(services, "station=S4"))["camera_note"] == "1 of 3 cameras, those that see the chosen stations"


@pytest.mark.parametrize(
    ("most", "words"),
    [(200, ""), (120, "over the last 1 hour"), (59, "over the last 15 minutes"), (1, "over the last 1 minute")],
)
def test_says_what_was_counted(site: Api, services: Services, clock: SettableClock, monkeypatch, most, words) -> None:
    monkeypatch.setattr(counted, "MOST_EVENTS", most)
    site.post_batch([event(at(minutes), camera_id="C1") for minutes in range(1, 180)])
    told = quality.quality(context(services))["counted"]
    assert words in told and bool(told) == bool(words)


def test_coverage_by_hour(site: Api, services: Services, clock: SettableClock) -> None:
    minute_by_minute(site, clock, "C3", "S3", 240, 90)
    leaves = quality.coverage(context(services))
    assert leaves["title"] == "Coverage by hour"
    assert leaves["words"] == "2 of 4 below 90 %. The lowest: 11:00–12:00, 0.0 %, 1.0 h without a signal."
    bars = leaves["figure"].data[0]
    assert list(bars.y)[:4] == [100.0, 100.0, pytest.approx(50), 0.0]
    assert list(bars.marker.pattern.shape)[:4] == ["", "", "/", "/"]


def test_why_coverage_is_not_known(site: Api, services: Services, clock: SettableClock) -> None:
    site.post(event(at(1)))
    assert "all stations only" in quality.coverage(context(services, "station=S1"))["words"]
    site.put("/api/sites/main", {})
    leaves = quality.coverage(context(services))
    assert "needs shifts" in leaves["words"] and leaves["panel"].endswith("coverage--none")
    assert "figure" not in leaves


def test_the_page_holds_every_leaf() -> None:
    found = {getattr(one, "id", None) if isinstance(getattr(one, "id", None), str) else None for one in layout()._traverse()}
    outputs = {**quality.OUTPUTS, **quality.COVERAGE, **replaying.OUTPUTS, **replaying.ENTRY}.values()
    assert {output.component_id for output in outputs} <= found


def test_only_so_many_findings_are_shown() -> None:
    leaves = finding_leaves([("lost", f"Camera C{number}", "1 h")] * 10 if (number := 1) else [])
    assert len(findings(leaves)) == 8
    assert (more_findings(10), more_findings(8)) == ("And 2 others.", "")
    assert findings_class(None).endswith("findings--waiting")


# The quarantine.


def test_what_was_refused(site: Api, services: Services, clock: SettableClock) -> None:
    site.post_batch([event(kind="walking"), event(worker="W2", confidence=2, note="x" * 300)])
    leaves = replaying.entries(context(services), None, False)
    second, first = leaves["rows"]
    assert (first["id"], first["received"], first["status"]) == ("1", "12:00:00", "Waiting")
    assert first["reason"].startswith("event_type: ")
    assert len(second["payload"]) <= 160
    assert (leaves["note"], leaves["all"], leaves["panel"]) == ("2 waiting, newest first", False, "card-box panel quarantine")


def test_an_empty_quarantine(site: Api, services: Services) -> None:
    leaves = replaying.entries(context(services), 0, False)
    assert (leaves["rows"], leaves["all"]) == ([], True)
    assert leaves["panel"].endswith("quarantine--none")


def test_older_entries(site: Api, services: Services) -> None:
    site.post_batch([event(kind=f"kind{number}") for number in range(60)])
    leaves = replaying.entries(context(services), 0, False)
    assert (len(leaves["rows"]), leaves["older"], leaves["note"]) == (50, "btn btn-secondary btn-sm", "60 waiting, 50 entries shown, newest first")
    leaves = replaying.entries(context(services), 1, False)
    assert (len(leaves["rows"]), leaves["older"], leaves["note"]) == (60, "btn btn-secondary btn-sm d-none", "60 waiting, newest first")


def test_one_entry_from_near(site: Api, services: Services) -> None:
    site.post_batch([event(kind="walking", note="<b>ü</b>")])
    leaves = replaying.one_entry(context(services), 1)
    assert leaves["title"] == "Entry 1, received 12:00:00"
    assert '\n  "note": "<b>ü</b>"' in leaves["payload"]
    assert (leaves["disabled"], leaves["box"], leaves["id"]) == (False, "entry", 1)


def test_an_entry_of_another_site_is_not_shown(site: Api, services: Services) -> None:
    site.put("/api/sites/north", {})
    site.post(event(kind="walking", site_id="north"))
    with pytest.raises(replaying.PreventUpdate):
        replaying.one_entry(context(services), 1)
    assert replaying.one_entry(context(services, "site=north"), 1)["id"] == 1


def test_replaying_one(site: Api, services: Services) -> None:
    site.post(event(site_id="north"))
    words, nudge, done = replaying.one_again(services, 1)
    assert (words, done) == ("Still refused: site_id: there is no site 'north'.", False)
    site.put("/api/sites/north", {})
    words, nudge, done = replaying.one_again(services, 1)
    assert (words, done, isinstance(nudge, int)) == ("1 entry replayed: 1 new event.", True, True)
    assert replaying.one_again(services, 1)[0] == "Quarantine entry 1 was replayed already."
    assert replaying.one_again(services, 2)[0] == "There is no quarantine entry 2."
    leaves = replaying.entries(context(services, "site=north"), 0, True)
    assert [row["status"] for row in leaves["rows"]] == ["Replayed"]
    assert replaying.entries(context(services, "site=north"), 0, False)["rows"] == []


def test_replaying_all(site: Api, services: Services, clock: SettableClock) -> None:
    late = (NOW + timedelta(hours=1)).isoformat()
    site.post_batch([event(late, event_id="a"), event(late, worker="W2", event_id="b"), event(kind="walking"), event(late, event_id="a")])
    clock.moment += timedelta(hours=1)
    words, _, reached = replaying.all_again(services, "main", None)
    assert (
        words
        == "3 entries replayed: 2 new events, 1 stored before. Still refused: event_type: must be one of working, idle, absent, product_count, not 'walking'."
    )
    assert reached is None
    assert replaying.all_again(services, "main", None)[0].startswith("Still refused: event_type")


def test_replaying_very_many_goes_on_where_it_stopped(site: Api, services: Services, monkeypatch) -> None:
    monkeypatch.setattr("ingest.replay.MOST_AT_ONCE", 2)
    site.post_batch([event(kind=f"kind{number}") for number in range(5)])
    words, _, reached = replaying.all_again(services, "main", None)
    assert (reached, words.endswith("There are more: press Replay all again to go on.")) == ({"site_id": "main", "after": 2}, True)
    assert words.startswith("2 entries not replayed; the oldest of them: Still refused: event_type")
    _, _, reached = replaying.all_again(services, "main", reached)
    assert reached["after"] == 4
    assert replaying.all_again(services, "main", reached)[2] is None
    # At another site, from the beginning.
    assert replaying.all_again(services, "main", {"site_id": "north", "after": 4})[2]["after"] == 2


def test_nothing_to_replay(site: Api, services: Services) -> None:
    assert replaying.all_again(services, "main", None)[0] == "There is nothing to replay."


def test_a_store_that_cannot_store(site: Api, services: Services) -> None:
    late = (NOW + timedelta(hours=1)).isoformat()
    site.post_batch([event(late), event(late, worker="W2")])
    services.clock.moment += timedelta(hours=1)
    services.writer.stop()
    assert replaying.one_again(services, 1)[0] == "The server is stopping."
    # Nor would the second be stored.
    assert replaying.all_again(services, "main", None)[0] == "The server is stopping."


def test_what_nobody_expected_is_told_too(caplog) -> None:
    assert (
        replaying.one_again(None, 1)[0]
        == replaying.all_again(None, "main", None)[0]
        == "That could not be replayed; the server's log says why. Nothing was lost."
    )
    assert len(caplog.records) == 2


@pytest.mark.parametrize(
    ("payload", "shown"),
    [
        ('{"a":1,"b":["ü"]}', '{\n  "a": 1,\n  "b": [\n    "ü"\n  ]\n}'),
        ("no JSON", "no JSON"),
        ('{"a": NaN}', '{\n  "a": NaN\n}'),
        ('"\\ud800"', '"\\ud800"'),
        ("[" * 5_000, "[" * 5_000),
        ("[" * 600 + "]" * 600, "[" * 600 + "]" * 600),
        ("", ""),
    ],
)
def test_pretty(payload, shown):
    assert pretty(payload) == shown


@pytest.mark.parametrize(
    ("shown", "waiting", "more", "everything", "note"),
    [
        (12, 12, False, False, "12 waiting, newest first"),
        (50, 1000, True, False, "1,000 or more waiting, 50 entries shown, newest first"),
        (1, 0, False, True, "0 waiting, 1 entry shown, newest first"),
    ],
)
def test_quarantine_note(shown, waiting, more, everything, note):
    assert quarantine_note(shown, waiting, more=more, everything=everything) == note


def test_an_entry_of_no_site_says_so() -> None:
    entry = {"quarantine_id": 1234, "site_id": None, "received_at": NOW, "reason": "The body is not JSON.", "payload": "x", "status": "replayed"}
    leaves = entry_leaves(entry, NOW)
    assert (leaves["title"], leaves["disabled"]) == ("Entry 1,234, received 12:00:00, of no site", True)
