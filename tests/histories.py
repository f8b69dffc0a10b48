"""Hypothesis strategy for what happens to a site over time: events come late, twice and out of order, settings change, events are deleted."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st
from reference.events import identity, read
from reference.moments import EPOCH, parse
from strategies import CHANGES, event_sets, queries, settings_versions, sites


@dataclass(frozen=True)
class Step:
    """One thing that happens.

    do: post (events, in transactions of `sizes`), put (settings), delete (the events at these places among those stored), refresh.
    amid: what happens while this step's refresh has read and not yet written.
    """

    do: str
    events: Sequence[dict] = ()
    sizes: Sequence[int] = ()
    settings: dict = field(default_factory=dict)
    places: Sequence[int] = ()
    amid: "Step | None" = None


@dataclass(frozen=True)
class Limits:
    """How much the refresher takes on at once; small ones make small histories long."""

    events_a_pass: int = 60_000
    taken_at_once: int = 5_000
    longest_pass_hours: int = 192
    near_hours: int = 24


@dataclass(frozen=True)
class Story:
    """A site as it begins, what happens to it, and what is asked in the end; `site` and `events` are what it then comes to."""

    begins: dict
    steps: Sequence[Step]
    limits: Limits
    site: dict
    events: list[dict]
    registered: list[dict]
    queries: Sequence[dict]

    @property
    def forgets_an_id(self) -> bool:
        """Whether all events of some worker or station were deleted, which stays registered."""
        return _ids(self.events) != _ids(self.registered)


def _ids(events: Sequence[dict]) -> set[tuple[str, object]]:
    return {(name, event[name]) for event in events for name in ("worker_id", "workstation_id") if event.get(name)}


@dataclass
class Model:
    """What a site must hold after some steps."""

    site: dict
    events: list[dict] = field(default_factory=list)

    def take(self, step: Step) -> None:
        """Let a step happen, then what happens amid it."""
        if step.do == "post":
            known = {_identity(event) for event in self.events}
            for event in step.events:
                if _identity(event) not in known:
                    known.add(_identity(event))
                    self.events.append(event)
        elif step.do == "put":
            self.site = after_put(self.site, step.settings)
        elif step.do == "delete":
            gone = {place % len(self.events) for place in step.places} if self.events else set()
            self.events = [event for place, event in enumerate(self.events) if place not in gone]
        if step.amid:
            self.take(step.amid)


def _identity(event: dict) -> tuple:
    return identity(event, read(event, ZoneInfo("UTC")))


def after_put(site: dict, settings: dict) -> dict:
    """A golden-shaped site after one more PUT."""
    kept = {name: site[name] for name in ("timezone", "stations") if name in site} | ({"timezone": settings["timezone"]} if "timezone" in settings else {})
    if "valid_from" in settings:
        return {**site, **kept, "later": [*site.get("later", []), settings]}
    return {**kept, **settings}


def in_utc(events: Sequence[dict], timezone: str) -> list[dict]:
    """Events with their times in UTC, so that a change of time zone leaves the instants alone (they are resolved once, at ingest)."""
    zone = ZoneInfo(timezone)
    return [event | {"timestamp": (EPOCH + timedelta(microseconds=parse(event["timestamp"], zone))).isoformat()} for event in events]


@st.composite
def puts(draw: st.DrawFn, timezone: str) -> Step:
    settings = draw(settings_versions(timezone, whole=False))
    kinds = draw(st.sampled_from([(), ("from a day",), ("from a day",), ("time zone",), ("time zone", "from a day")]))
    if "time zone" in kinds:
        settings["timezone"] = draw(st.sampled_from(list(CHANGES)))
    if "from a day" in kinds:
        change = date.fromisoformat(draw(st.sampled_from(CHANGES[timezone])))
        settings["valid_from"] = (change + timedelta(days=draw(st.integers(-2, 3)))).isoformat()
    return Step("put", settings=settings)


@st.composite
def _steps(draw: st.DrawFn, timezone: str, events: list[dict]) -> list[Step]:
    """Steps that post all the events, in their order, with other things in between."""
    cuts = sorted(draw(st.lists(st.integers(0, len(events)), max_size=4)))
    chunks = [events[low:high] for low, high in zip([0, *cuts], [*cuts, len(events)], strict=True)]
    sizes = st.lists(st.sampled_from([1, 2, 3, 7, 100]), min_size=1, max_size=3)
    deletes = st.builds(Step, st.just("delete"), places=st.lists(st.integers(0, 200), min_size=1, max_size=3))
    others = st.one_of(st.just(Step("refresh")), st.just(Step("refresh")), puts(timezone), deletes)
    steps: list[Step] = []
    for chunk in chunks:
        post = Step("post", chunk, draw(sizes))
        # Events that arrive while the refresher is between reading and writing.
        steps += [Step("refresh", amid=post)] if draw(st.sampled_from([False, False, True])) else [post]
        steps += draw(st.lists(others, max_size=2))
        if draw(st.sampled_from([False] * 5 + [True])):
            steps.append(Step("refresh", amid=draw(puts(timezone))))
    return steps


_LIMITS = st.builds(Limits, st.sampled_from([60_000, 3]), st.sampled_from([5_000, 2]), st.sampled_from([192, 3]), st.sampled_from([24, 0]))


@st.composite
def stories(draw: st.DrawFn, *, asked: int) -> Story:
    """A story with queries about how it ends."""
    begins = draw(sites())
    zone = begins["timezone"]
    events = in_utc(draw(event_sets(begins, max_runs=4)), zone)
    steps = draw(_steps(zone, events))
    model = Model(begins)
    for step in steps:
        model.take(step)
    questions = [draw(queries(model.site, events)) for _ in range(asked)]
    return Story(begins, steps, draw(_LIMITS), model.site, model.events, events, questions)


@st.composite
def disorders(draw: st.DrawFn) -> Story:
    """A story in which nothing but events comes and goes, and each part is refreshed before the next: all depends on the refresher's reach."""
    site = draw(sites())
    events = in_utc(draw(event_sets(site, max_runs=4)), site["timezone"])
    cuts = sorted(draw(st.lists(st.integers(0, len(events)), min_size=1, max_size=3)))
    chunks = [events[low:high] for low, high in zip([0, *cuts], [*cuts, len(events)], strict=True)]
    steps = [step for chunk in chunks for step in (Step("post", chunk, [100]), Step("refresh"))]
    steps += [Step("delete", places=draw(st.lists(st.integers(0, 200), max_size=3))), Step("refresh")]
    model = Model(site)
    for step in steps:
        model.take(step)
    return Story(site, steps, draw(_LIMITS), site, model.events, events, [])
