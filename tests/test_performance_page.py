"""docs/performance.md is what the published run says, and its charts can be read."""

import json
import re
from xml.etree import ElementTree

import pytest

from benchmarks import charts, page, report
from benchmarks.__main__ import SECTIONS
from benchmarks.publish import DOCS, PUBLISHED, incomplete

RESULTS = json.loads(PUBLISHED.read_text(encoding="utf-8"))
SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("name", ["performance.md", page.INGEST_CHART, page.READING_CHART])
def test_it_is_what_the_published_run_renders_to(name: str) -> None:
    assert page.rendered(RESULTS)[name] == (DOCS / name).read_text(encoding="utf-8")


def test_a_whole_run_is_published() -> None:
    assert incomplete(RESULTS) is None


def test_every_section_has_its_place_on_the_page() -> None:
    assert SECTIONS.keys() == page._HOW.keys()


def test_every_figure_is_on_the_page() -> None:
    text = page.rendered(RESULTS)["performance.md"]
    for figure in page.figures_of(RESULTS):
        cells = [f"{report.number(figure.value)}"] if figure.detail else [cell for cell in report.row(figure)[1:] if cell]
        assert all(cell in text for cell in cells), figure
    assert f"`{RESULTS['commit']}`" in text
    assert RESULTS["machine"]["cpu"] in text


def bar_widths(svg: str) -> list[float]:
    """Of the bars, without the legend's squares."""
    return [float(rect.get("width", 0)) for rect in ElementTree.fromstring(svg).iter(f"{SVG}rect") if rect.get("height") != "11"]


def test_bars_are_as_long_as_their_numbers() -> None:
    svg = charts.bars("A & B", "<below>", [charts.Bar("one", 50, 100), charts.Bar("two", 25, 75)], ("own", "limit"))
    widths = bar_widths(svg)
    assert [width / widths[1] for width in widths] == pytest.approx([0.5, 1.0, 0.25, 0.75], abs=0.001)
    assert "A & B" in [text.text for text in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def test_lines_rise_with_the_logarithm_and_their_labels_do_not_overlap() -> None:
    svg = charts.lines("title", "subtitle", ["a day", "a year"], {"few": [1, 100], "many": [10, 101]})
    root = ElementTree.fromstring(svg)
    heights = [[float(point.partition(",")[2]) for point in line.get("points", "").split()] for line in root.iter(f"{SVG}polyline")]
    assert heights[0][0] - heights[0][1] == pytest.approx(2 * (heights[0][0] - heights[1][0]), abs=0.2)
    labels = [float(text.get("y", 0)) for text in root.iter(f"{SVG}text") if text.text in ("few", "many")]
    assert abs(labels[0] - labels[1]) >= 15


def test_charts_have_colours_for_dark_grounds_too() -> None:
    style = re.search(r"<style>(.*?)</style>", page.rendered(RESULTS)[page.READING_CHART], re.DOTALL)
    assert style is not None
    light, _, dark = style[1].partition("@media (prefers-color-scheme: dark)")
    assert set(re.findall(r"\.\w+ \{ fill", light)) == set(re.findall(r"\.\w+ \{ fill", dark))
    assert not set(re.findall(r"text \{ fill: (#\w+)", light)) & set(re.findall(r"text \{ fill: (#\w+)", dark))
