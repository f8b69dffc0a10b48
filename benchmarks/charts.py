"""Two kinds of chart as SVG texts: bars of what was reached beside the limit, and lines by length of window. Light and dark follow the reader."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10

_WIDTH, _LEFT, _RIGHT, _TOP = 1000, 425, 125, 74
_BAR, _GAP, _GROUP = 13, 2, 42
_LINES_HEIGHT, _LINES_LEFT, _LINES_RIGHT = 300, 70, 235

#: On the page's own ground: colours for a light one, then for a dark one.
_COLOURS = {"a": ("#2563eb", "#60a5fa"), "b": ("#9ca3af", "#6b7280"), "c": ("#d97706", "#fbbf24"), "d": ("#7c3aed", "#a78bfa"), "e": ("#0d9488", "#2dd4bf")}
_INK, _QUIET, _GRID = ("#1f2937", "#e5e7eb"), ("#6b7280", "#9ca3af"), ("#d1d5db", "#374151")


def _style() -> str:
    fixed = """
        text { font: 13px system-ui, -apple-system, "Segoe UI", sans-serif }
        .title { font-weight: 600; font-size: 15px } .quiet { font-size: 12px } .line { stroke-width: 2.5; stroke-linejoin: round }
    """
    light, dark = (" ".join(_rules(ground)) for ground in (0, 1))
    return f"{fixed.strip()}\n{light}\n@media (prefers-color-scheme: dark) {{ {dark} }}"


def _rules(ground: int) -> Iterator[str]:
    yield f"text {{ fill: {_INK[ground]} }} .quiet {{ fill: {_QUIET[ground]} }} .grid {{ stroke: {_GRID[ground]} }}"
    for name, colours in _COLOURS.items():
        yield f".{name} {{ fill: {colours[ground]} }} .line.{name} {{ fill: none; stroke: {colours[ground]} }}"


@dataclass(frozen=True)
class Bar:
    """A row of a bar chart: what the project reached, and the limit in the same unit."""

    what: str
    value: float
    limit: float
    note: str = ""


def bars(title: str, subtitle: str, rows: Sequence[Bar], names: tuple[str, str]) -> str:
    """Two bars a row from zero on. names: of the project's bars and of the limit's."""
    most = max(max(row.value, row.limit) for row in rows)
    scale = (_WIDTH - _LEFT - _RIGHT) / most
    height = _TOP + len(rows) * _GROUP + 8
    parts = [_head(title, subtitle), *_legend(names)]
    for number, row in enumerate(rows):
        y = _TOP + number * _GROUP
        parts.append(f'<text x="{_LEFT - 12}" y="{y + 20}" text-anchor="end">{escape(row.what)}</text>')
        for offset, shown, name in ((0, row.value, "a"), (_BAR + _GAP, row.limit, "b")):
            width = max(1.0, shown * scale)
            parts.append(f'<rect class="{name}" x="{_LEFT}" y="{y + offset + 2}" width="{width:.1f}" height="{_BAR}" rx="2"/>')
            note = row.note if name == "a" else ""
            parts.append(f'<text class="quiet" x="{_LEFT + width + 6:.1f}" y="{y + offset + 13}">{shown:,.0f}{escape(note)}</text>')
    return _svg(height, title, parts)


def lines(title: str, subtitle: str, places: Sequence[str], series: Mapping[str, Sequence[float]]) -> str:
    """A line for each of up to five series over the same places, on a logarithmic scale of milliseconds."""
    everything = [value for values in series.values() for value in values]
    low, high = floor(log10(min(everything))), ceil(log10(max(everything)))
    high = max(high, low + 1)
    bottom, right = _TOP + _LINES_HEIGHT, _WIDTH - _LINES_RIGHT
    step = (right - _LINES_LEFT) / max(1, len(places) - 1)

    def y(value: float) -> float:
        return bottom - (log10(value) - low) / (high - low) * _LINES_HEIGHT

    parts = [_head(title, subtitle)]
    for power in range(low, high + 1):
        parts.append(f'<line class="grid" x1="{_LINES_LEFT}" x2="{right}" y1="{y(10**power):.1f}" y2="{y(10**power):.1f}"/>')
        parts.append(f'<text class="quiet" x="{_LINES_LEFT - 8}" y="{y(10**power) + 4:.1f}" text-anchor="end">{_milliseconds(10**power)}</text>')
    for number, place in enumerate(places):
        parts.append(f'<text class="quiet" x="{_LINES_LEFT + number * step:.1f}" y="{bottom + 22}" text-anchor="middle">{escape(place)}</text>')
    labels = _apart([y(values[-1]) for values in series.values()])
    for name, (what, values), label in zip(_COLOURS, series.items(), labels, strict=False):
        points = [(_LINES_LEFT + number * step, y(value)) for number, value in enumerate(values)]
        parts.append(f'<polyline class="line {name}" points="{" ".join(f"{x:.1f},{at:.1f}" for x, at in points)}"/>')
        parts += [f'<circle class="{name}" cx="{x:.1f}" cy="{at:.1f}" r="4"/>' for x, at in points]
        parts.append(f'<text x="{right + 12}" y="{label + 4:.1f}">{escape(what)}</text>')
    return _svg(bottom + 40, title, parts)


def _milliseconds(value: float) -> str:
    return f"{value / 1000:,.0f} s" if value >= 1000 else f"{value:g} ms"


def _apart(wanted: Sequence[float], least: float = 17) -> list[float]:
    """The same heights, moved down where two would lie on each other."""
    placed = list(wanted)
    before = -least
    for index in sorted(range(len(wanted)), key=lambda index: wanted[index]):
        placed[index] = before = max(wanted[index], before + least)
    return placed


def _head(title: str, subtitle: str) -> str:
    return f'<text class="title" x="12" y="24">{escape(title)}</text><text class="quiet" x="12" y="44">{escape(subtitle)}</text>'


def _legend(names: tuple[str, str]) -> Iterator[str]:
    x = _LEFT
    for style, name in zip("ab", names, strict=True):
        yield f'<rect class="{style}" x="{x}" y="54" width="11" height="11" rx="2"/><text class="quiet" x="{x + 16}" y="64">{escape(name)}</text>'
        x += 40 + 7 * len(name)


def _svg(height: float, title: str, parts: Sequence[str]) -> str:
    opening = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height:.0f}" width="{_WIDTH}" height="{height:.0f}" role="img">'
    return "\n".join([opening, f"<title>{escape(title)}</title>", f"<style>{_style()}</style>", *parts, "</svg>"]) + "\n"
