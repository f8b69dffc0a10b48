"""Builders: data in, component tree out."""

import re
from datetime import timedelta
from pathlib import Path

import plotly
import pytest
from dash import html
from dash.development.base_component import Component

from components import ids, overview, shell, station_table, wall, worker_table
from components.filter_bar import named_options, site_options, type_options
from components.floor import Tile, floor_note
from components.grid import grid_style
from components.kpi_card import AT_WORK_NOW, KPIS, kpi_card, kpi_leaves
from components.legend import state_legend
from components.navigation import PAGES
from components.sparkline import sparkline
from components.state_style import NOBODY, STATE_STYLE, state_style
from components.welcome import welcome_note
from components.wording import count, duration, listing, number, signed
from metrics.kpis import STATION_FIGURES, WORKER_FIGURES

ASSETS = Path(__file__).parents[1] / "assets"
HOURS, UNITS, RATE, UTILIZATION, COVERAGE = KPIS


def tree(component):
    """A component as nested plain values, so that trees compare by content."""
    if isinstance(component, Component):
        return {name: tree(value) for name, value in component.to_plotly_json().items()}
    if isinstance(component, dict):
        return {name: tree(value) for name, value in component.items()}
    return [tree(part) for part in component] if isinstance(component, (list, tuple)) else component


def text_of(component):
    """Every word in a tree."""
    if isinstance(component, str):
        return component
    if isinstance(component, (list, tuple)):
        return " ".join(text_of(part) for part in component)
    return text_of(getattr(component, "children", None) or "")


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [(None, 1, "—"), (0, 0, "0"), (0.0, 1, "0.0"), (1234.56, 1, "1,234.6"), (-3.2, 1, "−3.2"), (1_000_000, 0, "1,000,000")],
)
def test_number(value, digits, text):
    assert number(value, digits) == text


@pytest.mark.parametrize(("value", "digits", "text"), [(2.14, 1, "+2.1"), (-0.42, 1, "−0.4"), (0.04, 1, "±0"), (-0.04, 1, "±0"), (1500, 0, "+1,500")])
def test_signed(value, digits, text):
    assert signed(value, digits) == text


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (timedelta(seconds=-5), "now"),
        (timedelta(seconds=59), "now"),
        (timedelta(minutes=1), "1 min"),
        (timedelta(minutes=59, seconds=59), "59 min"),
        (timedelta(hours=1, minutes=2), "1 h 02"),
        (timedelta(hours=23, minutes=59), "23 h 59"),
        (timedelta(days=3, hours=4), "3 d 4 h"),
    ],
)
def test_duration(length, text):
    assert duration(length) == text


def test_counts_and_lists_read_as_words():
    assert [count(n, "worker") for n in (0, 1, 1200)] == ["0 workers", "1 worker", "1,200 workers"]
    assert listing(["A", "B"], most=2) == "A, B"
    assert listing(["A", "B", "C", "D"], most=2) == "A, B and 2 more"


@pytest.mark.parametrize(
    ("why", "kpi", "value", "previous", "expected"),
    [
        ("better", HOURS, 31.4, 29.3, ("31.4", "h", "+2.1 h", "bi bi-arrow-up-right", "kpi__change kpi__change--better")),
        ("worse", COVERAGE, 96.2, 97.3, ("96.2", "%", "−1.1 pt", "bi bi-arrow-down-right", "kpi__change kpi__change--worse")),
        ("a change that rounds away", UTILIZATION, 81.61, 81.63, ("81.6", "%", "no change", "bi bi-dash", "kpi__change")),
        ("nothing to compare with", UNITS, 412, None, ("412", "", "", "", "kpi__change")),
        ("no data is not zero", RATE, None, 13.0, ("—", "", "", "", "kpi__change")),
        ("zero is a figure", UNITS, 0, 5, ("0", "", "−5", "bi bi-arrow-down-right", "kpi__change kpi__change--worse")),
    ],
)
def test_kpi_leaves(why, kpi, value, previous, expected):
    leaves = kpi_leaves(kpi, value, previous)
    assert (leaves["value"], leaves["unit"], leaves["change"], leaves["icon"], leaves["line"]) == expected, why


