"""A morning of many people at the site north: seven at S1, five at S2, two at S3, and fewer later."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from admission import Admission
from http_api import event

from access.roles import Role
from data_layer.privacy import Privacy, privacy_from_json

WINDOW = "site_id=north&from=2026-01-15T08:00:00Z&to=2026-01-15T12:00:00Z"
PEOPLE = {"S1": range(1, 8), "S2": range(8, 13), "S3": range(13, 15)}


def morning() -> Iterator[dict[str, Any]]:
    """From eight to ten all are at work; from ten to eleven W1 to W3 alone, at S1; then nobody."""
    for station, workers in PEOPLE.items():
        for number in workers:
            more = {"station": station, "worker": f"W{number}", "site_id": "north", "event_id": f"of-W{number}-{station}"}
            yield event("2026-01-15T08:00:00Z", **more | {"event_id": None})
            yield event("2026-01-15T09:30:00Z", "product_count", count=number, **more)
            yield event("2026-01-15T10:00:00Z", "working" if number <= 3 else "absent", **more | {"event_id": None})
            if number <= 3:
                yield event("2026-01-15T11:00:00Z", "absent", **more | {"event_id": None})


def fill(app: Admission) -> None:
    """Post the morning, and name everybody."""
    posted = app.signed_in("chief").post("/api/events/batch", json=[*morning()])
    assert posted.status_code == 200, posted.text
    for number in range(1, 15):
        app.signed_in("chief").put(f"/api/workers/W{number}?site_id=north", json={"name": f"Person Number {number}"})
    assert app.services.refresher.wait("north", 30)


def choose(app: Admission, level: str, **more: object) -> Privacy:
    """Have the site show that, and somewhat later."""
    app.clock.moment += timedelta(seconds=1)
    answer = app.signed_in("local").put("/api/privacy/north", json={"level": level, **more})
    assert answer.status_code == 200, answer.text
    return privacy_from_json({"level": level, **more})


ROLES = {"viewer": Role.VIEWER, "supervisor": Role.SUPERVISOR, "local": Role.ADMINISTRATOR}
