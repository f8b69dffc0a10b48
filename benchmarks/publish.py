"""`python -m benchmarks.publish`: make the latest full run the published one, and docs/performance.md of it."""

import json
import sys
from pathlib import Path
from typing import Any

from benchmarks.page import rendered
from benchmarks.report import LATEST, RESULTS, ROOT

PUBLISHED = RESULTS / "published.json"
DOCS = ROOT / "docs"


def incomplete(results: dict[str, Any]) -> str | None:
    """Why a run is not to be published, if so."""
    options = results["options"]
    if options["only"] or not options["full"]:
        return "it was no full run"
    return f"these sections failed: {', '.join(options['failed'])}" if options["failed"] else None


def write(results: dict[str, Any], docs: Path) -> None:
    """Write the page and its charts."""
    for name, text in rendered(results).items():
        path = docs / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def main() -> int:
    """Exit status 1 where there is no full run."""
    try:
        results = json.loads(LATEST.read_text(encoding="utf-8"))
    except OSError as error:
        print(f"There is no run to publish ({error.strerror}): make bench-full makes one.", file=sys.stderr)
        return 1
    if reason := incomplete(results):
        print(f"The latest run is not published: {reason}.", file=sys.stderr)
        return 1
    PUBLISHED.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    write(results, DOCS)
    print(f"Published: {PUBLISHED.relative_to(ROOT)}, docs/performance.md and its charts.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
