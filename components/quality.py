"""The data-quality page: what hurts the figures, the site's data in all, its cameras, coverage over time, and what was refused."""

from dash import html

from components import ids
from components.camera_table import camera_panel
from components.charts import graph
from components.coverage_bars import COVERAGE_PX
from components.findings_card import findings_card
from components.quarantine_table import quarantine_panel
from components.shell import live_stores
from components.wording import NO_DATA

#: The parts that are filled one by one, each by a callback of its own.
PARTS = ("quality", "quality-coverage", "quality-quarantine")

#: Figures of all the site's data: label, and what it means.
FACTS = {
    "rate": ("Events a minute", "Over the range"),
    "seen": ("Last seen", "When the last event was received"),
    "late": ("Late", "Received more than 60 s after their timestamp"),
    "repeated": ("Repeats", "Sent again by cameras, as long as they are known; each event is stored once"),
    "duplicates": ("Possible duplicates", "Same second, worker and station as another event"),
    "refused": ("Refused", "Put into the quarantine in the range"),
    "unsure": ("Low confidence", "Below the site's minimum confidence: in no figure"),
    "skew": ("Clock skew", "Median of received − sent_at, over the cameras' latest events"),
}


def layout() -> html.Section:
    """The page with every leaf in place and no figure yet."""
    counted = html.P("", id=ids.QUALITY_COUNTED, className="panel__foot")
    parts = [findings_card(), _facts(), counted, camera_panel(), _coverage(), quarantine_panel()]
    return html.Section([html.H1("Data quality", className="visually-hidden"), *parts, *live_stores(*PARTS)], className="quality")


def _facts() -> html.Dl:
    return html.Dl([_fact(key, label, meaning) for key, (label, meaning) in FACTS.items()], className="facts")


def _fact(key: str, label: str, meaning: str) -> html.Div:
    leaves = [
        html.Span(NO_DATA, id=ids.quality_fact(key, "value"), className="fact__value"),
        html.Span("", id=ids.quality_fact(key, "note"), className="fact__note"),
    ]
    return html.Div([html.Dt(label, title=meaning), html.Dd(leaves)], className="card-box fact")


def fact_leaves(facts: dict[str, tuple[str, str]]) -> dict[str, str]:
    """What the leaves show, by their ids: a value and the words below it, by key of FACTS."""
    return {ids.quality_fact(key, part): text for key, texts in facts.items() for part, text in zip(("value", "note"), texts, strict=True)}


def _coverage() -> html.Section:
    words = html.Figcaption("", id=ids.COVERAGE_WORDS, className="panel__foot")
    drawn = html.Figure([graph(ids.COVERAGE_CHART, height=COVERAGE_PX), words])
    head = html.Header(html.H2("Coverage by hour", id=ids.COVERAGE_TITLE), className="panel__head")
    return html.Section([head, drawn], id=ids.COVERAGE_PANEL, className=coverage_class(known=True))


def coverage_class(*, known: bool) -> str:
    """The class of the coverage card: without a chart where nobody knows coverage."""
    return "card-box panel coverage" + ("" if known else " coverage--none")
