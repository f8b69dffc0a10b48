"""What hurts the figures: a line each, the worst first, in places that stay mounted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dash import html

from components import ids
from components.wording import count

#: Lines shown; what is beyond them is counted.
PLACES = 8
PARTS = {"box": "className", "icon": "className", "level": "children", "what": "children", "cost": "children"}


@dataclass(frozen=True, slots=True)
class Look:
    """How grave a finding is: colour, icon and word."""

    word: str
    icon: str


LOOKS: Mapping[str, Look] = {
    "lost": Look("Lost", "exclamation-triangle-fill"),
    "wrong": Look("Doubtful", "question-diamond"),
    "note": Look("Note", "info-circle"),
}


def findings_card() -> html.Section:
    """The card, without a finding yet."""
    good = [html.I(className="bi bi-check-circle", **{"aria-hidden": "true"}), "Nothing hurts the figures."]
    body = [
        html.Ul([_line(place) for place in range(PLACES)], className="findings__list"),
        html.P(good, className="findings__none"),
        html.P("", id=ids.QUALITY_MORE),
    ]
    return html.Section(
        [html.Header(html.H2("What hurts the figures"), className="panel__head"), *body], id=ids.QUALITY_FINDINGS, className=findings_class(None)
    )


def _line(place: int) -> html.Li:
    level = [html.I(id=ids.finding(place, "icon"), className="", **{"aria-hidden": "true"}), html.Span("", id=ids.finding(place, "level"))]
    words = [html.Strong("", id=ids.finding(place, "what")), html.Span("", id=ids.finding(place, "cost"))]
    return html.Li(
        [html.Span(level, className="finding__level"), html.Span(words, className="finding__words")], id=ids.finding(place, "box"), className=_line_class(None)
    )


def finding_leaves(findings: Sequence[tuple[str, str, str]]) -> dict[str, str]:
    """What the lines show, by id of the leaf: level, what it is, what it costs, of each; empty lines are hidden."""
    leaves: dict[str, str] = {}
    for place in range(PLACES):
        level, what, cost = findings[place] if place < len(findings) else (None, "", "")
        look = LOOKS[level] if level else Look("", "")
        values = {"box": _line_class(level), "icon": f"bi bi-{look.icon}", "level": look.word, "what": what, "cost": cost}
        leaves |= {ids.finding(place, part): value for part, value in values.items()}
    return leaves


def findings_class(findings: int | None) -> str:
    """The class of the card; None before anything is known."""
    return "card-box panel findings" + {None: " findings--waiting", 0: " findings--none"}.get(findings, "")


def more_findings(findings: int) -> str:
    """How many there are beyond those that are shown."""
    return f"And {count(findings - PLACES, 'other')}." if findings > PLACES else ""


def _line_class(level: str | None) -> str:
    return f"finding finding--{level}" if level else "finding d-none"
