"""The look that Python must hand to a component; everything else is CSS in `assets/90-app.css`, which carries the same colours."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours of figures, which do not follow CSS."""

    card: str
    line: str
    ink: str
    soft: str
    accent: str


PALETTES = {
    "light": Palette(card="#ffffff", line="#e4e7eb", ink="#1c2430", soft="#66707c", accent="#1a6fb3"),
    "dark": Palette(card="#1b2129", line="#2b333d", ink="#e8ecf1", soft="#97a2ae", accent="#4aa3e8"),
}

GRID_THEME = {
    "function": "themeQuartz.withParams({"
    "backgroundColor: 'var(--card)', foregroundColor: 'var(--ink)', accentColor: 'var(--accent)', borderColor: 'var(--line)', "
    "chromeBackgroundColor: 'var(--card)', headerBackgroundColor: 'var(--card)', headerTextColor: 'var(--soft)', headerFontWeight: 500, "
    "rowHoverColor: 'var(--hover)', oddRowBackgroundColor: 'var(--card)', menuBackgroundColor: 'var(--card)', "
    "wrapperBorder: false, wrapperBorderRadius: 0, fontFamily: 'inherit', fontSize: 14, cellHorizontalPadding: 10})"
}
"""AG Grid's Quartz theme on the page's own CSS variables, so that light and dark need no second theme."""

GRID_ROW_PX = 42
GRID_HEADER_PX = 42
GRID_MOST_ROWS = 12
