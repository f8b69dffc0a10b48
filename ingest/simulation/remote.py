"""What the command asks of the server besides taking events: the site's rules, and to register who and what is simulated."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import requests

from data_layer.settings_json import day_from_json, version_from_json
from ingest.sending.answers import Stopped
from ingest.sending.delivery import Server
from ingest.sending.patience import Patience, asked_seconds
from ingest.simulation.plan import Plan
from ingest.simulation.registration import CAMERAS, WORKERS, WORKSTATIONS, missing
from metrics.schedule import SettingsVersion, SiteRules

_SECONDS = (10.0, 60.0)  # to connect, to answer
_LATER = (408, 425, 429)
_KEYS = {WORKERS: "worker_id", WORKSTATIONS: "station_id", CAMERAS: "camera_id"}

Json = Any


@dataclass
class Remote:
    """The server as seen from the command. tell: is given a sentence when something is tried again. stopping: ends the trying."""

    server: Server
    tell: Callable[[str], None]
    stopping: threading.Event
    patience: Patience = field(default_factory=Patience)

    def rules(self, site_id: str) -> SiteRules:
        """Time zone and shifts of a site. Raises Stopped."""
        site = self._ask("GET", f"sites/{quote(site_id, safe='')}")
        return SiteRules(site["timezone"], tuple(map(_version, site["versions"])))

    def register(self, plan: Plan) -> None:
        """Register what is simulated; what is there keeps its name. Raises Stopped."""
        site = f"?site_id={quote(plan.site_id, safe='')}"
        known = [(kind, row[key]) for kind, key in _KEYS.items() for row in self._ask("GET", f"{kind}{site}")]
        for kind, id_, fields in missing(plan, known):
            self._ask("PUT", f"{kind}/{quote(id_, safe='')}{site}", fields)

    def _ask(self, method: str, path: str, body: Json = None) -> Json:
        """An answer's JSON, however long the server takes to be there. Raises Stopped."""
        attempt = 0
        while not self.stopping.is_set():
            attempt += 1
            asked = None
            try:
                answer = requests.request(method, f"{self.server.base}/api/{path}", json=body, auth=self._signed, timeout=_SECONDS, allow_redirects=False)
            except (requests.exceptions.ConnectionError, requests.exceptions.Timeout):
                why = "can't be reached"
            except requests.exceptions.RequestException as error:
                raise Stopped(f"{self.server.base} can't be asked: {error}.") from None
            else:
                if answer.status_code < 500 and answer.status_code not in _LATER:
                    return _content(answer)
                why, asked = f"answers {answer.status_code}", asked_seconds(answer.headers.get("Retry-After"), datetime.now(UTC))
            wait = self.patience.seconds(attempt, asked)
            self.tell(f"{self.server.base} {why}; trying again in {wait:.1f} s.")
            self.stopping.wait(wait)
        raise Stopped("Stopped before anything was played.")

    def _signed(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self.server.key:
            request.headers["Authorization"] = f"Bearer {self.server.key}"
        return request


def _version(fields: Json) -> SettingsVersion:
    valid_from = fields["valid_from"]
    return version_from_json(fields, None if valid_from is None else day_from_json(valid_from, "valid_from"))


def _content(answer: requests.Response) -> Json:
    """What a good answer holds. Raises Stopped for one that says that it can't be, or is none of this server's."""
    try:
        found = answer.json()
    except requests.exceptions.JSONDecodeError:
        found = None
    if answer.ok and found is not None:
        return found
    said = found.get("detail") if isinstance(found, dict) else None
    raise Stopped(said or f"{answer.url} answers {answer.status_code}: is it the address of a Factory Productivity server?")