def test_a_hint_stands_where_a_change_would():
    assert kpi_leaves(COVERAGE, None, hint="needs a shift schedule")["change"] == "needs a shift schedule"
    at_work = {"value": "4", "unit": "of 6", "figure": "kpi__figure", "change": "2 missing", "icon": "", "line": "kpi__change", "spark": sparkline(())}
    assert kpi_leaves(AT_WORK_NOW, 4, unit="of 6", hint="2 missing") == at_work


def test_a_figure_too_long_for_its_card_is_set_smaller():
    assert [kpi_leaves(UNITS, value)["figure"] for value in (None, 412, 412_345, 50_120_700)] == ["kpi__figure"] * 3 + ["kpi__figure kpi__figure--long"]
    assert kpi_leaves(RATE, 284_003.7)["figure"] == "kpi__figure kpi__figure--long"


def test_a_card_before_its_first_figure():
    card = tree(kpi_card(UNITS, "overview", "factory"))["props"]["children"]
    assert card[1] == tree(html.Div(id=ids.kpi("units", "overview"), className="kpi__body"))
    door = card[0]["props"]["children"][1]["props"]
    assert (door["aria-label"], door["id"]) == ("Explain units produced", ids.explain("total_production_count", "factory"))


def test_a_course_of_one_point_is_no_line_and_gaps_are_gaps():
    assert sparkline((1.0, None)) == {"display": "none"}
    line = sparkline((1.0, 2.0, None, 3.0, 3.0))["maskImage"]
    assert line.count("M") == 2
    assert sparkline((5.0, 5.0))["maskImage"] != sparkline((5.0, 6.0))["maskImage"]


def test_a_tile_says_state_in_colour_icon_and_word_and_leads_to_its_station():
    tile = Tile("S 2/b", "idle", "Assembly Line 2", "Bob Smith", "7 min", "98 units")
    assert tile.drawn() == {
        "id": "S 2/b",
        "path": "/stations/S%202%2Fb",
        "look": "tile tile--idle",
        "icon": "bi bi-pause-fill",
        "word": "Idle",
        "since": "7 min",
        "name": "Assembly Line 2",
        "who": "Bob Smith",
        "units": "98 units",
    }


def test_a_tile_with_nobody():
    assert Tile("S6", None, "Final Test", "—").drawn()["word"] == "Nobody here"
    assert Tile("S6", None, "Final Test", "—").drawn()["look"] == "tile tile--nobody"


def test_floor_note_counts_every_tile():
    tiles = [Tile(str(number), state, "", "") for number, state in enumerate(["working", "working", "idle", None, "no_signal"])]
    assert floor_note(tiles) == "5 stations · 2 working · 1 idle · 1 no signal · 1 with nobody"
    assert floor_note(tiles[:1]) == "1 station · 1 working"


def test_tables_show_every_field_of_the_metrics():
    assert set(WORKER_FIGURES) <= {column["field"] for column in worker_table.COLUMNS}
    assert set(STATION_FIGURES) <= {column["field"] for column in station_table.COLUMNS}


def test_a_grid_grows_with_its_rows_to_a_limit():
    heights = [int(grid_style(rows)["height"].removesuffix("px")) for rows in (0, 2, 6, 12, 500)]
    assert heights[0] == heights[1] < heights[2] < heights[3] == heights[4]


def test_choices_are_told_apart():
    assert named_options([("S1", "Press"), ("S2", "Press"), ("S3", "Saw"), ("S4", None)]) == [
        {"value": "S1", "label": "Press (S1)"},
        {"value": "S2", "label": "Press (S2)"},
        {"value": "S3", "label": "Saw"},
        {"value": "S4", "label": "S4"},
    ]
    assert type_options(["saw", None, "press", "saw"]) == [{"value": "press", "label": "press"}, {"value": "saw", "label": "saw"}]
    assert site_options([("main", "")]) == [{"value": "main", "label": "main"}]
    assert site_options([("main", "Main")], unknown="x")[0] == {"value": "x", "label": "x (no such site)", "disabled": True}


def test_a_legend_may_say_sums():
    assert text_of(state_legend(["working", "no_signal"])).split() == ["working", "no", "signal"]
    sums = [part.id for part in state_legend(["working", "idle"], {"idle": ids.legend("idle")})._traverse() if getattr(part, "id", None)]
    assert sums == [ids.legend("idle")]


