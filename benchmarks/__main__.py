"""`python -m benchmarks`: measure, print one table, keep the figures in benchmarks/results/latest.json."""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter

from benchmarks import (
    batches,
    frames,
    freshness,
    imports,
    keys,
    pages,
    postgresql,
    postgresql_batches,
    postgresql_reading,
    reading,
    report,
    running,
    screens,
    series,
    singles,
)
from benchmarks.figures import Figure
from benchmarks.others import Others
from benchmarks.workbench import Workbench

Section = Callable[[Workbench], Iterator[Figure]]

#: In the order of the table. A new section is a module with `measure`, and a line here.
SECTIONS: dict[str, Section] = {
    module.SECTION: module.measure
    for module in (batches, singles, keys, freshness, frames, reading, series, running, pages, screens, imports, postgresql_batches, postgresql_reading)
}
#: These need ten million events, and a browser.
_FULL_ONLY = (pages.SECTION, screens.SECTION, imports.SECTION)
#: These need a server, which `scripts/services` starts.
_AT_POSTGRESQL = (postgresql_batches.SECTION, postgresql_reading.SECTION)


def main() -> int:
    """Run the sections that were asked for."""
    options = _options()
    began = perf_counter()
    measured, measured_on = report.commit(), report.machine()
    others = Others()
    figures: list[Figure] = []
    # Beside the default database and not in /tmp, which may be memory, where fsync costs nothing.
    options.directory.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=options.directory) as directory:
        bench = Workbench(Path(directory), options.events, full=options.full, large_database=options.large_database)
        names = options.only or [name for name in SECTIONS if _is_possible(name, full=options.full)]
        failed = [name for name in names if not _run(name, bench, figures, began)]
    seconds = perf_counter() - began
    measured_on["cores_busy_with_other_work"] = others.cores()
    asked = {"only": options.only, "events": options.events, "full": options.full, "failed": failed}
    report.write(figures, measured, measured_on, asked, seconds)
    print("\n".join(["", report.table(figures), "", report.conclusion(figures, measured_on, seconds), *(f"Section {name} failed." for name in failed)]))
    return 1 if failed else 0


def _is_possible(name: str, *, full: bool) -> bool:
    return (full or name not in _FULL_ONLY) and (postgresql.is_there() or name not in _AT_POSTGRESQL)


def _run(name: str, bench: Workbench, figures: list[Figure], began: float) -> bool:
    """Add a section's figures as they come; whether it came to its end. One that fails doesn't cost the others' figures."""
    try:
        for figure in SECTIONS[name](bench):
            figures.append(figure)
            if figure.detail:
                continue
            print(f"[{perf_counter() - began:4.0f} s] {figure.what.strip()}: {report.number(figure.value)} {figure.unit}", flush=True)
    except Exception as error:
        print(f"[{perf_counter() - began:4.0f} s] {name}: {type(error).__name__}: {error}", file=sys.stderr, flush=True)
        return False
    return True


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", action="append", choices=SECTIONS, metavar="NAME", help=f"a section, may be repeated: {', '.join(SECTIONS)}")
    parser.add_argument("--events", type=int, default=1_000_000, help="events of the large database (default %(default)s)")
    parser.add_argument("--full", action="store_true", help="a year of ten million events too, the pages in a browser, and an import: about an hour")
    parser.add_argument("--directory", type=Path, default=report.ROOT / "data", help="where the databases of the run lie for its time (default %(default)s)")
    parser.add_argument(
        "--large-database",
        type=Path,
        metavar="FILE",
        help="a year of ten million events that an earlier run has left, to save its import; events are added to it",
    )
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
