"""The choice of what a site shows of its people, as a form: at set-up, and on its own page."""

from collections.abc import Mapping
from typing import Any

from access.refused import Refused
from data_layer.privacy import LONGEST_PURPOSE, Level, Privacy, privacy_from_json
from data_layer.scope import Standing

#: What each level means, for whoever has to choose.
MEANINGS: Mapping[Level, str] = {
    Level.INDIVIDUAL: "Figures, times and timelines of every worker. Say below what for.",
    Level.TEAM: "Sums over groups of people in whole hours, nobody’s own figures or times. What could be worked out about fewer is left out.",
    Level.STATION: "Figures and timelines of workstations, nobody at them. Where one person always works, they are that person’s.",
}
_NAMES_FOR = {Standing.VIEWER: "everybody who may read", Standing.SUPERVISOR: "supervisors and administrators", Standing.ADMINISTRATOR: "administrators alone"}


def choices() -> dict[str, Any]:
    """What the form needs to be drawn."""
    return {"meanings": MEANINGS, "names_for": {standing.name.lower(): words for standing, words in _NAMES_FOR.items()}, "longest": LONGEST_PURPOSE}


def chosen_in(form: Mapping[str, str]) -> Privacy:
    """The rule that was chosen. Raises Refused, InvalidSettings."""
    if form.get("level") not in [*Level]:
        raise Refused("what is shown of people: must be chosen.")
    group = form.get("smallest_group", "").strip()
    given = {
        "level": form["level"],
        "names_for": form.get("names_for") or "viewer",
        "purpose": form.get("purpose", "").strip(),
        **({"smallest_group": int(group) if group.isascii() and group.isdigit() and len(group) < 6 else group} if group else {}),
    }
    rule = privacy_from_json(given)
    if rule.level is Level.INDIVIDUAL and not rule.purpose:
        raise Refused("purpose: say what the figures of single people are for.")
    return rule