def test_welcome_says_why_it_is_empty():
    assert welcome_note("Plant North", 0).startswith("Plant North has no events yet.")
    assert welcome_note("Plant North", 1).startswith("1 worker is registered at Plant North, but no event counts yet")
    assert welcome_note("Plant North", 6).startswith("6 workers are registered at Plant North")


def test_classes_of_what_is_shown():
    assert len({overview.overview_class(shows) for shows in ("waiting", "welcome", "nothing", "everything")}) == 4
    assert len({shell.result_class(outcome) for outcome in (None, True, False)}) == 3


def test_an_unknown_state_is_nobody():
    assert state_style("asleep") is NOBODY
    assert state_style(None) is NOBODY


def luminance(color):
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("state", STATE_STYLE)
def test_state_colours_are_seen_on_light_and_dark_and_agree_with_the_css(state):
    color = STATE_STYLE[state].color
    # WCAG 1.4.11: at least 3:1 for what is no text.
    assert min(contrast(color, "#ffffff"), contrast(color, "#212529")) >= 3
    assert f"--{state.replace('_', '-')}: {color};" in (ASSETS / "90-app.css").read_text()


def variables(css, selector):
    block = css[css.index(selector) :].split("}")[0]
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-fA-F]{6});", block))


@pytest.mark.parametrize("selector", [":root", '[data-bs-theme="dark"]'])
def test_text_is_readable_on_every_ground(selector):
    colors = variables((ASSETS / "90-app.css").read_text(), selector)
    inks = ["ink", "soft", "accent", "better", "worse", "working-ink", "idle-ink", "absent-ink", "no-signal-ink"]
    for ink in inks:
        assert contrast(colors[ink], colors["card"]) >= 4.5, ink
    for ink in ("ink", "soft"):
        assert contrast(colors[ink], colors["ground"]) >= 4.5, ink


def test_assets_ask_nobody_else():
    for asset in [*ASSETS.glob("*.css"), *ASSETS.glob("*.js")]:
        text = asset.read_text()
        assert "sourceMappingURL" not in text, asset.name
        assert not re.findall(r"(?:url\(|@import\s+)[\"']?(?:https?:)?//", text), asset.name
    assert (ASSETS / "fonts" / "bootstrap-icons.woff2").exists()
    assert {"LICENSE-bootstrap.txt", "LICENSE-bootstrap-icons.txt"} <= {asset.name for asset in ASSETS.iterdir()}


def test_every_icon_exists():
    css = (ASSETS / "10-bootstrap-icons.min.css").read_text()
    words = {name for page in (shell.layout({}), overview.layout(), wall.layout()) for part in page._traverse() for name in _icons(part)}
    assert {"info-circle", "arrow-right", "calendar-x"} <= words
    for icon in (*words, *(page.icon for page in PAGES), *(style.icon for style in (*STATE_STYLE.values(), NOBODY))):
        assert f".bi-{icon}::before" in css, icon


def _icons(part):
    return re.findall(r"\bbi-([a-z0-9-]+)", getattr(part, "className", None) or "")


def test_the_browser_draws_all_that_a_card_shows():
    drawing = (ASSETS / "41-cards.js").read_text()
    parts = re.search(r"box\.parts = \{(.*?)\}", drawing)
    assert parts is not None
    assert set(re.findall(r"\w+", parts[1])) == set(kpi_leaves(UNITS, 1))


def test_the_charts_library_of_the_browser_is_that_of_the_server():
    """Figures are built by one and drawn by the other."""
    whole = (Path(plotly.__file__).parent / "package_data" / "plotly.min.js").open(encoding="utf-8")
    ours = (ASSETS / "charts" / "plotly-cartesian.min.js").open(encoding="utf-8")
    with whole, ours:
        versions = [re.search(r"v(\d+\.\d+\.\d+)", file.read(200)) for file in (whole, ours)]
    assert versions[0] is not None
    assert versions[0][1] == versions[1][1]
    assert f"plotly-cartesian.min.js?m={versions[0][1]}" in (ASSETS / "16-charts.js").read_text()
