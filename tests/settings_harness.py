"""A site for the settings page's tests, what the page is filled from, and how its words are read."""

import json
from typing import Any

from http_api import DAY_SHIFT

from callbacks.context import Context, look
from ingest.parse import parse_batch
from metrics.units import to_micros
from services import Services

SETTINGS = {"name": "Plant North", "timezone": "Europe/Berlin", "shifts": [DAY_SHIFT], "signal_timeout_seconds": 900}


def settled(services: Services) -> Services:
    """Services with a site of these settings, all figures computed."""
    services.sites.put("main", SETTINGS, services.clock.now())
    assert services.refresher.wait("main", 60)
    return services


def context(services: Services, search: str = "") -> Context:
    """What the page is filled from."""
    return look(services, search)


def take_in(services: Services, *events: dict[str, Any]) -> None:
    """Store events as the API would."""
    parsed = parse_batch(json.dumps(events).encode(), services.sites.known, to_micros(services.clock.now()))
    assert not parsed.rejected
    services.writer.submit(parsed)


def text_of(component: Any) -> str:
    """Every word in a tree."""
    if isinstance(component, str):
        return component
    if isinstance(component, list | tuple):
        return " ".join(filter(None, map(text_of, component)))
    return text_of(getattr(component, "children", None) or "")
