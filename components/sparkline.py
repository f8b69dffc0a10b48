"""A line as small as a word: how a figure went over the window."""

from collections.abc import Sequence
from urllib.parse import quote

WIDTH, HEIGHT = 84, 24
_PAD = 2


def sparkline(values: Sequence[float | None]) -> dict[str, str]:
    """The style that draws a row of values; gaps stay gaps, and fewer than two points are no line.

    The line is a mask over the accent colour: so it follows light and dark without being drawn anew.
    """
    if sum(value is not None for value in values) < 2:
        return {"display": "none"}
    picture = f'url("data:image/svg+xml,{quote(_svg(values))}")'
    return {"maskImage": picture, "WebkitMaskImage": picture}


def _svg(values: Sequence[float | None]) -> str:
    known = [value for value in values if value is not None]
    low, spread = min(known), max(known) - min(known)
    step = (WIDTH - 2 * _PAD) / max(len(values) - 1, 1)
    commands, drawing = [], False
    for number, value in enumerate(values):
        if value is None:
            drawing = False
            continue
        height = 0.5 if not spread else (value - low) / spread
        commands.append(f"{'L' if drawing else 'M'}{_PAD + number * step:.1f} {HEIGHT - _PAD - height * (HEIGHT - 2 * _PAD):.1f}")
        drawing = True
    line = f"<path d='{''.join(commands)}' fill='none' stroke='#000' stroke-width='1.5' stroke-linecap='round' stroke-linejoin='round'/>"
    return f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {HEIGHT}' preserveAspectRatio='none'>{line}</svg>"
