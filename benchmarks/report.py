"""The table at the end of a run, and the same figures as JSON."""

import json
import os
import platform
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure
from data_layer.sqlite import sqlite_driver

ROOT = Path(__file__).parents[1]
RESULTS = Path(__file__).parent / "results"
#: Of the run before, whatever it measured; kept out of git.
LATEST = RESULTS / "latest.json"

HEAD = ("what", "this project", "limit", "ratio", "target", "met")
_MARKS = {True: "yes", False: "NO", None: ""}


def table(figures: Sequence[Figure]) -> str:
    """All figures but the details as one table of text, a blank line between sections."""
    shown = [figure for figure in figures if not figure.detail]
    rows = [row(figure) for figure in shown]
    widths = [max(len(one[column]) for one in [HEAD, *rows]) for column in range(len(HEAD))]
    lines = [_line(HEAD, widths), "─" * (sum(widths) + 2 * len(widths) - 2)]
    for before, figure, cells in zip([None, *shown], shown, rows, strict=False):
        if before is not None and before.section != figure.section:
            lines.append("")
        lines.append(_line(cells, widths))
    return "\n".join(lines)


def row(figure: Figure) -> tuple[str, ...]:
    """The cells of a figure, as texts."""
    bound = "≤" if figure.less_is_better else "≥"
    targets = [f"{bound} {number(figure.target)} {figure.unit}"] if figure.target is not None else []
    if figure.target_ratio is not None:
        targets.append(f"{bound} {number(figure.target_ratio)} of the limit")
    return (
        figure.what,
        f"{number(figure.value)} {figure.unit}",
        "" if figure.limit is None else f"{number(figure.limit)} {figure.unit}",
        "" if figure.ratio is None else _ratio(figure.ratio),
        ", ".join(targets),
        _MARKS[figure.met],
    )


def _ratio(value: float) -> str:
    return f"{value:.2f}" if value >= 0.1 else f"{value:.2g}"


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = (
        cell.ljust(width) if column in (0, len(cells) - 1) else cell.rjust(width) for column, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    return "  ".join([first, *others]).rstrip()


def conclusion(figures: Sequence[Figure], measured_on: dict[str, Any], seconds: float) -> str:
    """The sentence below the table."""
    judged = [figure.met for figure in figures if figure.met is not None]
    others = measured_on["cores_busy_with_other_work"]
    beside = "" if others is None else f", {others:.1f} of them busy with other work"
    return (
        f"{sum(judged)} of {len(judged)} targets met, in {seconds:.0f} s on {measured_on['cores']} cores ({measured_on['cpu']}){beside}; "
        f"Python {measured_on['python']}, SQLite {measured_on['sqlite']}."
    )


def number(value: float) -> str:
    """Three significant digits below a hundred, whole numbers above."""
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    return {
        "platform": platform.platform(),
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "sqlite": sqlite_driver().sqlite_version,
    }


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.processor())


def commit() -> str | None:
    """The commit that was measured, with a + if files differ from it; None outside git."""
    try:
        revision = _git("rev-parse", "--short", "HEAD")
        changed = _git("status", "--porcelain", "--", ".", ":!benchmarks/results")
    except (OSError, subprocess.CalledProcessError):
        return None
    return revision + ("+" if changed else "")


def _git(*arguments: str) -> str:
    """What git says, without the space around it. Raises OSError and subprocess.CalledProcessError."""
    said = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True)  # whichever git is installed  # nosec B607
    return said.stdout.strip()


def write(figures: Sequence[Figure], measured: str | None, measured_on: dict[str, Any], options: dict[str, Any], seconds: float) -> None:
    """Keep the figures of this run. measured: the commit."""
    results = {
        "date": datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "commit": measured,
        "machine": measured_on,
        "options": options,
        "seconds": round(seconds, 1),
        "figures": [figure.as_json() for figure in figures],
    }
    LATEST.parent.mkdir(exist_ok=True)
    LATEST.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
