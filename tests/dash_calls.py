"""What the pages ask of the server: the body of each callback, plausible, and about any site."""

import json
from collections.abc import Mapping
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from access.web.gate import CALLBACKS
from callbacks.settings.controls import FIELDS
from components import ids

ROUTE = "/_dash-update-component"
#: What may be looked at: each page, and both drill-downs.
VIEWS = tuple({"page": page, "id": id_} for page, id_ in [("overview", None), ("wall", None), ("workers", None), ("workers", "W1"), ("stations", None)])
VIEWS += tuple({"page": page, "id": id_} for page, id_ in [("stations", "S1"), ("quality", None), ("timeline", None), ("settings", None)])
VIEWS += ({"page": "sites", "id": None}, {"page": "compare", "id": None})
_EXPLAINED = {"of": "worker", "figure": "utilization_percentage", "id": "W1", "as_of": None, "at": 1}
_EDITED = {"data": {"id": "W1"}, "colId": "name", "value": "Renamed"}


class DashCalls:
    """The callbacks of an app, as its own pages make them. client: of somebody who may see what they are."""

    def __init__(self, server: Flask, client: FlaskClient) -> None:
        needs = server.extensions[CALLBACKS]
        found = client.get("/_dash-dependencies").json
        self.callbacks: Mapping[str, dict[str, Any]] = {one["output"]: one for one in found if one["output"] in needs}
        assert self.callbacks.keys() == needs.keys()

    def body(self, output: str, site: str, entry: int = 0, *, view: Mapping[str, Any] | None = None, base: Any = None, **values: Any) -> dict[str, Any]:
        """A call about a site. entry: of the quarantine. base: what the settings form was filled from. values: of properties, by `id.property`."""
        search = f"?site={site}&range=7d"
        plausible = {
            "filters.data": search,
            "live-revision.data": {"revision": 1, "seen": 1},
            "view.data": view or VIEWS[0],
            "theme.data": "light",
            "explain-asked.data": {**_EXPLAINED, "search": search},
            "settings-base.data": base,
            "quarantine-grid.selectedRows": [{"id": entry}],
            "quarantine-entry-id.data": None if "quarantine-entry-title" in output else entry,
            "site-new-id.value": "forged",
            "site-new-name.value": "Forged",
            "site-new-zone.value": "UTC",
            **{f"{ids.register(kind, 'grid')}.cellValueChanged": [_EDITED] for kind in ("worker", "station")},
            **{f"{ids.register(kind, part)}.value": f"{kind}-X9" for kind in ("worker", "station") for part in ("id", "name")},
            **({f"{ids.setting(name)}.value": base["form"][name] for name in FIELDS} if base else {}),
            **values,
        }
        made = self.callbacks[output]
        inputs, state = ([_filled(one, plausible) for one in made[kind]] for kind in ("inputs", "state"))
        first = inputs[0][0] if isinstance(inputs[0], list) and inputs[0] else inputs[0]
        changed = [f"{_text(first['id'])}.{first['property']}"] if isinstance(first, dict) else []
        return {"output": output, "outputs": _outputs(output), "inputs": inputs, "state": state, "changedPropIds": changed}


def _filled(one: Mapping[str, str], values: Mapping[str, Any]) -> Any:
    """An input or a state with its value; of a pattern those that match it: a button that was clicked, and of everything else nothing."""
    id_, prop = one["id"], one["property"]
    if '["ALL"]' in id_:
        clicked = {"id": {"edit": "add-shift", "row": "all"}, "property": prop, "value": 1}
        return [clicked] if "edit" in id_ else []
    value = values.get(f"{id_}.{prop}", 1 if prop in ("n_clicks", "n_submit") else None)
    return {"id": json.loads(id_) if id_.startswith("{") else id_, "property": prop, "value": value}


def _outputs(output: str) -> Any:
    """Where an answer goes, as the browser says it once more; of patterns there is nothing on the page."""
    if "." not in output:
        return []
    places = [dict(zip(("id", "property"), one.rsplit(".", 1), strict=True)) for one in output.strip(".").split("...")]
    told = [[] if '["ALL"]' in one["id"] else {**one, "id": json.loads(one["id"]) if one["id"].startswith("{") else one["id"]} for one in places]
    return told if output.startswith("..") else told[0]


def _text(id_: Any) -> str:
    return id_ if isinstance(id_, str) else json.dumps(id_, sort_keys=True, separators=(",", ":"))
